use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::sip::Text;

/// The host of a URI or a Via (RFC 3261 25.1 `host`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A domain name as written; compare it with [`Host::is_same`].
    Name(Text),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

/// RFC 1035 2.3.4.
const MAX_NAME_BYTES: usize = 255;

impl Host {
    /// `text` is a domain name, an IPv4 address, or an IPv6 address in brackets.
    pub fn parse(text: &Text) -> Option<Host> {
        let bytes = text.as_bytes();
        if let Some(inside) = bytes.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) {
            return ipv6(std::str::from_utf8(inside).ok()?).map(Host::V6);
        }
        if bytes.first()?.is_ascii_digit()
            && let Some(address) = text.to_str().and_then(|text| text.parse().ok())
        {
            return Some(Host::V4(address));
        }
        is_name(bytes).then(|| Host::Name(text.clone()))
    }

    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Host::Name(_) => None,
            Host::V4(address) => Some(IpAddr::V4(*address)),
            Host::V6(address) => Some(IpAddr::V6(*address)),
        }
    }

    /// The address with `port`, when the host is an address.
    pub fn socket_addr(&self, port: u16) -> Option<SocketAddr> {
        self.ip().map(|ip| SocketAddr::new(ip, port))
    }

    /// Names are compared without case, addresses by value.
    pub fn is_same(&self, other: &Host) -> bool {
        match (self, other) {
            (Host::Name(a), Host::Name(b)) => a.as_bytes().eq_ignore_ascii_case(b.as_bytes()),
            (Host::V4(a), Host::V4(b)) => a == b,
            (Host::V6(a), Host::V6(b)) => a == b,
            (Host::Name(_) | Host::V4(_) | Host::V6(_), _) => false,
        }
    }
}

/// An IPv6 address. The grammar of RFC 3261 allows a third colon before an IPv4 part (RFC 5118 4.10).
fn ipv6(text: &str) -> Option<Ipv6Addr> {
    if let Some((start, v4)) = text.split_once(":::")
        && v4.parse::<Ipv4Addr>().is_ok()
    {
        return format!("{start}::{v4}").parse().ok();
    }
    text.parse().ok()
}

/// Letters, digits, `-`, and `_` which DNS names of real devices have; no empty label but the last (RFC 1034 3.1).
fn is_name(bytes: &[u8]) -> bool {
    let labels = bytes.strip_suffix(b".").unwrap_or(bytes);
    bytes.len() <= MAX_NAME_BYTES
        && labels.split(|byte| *byte == b'.').all(|label| {
            !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        })
}

impl From<IpAddr> for Host {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(address) => Host::V4(address),
            IpAddr::V6(address) => Host::V6(address),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => fmt::Display::fmt(name, f),
            Host::V4(address) => fmt::Display::fmt(address, f),
            Host::V6(address) => write!(f, "[{address}]"),
        }
    }
}
