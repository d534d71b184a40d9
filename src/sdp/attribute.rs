use std::fmt;
use std::net::IpAddr;

use super::{Crypto, Direction, Media, Session};

/// One `a=` line. `Debug` does not show the keys in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    /// None for a line without a colon.
    pub value: Option<String>,
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_secret = self.name.eq_ignore_ascii_case("crypto");
        let value = if is_secret { Some("..") } else { self.value.as_deref() };
        write!(f, "a={}:{value:?}", self.name)
    }
}

impl Attribute {
    pub fn flag(name: &str) -> Attribute {
        Attribute { name: name.to_owned(), value: None }
    }

    pub fn with(name: &str, value: impl fmt::Display) -> Attribute {
        Attribute { name: name.to_owned(), value: Some(value.to_string()) }
    }

    pub(super) fn parse(text: &str) -> Attribute {
        match text.split_once(':') {
            Some((name, value)) => Attribute { name: name.trim().to_owned(), value: Some(value.trim().to_owned()) },
            None => Attribute { name: text.trim().to_owned(), value: None },
        }
    }
}

/// What a payload type means (`a=rtpmap`, RFC 8866 6.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    pub payload_type: u8,
    pub name: String,
    pub clock_hz: u32,
    /// 1 when it is not written.
    pub channels: u8,
}

impl RtpMap {
    /// `0 PCMU/8000` or `111 opus/48000/2`.
    pub(super) fn parse(value: &str) -> Option<RtpMap> {
        let (payload_type, encoding) = value.trim().split_once(|c: char| c.is_ascii_whitespace())?;
        let mut parts = encoding.trim().split('/');
        let name = parts.next().filter(|name| !name.is_empty())?.to_owned();
        let clock_hz = parts.next()?.trim().parse().ok()?;
        let channels = parts.next().map_or(Some(1), |n| n.trim().parse().ok())?;
        let payload_type = payload_type.parse().ok().filter(|pt| *pt < 128)?;
        Some(RtpMap { payload_type, name, clock_hz, channels })
    }
}

impl fmt::Display for RtpMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.payload_type, self.name, self.clock_hz)?;
        if self.channels > 1 { write!(f, "/{}", self.channels) } else { Ok(()) }
    }
}

/// Where RTCP goes (`a=rtcp`, RFC 3605).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtcp {
    pub port: u16,
    /// None when it is the address of `c=`.
    pub ip: Option<IpAddr>,
}

/// The first value of the attribute `name`.
pub(super) fn value<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    values(attributes, name).next()
}

fn values<'a>(attributes: &'a [Attribute], name: &str) -> impl Iterator<Item = &'a str> {
    let is_named = move |attribute: &&Attribute| attribute.name.eq_ignore_ascii_case(name);
    attributes.iter().filter(is_named).map(|attribute| attribute.value.as_deref().unwrap_or(""))
}

fn direction(attributes: &[Attribute]) -> Option<Direction> {
    attributes.iter().filter(|attribute| attribute.value.is_none()).find_map(|a| Direction::parse(&a.name))
}

/// A number of milliseconds; some phones write `20.0`.
fn milliseconds(text: &str) -> Option<u16> {
    text.split('.').next()?.trim().parse().ok()
}

impl Media {
    /// The meaning of a payload type, when `a=rtpmap` gives one. Of several the first counts.
    pub fn rtpmap(&self, payload_type: u8) -> Option<RtpMap> {
        values(&self.attributes, "rtpmap").filter_map(RtpMap::parse).find(|map| map.payload_type == payload_type)
    }

    /// The parameters of a payload type (`a=fmtp`, RFC 8866 6.15).
    pub fn fmtp(&self, payload_type: u8) -> Option<&str> {
        values(&self.attributes, "fmtp").find_map(|value| {
            let (number, params) = value.split_once(|c: char| c.is_ascii_whitespace())?;
            (number.parse() == Ok(payload_type)).then(|| params.trim())
        })
    }

    /// The packet length the peer likes to receive, in ms (`a=ptime`, RFC 8866 6.4).
    pub fn ptime_ms(&self) -> Option<u16> {
        value(&self.attributes, "ptime").and_then(milliseconds)
    }

    /// The longest packet the peer takes, in ms (`a=maxptime`, RFC 8866 6.5).
    pub fn maxptime_ms(&self) -> Option<u16> {
        value(&self.attributes, "maxptime").and_then(milliseconds)
    }

    /// `a=rtcp`; None when it is missing or cannot be read.
    pub fn rtcp(&self) -> Option<Rtcp> {
        let mut words = value(&self.attributes, "rtcp")?.split_ascii_whitespace();
        let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
        Some(Rtcp { port, ip: words.nth(2).and_then(|word| word.parse().ok()) })
    }

    /// RFC 5761.
    pub fn has_rtcp_mux(&self) -> bool {
        self.has("rtcp-mux")
    }

    /// The `a=crypto` lines that can be read, in order (RFC 4568).
    pub fn cryptos(&self) -> impl Iterator<Item = Crypto> + '_ {
        values(&self.attributes, "crypto").filter_map(Crypto::parse)
    }

    /// The first value of an attribute by its name.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        value(&self.attributes, name)
    }

    pub fn has(&self, name: &str) -> bool {
        value(&self.attributes, name).is_some()
    }
}

impl Session {
    /// The direction of media line `index` as written: there, else at session level, else `sendrecv` (RFC 8866 6.7).
    pub fn direction_of(&self, index: usize) -> Direction {
        let of_media = self.media.get(index).and_then(|media| direction(&media.attributes));
        of_media.or_else(|| direction(&self.attributes)).unwrap_or_default()
    }
}
