//! Reading what the host says: `probe`, `init`, `keepalive` and `dial`.

use std::collections::BTreeMap;

use marked_yaml::Node;

use super::dial::{DIALABLE, Dial, DialMethod};
use super::reader::{Faults, Section, Text, to_bytes};
use super::script::{Answer, Keepalive, Step, Template};
use crate::base::Diagnostic;

const MAX_MS: u32 = 600_000;
const STEP_KEYS: &[&str] = &[
    "send",
    "send_bytes",
    "send_tp",
    "data",
    "try",
    "expect",
    "expect_byte",
    "fail",
    "timeout_ms",
    "retries",
    "optional",
    "when",
    "gap_ms",
    "char_gap_ms",
];

pub(super) fn steps(nodes: &[&Node], faults: &Faults) -> Vec<Step> {
    nodes.iter().filter_map(|node| Section::new(node, STEP_KEYS, faults)).filter_map(|section| step(&section)).collect()
}

pub(super) fn probe(node: &Node, faults: &Faults) -> Option<Step> {
    step(&Section::new(node, STEP_KEYS, faults)?)
}

fn step(section: &Section) -> Option<Step> {
    if section.has("try") {
        return first_of(section);
    }
    if section.has("send_bytes") {
        return toggles(section);
    }
    if section.has("send_tp") {
        return tp(section);
    }
    if !section.has("send") {
        section.missing("send", "a step sends something: send, send_bytes, send_tp or try");
        return None;
    }
    section.word("when", &[("gci", ())]);
    Some(Step::Ask {
        send: template(section, "send")?,
        expect: answer(section),
        fail: section.regex("fail"),
        timeout_ms: section.number("timeout_ms", 1..=MAX_MS).unwrap_or(2000),
        tries: section.number("retries", 1..=20).unwrap_or(1),
        optional: section.flag("optional").unwrap_or(false),
        when_country: section.has("when"),
        char_gap_ms: section.number("char_gap_ms", 0..=1000).unwrap_or(0),
    })
}

fn first_of(section: &Section) -> Option<Step> {
    let sends = section.texts("try").unwrap_or_default();
    let sends = sends.iter().filter_map(|text| parse_template(section, text)).collect();
    let Some(expect) = answer(section) else {
        section.missing("expect", "without an answer nothing tells which command was accepted");
        return None;
    };
    let timeout_ms = section.number("timeout_ms", 1..=MAX_MS).unwrap_or(2000);
    Some(Step::FirstOf { sends, expect, fail: section.regex("fail"), timeout_ms })
}

fn toggles(section: &Section) -> Option<Step> {
    let bytes = section.texts("send_bytes")?.iter().flat_map(|text| to_bytes(&text.text)).collect();
    Some(Step::Toggles { bytes, gap_ms: section.number("gap_ms", 0..=10_000).unwrap_or(50) })
}

fn tp(section: &Section) -> Option<Step> {
    let command = section.number("send_tp", 0..=255)? as u8;
    let texts = section.texts("data").unwrap_or_default();
    let data = texts.iter().filter_map(|text| section.in_range("data", text, 0..=255)).map(|byte| byte as u8).collect();
    Some(Step::Tp { command, data, gap_ms: section.number("gap_ms", 0..=10_000).unwrap_or(50) })
}

fn answer(section: &Section) -> Option<Answer> {
    if section.has("expect_byte") {
        return section.byte("expect_byte").map(Answer::Byte);
    }
    section.regex("expect").map(Answer::Record)
}

fn template(section: &Section, key: &str) -> Option<Template> {
    parse_template(section, &section.text(key)?)
}

fn parse_template(section: &Section, text: &Text) -> Option<Template> {
    match Template::parse(&text.text) {
        Ok(template) => Some(template),
        Err(error) => {
            section.faults.add(Diagnostic::error("unknown-placeholder", text.place, error.to_string()));
            None
        }
    }
}

