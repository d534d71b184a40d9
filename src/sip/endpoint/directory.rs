//! Who is known: accounts that may register, and trunks. Replaced as a whole at run time.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use super::network::IpNetwork;
use crate::sip::digest::Credentials;

/// Everyone that the endpoint deals with, and how.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// The digest realm, and the host part of our addresses of record.
    pub realm: String,
    /// Other host names that are ours. Our listening and advertised addresses always are.
    pub domains: Vec<String>,
    /// By user name: the user part of the address of record and the digest username.
    pub accounts: BTreeMap<String, Account>,
    pub trunks: Vec<Trunk>,
}

impl Directory {
    /// The trunk whose network holds `source`; the first in order when several do.
    pub fn trunk_of(&self, source: IpAddr) -> Option<&Trunk> {
        self.trunks.iter().find(|trunk| trunk.networks.iter().any(|network| network.contains(source)))
    }

    pub fn trunk(&self, name: &str) -> Option<&Trunk> {
        self.trunks.iter().find(|trunk| trunk.name == name)
    }

    /// Whether `number` may go out by a trunk. Where prefixes are set, only plain numbers go, or a separator within the
    /// prefix would open every destination (toll fraud).
    pub(super) fn allows(&self, name: &str, number: &str) -> bool {
        let Some(trunk) = self.trunk(name) else { return false };
        let digits = number.strip_prefix('+').unwrap_or(number);
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'#'));
        let begins = |prefix: &String| number.starts_with(prefix.as_str());
        trunk.allowed.is_empty() || (plain && trunk.allowed.iter().any(begins))
    }
}

/// One phone user.
#[derive(Clone, Debug)]
pub struct Account {
    pub credentials: Credentials,
    /// For the display name of calls from this account.
    pub display_name: Option<String>,
}

/// A line to the outside: a carrier or a gateway.
#[derive(Clone, Debug, Default)]
pub struct Trunk {
    pub name: String,
    /// Whose requests are this trunk's without further proof.
    pub networks: Vec<IpNetwork>,
    /// Where outgoing calls go: `sip:host:port;transport=udp`. Without it the trunk only receives.
    pub uri: Option<String>,
    /// Send through this proxy instead (`sip:proxy.example.com;lr`).
    pub outbound_proxy: Option<String>,
    /// Our account there.
    pub login: Option<TrunkLogin>,
    /// Calls at once in both directions.
    pub max_calls: Option<u32>,
    /// New calls per second, both directions together.
    pub max_calls_per_second: Option<u32>,
    /// Ask with OPTIONS this often whether it lives.
    pub options_interval: Option<Duration>,
    /// Only numbers that begin so go out here, as they were dialled; empty: all do.
    pub allowed: Vec<String>,
    /// `(prefix, replacement)`: the first whose prefix begins the dialled number rewrites it.
    pub translations: Vec<(String, String)>,
    /// Where calls go while this trunk is out of order.
    pub fallback: Option<String>,
}

/// Our account at a trunk.
#[derive(Clone, PartialEq, Eq)]
pub struct TrunkLogin {
    pub user: String,
    pub password: String,
    /// Answer only challenges of this realm; `None`: the host of the trunk's URI, or the realm of its first challenge.
    pub realm: Option<String>,
    /// Register there, and for how long at a time.
    pub register_expires_s: Option<u32>,
}

impl fmt::Debug for TrunkLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrunkLogin").field("user", &self.user).field("realm", &self.realm).finish_non_exhaustive()
    }
}
