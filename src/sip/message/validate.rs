use super::{Fault, HeaderName, Message, Method, StartLine, Text};
use crate::sip::header::{Header, HeaderError, MaxForwards, NameAddr, Via};
use crate::sip::{Scheme, Uri};

/// Headers that a message may hold only once (RFC 3261 7.3.1).
const SINGLE: [HeaderName; 5] =
    [HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq, HeaderName::MaxForwards];

/// What a user agent server asks of a request before its method (RFC 3261 8.2.1 to 8.2.2), and what a response needs to
/// find its transaction. A response with a fault is dropped.
///
/// Extensions ([`unsupported_options`]), Max-Forwards of 0, unknown methods and bodies are the user agent's to judge.
pub fn validate(message: &Message) -> Result<(), Fault> {
    if let StartLine::Request { uri, .. } = message.start_line() {
        request_uri(uri)?;
    }
    required(message)?;
    cseq(message)?;
    match message.start_line() {
        StartLine::Request { method, .. } => request(message, method),
        // RFC 3261 8.1.3.3: a second Via means that the response is not for us.
        StartLine::Response { .. } if message.header(HeaderName::Via).nth(1).is_some() => {
            Err(Fault::Repeated(HeaderName::Via))
        }
        StartLine::Response { .. } => Ok(()),
    }
}

/// RFC 3261 8.2.2.1; headers are not allowed in a Request-URI (19.1.1 table 1).
fn request_uri(uri: &Uri) -> Result<(), Fault> {
    match uri.scheme() {
        Scheme::Sip | Scheme::Sips if uri.has_headers() => Err(Fault::RequestUri),
        Scheme::Sip | Scheme::Sips | Scheme::Tel => Ok(()),
        Scheme::Other => Err(Fault::UnsupportedScheme),
    }
}

fn required(message: &Message) -> Result<(), Fault> {
    for name in SINGLE {
        match (message.count(name), name) {
            // RFC 2543 senders leave Max-Forwards out (RFC 4475 3.4.1).
            (0, HeaderName::MaxForwards) => {}
            (0, name) => return Err(Fault::Missing(name)),
            (1, _) => {}
            (_, name) => return Err(Fault::Repeated(name)),
        }
    }
    message.call_id().ok_or(Fault::Malformed(HeaderName::CallId))?;
    message.top_via().map_err(|error| match error {
        HeaderError::Missing => Fault::Missing(HeaderName::Via),
        _ => Fault::Malformed(HeaderName::Via),
    })?;
    for via in message.all::<Via>() {
        via.map_err(|_| Fault::Malformed(HeaderName::Via))?;
    }
    message.from().map_err(|_| Fault::Malformed(HeaderName::From))?;
    message.to().map_err(|_| Fault::Malformed(HeaderName::To))?;
    Ok(())
}

/// RFC 3261 8.1.1.5; RFC 4475 3.1.2.17 and 3.1.2.18.
fn cseq(message: &Message) -> Result<(), Fault> {
    let cseq = message.cseq().map_err(|_| Fault::Malformed(HeaderName::CSeq))?;
    match message.method() {
        Some(Method::Other(method)) if *method.as_bytes() != *cseq.method.as_bytes() => Err(Fault::CSeqUnknownMethod),
        Some(method) if *method != cseq.method => Err(Fault::CSeqMethod),
        _ => Ok(()),
    }
}

fn request(message: &Message, method: &Method) -> Result<(), Fault> {
    if let Some(hops) = message.first(HeaderName::MaxForwards) {
        MaxForwards::parse(&hops).map_err(|_| Fault::Malformed(HeaderName::MaxForwards))?;
    }
    for name in [HeaderName::Route, HeaderName::RecordRoute] {
        for address in message.name_addrs(name) {
            address.map_err(|_| Fault::Malformed(name))?;
        }
    }
    contacts(message).ok_or(Fault::Malformed(HeaderName::Contact))?;
    if let Some(media) = message.content_type() {
        media.map_err(|_| Fault::Malformed(HeaderName::ContentType))?;
    }
    match method {
        // RFC 3261 10.2: the To of a REGISTER is an address of record (RFC 4475 3.3.4).
        Method::Register if !message.to().is_ok_and(|to| to.uri.is_sip()) => Err(Fault::Malformed(HeaderName::To)),
        _ => Ok(()),
    }
}

/// `*` stands alone (RFC 3261 10.2.2); every other contact can be read.
fn contacts(message: &Message) -> Option<()> {
    let mut stars = 0;
    let mut others = 0;
    for value in message.header(HeaderName::Contact) {
        match value.as_bytes() {
            b"*" => stars += 1,
            _ => {
                NameAddr::parse(&value).ok()?;
                others += 1;
            }
        }
    }
    (stars == 0 || others == 0).then_some(())
}

/// The options in Require that are not in `supported`: what a 420 lists in Unsupported (RFC 3261 8.2.2.3).
/// ACK and CANCEL are never refused for an option.
pub fn unsupported_options(message: &Message, supported: &[&str]) -> Vec<Text> {
    if matches!(message.method(), Some(Method::Ack | Method::Cancel) | None) {
        return Vec::new();
    }
    let unknown = |option: &Text| !supported.iter().any(|ours| option.eq_ignore_case(ours));
    message.header(HeaderName::Require).filter(unknown).collect()
}
