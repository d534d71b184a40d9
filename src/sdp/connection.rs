use std::fmt;
use std::net::IpAddr;

use super::write::Word;

/// Where media goes (`c=`, RFC 8866 5.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The address without TTL and count; an IPv4 or IPv6 address, or a name.
    pub address: String,
    /// Whether it was written as IP6.
    pub is_ip6: bool,
}

impl Connection {
    pub fn new(ip: IpAddr) -> Connection {
        Connection { address: ip.to_string(), is_ip6: ip.is_ipv6() }
    }

    /// `IN IP4 192.0.2.1/127`.
    pub(super) fn parse(value: &str) -> Option<Connection> {
        let mut words = value.split_ascii_whitespace();
        if !words.next()?.eq_ignore_ascii_case("IN") {
            return None;
        }
        let kind = words.next()?;
        let is_ip6 = kind.eq_ignore_ascii_case("IP6");
        if !is_ip6 && !kind.eq_ignore_ascii_case("IP4") {
            return None;
        }
        let address = words.next()?.split('/').next()?;
        (!address.is_empty()).then(|| Connection { address: address.to_owned(), is_ip6 })
    }

    /// None for a name.
    pub fn ip(&self) -> Option<IpAddr> {
        self.address.parse().ok()
    }

    /// `0.0.0.0` or `::`: the old way to say "send me nothing" (RFC 2543 B.5, RFC 3264 8.4).
    pub fn is_hold(&self) -> bool {
        self.ip().is_some_and(|ip| ip.is_unspecified())
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IN {} {}", if self.is_ip6 { "IP6" } else { "IP4" }, Word(&self.address))
    }
}
