//! The sections of a profile: one function reads one key.

use super::framing::{CharOptions, DatagramOptions, DelimitedOptions, Framing, HidOptions, LineOptions, XdmfOptions};
use super::reader::{Section, Text, compile_prefix, parse_byte, parse_number, to_bytes, unknown};
use super::types::{AssembleOptions, FlowControl, Parity, SerialOptions, SessionOptions, Transport, UsbId};
use crate::base::{Diagnostic, Place};
use crate::phonebox::charset::Charset;
use crate::phonebox::event::NumberStatus;
use crate::phonebox::number::NumberOptions;

const MAX_MS: u32 = 600_000;
const MAX_RECORD: u32 = 4096;

pub(super) const STATUSES: &[(&str, NumberStatus)] = &[
    ("private", NumberStatus::Private),
    ("unavailable", NumberStatus::Unavailable),
    ("international", NumberStatus::International),
    ("payphone", NumberStatus::Payphone),
    ("absent", NumberStatus::Absent),
];

pub(super) fn matching(section: &Section) -> (Vec<UsbId>, Vec<String>) {
    let globs = section.texts("tty_glob").unwrap_or_default().into_iter().map(|text| text.text).collect();
    let nodes = section.list("usb").unwrap_or_default();
    let ids = nodes.into_iter().filter_map(|node| Section::new(node, &["vid", "pid"], section.faults));
    let usb = ids.filter_map(|id| Some(UsbId { vendor: usb_id(&id, "vid")?, product: usb_id(&id, "pid") })).collect();
    (usb, globs)
}

/// Four hexadecimal digits. They are quoted in YAML: 0572 is another number there, and 8e08 a fraction.
fn usb_id(section: &Section, key: &str) -> Option<u16> {
    let text = section.text(key)?;
    let id = u16::from_str_radix(&text.text, 16).ok().filter(|_| text.text.len() == 4);
    if id.is_none() {
        let fault = Diagnostic::error("bad-usb-id", text.place, format!("{key} is four hexadecimal digits in quotes"));
        section.faults.add(fault);
    }
    id
}

pub(super) fn transport(section: &Section) -> Option<Transport> {
    let kinds = [("serial", 0), ("udp", 1), ("hidraw", 2)];
    match section.word("kind", &kinds)? {
        0 => Some(Transport::Serial(serial(section))),
        1 => section.number("port", 1..=65535).map(|port| Transport::Udp { port: port as u16 }).or_else(|| {
            section.missing("port", "a UDP box sends to one");
            None
        }),
        _ => Some(Transport::Hidraw),
    }
}

fn serial(section: &Section) -> SerialOptions {
    let parities = [("none", Parity::None), ("even", Parity::Even), ("odd", Parity::Odd)];
    let flows = [("none", FlowControl::None), ("rtscts", FlowControl::RtsCts), ("xonxoff", FlowControl::XonXoff)];
    SerialOptions {
        baud: section.number("baud", 50..=4_000_000).unwrap_or(9600),
        data_bits: section.number("data", 5..=8).unwrap_or(8) as u8,
        parity: section.word("parity", &parities).unwrap_or(Parity::None),
        stop_bits: section.number("stop", 1..=2).unwrap_or(1) as u8,
        flow: section.word("flow", &flows).unwrap_or(FlowControl::None),
        dtr: section.flag("dtr").unwrap_or(true),
        rts: section.flag("rts").unwrap_or(true),
    }
}

pub(super) const TRANSPORT_KEYS: &[&str] = &["kind", "baud", "data", "parity", "stop", "flow", "dtr", "rts", "port"];

