//! One contact of one account.

use serde::{Deserialize, Serialize};

use crate::base::{Instant, Now, UtcMillis};
use crate::sip::Uri;
use crate::sip::transaction::{Flow, Transport};

/// One place where an account can be reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    pub contact: Uri,
    /// Where the REGISTER came from: requests go back there, through whatever NAT is between.
    pub flow: Flow,
    /// Route to the phone (RFC 3327), in the order of the header.
    pub path: Vec<String>,
    pub call_id: String,
    pub cseq: u32,
    /// Preference in thousandths, 1000 the highest.
    pub q_milli: u16,
    pub refreshed_at: Instant,
    pub expires_at: Instant,
    pub user_agent: Option<String>,
    /// `+sip.instance` (RFC 5626): the device, however its address changes.
    pub instance: Option<String>,
}

impl Binding {
    /// Seconds that are left, at least 1 while it lives.
    pub fn remaining_s(&self, now: Instant) -> u32 {
        let left = self.expires_at.since(now).as_millis().div_ceil(1000);
        u32::try_from(left).unwrap_or(u32::MAX)
    }

    /// The same device: by its instance id when both have one (RFC 5626 6), else by the contact URI (RFC 3261 10.3).
    pub(super) fn is_same_device(&self, contact: &Uri, instance: Option<&str>) -> bool {
        match (self.instance.as_deref(), instance) {
            (Some(ours), Some(theirs)) => ours == theirs,
            (_, _) => self.contact.is_equivalent(contact),
        }
    }

    /// What is left of it when its connection is gone. A phone that named the very address that it registered from can
    /// be reached there by a new connection (RFC 3261 18.1.1); one behind a NAT, a proxy or in a browser cannot.
    pub(super) fn without_connection(mut self) -> Option<Binding> {
        if self.flow.transport != Transport::Udp {
            let port = self.contact.port().unwrap_or(self.flow.transport.default_port());
            let named = self.contact.host()?.socket_addr(port)?;
            let direct = self.flow.transport == Transport::Tcp && self.path.is_empty();
            if !direct || named.ip() != self.flow.remote.ip() {
                return None;
            }
            self.flow.remote = named;
        }
        self.flow.connection = None;
        Some(self)
    }

    pub(super) fn to_row(&self, user: &str, now: Now) -> BindingRow {
        BindingRow {
            user: user.to_owned(),
            contact: self.contact.to_string(),
            flow: self.flow,
            path: self.path.clone(),
            call_id: self.call_id.clone(),
            cseq: self.cseq,
            q_milli: self.q_milli,
            expires_at: now.utc_at(self.expires_at),
            user_agent: self.user_agent.clone(),
            instance: self.instance.clone(),
        }
    }

    /// `None` when the row has expired, or cannot be read.
    pub(super) fn from_row(row: BindingRow, now: Now) -> Option<Binding> {
        let left_ms = u64::try_from(row.expires_at.0.saturating_sub(now.utc.0)).ok().filter(|ms| *ms > 0)?;
        let binding = Binding {
            contact: row.contact.parse().ok()?,
            flow: row.flow,
            path: row.path,
            call_id: row.call_id,
            cseq: row.cseq,
            q_milli: row.q_milli,
            refreshed_at: now.instant,
            expires_at: now.instant + std::time::Duration::from_millis(left_ms),
            user_agent: row.user_agent,
            instance: row.instance,
        };
        // A connection does not live over a restart.
        binding.without_connection()
    }
}

/// A binding as it is stored over a restart.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BindingRow {
    /// The account.
    pub user: String,
    /// The Contact URI as the phone wrote it.
    pub contact: String,
    pub flow: Flow,
    pub path: Vec<String>,
    pub call_id: String,
    pub cseq: u32,
    pub q_milli: u16,
    pub expires_at: UtcMillis,
    pub user_agent: Option<String>,
    pub instance: Option<String>,
}
