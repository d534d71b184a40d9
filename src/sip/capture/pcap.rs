//! A trace as a PCAP file (draft-ietf-opsawg-pcap), for Wireshark and tshark.
//!
//! The link type is "raw IP": each record begins with an IPv4 or IPv6 header. These headers and those of UDP are made
//! up, also for what came over TCP, TLS or WebSocket: what counts are addresses, times and the message.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use super::packet::Packet;

/// Microseconds, in the byte order of this file: little-endian.
const MAGIC: u32 = 0xa1b2_c3d4;
const VERSION: (u16, u16) = (2, 4);
const MAX_RECORD: u32 = 65_535;
/// LINKTYPE_RAW: IPv4 or IPv6, as the first four bits say.
const LINK_RAW: u32 = 101;
const UDP: u8 = 17;
const UDP_HEADER: usize = 8;
/// A longer message is cut.
const MAX_PAYLOAD: usize = MAX_RECORD as usize - 40 - UDP_HEADER;

/// The file. Times are those of the first message and the monotonic clock since, so that a wall clock that is set in
/// the middle of a call changes no order.
pub fn pcap<'a>(packets: impl IntoIterator<Item = &'a Arc<Packet>>) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(MAGIC.to_le_bytes());
    file.extend(VERSION.0.to_le_bytes());
    file.extend(VERSION.1.to_le_bytes());
    file.extend([0; 8]);
    file.extend(MAX_RECORD.to_le_bytes());
    file.extend(LINK_RAW.to_le_bytes());
    let mut first = None;
    for packet in packets {
        let first = *first.get_or_insert(packet.at);
        let micros = u64::try_from(first.utc.0).unwrap_or(0) * 1000
            + packet.at.instant.as_micros().saturating_sub(first.instant.as_micros());
        record(&mut file, packet, micros);
    }
    file
}

fn record(file: &mut Vec<u8>, packet: &Packet, micros: u64) {
    let payload = packet.bytes.get(..MAX_PAYLOAD).unwrap_or(&packet.bytes);
    let datagram = datagram(packet.from, packet.to, payload);
    let cut = packet.bytes.len() - payload.len();
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    file.extend(u32::try_from(micros / 1_000_000).unwrap_or(u32::MAX).to_le_bytes());
    file.extend(u32::try_from(micros % 1_000_000).unwrap_or(0).to_le_bytes());
    file.extend(length(datagram.len()));
    file.extend(length(datagram.len() + cut));
    file.extend(datagram);
}

/// IP and UDP headers (RFC 791, RFC 8200, RFC 768), then `payload`.
fn datagram(from: SocketAddr, to: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(UDP_HEADER + payload.len()).unwrap_or(u16::MAX);
    let (from_ip, to_ip) = same_family(from.ip(), to.ip());
    let mut udp = Vec::with_capacity(usize::from(length));
    udp.extend(from.port().to_be_bytes());
    udp.extend(to.port().to_be_bytes());
    udp.extend(length.to_be_bytes());
    udp.extend([0; 2]);
    udp.extend_from_slice(payload);
    let pseudo = [octets(from_ip), octets(to_ip), vec![0, UDP], length.to_be_bytes().to_vec()].concat();
    // RFC 768: a sum of zero is sent as all ones.
    let sum = match checksum(&[pseudo.as_slice(), udp.as_slice()].concat()) {
        0 => u16::MAX,
        sum => sum,
    };
    udp[6..8].copy_from_slice(&sum.to_be_bytes());
    let mut datagram = match from_ip {
        IpAddr::V4(_) => ipv4(&[octets(from_ip), octets(to_ip)].concat(), length),
        IpAddr::V6(_) => ipv6(&[octets(from_ip), octets(to_ip)].concat(), length),
    };
    datagram.extend(udp);
    datagram
}

fn ipv4(addresses: &[u8], length: u16) -> Vec<u8> {
    let total = length.saturating_add(20).to_be_bytes();
    let mut header = vec![0x45, 0, total[0], total[1], 0, 0, 0x40, 0, 64, UDP, 0, 0];
    header.extend_from_slice(addresses);
    let sum = checksum(&header).to_be_bytes();
    header[10..12].copy_from_slice(&sum);
    header
}

fn ipv6(addresses: &[u8], length: u16) -> Vec<u8> {
    let length = length.to_be_bytes();
    let mut header = vec![0x60, 0, 0, 0, length[0], length[1], UDP, 64];
    header.extend_from_slice(addresses);
    header
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

/// An address of ours that is not known ("any") may be of the other family.
fn same_family(from: IpAddr, to: IpAddr) -> (IpAddr, IpAddr) {
    let wide = |ip: IpAddr| match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv6Addr::UNSPECIFIED.into(),
        IpAddr::V4(v4) => v4.to_ipv6_mapped().into(),
        IpAddr::V6(_) => ip,
    };
    if from.is_ipv4() == to.is_ipv4() { (from, to) } else { (wide(from), wide(to)) }
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 =
        bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | pair.get(1).copied().map_or(0, u32::from)).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(u16::MAX)
}
