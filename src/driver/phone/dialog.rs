//! The phone's one dialog: what its requests need to say.

use crate::base::Rng;
use crate::sip::header::{NameAddr, Via};
use crate::sip::message::{HeaderName, Message};

/// One call as this phone sees it.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    pub call_id: String,
    /// Our side with its tag, as written in From when we ask.
    pub local: String,
    /// The other side with its tag.
    pub remote: String,
    /// Where requests go: the other side's Contact.
    pub target: String,
    pub cseq: u32,
}

impl Dialog {
    /// After our INVITE was answered by `response`.
    pub fn of_answer(response: &Message, target: String, cseq: u32) -> Option<Dialog> {
        Some(Dialog {
            call_id: text(response, HeaderName::CallId)?,
            local: text(response, HeaderName::From)?,
            remote: text(response, HeaderName::To)?,
            target: contact(response).unwrap_or(target),
            cseq,
        })
    }

    /// After we answered `request` with `to`, our tag included.
    pub fn of_request(request: &Message, to: String) -> Option<Dialog> {
        Some(Dialog {
            call_id: text(request, HeaderName::CallId)?,
            local: to,
            remote: text(request, HeaderName::From)?,
            target: contact(request)?,
            cseq: 1,
        })
    }
}

/// The value of a header as text.
pub(super) fn text(message: &Message, name: HeaderName) -> Option<String> {
    message.first(name).map(|value| value.to_clean_string())
}

fn contact(message: &Message) -> Option<String> {
    let value = message.first(HeaderName::Contact)?;
    NameAddr::parse(&value).ok().map(|contact| contact.uri.to_string())
}

/// The branch of the topmost Via, by which an answer belongs to its request.
pub(super) fn branch(message: &Message) -> Option<String> {
    message.typed::<Via>()?.ok()?.branch().map(|branch| branch.to_clean_string())
}

pub(super) fn new_branch(rng: &mut Rng) -> String {
    format!("z9hG4bK{}", rng.token(16))
}
