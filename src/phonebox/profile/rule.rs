//! What a record means: rules of the grammar, codes after DLE, commands of HID telephones.

use regex::bytes::Regex;

use crate::phonebox::event::{DecodeFault, Direction, NumberStatus, Tone};

/// One rule: the first whose expression matches a whole record decides.
#[derive(Clone, Debug)]
pub struct Rule {
    pub re: Regex,
    pub action: Action,
    pub number_status: Option<NumberStatus>,
    pub name_status: Option<NumberStatus>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Emit(Emit),
    /// The groups are parts of a caller ID that other lines complete.
    Collect,
    /// The groups are a whole caller ID.
    Cid,
    /// A record of a call with direction, start or end, duration and rings.
    Record,
    Decode(DecodeForm),
    BlockBegin,
    BlockEnd,
    /// An answer to a command; nothing when none was asked.
    Reply,
    Ignore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeForm {
    XdmfHex,
    Mesg,
    DtmfCid,
    /// DTMF caller ID where any mark may start and stop it.
    DtmfCidAny,
    TpFsk,
}

/// An event, with what the profile knows of it and the record does not say.
#[derive(Clone, Debug, PartialEq)]
pub struct Emit {
    pub kind: EmitKind,
    /// Which handset.
    pub source: Option<String>,
    /// The record also says that the handset lies on the hook: if it was off, this is when it was put down.
    pub also_on_hook: bool,
}

impl From<EmitKind> for Emit {
    fn from(kind: EmitKind) -> Self {
        Emit { kind, source: None, also_on_hook: false }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum EmitKind {
    Ring,
    RingStop,
    OffHook(Option<Direction>),
    OnHook,
    HookFlash,
    Dtmf,
    Dialed,
    Tone(Tone),
    CadenceOn,
    CadenceOff,
    Lamp(bool),
    DeviceInfo,
    Fault(DecodeFault),
    /// The data of a HID command is a caller ID.
    TpCaller,
    /// The digits that the host sent were dialled.
    DialFinished,
    Ignore,
}

/// A code after DLE.
#[derive(Clone, Debug, PartialEq)]
pub enum DleCode {
    Emit(Emit),
    BlockBegin,
    BlockEnd,
    /// Marks around a tone that is printed as often as it is heard.
    DigitBegin,
    DigitEnd,
    Digit(char),
}

impl Eq for DleCode {}

/// The named groups that rules may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Number,
    Name,
    /// `MMDD`.
    Date,
    /// `HHMM`.
    Time,
    Month,
    Day,
    Hour,
    Minute,
    /// Hour of a 12-hour clock, with `ap`.
    Hour12,
    AmPm,
    NumberReason,
    NameReason,
    Called,
    Redirected,
    Line,
    Tag,
    Digit,
    Digits,
    Hex,
    On,
    Off,
    /// `I` in or `O` out.
    InOut,
    /// `S` start or `E` end.
    StartEnd,
    Duration,
    /// `G` good or `B` bad.
    Check,
    /// Ring type and count, `A2`.
    Ring,
    /// 3GPP TS 27.007 CLI validity: 0 valid, 1 withheld, 2 not available.
    Validity,
    Reply,
    /// A time that is not used.
    Clock,
    Rest,
}

impl Field {
    pub const NAMES: &'static [(&'static str, Field)] = &[
        ("number", Field::Number),
        ("name", Field::Name),
        ("date", Field::Date),
        ("time", Field::Time),
        ("mm", Field::Month),
        ("dd", Field::Day),
        ("hh", Field::Hour),
        ("mi", Field::Minute),
        ("h12", Field::Hour12),
        ("ap", Field::AmPm),
        ("number_reason", Field::NumberReason),
        ("name_reason", Field::NameReason),
        ("called", Field::Called),
        ("redirected", Field::Redirected),
        ("line", Field::Line),
        ("tag", Field::Tag),
        ("digit", Field::Digit),
        ("digits", Field::Digits),
        ("hex", Field::Hex),
        ("on", Field::On),
        ("off", Field::Off),
        ("io", Field::InOut),
        ("se", Field::StartEnd),
        ("dur", Field::Duration),
        ("ck", Field::Check),
        ("ring", Field::Ring),
        ("validity", Field::Validity),
        ("reply", Field::Reply),
        ("t", Field::Clock),
        ("rest", Field::Rest),
    ];

    /// The group's name in an expression.
    pub fn name(self) -> &'static str {
        Field::NAMES.iter().find(|(_, field)| *field == self).map_or("rest", |(name, _)| name)
    }
}
