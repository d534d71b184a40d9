//! Applying a profile's rules to a record.

use regex::bytes::Captures;

use super::charset;
use super::decode::{
    CidFields, DtmfForm, Mesg, Message, TextRules, decode_dtmf, decode_hex, decode_mesg, decode_tp_fsk,
};
use super::event::{DecodeFault, Direction, NumberStatus};
use super::item::{Act, Item, LineRecord, Reading};
use super::number::{NumberText, read_number};
use super::profile::{Action, DecodeForm, DleCode, Emit, EmitKind, Field, Profile, Rule};
use super::stamp::{Stamp, hour_of_12, small_number};

/// Boxes have up to 64 lines; a higher number is damage.
const MAX_LINE: u32 = 127;
/// Cadence is printed in tenths of a second.
const CADENCE_UNIT_MS: u32 = 100;
const MAX_INFO_CHARS: usize = 200;

/// The named parts of a matched record.
struct Groups<'r, 't>(&'r Captures<'t>);

impl<'t> Groups<'_, 't> {
    fn get(&self, field: Field) -> Option<&'t [u8]> {
        self.0.name(field.name()).map(|found| found.as_bytes())
    }

    fn bytes(&self, field: Field) -> Option<Vec<u8>> {
        self.get(field).map(<[u8]>::to_vec)
    }

    fn small(&self, field: Field) -> Option<u32> {
        self.get(field).and_then(small_number)
    }

    /// Digits as a number; None when there are none or too many.
    fn number(&self, field: Field) -> Option<u32> {
        std::str::from_utf8(self.get(field)?).ok()?.trim().parse().ok()
    }

    fn text(&self, field: Field) -> Option<String> {
        self.get(field).map(|bytes| bytes.iter().copied().map(char::from).collect())
    }
}

/// What `record` means by the first rule that fits.
pub(super) fn read_record(profile: &Profile, record: &[u8], texts: &TextRules) -> Reading {
    let found = profile.grammar.iter().find_map(|rule| Some((rule, rule.re.captures(record)?)));
    let Some((rule, captures)) = found else { return Reading::of(Act::Unmatched) };
    let groups = Groups(&captures);
    let line = match groups.number(Field::Line) {
        Some(line) if line > MAX_LINE => return Reading::of(Act::Line(Item::Fault(DecodeFault::Line))),
        line => line.filter(|_| profile.lines > 1),
    };
    Reading { line, acts: acts(rule, &groups, record, profile, texts) }
}

fn acts(rule: &Rule, groups: &Groups, record: &[u8], profile: &Profile, texts: &TextRules) -> Vec<Act> {
    match &rule.action {
        Action::Emit(emit) => emitted(emit, rule, groups, record, profile),
        Action::Collect => vec![Act::Part(Box::new(fields(rule, groups)))],
        Action::Cid => vec![Act::Caller(Box::new(fields(rule, groups)))],
        Action::Record => vec![line_record(rule, groups, texts)],
        Action::Decode(form) => vec![decoded(*form, groups.get(Field::Hex).unwrap_or_default())],
        Action::BlockBegin => vec![Act::BlockBegin],
        Action::BlockEnd => vec![Act::BlockEnd],
        Action::Reply => vec![Act::Reply],
        Action::Ignore => vec![Act::Ignore],
    }
}

/// The parts of a caller ID that the groups hold.
fn fields(rule: &Rule, groups: &Groups) -> CidFields {
    let validity = match groups.get(Field::Validity) {
        Some(b"1") => Some(NumberStatus::Private),
        Some(b"2") => Some(NumberStatus::Unavailable),
        _ => None,
    };
    CidFields {
        number: groups.bytes(Field::Number),
        number_reason: groups.bytes(Field::NumberReason),
        number_status: rule.number_status.or(validity),
        name: groups.bytes(Field::Name),
        name_reason: groups.bytes(Field::NameReason),
        name_status: rule.name_status,
        stamp: stamp(groups),
        called: groups.bytes(Field::Called),
        redirected_from: groups.bytes(Field::Redirected).into_iter().collect(),
        ..CidFields::default()
    }
}

