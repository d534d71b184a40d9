//! One contact of one account.

use serde::{Deserialize, Serialize};

use crate::base::UtcMillis;
use crate::sip::transaction::Flow;

/// A binding as it is stored over a restart.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BindingRow {
    /// The account.
    pub user: String,
    /// The Contact URI as the phone wrote it.
    pub contact: String,
    /// Where the REGISTER came from: requests go back there, through whatever NAT is between.
    pub flow: Flow,
    /// Route to the phone (RFC 3327), in the order of the header.
    pub path: Vec<String>,
    pub call_id: String,
    pub cseq: u32,
    /// Preference in thousandths, 1000 the highest.
    pub q_milli: u16,
    pub expires_at: UtcMillis,
    pub user_agent: Option<String>,
    /// `+sip.instance` (RFC 5626): the device, however its address changes.
    pub instance: Option<String>,
}
