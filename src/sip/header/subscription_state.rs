use super::event::token_and_params;
use super::{Header, HeaderError, Params, Wire};
use crate::sip::{HeaderName, Text};

/// RFC 6665 4.1.3; an unknown state counts as active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionStatus {
    Active,
    Pending,
    Terminated,
}

/// The state of a subscription (RFC 6665 8.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionState {
    pub status: SubscriptionStatus,
    pub params: Params,
}

impl SubscriptionState {
    /// Seconds left, at most `u32::MAX`.
    pub fn expires_s(&self) -> Option<u32> {
        self.params.get("expires")?.to_u32_saturating()
    }

    /// Why it ended: `deactivated`, `timeout`, `noresource` and so on.
    pub fn reason(&self) -> Option<Text> {
        self.params.get("reason")
    }
}

impl Header for SubscriptionState {
    const NAME: HeaderName = HeaderName::SubscriptionState;

    fn parse_in(text: &Text, value: &[u8]) -> Result<Self, HeaderError> {
        let (state, params) = token_and_params(text, value)?;
        let status = match () {
            () if state.eq_ignore_case("terminated") => SubscriptionStatus::Terminated,
            () if state.eq_ignore_case("pending") => SubscriptionStatus::Pending,
            () => SubscriptionStatus::Active,
        };
        Ok(SubscriptionState { status, params })
    }
}

impl Wire for SubscriptionState {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(match self.status {
            SubscriptionStatus::Active => b"active".as_slice(),
            SubscriptionStatus::Pending => b"pending",
            SubscriptionStatus::Terminated => b"terminated",
        });
        out.extend_from_slice(self.params.as_text().as_bytes());
    }
}
