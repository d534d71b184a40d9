//! The state of one dialog.

use super::draft::Draft;
use crate::sip::header::HeaderError;
use crate::sip::{HeaderName, Message, Method, NameAddr, Text, Uri, Wire};

/// Why a message makes no dialog.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DialogError {
    #[error("{0} cannot be read: {1}")]
    Header(HeaderName, HeaderError),
    #[error("the message has no Contact to send requests to")]
    NoContact,
    #[error("the message has no Call-ID")]
    NoCallId,
}

/// Whether a request is new in its dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    InOrder,
    /// Lower than one that was seen: 500 (RFC 3261 12.2.2).
    OutOfOrder,
}

/// One dialog, early or confirmed.
#[derive(Clone, PartialEq, Debug)]
pub struct Dialog {
    call_id: Text,
    /// With our tag.
    local: NameAddr,
    /// With their tag, which an RFC 2543 client may have left out.
    remote: NameAddr,
    local_seq: u32,
    remote_seq: Option<u32>,
    target: Uri,
    /// Values of Route, in order.
    routes: Vec<Text>,
}

impl Dialog {
    /// The dialog that our answer to `request` with `local_tag` makes (RFC 3261 12.1.1).
    pub fn from_request(request: &Message, local_tag: &str) -> Result<Dialog, DialogError> {
        let to = request.to().map_err(|error| DialogError::Header(HeaderName::To, error))?;
        let from = request.from().map_err(|error| DialogError::Header(HeaderName::From, error))?;
        let cseq = request.cseq().map_err(|error| DialogError::Header(HeaderName::CSeq, error))?;
        Ok(Dialog {
            call_id: request.call_id().ok_or(DialogError::NoCallId)?.detached(),
            local: to.with_tag(local_tag).detached(),
            remote: from.detached(),
            local_seq: 0,
            remote_seq: Some(cseq.number),
            target: request.contact_uri().ok_or(DialogError::NoContact)?.detached(),
            routes: routes(request),
        })
    }

    /// The dialog that `response` makes of our `request` (RFC 3261 12.1.2).
    pub fn from_response(request: &Draft, response: &Message) -> Result<Dialog, DialogError> {
        let to = response.to().map_err(|error| DialogError::Header(HeaderName::To, error))?;
        let mut routes = routes(response);
        routes.reverse();
        Ok(Dialog {
            call_id: request.call_id.clone(),
            local: request.from.clone(),
            remote: to.detached(),
            local_seq: request.cseq,
            remote_seq: None,
            // Some gateways leave Contact out of a 2xx: the Request-URI is then the best target there is.
            target: response.contact_uri().unwrap_or_else(|| request.uri.clone()).detached(),
            routes,
        })
    }

    pub fn call_id(&self) -> &Text {
        &self.call_id
    }

    pub fn local_tag(&self) -> Text {
        self.local.tag().unwrap_or_default()
    }

    pub fn remote_tag(&self) -> Text {
        self.remote.tag().unwrap_or_default()
    }

    pub fn local(&self) -> &NameAddr {
        &self.local
    }

    pub fn remote(&self) -> &NameAddr {
        &self.remote
    }

    /// Where their Contact says that requests go.
    pub fn target(&self) -> &Uri {
        &self.target
    }

    pub fn routes(&self) -> &[Text] {
        &self.routes
    }

    pub fn local_seq(&self) -> u32 {
        self.local_seq
    }

    /// A request of theirs within this dialog: same Call-ID and tags (RFC 3261 12.2.2).
    pub fn owns_request(&self, request: &Message) -> bool {
        let tag = |tag: Option<Text>| tag.unwrap_or_default();
        request.call_id().is_some_and(|id| id == self.call_id)
            && tag(request.to_tag()) == self.local_tag()
            && tag(request.from_tag()) == self.remote_tag()
    }

    /// A response of theirs within this dialog.
    pub fn owns_response(&self, response: &Message) -> bool {
        response.to_tag().unwrap_or_default() == self.remote_tag()
    }

    /// Takes note of the sequence number of a request of theirs other than ACK and CANCEL.
    pub fn receive(&mut self, cseq: u32) -> Order {
        if self.remote_seq.is_some_and(|last| cseq < last) {
            return Order::OutOfOrder;
        }
        self.remote_seq = Some(cseq);
        Order::InOrder
    }

    /// A target refresh: an INVITE or UPDATE of theirs, or a 2xx to ours (RFC 3261 12.2.1.2, 12.2.2; RFC 6141).
    pub fn refresh_target(&mut self, message: &Message) {
        if let Some(target) = message.contact_uri().filter(Uri::is_sip) {
            self.target = target.detached();
        }
    }

    /// Takes the sequence numbers of the early dialog that this one was.
    pub fn resume(&mut self, early: &Dialog) {
        self.local_seq = self.local_seq.max(early.local_seq);
        self.remote_seq = self.remote_seq.max(early.remote_seq);
    }

    /// A new request within the dialog.
    pub fn request(&mut self, method: Method) -> Draft {
        self.local_seq = self.local_seq.saturating_add(1);
        self.draft(method, self.local_seq)
    }

    /// The ACK of a 2xx to our INVITE with `cseq` (RFC 3261 13.2.2.4).
    pub fn ack(&self, cseq: u32) -> Draft {
        self.draft(Method::Ack, cseq)
    }

    /// A draft was sent once more with a higher number, because it was challenged.
    pub fn sent(&mut self, cseq: u32) {
        self.local_seq = self.local_seq.max(cseq);
    }

    fn draft(&self, method: Method, cseq: u32) -> Draft {
        let (uri, next_hop, routes) = self.way();
        let (from, to) = (self.local.clone(), self.remote.clone());
        Draft { next_hop, routes, ..Draft::new(method, uri, from, to, self.call_id.clone(), cseq) }
    }

    /// Request-URI, next hop and routes (RFC 3261 12.2.1.1).
    fn way(&self) -> (Uri, Uri, Vec<Text>) {
        let first = self.routes.first().and_then(|route| NameAddr::parse(route).ok());
        match first {
            None => (self.target.clone(), self.target.clone(), Vec::new()),
            Some(first) if first.uri.is_loose_router() => (self.target.clone(), first.uri, self.routes.clone()),
            Some(first) => {
                // A strict router takes the Request-URI for itself, and finds the target at the end of the route.
                let rest = self.routes.iter().skip(1).cloned();
                let routes = rest.chain([NameAddr::new(self.target.clone()).to_text()]).collect();
                (first.uri.without_headers(), first.uri, routes)
            }
        }
    }
}

/// More routes than any real way has.
const MAX_ROUTES: usize = 32;

/// The values of Record-Route that can be read, in order.
fn routes(message: &Message) -> Vec<Text> {
    let sip = |address: Result<NameAddr, HeaderError>| address.ok().filter(|address| address.uri.is_sip());
    message.name_addrs(HeaderName::RecordRoute).filter_map(sip).take(MAX_ROUTES).map(|a| a.to_text()).collect()
}