/// The keys of every kind of framing, so that a key of another kind is told as such.
pub(super) fn framing(node: &marked_yaml::Node, faults: &super::reader::Faults) -> Option<Framing> {
    let kind = Section::open(node, faults)?.text("kind");
    let Some(kind) = kind else {
        Section::open(node, faults)?.missing("kind", "lines, delimited, xdmf, bytes, chars, datagram or hid-tp");
        return None;
    };
    let of = |keys: &[&str]| Section::new(node, keys, faults);
    match kind.text.as_str() {
        "lines" => lines(&of(&["kind", "eol", "drop", "max", "trim", "dle"])?),
        "delimited" => delimited(&of(&["kind", "start", "end", "max", "idle_ms"])?),
        "xdmf" => xdmf(&of(&["kind", "types", "sync_byte", "sync_min", "sync_gap_max", "idle_ms"])?),
        "bytes" => of(&["kind"]).map(|_| Framing::Bytes),
        "chars" => chars(&of(&["kind", "set", "start", "stop", "idle_ms"])?),
        "datagram" => datagram(&of(&["kind", "header", "dotall", "max", "idle_ms"])?),
        "hid-tp" => hid(&of(&["kind", "report_id", "flag"])?),
        _ => {
            let kinds = ["lines", "delimited", "xdmf", "bytes", "chars", "datagram", "hid-tp"];
            faults.add(unknown("unknown-word", &kind, "framing", &kinds));
            None
        }
    }
}

fn lines(section: &Section) -> Option<Framing> {
    Some(Framing::Lines(LineOptions {
        eol: section.bytes("eol").unwrap_or_else(|| b"\r\n".to_vec()),
        drop: section.bytes("drop").unwrap_or_default(),
        max: section.number("max", 8..=MAX_RECORD).unwrap_or(200) as usize,
        trim: section.flag("trim").unwrap_or(false),
        dle: section.flag("dle").unwrap_or(false),
    }))
}

fn delimited(section: &Section) -> Option<Framing> {
    let start: Vec<Vec<u8>> =
        section.texts("start").unwrap_or_default().iter().map(|text| to_bytes(&text.text)).collect();
    let end = section.bytes("end").unwrap_or_default();
    if start.is_empty() || start.iter().any(Vec::is_empty) || end.is_empty() {
        section.missing("start and end", "a delimited record begins and ends with marks");
        return None;
    }
    Some(Framing::Delimited(DelimitedOptions {
        start,
        end,
        max: section.number("max", 8..=MAX_RECORD).unwrap_or(200) as usize,
        idle_ms: section.number("idle_ms", 1..=MAX_MS).unwrap_or(500),
    }))
}

fn xdmf(section: &Section) -> Option<Framing> {
    let usual = XdmfOptions::default();
    let types = section.texts("types").map(|texts| texts.iter().filter_map(|text| byte_of(section, text)).collect());
    Some(Framing::Xdmf(XdmfOptions {
        types: types.unwrap_or(usual.types),
        sync_byte: section.byte("sync_byte").unwrap_or(usual.sync_byte),
        sync_min: section.number("sync_min", 1..=300).unwrap_or(usual.sync_min as u32) as usize,
        sync_gap_max: section.number("sync_gap_max", 0..=20).unwrap_or(usual.sync_gap_max as u32) as usize,
        idle_ms: section.number("idle_ms", 1..=MAX_MS).unwrap_or(usual.idle_ms),
    }))
}

fn byte_of(section: &Section, text: &Text) -> Option<u8> {
    let byte = parse_byte(&text.text);
    if byte.is_none() {
        section.faults.add(Diagnostic::error("not-a-byte", text.place, "a number from 0 to 0xff is expected"));
    }
    byte
}

fn chars(section: &Section) -> Option<Framing> {
    let marks = |key| section.bytes(key).unwrap_or_default();
    Some(Framing::Chars(CharOptions {
        set: section.bytes("set").unwrap_or_else(|| b"0123456789ABCD*#".to_vec()),
        start: marks("start"),
        stop: marks("stop"),
        idle_ms: section.number("idle_ms", 1..=MAX_MS).unwrap_or(1000),
    }))
}

fn datagram(section: &Section) -> Option<Framing> {
    let text = section.text("header").unwrap_or(Text { text: String::new(), place: Place::default() });
    Some(Framing::Datagram(DatagramOptions {
        header: compile_prefix(&text, section.faults)?,
        max: section.number("max", 8..=MAX_RECORD).unwrap_or(500) as usize,
        idle_ms: section.number("idle_ms", 1..=MAX_MS).unwrap_or(200),
    }))
}

