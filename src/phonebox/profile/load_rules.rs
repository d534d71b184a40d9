//! Reading the grammar and the tables of codes.

use std::collections::BTreeMap;

use marked_yaml::Node;
use regex::bytes::Regex;

use super::reader::{Faults, Section, place_of_node};
use super::rule::{Action, DecodeForm, DleCode, Emit, EmitKind, Rule};
use super::sections::{STATUSES, byte_keys};
use crate::base::Diagnostic;
use crate::phonebox::event::{DecodeFault, Direction, HookLevel, Tone};

const ACTIONS: &[&str] = &["emit", "cadence", "collect", "cid", "record", "decode", "block", "reply", "ignore"];
const CONSTANTS: &[&str] =
    &["dir", "source", "reason", "waiting", "hook", "tone", "number_status", "name_status", "set"];
const DECODERS: &[(&str, DecodeForm)] = &[
    ("xdmf-hex", DecodeForm::XdmfHex),
    ("mesg", DecodeForm::Mesg),
    ("dtmf-cid", DecodeForm::DtmfCid),
    ("dtmf-cid-any", DecodeForm::DtmfCidAny),
    ("tp-fsk", DecodeForm::TpFsk),
];
const FAULTS: &[(&str, DecodeFault)] = &[
    ("cid_signal", DecodeFault::CidSignal),
    ("checksum", DecodeFault::Checksum),
    ("truncated", DecodeFault::Truncated),
    ("unmatched", DecodeFault::Unmatched),
];
const EMITS: &[&str] = &[
    "ring",
    "ring_stop",
    "off_hook",
    "on_hook",
    "hook_flash",
    "dtmf",
    "dialed",
    "tone",
    "mwi",
    "device_info",
    "decode_error",
    "dial_done",
];

pub(super) fn grammar(nodes: &[&Node], faults: &Faults) -> Vec<Rule> {
    nodes.iter().filter_map(|node| rule(node, faults)).collect()
}

fn rule(node: &Node, faults: &Faults) -> Option<Rule> {
    let allowed: Vec<&str> = ["re"].iter().chain(ACTIONS).chain(CONSTANTS).copied().collect();
    let section = Section::new(node, &allowed, faults)?;
    if !section.has("re") {
        section.missing("re", "a rule needs the expression that it is for");
    }
    let re = section.regex("re");
    let action = action(&section);
    let (re, action) = (re?, action?);
    check(&section, &re, &action);
    let constants = section.section("set", CONSTANTS).unwrap_or(section);
    let status = |key| section.word(key, STATUSES).or_else(|| constants.word(key, STATUSES));
    Some(Rule { re, action, number_status: status("number_status"), name_status: status("name_status") })
}

fn action(section: &Section) -> Option<Action> {
    let named: Vec<&str> = ACTIONS.iter().copied().filter(|key| section.has(key)).collect();
    let [name] = named.as_slice() else {
        let fault = Diagnostic::error("one-action", section.place, "a rule does exactly one thing");
        section.faults.add(fault.help(format!("use one of: {}", ACTIONS.join(", "))));
        return None;
    };
    match *name {
        "emit" => emit(section).map(Action::Emit),
        "cadence" => section
            .word("cadence", &[("on", EmitKind::CadenceOn), ("off", EmitKind::CadenceOff)])
            .map(|kind| Action::Emit(kind.into())),
        "decode" => section.word("decode", DECODERS).map(Action::Decode),
        "block" => section.word("block", &[("begin", Action::BlockBegin), ("end", Action::BlockEnd)]),
        "collect" => yes(section, "collect", Action::Collect),
        "cid" => yes(section, "cid", Action::Cid),
        "record" => yes(section, "record", Action::Record),
        "reply" => yes(section, "reply", Action::Reply),
        _ => yes(section, "ignore", Action::Ignore),
    }
}

fn yes(section: &Section, key: &str, action: Action) -> Option<Action> {
    section.word(key, &[("true", action)])
}

