use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::sip::Text;
use crate::sip::header::scan::is_host_byte;

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
        Host::parse_in(text, text.as_bytes())
    }

    /// As [`Host::parse`] for a part of `text`.
    pub(crate) fn parse_in(text: &Text, bytes: &[u8]) -> Option<Host> {
        if bytes.first().is_some_and(u8::is_ascii_digit)
            && let Some(address) = ipv4(bytes)
        {
            return Some(Host::V4(address));
        }
        if let Some(inside) = bytes.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) {
            return ipv6(std::str::from_utf8(inside).ok()?).map(Host::V6);
        }
        is_name(bytes).then(|| Host::Name(text.slice_ref(bytes)))
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

/// Four numbers of one to three digits, without leading zeros: some systems read those as octal.
fn ipv4(bytes: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut rest = bytes;
    for (n, octet) in octets.iter_mut().enumerate() {
        if n > 0 {
            rest = rest.strip_prefix(b".")?;
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, after) = rest.split_at(digits);
        if !matches!(number, [_] | [b'1'..=b'9', _] | [b'1'..=b'9', _, _]) {
            return None;
        }
        *octet = u8::try_from(number.iter().fold(0u16, |n, digit| n * 10 + u16::from(digit - b'0'))).ok()?;
        rest = after;
    }
    rest.is_empty().then(|| Ipv4Addr::from(octets))
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

/// Labels parted by dots; none is empty but the last (RFC 1034 3.1).
fn is_name(bytes: &[u8]) -> bool {
    let mut in_label = false;
    for &byte in bytes {
        in_label = match byte {
            b'.' if in_label => false,
            _ if is_host_byte(byte) => true,
            _ => return false,
        };
    }
    !bytes.is_empty() && bytes.len() <= MAX_NAME_BYTES
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