fn hid(section: &Section) -> Option<Framing> {
    let byte = |key, usual| section.number(key, 0..=255).map_or(usual, |number| number as u8);
    Some(Framing::HidTp(HidOptions { report_id: byte("report_id", 3), flag: byte("flag", 0xff) }))
}

pub(super) fn charsets(section: &Section) -> Option<Vec<Charset>> {
    let table = [
        ("ascii", Charset::Ascii),
        ("utf-8", Charset::Utf8),
        ("gb18030", Charset::Gb18030),
        ("latin1", Charset::Latin1),
    ];
    let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
    let texts = section.texts("charset")?;
    let find = |text: &Text| {
        let found = table.iter().find(|(word, _)| *word == text.text).map(|(_, charset)| *charset);
        if found.is_none() {
            section.faults.add(unknown("unknown-word", text, "character set", &words));
        }
        found
    };
    Some(texts.iter().filter_map(find).collect())
}

pub(super) fn assemble(section: &Section) -> AssembleOptions {
    let listed = |key: &str, allowed: &[&str]| -> Option<Vec<String>> {
        let texts = section.texts(key)?;
        for text in texts.iter().filter(|text| !allowed.contains(&text.text.as_str())) {
            section.faults.add(unknown("unknown-word", text, key, allowed));
        }
        Some(texts.into_iter().map(|text| text.text).collect())
    };
    let has = |list: &Option<Vec<String>>, word: &str| list.as_ref().is_none_or(|l| l.iter().any(|w| w == word));
    let done = listed("done_when", &["number", "name"]);
    let flush = listed("flush_on", &["ring", "block_end"]);
    let first = listed("first_wins", &["number", "name"]);
    AssembleOptions {
        done_when_number: has(&done, "number"),
        done_when_name: has(&done, "name"),
        flush_on_ring: has(&flush, "ring"),
        flush_on_block_end: has(&flush, "block_end"),
        idle_ms: section.number("idle_ms", 10..=MAX_MS).unwrap_or(AssembleOptions::default().idle_ms),
        first_number_wins: has(&first, "number"),
        first_name_wins: has(&first, "name"),
    }
}

pub(super) fn session(section: &Section) -> SessionOptions {
    let usual = SessionOptions::default();
    let ms = |key, usual| section.number(key, 0..=MAX_MS).unwrap_or(usual);
    SessionOptions {
        ring_timeout_ms: ms("ring_timeout_ms", usual.ring_timeout_ms),
        cid_before_ring_ms: ms("cid_before_ring_ms", usual.cid_before_ring_ms),
        dedupe_cid_ms: ms("dedupe_cid_ms", usual.dedupe_cid_ms),
        cid_is_ring: section.flag("cid_is_ring").unwrap_or(false),
        hook_is_told: section.word("hook", &[("device", true), ("none", false)]).unwrap_or(false),
        dialed_idle_ms: ms("dialed_idle_ms", usual.dialed_idle_ms),
    }
}

pub(super) fn numbers(section: &Section) -> NumberOptions {
    let usual = NumberOptions::default();
    NumberOptions {
        strip: section.bytes("strip").unwrap_or(usual.strip),
        strip_prefix: section.bytes("strip_prefix"),
        zeros_are: section.word("zeros_are", STATUSES),
    }
}

pub(super) fn clock_slack_h(section: &Section) -> u32 {
    section.word("year", &[("latest_not_future", ())]);
    section.word("zone", &[("local", ())]);
    section.number("slack_h", 0..=8760).unwrap_or(26)
}

/// A table from byte to something; keys are numbers or, with `letters`, characters.
pub(super) fn byte_keys<'a>(section: &Section<'a>, letters: bool) -> Vec<(u8, Text, &'a marked_yaml::Node)> {
    let mut found = Vec::new();
    for (key, node) in section.entries() {
        let byte = if letters {
            parse_byte(&key.text)
        } else {
            parse_number(&key.text).and_then(|number| u8::try_from(number).ok())
        };
        match byte {
            Some(byte) => found.push((byte, key, node)),
            None => section.faults.add(Diagnostic::error("not-a-byte", key.place, format!("{} is no byte", key.text))),
        }
    }
    found
}