/// `emit: …` with its constants.
fn emit(section: &Section) -> Option<Emit> {
    let text = section.text("emit")?;
    let constants = section.section("set", CONSTANTS);
    let text_of = |key: &str| section.text(key).or_else(|| constants.and_then(|set| set.text(key)));
    let kind = match text.text.as_str() {
        "ring" => EmitKind::Ring,
        "ring_stop" => EmitKind::RingStop,
        "off_hook" => EmitKind::OffHook(section.word("dir", &[("in", Direction::In), ("out", Direction::Out)])),
        "on_hook" => EmitKind::OnHook,
        "hook_flash" => EmitKind::HookFlash,
        "dtmf" => EmitKind::Dtmf,
        "dialed" => EmitKind::Dialed,
        "device_info" => EmitKind::DeviceInfo,
        "dial_done" => EmitKind::DialFinished,
        "tone" => EmitKind::Tone(required(section, "tone", &[("busy", Tone::Busy), ("dial", Tone::Dial)])?),
        "mwi" => EmitKind::Lamp(required(section, "waiting", &[("true", true), ("false", false)])?),
        "decode_error" => EmitKind::Fault(required(section, "reason", FAULTS)?),
        _ => {
            section.faults.add(super::reader::unknown("unknown-word", &text, "event", EMITS));
            return None;
        }
    };
    let also_on_hook = section.word("hook", &[("on", true)]).unwrap_or(false);
    Some(Emit { kind, source: text_of("source").map(|source| source.text), also_on_hook })
}

fn required<T: Clone>(section: &Section, key: &str, table: &[(&str, T)]) -> Option<T> {
    if !section.has(key) {
        section.missing(key, "this event needs it");
    }
    section.word(key, table)
}

/// Groups that an action cannot do without.
fn check(section: &Section, re: &Regex, action: &Action) {
    let has = |group: &str| re.capture_names().flatten().any(|name| name == group);
    let needed: &[&str] = match action {
        Action::Record => &["io", "se", "number"],
        Action::Decode(_) => &["hex"],
        Action::Emit(emit) => match emit.kind {
            EmitKind::Dtmf => &["digit"],
            EmitKind::Dialed => &["number"],
            EmitKind::CadenceOn => &["on"],
            EmitKind::CadenceOff => &["off"],
            _ => &[],
        },
        _ => &[],
    };
    for group in needed.iter().filter(|group| !has(group)) {
        let message = format!("this rule needs the named group (?P<{group}>…)");
        section.faults.add(Diagnostic::error("missing-group", section.place, message));
    }
}

/// `bytes: {0x80: {level: off_hook}}`.
pub(super) fn byte_table(section: &Section) -> BTreeMap<u8, HookLevel> {
    let levels = [("off_hook", HookLevel::Off), ("on_hook", HookLevel::On)];
    byte_keys(section, false)
        .into_iter()
        .filter_map(|(byte, _, node)| {
            let entry = Section::new(node, &["level"], section.faults)?;
            Some((byte, required(&entry, "level", &levels)?))
        })
        .collect()
}

/// `commands: {0xe5: {emit: ring}}` of a HID telephone.
pub(super) fn command_table(section: &Section) -> BTreeMap<u8, Emit> {
    byte_keys(section, false)
        .into_iter()
        .filter_map(|(byte, _, node)| Some((byte, command(&entry(node, section.faults)?)?)))
        .collect()
}

fn command(section: &Section) -> Option<Emit> {
    if section.has("decode") {
        return section.word("decode", &[("tp-fsk", EmitKind::TpCaller)]).map(Emit::from);
    }
    if section.has("ignore") {
        return section.word("ignore", &[("true", EmitKind::Ignore)]).map(Emit::from);
    }
    required_emit(section)
}

/// `dle: {R: {emit: ring}, X: {block: begin}, "/": {digit: begin}}`.
pub(super) fn dle_table(section: &Section) -> BTreeMap<u8, DleCode> {
    byte_keys(section, true)
        .into_iter()
        .filter_map(|(byte, _, node)| Some((byte, dle_code(&entry(node, section.faults)?)?)))
        .collect()
}

fn dle_code(section: &Section) -> Option<DleCode> {
    if section.has("block") {
        return section.word("block", &[("begin", DleCode::BlockBegin), ("end", DleCode::BlockEnd)]);
    }
    if section.has("digit") {
        return section.word("digit", &[("begin", DleCode::DigitBegin), ("end", DleCode::DigitEnd)]);
    }
    if section.has("ignore") {
        return Some(DleCode::Emit(EmitKind::Ignore.into()));
    }
    required_emit(section).map(DleCode::Emit)
}

fn required_emit(section: &Section) -> Option<Emit> {
    if !section.has("emit") {
        section.missing("emit", "say what the code means");
    }
    emit(section)
}

fn entry<'a>(node: &'a Node, faults: &'a Faults) -> Option<Section<'a>> {
    let keys: Vec<&str> = ["emit", "decode", "block", "digit", "ignore"].iter().chain(CONSTANTS).copied().collect();
    Section::new(node, &keys, faults).or_else(|| {
        faults.add(Diagnostic::error("not-a-mapping", place_of_node(node), "write it as {emit: ring}"));
        None
    })
}
