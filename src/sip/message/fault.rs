use super::{HeaderName, Message};

/// Why a message cannot be worked on, and what to answer a request that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the message is empty")]
    Empty,
    #[error("the start line is neither a SIP request nor a SIP response")]
    NotSip,
    #[error("the request line is not `method SP uri SP SIP/2.0`")]
    RequestLine,
    #[error("the Request-URI cannot be read")]
    RequestUri,
    #[error("the Request-URI is longer than {} bytes", super::limits::MAX_URI_BYTES)]
    UriTooLong,
    #[error("the Request-URI has a scheme that is not served")]
    UnsupportedScheme,
    #[error("the SIP version is not 2.0")]
    Version,
    #[error("the status code is not 100 to 699")]
    StatusCode,
    #[error("no empty line ends the header fields")]
    NoHeadEnd,
    #[error("the header fields are longer than {} bytes", super::limits::MAX_HEAD_BYTES)]
    HeadTooLong,
    #[error("more than {} header fields", super::limits::MAX_FIELDS)]
    TooManyFields,
    #[error("the body is longer than {} bytes", super::limits::MAX_BODY_BYTES)]
    BodyTooLong,
    #[error("Content-Length is no number")]
    ContentLength,
    #[error("Content-Length is missing on a stream")]
    NoContentLength,
    #[error("Content-Length is larger than the datagram")]
    BodyTruncated,
    #[error("{0} is missing")]
    Missing(HeaderName),
    #[error("{0} cannot be read")]
    Malformed(HeaderName),
    #[error("{0} occurs more than once")]
    Repeated(HeaderName),
    #[error("the method in CSeq is not the request's")]
    CSeqMethod,
    #[error("the method in CSeq is not the request's, which is unknown")]
    CSeqUnknownMethod,
}

impl Fault {
    /// The status code of the response that a request with this fault gets.
    pub const fn status(self) -> u16 {
        match self {
            Fault::Version => 505,
            Fault::UnsupportedScheme => 416,
            Fault::UriTooLong => 414,
            Fault::BodyTooLong => 413,
            Fault::HeadTooLong => 513,
            Fault::CSeqUnknownMethod => 501,
            Fault::Empty
            | Fault::NotSip
            | Fault::RequestLine
            | Fault::RequestUri
            | Fault::StatusCode
            | Fault::NoHeadEnd
            | Fault::TooManyFields
            | Fault::ContentLength
            | Fault::NoContentLength
            | Fault::BodyTruncated
            | Fault::Missing(_)
            | Fault::Malformed(_)
            | Fault::Repeated(_)
            | Fault::CSeqMethod => 400,
        }
    }

    /// The reason phrase of that response; for 400 it names what is wrong (RFC 3261 21.4.1).
    pub fn reason(self) -> String {
        match self {
            Fault::Version => "Version Not Supported".to_string(),
            Fault::UnsupportedScheme => "Unsupported URI Scheme".to_string(),
            Fault::UriTooLong => "Request-URI Too Long".to_string(),
            Fault::BodyTooLong => "Request Entity Too Large".to_string(),
            Fault::HeadTooLong => "Message Too Large".to_string(),
            Fault::CSeqUnknownMethod => "Not Implemented".to_string(),
            bad => format!("Bad Request: {bad}"),
        }
    }
}

/// A message that could not be parsed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{fault}")]
pub struct ParseError {
    pub fault: Fault,
    /// What was read, when it is a request other than ACK that has a Via, From, To, Call-ID and CSeq line:
    /// enough for [`Message::response`] with [`Fault::status`]. None: drop it.
    pub answerable: Option<Box<Message>>,
}
