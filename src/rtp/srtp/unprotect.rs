use std::fmt;

use super::stream::{Window, nearest_index};
use super::transform::Transform;
use super::{ENCRYPTED, INDEX_BYTES, MasterKey, RTCP_HEADER, payload_offset, seq, word};

/// Streams of one peer that are remembered: a phone begins a new one when it is put through to something else. Of more
/// than these the one that spoke least lately is forgotten.
const MOST_STREAMS: usize = 16;
/// A stream whose first packets were lost may have begun anew already, when it began near the end of the numbers.
const FIRST_ROLLOVERS: u64 = 2;
/// No datagram that is no fragment is longer.
const MOST_BYTES: usize = 1500;

/// Why a packet is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("no SRTP packet")]
    Malformed,
    #[error("the proof does not fit: another key, or a forged packet")]
    NotProven,
    #[error("a packet that came before, or is too old to know")]
    Replayed,
}

/// What a peer sends under one key.
pub struct Unprotector {
    master: MasterKey,
    rtp: Transform,
    rtcp: Transform,
    streams: [Option<Stream>; MOST_STREAMS],
    /// Counts packets, to know which stream spoke last.
    turn: u64,
}

#[derive(Clone, Copy)]
struct Stream {
    ssrc: u32,
    rtp: Window,
    rtcp: Window,
    spoke: u64,
}

impl Stream {
    fn new(ssrc: u32) -> Stream {
        Stream { ssrc, rtp: Window::default(), rtcp: Window::default(), spoke: 0 }
    }
}

impl Unprotector {
    pub fn new(master: &MasterKey) -> Unprotector {
        let (rtp, rtcp) = (Transform::rtp(master), Transform::rtcp(master));
        Unprotector { master: *master, rtp, rtcp, streams: [None; MOST_STREAMS], turn: 0 }
    }

    pub fn master(&self) -> &MasterKey {
        &self.master
    }

    /// The same streams under another key: their rollover counters go on (RFC 3711 3.3.1), or begin anew, as many
    /// phones do it.
    pub fn rekeyed(&self, master: &MasterKey) -> Unprotector {
        let anew =
            |stream: &Stream| Stream { rtp: Window::from(stream.rtp.highest()), rtcp: Window::default(), ..*stream };
        let streams = self.streams.map(|stream| stream.as_ref().map(anew));
        Unprotector { streams, turn: self.turn, ..Unprotector::new(master) }
    }

    /// Decrypts an SRTP packet in place; the length of the RTP packet that is left. After an error its bytes are not to
    /// be used. Streams become known by a proven packet only, so that forged ones fill no table.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Refused> {
        let header = || Some((payload_offset(packet)?, word(packet, 8)?, seq(packet)?));
        let (offset, ssrc, seq) = header().ok_or(Refused::Malformed)?;
        let len = packet.len().checked_sub(self.rtp.tag_bytes()).filter(|len| *len >= offset);
        let len = len.ok_or(Refused::Malformed)?;
        let mut stream = self.stream(ssrc);
        let index = if stream.rtp.is_empty() {
            let former = nearest_index(stream.rtp.highest(), seq);
            let first = (0..FIRST_ROLLOVERS).map(|rollover| rollover << 16 | u64::from(seq));
            let candidates = former.into_iter().chain(first);
            self.first_index(packet, offset, ssrc, candidates).ok_or(Refused::NotProven)?
        } else {
            let index = nearest_index(stream.rtp.highest(), seq).ok_or(Refused::Replayed)?;
            if !stream.rtp.admits(index) {
                return Err(Refused::Replayed);
            }
            if !self.rtp.open_rtp(packet, offset, ssrc, index) {
                return Err(Refused::NotProven);
            }
            index
        };
        stream.rtp.mark(index);
        self.keep(stream);
        Ok(len)
    }

    /// The same for an SRTCP packet. One that is not encrypted is refused: that was not agreed.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Refused> {
        let tag_bytes = self.rtcp.tag_bytes();
        let len = packet.len().checked_sub(tag_bytes + INDEX_BYTES).filter(|len| *len >= RTCP_HEADER);
        let len = len.ok_or(Refused::Malformed)?;
        let index_at = match &self.rtcp {
            Transform::Counter { .. } => len,
            Transform::Gcm { .. } => len + tag_bytes,
        };
        let numbers = word(packet, 4).zip(word(packet, index_at));
        let (ssrc, marked) = numbers.ok_or(Refused::Malformed)?;
        let index = marked & !ENCRYPTED;
        let mut stream = self.stream(ssrc);
        if !stream.rtcp.admits(index.into()) {
            return Err(Refused::Replayed);
        }
        if marked == index || !self.rtcp.open_rtcp(packet, ssrc, index) {
            return Err(Refused::NotProven);
        }
        stream.rtcp.mark(index.into());
        self.keep(stream);
        Ok(len)
    }

    /// The first packet that is heard of a stream under this key: decrypted by the first index that it fits.
    fn first_index(
        &self,
        packet: &mut [u8],
        offset: usize,
        ssrc: u32,
        mut candidates: impl Iterator<Item = u64>,
    ) -> Option<u64> {
        match &self.rtp {
            Transform::Counter { .. } => candidates.find(|index| self.rtp.open_rtp(packet, offset, ssrc, *index)),
            // GCM spoils a packet that is not proven: each index is tried on a copy.
            Transform::Gcm { .. } => {
                let mut copy = [0; MOST_BYTES];
                let copy = copy.get_mut(..packet.len())?;
                let index = candidates.find(|index| {
                    copy.copy_from_slice(packet);
                    self.rtp.open_rtp(copy, offset, ssrc, *index)
                })?;
                packet.copy_from_slice(copy);
                Some(index)
            }
        }
    }

    fn stream(&self, ssrc: u32) -> Stream {
        let known = self.streams.iter().flatten().find(|stream| stream.ssrc == ssrc);
        known.copied().unwrap_or_else(|| Stream::new(ssrc))
    }

    fn keep(&mut self, stream: Stream) {
        self.turn += 1;
        let kept = Some(Stream { spoke: self.turn, ..stream });
        let place = |slot: &&mut Option<Stream>| match slot {
            Some(other) if other.ssrc == stream.ssrc => (0, 0),
            None => (1, 0),
            Some(other) => (2, other.spoke),
        };
        if let Some(slot) = self.streams.iter_mut().min_by_key(place) {
            *slot = kept;
        }
    }
}

impl fmt::Debug for Unprotector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unprotector({:?}, {} streams)", self.master, self.streams.iter().flatten().count())
    }
}
