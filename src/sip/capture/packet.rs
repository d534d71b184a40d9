//! One message of a trace.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use super::mask::masked;
use crate::base::Now;
use crate::sip::transaction::Transport;

/// One message as it went over the wire, its secrets covered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packet {
    pub at: Now,
    pub transport: Transport,
    pub from: SocketAddr,
    pub to: SocketAddr,
    /// By us.
    pub sent: bool,
    pub bytes: Bytes,
    /// The SIP Call-ID.
    pub call_id: Bytes,
}

impl Packet {
    /// A message between `local`, an address of ours, and `remote`. `None` for what has no Call-ID: keep-alives, noise.
    pub fn new(
        at: Now,
        transport: Transport,
        (local, remote): (SocketAddr, SocketAddr),
        sent: bool,
        message: &[u8],
    ) -> Option<Packet> {
        let masked = masked(message);
        let (local, remote) = (canonical(local), canonical(remote));
        let (from, to) = if sent { (local, remote) } else { (remote, local) };
        let call_id = Bytes::from(masked.call_id.filter(|call_id| !call_id.is_empty())?);
        Some(Packet { at, transport, from, to, sent, bytes: Bytes::from(masked.bytes), call_id })
    }

    /// The start line.
    pub fn first_line(&self) -> String {
        let line = self.bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        String::from_utf8_lossy(line.trim_ascii()).into_owned()
    }

    /// The value of CSeq, as written.
    pub fn cseq(&self) -> Option<String> {
        let lines = self.bytes.split(|byte| *byte == b'\n').take_while(|line| !line.trim_ascii().is_empty());
        lines.skip(1).find_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let named = line.get(..colon)?.trim_ascii().eq_ignore_ascii_case(b"cseq");
            named.then(|| String::from_utf8_lossy(line[colon + 1..].trim_ascii()).into_owned())
        })
    }

    /// It begins a dialog, or asks for one again.
    pub fn is_invite(&self) -> bool {
        self.bytes.starts_with(b"INVITE ")
    }
}

/// An IPv4 address that a socket of IPv6 shows as IPv6 is written as IPv4.
fn canonical(address: SocketAddr) -> SocketAddr {
    let ip: IpAddr = address.ip().to_canonical();
    SocketAddr::new(ip, address.port())
}
