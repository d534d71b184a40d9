//! The RTP header (RFC 3550 5.1): read through `rtp-rs`, written by hand because that is twelve bytes.

use std::ops::Range;

use rtp_rs::RtpReader;

pub const HEADER_BYTES: usize = 12;
const MARKER: u8 = 0x80;
const VERSION_2: u8 = 0x80;
/// RTCP packet types 192 to 223 read as these payload types when RTCP comes to an RTP port (RFC 5761 4).
const RTCP_RANGE: Range<u8> = 64..96;

/// What the fixed header says, and where the payload lies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    pub marker: bool,
    pub payload_type: u8,
    pub seq: u16,
    /// In units of the codec's clock.
    pub timestamp: u32,
    pub ssrc: u32,
    /// Behind the contributing sources and the extension, before the padding.
    pub payload: Range<usize>,
}

impl Header {
    /// `None` for what is no RTP: too short, another version, lists or padding that overrun the packet, or RTCP.
    pub fn read(packet: &[u8]) -> Option<Header> {
        let reader = RtpReader::new(packet).ok()?;
        let start = reader.payload_offset();
        let payload = start..start + reader.payload().len();
        let payload_type = reader.payload_type();
        (!RTCP_RANGE.contains(&payload_type)).then(|| Header {
            marker: reader.mark(),
            payload_type,
            seq: u16::from(reader.sequence_number()),
            timestamp: reader.timestamp(),
            ssrc: reader.ssrc(),
            payload,
        })
    }
}

/// Whether a packet on an RTP port is RTCP (RFC 5761 4).
pub fn is_rtcp(packet: &[u8]) -> bool {
    packet.get(1).is_some_and(|kind| RTCP_RANGE.contains(&(kind & 0x7f)))
}

/// A header without contributing sources, extension or padding.
pub fn write_header(marker: bool, payload_type: u8, seq: u16, timestamp: u32, ssrc: u32) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[0] = VERSION_2;
    header[1] = (payload_type & 0x7f) | if marker { MARKER } else { 0 };
    header[2..4].copy_from_slice(&seq.to_be_bytes());
    header[4..8].copy_from_slice(&timestamp.to_be_bytes());
    header[8..12].copy_from_slice(&ssrc.to_be_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(first: u8, len: usize) -> Vec<u8> {
        let mut packet = write_header(false, 0, 1, 2, 3).to_vec();
        packet[0] = first;
        packet.resize(len, 0);
        packet
    }

    #[test]
    fn reads_what_it_wrote_and_what_another_library_wrote() {
        let mut bytes = write_header(true, 8, 65_535, 0xffff_fff0, 0x1234_5678).to_vec();
        bytes.extend_from_slice(&[7; 160]);
        let expected = Header {
            marker: true,
            payload_type: 8,
            seq: 65_535,
            timestamp: 0xffff_fff0,
            ssrc: 0x1234_5678,
            payload: 12..172,
        };
        assert_eq!(Header::read(&bytes), Some(expected.clone()));
        let theirs = rtp_rs::RtpPacketBuilder::new()
            .marked(true)
            .payload_type(8)
            .sequence(rtp_rs::Seq::from(65_535))
            .timestamp(0xffff_fff0)
            .ssrc(0x1234_5678)
            .payload(&[7; 160])
            .build()
            .expect("a packet");
        assert_eq!(theirs, bytes);
    }

    #[test]
    fn finds_the_payload_behind_sources_extension_and_padding() {
        // Two sources, an extension of one word, 3 bytes of padding.
        let mut bytes = packet(0b1011_0010, 12 + 8);
        bytes.extend_from_slice(&[0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
        bytes.extend_from_slice(&[9, 9, 9, 9, 0, 0, 3]);
        assert_eq!(Header::read(&bytes).expect("good").payload, 28..32);
    }

    #[test]
    fn drops_what_overruns_itself() {
        assert_eq!(Header::read(&[]), None);
        for len in 0..12 {
            assert_eq!(Header::read(&packet(0x80, 12)[..len]), None, "{len} bytes");
        }
        assert_eq!(Header::read(&packet(0x40, 172)), None, "version 1");
        assert_eq!(Header::read(&packet(0x8f, 60)), None, "15 sources in 48 bytes");
        assert_eq!(Header::read(&packet(0x90, 14)), None, "half an extension header");
        let mut extension = packet(0x90, 20);
        extension[14..16].copy_from_slice(&[0xff, 0xff]);
        assert_eq!(Header::read(&extension), None, "an extension of 65535 words");
        let mut padding = packet(0xa0, 20);
        assert_eq!(Header::read(&padding), None, "no padding length");
        padding[19] = 9;
        assert_eq!(Header::read(&padding), None, "more padding than payload");
        padding[19] = 8;
        assert_eq!(Header::read(&padding).expect("good").payload, 12..12);
        let mut rtcp = packet(0x80, 28);
        rtcp[1] = 200;
        assert_eq!(Header::read(&rtcp), None, "a sender report");
    }

    #[test]
    fn no_bytes_of_any_kind_panic() {
        let mut rng = crate::base::Rng::from_number(7);
        for _ in 0..100_000 {
            let len = rng.below(64) as usize;
            let mut bytes = vec![0; len];
            rng.fill(&mut bytes);
            if let Some(first) = bytes.first_mut() {
                *first = (*first & 0x3f) | 0x80;
            }
            if let Some(header) = Header::read(&bytes) {
                assert!(bytes.get(header.payload).is_some());
            }
        }
    }
}
