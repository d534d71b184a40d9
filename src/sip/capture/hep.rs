//! HEP3, the Homer Encapsulation Protocol: one message in a datagram to a collector (HEP3 protocol document, revision
//! 3.2: chunks of vendor 0).

use std::fmt;
use std::net::IpAddr;

use super::packet::Packet;
use crate::base::CallId;
use crate::sip::transaction::Transport;

/// Who we are to the collector.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HepAgent {
    /// Capture agent id.
    pub id: u32,
    /// Sent with each message; the collector may refuse who does not know it.
    pub password: Option<String>,
}

impl fmt::Debug for HepAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HepAgent").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Types of chunks.
mod chunk {
    pub const FAMILY: u16 = 0x01;
    pub const PROTOCOL: u16 = 0x02;
    pub const IPV4_FROM: u16 = 0x03;
    pub const IPV4_TO: u16 = 0x04;
    pub const IPV6_FROM: u16 = 0x05;
    pub const IPV6_TO: u16 = 0x06;
    pub const PORT_FROM: u16 = 0x07;
    pub const PORT_TO: u16 = 0x08;
    pub const SECONDS: u16 = 0x09;
    pub const MICROSECONDS: u16 = 0x0a;
    pub const KIND: u16 = 0x0b;
    pub const AGENT: u16 = 0x0c;
    pub const PASSWORD: u16 = 0x0e;
    pub const PAYLOAD: u16 = 0x0f;
    pub const CORRELATION: u16 = 0x11;
}

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const TCP: u8 = 6;
const UDP: u8 = 17;
/// The kind of payload: SIP.
const SIP: u8 = 1;
/// What one datagram can carry besides the other chunks.
const MAX_PAYLOAD: usize = 64_000;

/// The datagram; a message that is too long for one is cut. `call` joins all legs of a call.
pub fn hep3(packet: &Packet, call: Option<CallId>, agent: &HepAgent) -> Vec<u8> {
    let mut out = b"HEP3\0\0".to_vec();
    let protocol = if packet.transport == Transport::Udp { UDP } else { TCP };
    put(&mut out, chunk::PROTOCOL, &[protocol]);
    addresses(&mut out, packet);
    put(&mut out, chunk::PORT_FROM, &packet.from.port().to_be_bytes());
    put(&mut out, chunk::PORT_TO, &packet.to.port().to_be_bytes());
    let millis = u64::try_from(packet.at.utc.0).unwrap_or(0);
    put(&mut out, chunk::SECONDS, &u32::try_from(millis / 1000).unwrap_or(u32::MAX).to_be_bytes());
    put(&mut out, chunk::MICROSECONDS, &u32::try_from(millis % 1000 * 1000).unwrap_or(0).to_be_bytes());
    put(&mut out, chunk::KIND, &[SIP]);
    put(&mut out, chunk::AGENT, &agent.id.to_be_bytes());
    if let Some(password) = &agent.password {
        put(&mut out, chunk::PASSWORD, password.as_bytes());
    }
    if let Some(call) = call {
        put(&mut out, chunk::CORRELATION, call.to_string().as_bytes());
    }
    put(&mut out, chunk::PAYLOAD, packet.bytes.get(..MAX_PAYLOAD).unwrap_or(&packet.bytes));
    let length = u16::try_from(out.len()).unwrap_or(u16::MAX).to_be_bytes();
    out[4..6].copy_from_slice(&length);
    out
}

fn addresses(out: &mut Vec<u8>, packet: &Packet) {
    let v6 = |ip: IpAddr| match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    };
    match (packet.from.ip(), packet.to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            put(out, chunk::FAMILY, &[AF_INET]);
            put(out, chunk::IPV4_FROM, &from.octets());
            put(out, chunk::IPV4_TO, &to.octets());
        }
        (from, to) => {
            put(out, chunk::FAMILY, &[AF_INET6]);
            put(out, chunk::IPV6_FROM, &v6(from));
            put(out, chunk::IPV6_TO, &v6(to));
        }
    }
}

/// Vendor 0, type, length with this head, value. A password of a configuration is shorter than a datagram.
fn put(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let value = value.get(..MAX_PAYLOAD).unwrap_or(value);
    out.extend([0, 0]);
    out.extend(kind.to_be_bytes());
    out.extend(u16::try_from(value.len() + 6).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(value);
}
