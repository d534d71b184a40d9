//! Which dialog a Replaces header names (RFC 3891 3).

use super::event::{Replaces, SessionId};
use super::face::Endpoint;
use super::session::{Session, Stage};
use crate::sip::Text;
use crate::sip::dialog::Dialog;
use crate::sip::header::{self, Header as _};

impl Endpoint {
    /// The session whose dialog is named: one that is up, or early.
    pub fn session_of(&self, named: &Replaces) -> Option<SessionId> {
        let session = self.sessions.get(self.tags.get(&named.to_tag)?)?;
        session.has_dialog(&named.call_id, &named.from_tag).then_some(session.id)
    }
}

impl Session {
    fn has_dialog(&self, call_id: &str, remote_tag: &str) -> bool {
        let is = |dialog: &Dialog| {
            dialog.call_id().as_bytes() == call_id.as_bytes() && dialog.remote_tag().as_bytes() == remote_tag.as_bytes()
        };
        match &self.stage {
            Stage::Incoming(incoming) => is(&incoming.dialog),
            Stage::Calling(calling) => calling.early.iter().any(|early| is(&early.dialog)),
            Stage::Up(up) => is(&up.dialog),
            Stage::Closing(closing) => closing.unacked.as_ref().is_some_and(|(dialog, ..)| is(dialog)),
            Stage::Over => false,
        }
    }
}

/// The value of Replaces behind the `?` of a Refer-To.
pub(super) fn read(value: &Text) -> Option<Replaces> {
    let named = header::Replaces::parse(value).ok()?;
    Some(Replaces {
        call_id: named.call_id.to_clean_string(),
        to_tag: named.to_tag.to_clean_string(),
        from_tag: named.from_tag.to_clean_string(),
        early_only: named.early_only,
    })
}