pub(super) fn keepalive(node: &Node, faults: &Faults) -> Option<Keepalive> {
    let keys = ["every_s", "when", "send", "expect", "expect_byte", "timeout_ms", "miss"];
    let section = Section::new(node, &keys, faults)?;
    section.word("when", &[("idle", ())]);
    let Some(expect) = answer(&section) else {
        section.missing("expect", "a keep-alive waits for an answer");
        return None;
    };
    Some(Keepalive {
        every_s: section.number("every_s", 1..=86_400).unwrap_or(60),
        send: template(&section, "send")?,
        expect,
        timeout_ms: section.number("timeout_ms", 1..=MAX_MS).unwrap_or(2000),
        misses: section.number("miss", 1..=100).unwrap_or(2),
    })
}

pub(super) fn dial(node: &Node, faults: &Faults) -> Option<Dial> {
    let keys = [
        "send",
        "ok",
        "fail",
        "timeout_ms",
        "prompt",
        "require",
        "prompt_timeout_ms",
        "release",
        "release_on",
        "release_after_ms",
        "charset",
        "sequence",
        "digits",
        "digit_gap_ms",
        "tp",
        "speed",
        "note",
    ];
    let section = Section::new(node, &keys, faults)?;
    section.word("prompt", &[("lift_handset", ())]);
    section.word("release_on", &[("off_hook", ())]);
    let method = method(&section)?;
    let usual = match &method {
        DialMethod::Digits { table, .. } => table.keys().copied().collect(),
        DialMethod::Command { .. } | DialMethod::HookOnly { .. } | DialMethod::Tp { .. } => DIALABLE.to_vec(),
    };
    Some(Dial {
        method,
        charset: charset(&section).unwrap_or(usual),
        needs_off_hook: section.word("require", &[("off_hook", true)]).unwrap_or(false),
        prompt_timeout_ms: section.number("prompt_timeout_ms", 100..=MAX_MS).unwrap_or(15_000),
    })
}

fn method(section: &Section) -> Option<DialMethod> {
    if section.has("sequence") {
        let texts = section.texts("sequence")?;
        return Some(DialMethod::HookOnly {
            send: texts.iter().filter_map(|text| parse_template(section, text)).collect(),
        });
    }
    if section.has("digits") {
        let gap_ms = section.number("digit_gap_ms", 0..=10_000).unwrap_or(150);
        return Some(DialMethod::Digits {
            table: digits(&Section::open(section.get("digits")?, section.faults)?),
            gap_ms,
        });
    }
    if section.has("tp") {
        return Some(DialMethod::Tp {
            command: section.number("tp", 0..=255)? as u8,
            speed: section.number("speed", 0..=255).unwrap_or(100) as u8,
            timeout_ms: section.number("timeout_ms", 1..=MAX_MS).unwrap_or(30_000),
        });
    }
    if !section.has("send") || !section.has("ok") {
        section.missing("send and ok", "a box dials by send, digits, tp or sequence");
        return None;
    }
    Some(DialMethod::Command {
        send: template(section, "send")?,
        ok: section.regex("ok")?,
        fail: section.regex("fail"),
        timeout_ms: section.number("timeout_ms", 1..=MAX_MS).unwrap_or(60_000),
        release: section.has("release").then(|| template(section, "release")).flatten(),
        release_after_ms: section.number("release_after_ms", 0..=MAX_MS).unwrap_or(8000),
    })
}

/// Characters that end a command, or begin another, would let a number inject commands.
fn charset(section: &Section) -> Option<Vec<u8>> {
    let text = section.text("charset")?;
    let expanded = to_bytes(&text.text.replace("0-9", "0123456789"));
    let wrong = expanded.iter().any(|byte| !DIALABLE.contains(byte) && !b"ABCD+".contains(byte));
    if wrong {
        let fault = Diagnostic::error("bad-charset", text.place, "only 0-9 * # , A B C D + can be dialled");
        section.faults.add(fault.help("CR or ; in a number would inject commands"));
    }
    Some(expanded)
}

fn digits(section: &Section) -> BTreeMap<u8, u8> {
    let mut table = BTreeMap::new();
    for (key, _) in section.entries() {
        let byte = section.number(&key.text, 0..=255);
        match (key.text.as_bytes(), byte) {
            ([digit], Some(byte)) => {
                table.insert(*digit, byte as u8);
            }
            _ => section.faults.add(Diagnostic::error("bad-digit", key.place, "one digit: one byte is expected")),
        }
    }
    table
}
