use crate::sdp::Codec;

/// What a payload type of ours can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    Audio(Codec),
    TelephoneEvent { clock_hz: u32 },
}

/// Our payload types. A number that was agreed on keeps its meaning for the whole session (RFC 3264 8.3.2).
#[derive(Clone, Debug, Default)]
pub(super) struct PayloadMap(Vec<(Payload, u8)>);

/// RFC 3551 6: free for dynamic use.
const DYNAMIC: std::ops::RangeInclusive<u8> = 96..=127;

impl PayloadMap {
    pub(super) fn get(&self, payload: Payload) -> Option<u8> {
        self.0.iter().find(|(known, _)| *known == payload).map(|(_, number)| *number)
    }

    /// The number of `payload`, chosen now when there is none yet.
    pub(super) fn number(&mut self, payload: Payload) -> u8 {
        if let Some(number) = self.get(payload) {
            return number;
        }
        let usual = match payload {
            Payload::Audio(codec) => codec.usual_payload_type(),
            Payload::TelephoneEvent { clock_hz: 8000 } => 101,
            Payload::TelephoneEvent { .. } => 110,
        };
        let is_free = |number: &u8| !self.0.iter().any(|(_, taken)| taken == number);
        // At most as many payloads as `Payload` has values ask for a number, so that one is always free.
        let number = std::iter::once(usual).chain(DYNAMIC).find(is_free).unwrap_or(usual);
        self.0.push((payload, number));
        number
    }

    /// The peer's number becomes ours; a payload that had it gets another when it is next offered.
    pub(super) fn set(&mut self, payload: Payload, number: u8) {
        self.0.retain(|(known, taken)| *known != payload && *taken != number);
        self.0.push((payload, number));
    }
}