fn stamp(groups: &Groups) -> Stamp {
    let mut stamp = Stamp::default();
    if let Some(date) = groups.get(Field::Date) {
        stamp.set_date(date);
    }
    if let Some(time) = groups.get(Field::Time) {
        stamp.set_time(time);
    }
    if let (Some(month), Some(day)) = (groups.small(Field::Month), groups.small(Field::Day)) {
        stamp.date = Some((month, day));
    }
    let afternoon = groups.get(Field::AmPm).is_some_and(|ap| ap.first() == Some(&b'P'));
    let hour_12 = groups.small(Field::Hour12).and_then(|hour| hour_of_12(hour, afternoon));
    if let (Some(hour), Some(minute)) = (groups.small(Field::Hour).or(hour_12), groups.small(Field::Minute)) {
        stamp.time = Some((hour, minute));
    }
    stamp
}

fn emitted(emit: &Emit, rule: &Rule, groups: &Groups, record: &[u8], profile: &Profile) -> Vec<Act> {
    let mut acts = Vec::new();
    if emit.also_on_hook {
        acts.push(Act::Line(Item::StillOnHook));
    }
    acts.extend(emitted_act(emit, groups, record, profile));
    // A line such as RING;5551234 is ring and caller ID in one: the ring first.
    if emit.kind == EmitKind::Ring && groups.get(Field::Number).is_some() {
        acts.push(Act::Caller(Box::new(fields(rule, groups))));
    }
    acts
}

fn emitted_act(emit: &Emit, groups: &Groups, record: &[u8], profile: &Profile) -> Option<Act> {
    let item = match &emit.kind {
        EmitKind::Ring => Item::Ring { tag: groups.text(Field::Tag) },
        EmitKind::Dtmf => Item::Digit(char::from(*groups.get(Field::Digit)?.first()?)),
        EmitKind::Dialed => dialed(groups.get(Field::Number).unwrap_or_default(), profile),
        EmitKind::CadenceOn => Item::Cadence { on_ms: tenths(groups.number(Field::On)?), off_ms: None },
        EmitKind::CadenceOff => Item::Cadence { on_ms: None, off_ms: tenths(groups.number(Field::Off)?) },
        EmitKind::DeviceInfo => Item::Info(info(groups.get(Field::Rest).unwrap_or(record), profile)),
        _ => return plain_act(emit),
    };
    Some(Act::Line(item))
}

fn tenths(count: u32) -> Option<u32> {
    Some(count.saturating_mul(CADENCE_UNIT_MS))
}

/// Events that need nothing but what the profile says.
fn plain_act(emit: &Emit) -> Option<Act> {
    let source = emit.source.clone();
    let item = match &emit.kind {
        EmitKind::Ring => Item::Ring { tag: None },
        EmitKind::RingStop => Item::RingStop,
        EmitKind::OffHook(dir) => Item::OffHook { dir: *dir, source },
        EmitKind::OnHook => Item::OnHook { source },
        EmitKind::HookFlash => Item::HookFlash,
        EmitKind::Tone(tone) => Item::Tone(*tone),
        EmitKind::Lamp(waiting) => Item::Lamp { waiting: *waiting, messages: None },
        EmitKind::Fault(fault) => Item::Fault(*fault),
        EmitKind::DialFinished => return Some(Act::DialFinished),
        EmitKind::Ignore => return Some(Act::Ignore),
        EmitKind::Dtmf
        | EmitKind::Dialed
        | EmitKind::CadenceOn
        | EmitKind::CadenceOff
        | EmitKind::DeviceInfo
        | EmitKind::TpCaller => return None,
    };
    Some(Act::Line(item))
}

fn dialed(number: &[u8], profile: &Profile) -> Item {
    match read_number(number, &profile.numbers) {
        NumberText::Number(number) | NumberText::Partial(number) => Item::Dialed { number },
        NumberText::Why(_) | NumberText::Empty | NumberText::Bad => Item::Fault(DecodeFault::Number),
    }
}

fn info(text: &[u8], profile: &Profile) -> String {
    charset::decode(text, &profile.charset).chars().take(MAX_INFO_CHARS).collect()
}

