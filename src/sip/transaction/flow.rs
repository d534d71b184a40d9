//! Where a message came from and where one goes.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// How SIP messages travel (RFC 3261 18, RFC 7118).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
    Ws,
    Wss,
}

impl Transport {
    pub const ALL: [Transport; 5] = [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];

    /// A lost message is sent again by the transport itself, so transactions need no retransmission.
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// As written in a Via (`SIP/2.0/UDP`).
    pub const fn via_name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// As written in a `transport` URI parameter. WSS is `ws` there (RFC 7118 5.2); TLS is kept as phones write it.
    pub const fn param(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Ws | Transport::Wss => "ws",
        }
    }

    /// From a Via or a `transport` parameter, in any case.
    pub fn from_name(name: &str) -> Option<Transport> {
        Transport::ALL.into_iter().find(|t| t.via_name().eq_ignore_ascii_case(name))
    }

    /// The port of a URI or sent-by that names none (RFC 3261 19.1.2, RFC 7118 5.4).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }

    /// What is said is read by the two ends of the connection alone.
    pub const fn is_secure(self) -> bool {
        matches!(self, Transport::Tls | Transport::Wss)
    }

    /// A browser's or a client's connection that we cannot open from our side.
    pub const fn is_websocket(self) -> bool {
        matches!(self, Transport::Ws | Transport::Wss)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Transport::Wss => "wss",
            other => other.param(),
        })
    }
}

/// One accepted or opened stream connection; the driver numbers them and never reuses a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ConnectionId(pub u64);

/// The way a message came in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Flow {
    pub transport: Transport,
    /// Our address that received it.
    pub local: SocketAddr,
    /// The peer's address, as seen from here.
    pub remote: SocketAddr,
    /// `None` for UDP.
    pub connection: Option<ConnectionId>,
}

impl Flow {
    /// Back the way that the message came.
    pub fn reply_target(self) -> Target {
        Target {
            transport: self.transport,
            remote: self.remote,
            local: Some(self.local),
            connection: self.connection,
            server_name: None,
        }
    }
}

/// Where the driver is to send a message.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Target {
    pub transport: Transport,
    pub remote: SocketAddr,
    /// The listening address to send from, when it matters.
    pub local: Option<SocketAddr>,
    /// Use this connection. When it is `None`, use an open connection to `remote` or open one; when it is closed,
    /// report the failure.
    pub connection: Option<ConnectionId>,
    /// The host name that a TLS certificate must be for; `None` when the peer was named by address.
    pub server_name: Option<String>,
}
