//! What a phone box tells, in the JSON of the transcript corpus.

use serde::{Deserialize, Serialize};

/// One event of a box or of one of its lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    #[serde(flatten)]
    pub kind: EventKind,
    /// The line's number as the device prints it; absent when the device has one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Present when the session layer concluded it and the device did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub src: Option<EventSource>,
}

impl Event {
    /// An event that the device told.
    pub fn told(line: Option<u32>, kind: EventKind) -> Self {
        Event { kind, line, src: None }
    }

    /// An event that follows from what the device told, or from its silence.
    pub fn inferred(line: Option<u32>, kind: EventKind) -> Self {
        Event { kind, line, src: Some(EventSource::Inferred) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventSource {
    Inferred,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// The `n`th ring of this ringing phase, from 1.
    Ring {
        n: u32,
        /// Distinctive ring: A to D, or 1 to 4.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tag: Option<String>,
    },
    /// The ringing phase is over. `rings` is 0 when only the caller ID told of the call.
    RingEnd {
        rings: u32,
        reason: RingEndReason,
    },
    CallerId(CallerId),
    OffHook {
        dir: Direction,
        /// Which handset, where the device tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    OnHook {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// The hook's state when the box was first heard: no change happened.
    HookState {
        state: HookLevel,
    },
    HookFlash,
    Dtmf {
        digit: char,
    },
    /// The number that was dialled on the line.
    Dialed {
        number: String,
    },
    /// The device's own record of a call that ended.
    CallRecord(CallRecord),
    Cadence {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_ms: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        off_ms: Option<u32>,
    },
    Tone {
        tone: Tone,
    },
    /// The message lamp.
    Mwi {
        waiting: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        messages: Option<u32>,
    },
    /// The number was sent to the line; whether anybody answered is not known.
    DialDone {
        number: String,
    },
    DialFailed {
        reason: DialFailure,
    },
    /// Something that a person must do now.
    Prompt {
        what: Prompt,
    },
    DeviceReady {
        /// False when the device refused every command that turns caller ID on.
        caller_id: bool,
    },
    DeviceInfo {
        text: String,
    },
    /// Nothing came for longer than the profile's watchdog allows.
    DeviceSilent,
    /// More came than any line can cause; decode errors are no longer told one by one.
    DeviceFlooding,
    DeviceLost {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<LostReason>,
    },
    /// The device does not answer as its profile says.
    DeviceError {
        reason: DeviceFault,
    },
    DecodeError {
        reason: DecodeFault,
    },
}

/// Who calls, as far as the line told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallerId {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    pub number_status: NumberStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_status: Option<NumberStatus>,
    /// Exchange time without a zone, `2026-08-08T11:30`; the year is inferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<String>,
    /// The number that was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirected_from: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_type: Option<CallType>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub long_distance: bool,
    /// True when this adds to the caller ID that was told before for the same call.
    #[serde(default, skip_serializing_if = "is_false")]
    pub update: bool,
    /// True only when a checksum protected the number from the exchange to here.
    #[serde(default, skip_serializing_if = "is_false")]
    pub verified: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    pub dir: Direction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rings: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<String>,
}

/// Why there is a number or why there is none. For names the same words are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberStatus {
    Ok,
    /// The exchange gave the first digits only.
    Partial,
    /// The caller withheld it.
    Private,
    /// The network does not have it.
    Unavailable,
    International,
    Payphone,
    /// Nothing was said about it.
    #[default]
    Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallType {
    Voice,
    RingBack,
    MessageWaiting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingEndReason {
    Timeout,
    Answered,
    Device,
    DeviceLost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    In,
    Out,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookLevel {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Busy,
    Dial,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    LiftHandset,
    /// The box took the line; the number is dialled on the telephone.
    DialOnPhone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialFailure {
    /// A character that may not be dialled: nothing was sent.
    BadNumber,
    Ringing,
    OffHook,
    /// Another dialling is under way.
    Dialling,
    /// The device is being set up, or is not there.
    NotReady,
    NotSupported,
    HandsetNotLifted,
    HungUp,
    NoReply,
    NoDialTone,
    /// The line is engaged.
    Busy,
    LineInUse,
    NoCarrier,
    Refused,
    Cancelled,
    DeviceLost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostReason {
    /// The device did not answer the keep-alive.
    Keepalive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceFault {
    /// No answer to a set-up command: wrong port, speed or profile.
    NoReply,
    /// A set-up command that must succeed was refused.
    Refused,
}

/// What was wrong with bytes that are not shown as a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecodeFault {
    /// The record ended before its end.
    Truncated,
    Checksum,
    /// No rule of the profile fits.
    Unmatched,
    LineTooLong,
    /// A number with characters that no number has.
    Number,
    /// Hexadecimal text with a digit missing.
    Hex,
    ParamLength,
    /// A message type that no caller-ID standard has.
    MessageType,
    DtmfFormat,
    ReportId,
    /// A report or message whose length field cannot be right.
    Length,
    /// The device itself could not read the caller-ID signal.
    CidSignal,
    /// More lines than a box can have.
    Line,
}

fn is_false(value: &bool) -> bool {
    !*value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_the_json_of_the_corpus() {
        let ring = Event::told(Some(3), EventKind::Ring { n: 1, tag: None });
        assert_eq!(serde_json::to_string(&ring).unwrap(), r#"{"type":"ring","n":1,"line":3}"#);
        let end = EventKind::RingEnd { rings: 2, reason: RingEndReason::Timeout };
        assert_eq!(
            serde_json::to_string(&Event::inferred(None, end)).unwrap(),
            r#"{"type":"ring_end","rings":2,"reason":"timeout","src":"inferred"}"#
        );
        let caller = CallerId { number: Some("10086".into()), number_status: NumberStatus::Ok, ..CallerId::default() };
        assert_eq!(
            serde_json::to_string(&Event::told(None, EventKind::CallerId(caller))).unwrap(),
            r#"{"type":"caller_id","number":"10086","number_status":"ok"}"#
        );
    }

    #[test]
    fn events_read_back_from_their_json() {
        let event = Event::told(Some(1), EventKind::OffHook { dir: Direction::In, source: Some("handset".into()) });
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
    }
}
