use std::fmt;
use std::net::IpAddr;

use super::{Attribute, Connection};

/// A session description (RFC 8866 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub origin: Origin,
    /// `s=`.
    pub name: String,
    /// `c=` before the first media line.
    pub connection: Option<Connection>,
    /// `a=` before the first media line.
    pub attributes: Vec<Attribute>,
    pub media: Vec<Media>,
}

/// Who made it (`o=`, RFC 8866 5.2). Real phones write any text as id and version, so both are kept as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub username: String,
    pub session_id: String,
    pub version: String,
    pub address: String,
    pub is_ip6: bool,
}

impl Origin {
    pub fn new(session_id: u64, version: u64, ip: IpAddr) -> Origin {
        Origin {
            username: "-".to_owned(),
            session_id: session_id.to_string(),
            version: version.to_string(),
            address: ip.to_string(),
            is_ip6: ip.is_ipv6(),
        }
    }
}

/// One media line with what belongs to it (RFC 8866 5.14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    pub kind: MediaKind,
    /// 0 is a refused or removed stream (RFC 3264 6, 8.2).
    pub port: u16,
    pub protocol: Protocol,
    /// Payload types as written, or other formats.
    pub formats: Vec<String>,
    /// `c=` of this media line.
    pub connection: Option<Connection>,
    pub attributes: Vec<Attribute>,
}

impl Media {
    /// The formats that are payload types, in order.
    pub fn payload_types(&self) -> impl Iterator<Item = u8> + '_ {
        self.formats.iter().filter_map(|format| format.parse().ok()).filter(|pt| *pt < 128)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaKind {
    Audio,
    Video,
    /// `image` (fax), `application`, `text`, `message`, or anything else.
    Other(String),
}

/// How media travels. Names are compared without case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocol {
    RtpAvp,
    /// RFC 4585.
    RtpAvpf,
    /// RFC 3711.
    RtpSavp,
    /// RFC 5124.
    RtpSavpf,
    /// DTLS-SRTP of browsers (`UDP/TLS/RTP/SAVPF`, RFC 5764), `udptl`, and anything else.
    Other(String),
}

impl Protocol {
    /// Whether keys are exchanged in `a=crypto`.
    pub const fn is_srtp(&self) -> bool {
        matches!(self, Protocol::RtpSavp | Protocol::RtpSavpf)
    }

    /// Whether it is RTP without encryption.
    pub const fn is_plain_rtp(&self) -> bool {
        matches!(self, Protocol::RtpAvp | Protocol::RtpAvpf)
    }
}

impl Session {
    /// Where media line `index` goes: its own `c=`, else the session's.
    pub fn connection_of(&self, index: usize) -> Option<&Connection> {
        self.media.get(index)?.connection.as_ref().or(self.connection.as_ref())
    }
}

impl fmt::Display for MediaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
            MediaKind::Other(kind) => kind,
        })
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protocol::RtpAvp => "RTP/AVP",
            Protocol::RtpAvpf => "RTP/AVPF",
            Protocol::RtpSavp => "RTP/SAVP",
            Protocol::RtpSavpf => "RTP/SAVPF",
            Protocol::Other(protocol) => protocol,
        })
    }
}