fn line_record(rule: &Rule, groups: &Groups, texts: &TextRules) -> Act {
    let caller = match fields(rule, groups).resolve(texts) {
        Ok(caller) => caller,
        // A damaged number is not shown, but that the call ended is.
        Err(_) if groups.get(Field::Check) == Some(b"B") => Default::default(),
        Err(fault) => return Act::Line(Item::Fault(fault)),
    };
    let ring = groups.get(Field::Ring).unwrap_or_default();
    let count = ring.iter().filter(|byte| byte.is_ascii_digit()).fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
    let kind: String = ring.iter().filter(|byte| byte.is_ascii_alphabetic()).copied().map(char::from).collect();
    Act::Line(Item::Record(Box::new(LineRecord {
        dir: if groups.get(Field::InOut) == Some(b"O") { Direction::Out } else { Direction::In },
        at_start: groups.get(Field::StartEnd) == Some(b"S"),
        good: groups.get(Field::Check) != Some(b"B"),
        duration_s: groups.number(Field::Duration),
        rings: (!ring.is_empty()).then_some(count),
        ring_type: Some(kind).filter(|kind| !kind.is_empty()),
        caller,
    })))
}

fn decoded(form: DecodeForm, text: &[u8]) -> Act {
    let fault = |fault| Act::Line(Item::Fault(fault));
    let caller = |caller| Act::Caller(Box::new(caller));
    match form {
        DecodeForm::XdmfHex => decode_hex(text).map_or_else(fault, message_act),
        DecodeForm::Mesg => match decode_mesg(text) {
            Ok(Mesg::Part(part)) => Act::Part(part),
            Ok(Mesg::Whole(message)) => message_act(message),
            Ok(Mesg::Nothing) => Act::Ignore,
            Err(error) => fault(error),
        },
        DecodeForm::DtmfCid => decode_dtmf(text, DtmfForm::Countries).map_or_else(fault, caller),
        DecodeForm::DtmfCidAny => decode_dtmf(text, DtmfForm::AnyMarks).map_or_else(fault, caller),
        DecodeForm::TpFsk => decode_tp_fsk(text).map_or_else(fault, caller),
    }
}

pub(super) fn message_act(message: Message) -> Act {
    match message {
        Message::Caller(caller) => Act::Caller(caller),
        Message::Lamp { waiting, messages } => Act::Line(Item::Lamp { waiting, messages }),
        Message::Other => Act::Ignore,
    }
}

/// What a command of a HID telephone means.
pub(super) fn read_command(profile: &Profile, command: u8, data: &[u8]) -> Reading {
    let Some(emit) = profile.commands.get(&command) else { return Reading::of(Act::Unmatched) };
    let acts = match &emit.kind {
        EmitKind::TpCaller => vec![decoded(DecodeForm::TpFsk, data)],
        EmitKind::Dtmf => data.iter().filter_map(|byte| tp_digit(*byte)).map(|d| Act::Line(Item::Digit(d))).collect(),
        EmitKind::DeviceInfo => vec![Act::Line(Item::Info(hex(data)))],
        _ => plain_act(emit).into_iter().collect(),
    };
    Reading { line: None, acts }
}

/// Keys as HID telephones number them; some send ASCII.
fn tp_digit(byte: u8) -> Option<char> {
    match byte {
        0..=9 => Some(char::from(b'0' + byte)),
        0x0a | b'*' => Some('*'),
        0x0b | b'#' => Some('#'),
        b'0'..=b'9' => Some(char::from(byte)),
        _ => None,
    }
}

fn hex(data: &[u8]) -> String {
    data.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a code after DLE means.
pub(super) fn read_code(code: &DleCode) -> Reading {
    match code {
        DleCode::Emit(emit) => Reading { line: None, acts: plain_act(emit).into_iter().collect() },
        DleCode::BlockBegin => Reading::of(Act::BlockBegin),
        DleCode::BlockEnd => Reading::of(Act::BlockEnd),
        DleCode::Digit(digit) => Reading::of(Act::Line(Item::Digit(*digit))),
        DleCode::DigitBegin | DleCode::DigitEnd => Reading::of(Act::Ignore),
    }
}
