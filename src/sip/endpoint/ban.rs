//! Sources that guess passwords or scan are silenced, longer each time.

use std::net::IpAddr;

/// One silenced source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ban {
    pub source: IpAddr,
    /// Seconds from now until it may speak again.
    pub remaining_s: u64,
    /// How often it was silenced so far.
    pub times: u32,
}
