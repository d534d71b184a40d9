use super::build::MessageBuilder;
use super::{HeaderName, Message};
use crate::sip::header::Wire;

impl Message {
    /// A response to `request` with the headers that RFC 3261 8.2.6.2 copies: Via, From, To, Call-ID, CSeq; in a
    /// 100 also Timestamp (8.2.6.1), in 101 to 299 also Record-Route (12.1.1).
    ///
    /// `to_tag` is added to a To that has no tag; None for 100 and for faults in which To cannot be read.
    pub fn response(request: &Message, status: u16, reason: &str, to_tag: Option<&str>) -> MessageBuilder {
        let mut builder = MessageBuilder::response(status, reason).copy(request, HeaderName::Via);
        if matches!(status, 101..=299) {
            builder = builder.copy(request, HeaderName::RecordRoute);
        }
        builder = builder.copy(request, HeaderName::From);
        builder = match (request.to(), to_tag) {
            (Ok(to), Some(tag)) if to.tag().is_none() => builder.header(HeaderName::To, to.with_tag(tag).to_text()),
            _ => builder.copy(request, HeaderName::To),
        };
        builder = builder.copy(request, HeaderName::CallId).copy(request, HeaderName::CSeq);
        if status == 100 {
            builder = builder.copy(request, HeaderName::Timestamp);
        }
        builder
    }
}
