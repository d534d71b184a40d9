//! Whose sound is encrypted (SRTP with keys in the SDP, RFC 4568).
//!
//! The keys are as secret as the signalling that carries them: they are offered and answered only where it is TLS (or
//! WebSocket over TLS), whatever was asked for. RFC 4568 has no offer of "encrypted, or else plain" that old phones
//! understand, so a phone that refuses the encrypted one is called a second time with a plain one, when that is allowed.

use serde::{Deserialize, Serialize};

use super::core::Switch;
use super::leg::{Leg, LegState, Party};
use crate::base::{LegId, Now};
use crate::media::SrtpKeys;
use crate::rtp::srtp::{MasterKey, SrtpSuite};
use crate::sdp::{Crypto, CryptoSuite, Negotiated, SrtpPolicy};
use crate::sip::endpoint::FailedBy;

/// `rtp.srtp` of `hotline.yaml`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SrtpUse {
    /// Never offered; offers of it are refused.
    Off,
    /// Offered to phones that registered by TLS, taken from whoever calls by TLS; plain sound where it is not.
    #[default]
    Optional,
    /// Phones without TLS and SRTP cannot call and are not rung. Trunks as with `optional`.
    Required,
}

impl Switch {
    /// What a leg may agree on.
    pub(super) fn srtp_policy(&self, id: LegId, now: Now) -> Option<SrtpPolicy> {
        let leg = self.calls.get(&id.call)?.legs.get(&id.n)?;
        let setting = self.config.srtp;
        let to_phone = |no: &str| match setting {
            SrtpUse::Off => SrtpPolicy::Refused,
            SrtpUse::Required => SrtpPolicy::Required,
            // One offer goes to all contacts of an agent: keys only when none of them would tell.
            SrtpUse::Optional if self.endpoint.is_secure(no, now.instant) => SrtpPolicy::Required,
            SrtpUse::Optional => SrtpPolicy::Refused,
        };
        Some(match &leg.party {
            Party::Agent { no, .. }
            | Party::Target { no, .. }
            | Party::Asked { no, .. }
            | Party::Supervisor { no, .. } => to_phone(no),
            Party::Customer | Party::Outside { .. } => SrtpPolicy::Refused,
            Party::Caller | Party::Asker { .. } => match setting {
                SrtpUse::Required if leg.secure && leg.registered => SrtpPolicy::Required,
                SrtpUse::Optional | SrtpUse::Required if leg.secure => SrtpPolicy::Accepted,
                SrtpUse::Off | SrtpUse::Optional | SrtpUse::Required => SrtpPolicy::Refused,
            },
        })
    }

    /// Whether a caller cannot be talked to at all: a phone of ours that would have to encrypt, and has no secret way to
    /// agree on keys.
    pub(super) fn must_not_talk(&self, leg: &Leg) -> bool {
        self.config.srtp == SrtpUse::Required && leg.registered && !leg.secure
    }

    /// Whether a phone of this agent is registered that may be rung.
    pub(super) fn has_phone(&self, no: &str, now: Now) -> bool {
        match self.config.srtp {
            SrtpUse::Off | SrtpUse::Optional => self.endpoint.is_registered(no),
            SrtpUse::Required => self.endpoint.has_secure_contact(no, now.instant),
        }
    }

    /// Calls a phone once more, with plain sound, when it refused the encrypted offer and may do so.
    pub(super) fn call_again_plain(&mut self, id: LegId, status: u16, by: FailedBy, now: Now) -> bool {
        let may = self.config.srtp == SrtpUse::Optional && by == FailedBy::Remote && matches!(status, 415 | 488 | 606);
        let refused = |leg: &Leg| leg.state == LegState::Calling && leg.offers_srtp();
        if !may || !self.calls.get(&id.call).and_then(|call| call.legs.get(&id.n)).is_some_and(refused) {
            return false;
        }
        let session = self.endpoint.new_session();
        let Some(leg) = self.leg_mut(id) else { return false };
        let former = std::mem::replace(&mut leg.session, session);
        self.sessions.remove(&former);
        self.sessions.insert(session, id);
        self.prepare_sdp(id, SrtpPolicy::Refused);
        self.invite(id, now);
        true
    }
}

/// What was agreed, as the media worker needs it; `None` is plain sound.
pub(super) fn keys(agreed: &Negotiated) -> Option<Box<SrtpKeys>> {
    let pair = agreed.crypto?;
    Some(Box::new(SrtpKeys { ours: master(&pair.local)?, theirs: master(&pair.remote)? }))
}

fn master(crypto: &Crypto) -> Option<MasterKey> {
    let suite = match crypto.suite {
        CryptoSuite::AesCm128HmacSha1_80 => SrtpSuite::AesCm128HmacSha1_80,
        CryptoSuite::AesCm128HmacSha1_32 => SrtpSuite::AesCm128HmacSha1_32,
        CryptoSuite::AeadAes128Gcm => SrtpSuite::AeadAes128Gcm,
        CryptoSuite::AeadAes256Gcm => SrtpSuite::AeadAes256Gcm,
    };
    MasterKey::new(suite, crypto.key.bytes())
}
