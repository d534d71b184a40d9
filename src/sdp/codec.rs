use super::attribute::RtpMap;

/// The audio codecs that can be negotiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codec {
    Pcmu,
    Pcma,
    G722,
    /// RFC 7587.
    Opus,
}

impl Codec {
    pub const ALL: [Codec; 4] = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];

    /// The name in `a=rtpmap`.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
            Codec::Opus => "opus",
        }
    }

    /// The RTP clock in Hz. G.722 samples at 16 kHz but its clock is 8000 (RFC 3551 4.5.2).
    pub const fn clock_hz(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => 8000,
            Codec::Opus => 48000,
        }
    }

    /// The payload type of RFC 3551 table 4, or the one that is used for an offer of ours.
    pub const fn usual_payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
            Codec::G722 => 9,
            Codec::Opus => 111,
        }
    }

    /// The codec of a static payload type, which needs no `a=rtpmap`.
    pub(super) fn of_static(payload_type: u8) -> Option<Codec> {
        [Codec::Pcmu, Codec::Pcma, Codec::G722].into_iter().find(|c| c.usual_payload_type() == payload_type)
    }

    /// The codec that an `a=rtpmap` names; one with more than one channel is another codec, but opus always says 2.
    pub(super) fn of_map(map: &RtpMap) -> Option<Codec> {
        Codec::ALL.into_iter().find(|codec| {
            let mono = *codec == Codec::Opus || map.channels == 1;
            map.name.eq_ignore_ascii_case(codec.name()) && map.clock_hz == codec.clock_hz() && mono
        })
    }

    pub(super) fn map(self, payload_type: u8) -> RtpMap {
        let channels = if self == Codec::Opus { 2 } else { 1 };
        RtpMap { payload_type, name: self.name().to_owned(), clock_hz: self.clock_hz(), channels }
    }
}
