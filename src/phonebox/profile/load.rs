//! Reading a whole profile.

use marked_yaml::Node;

use super::load_rules::{byte_table, command_table, dle_table, grammar};
use super::load_script::{dial, keepalive, probe, steps};
use super::reader::{Faults, Section, parse};
use super::sections;
use super::types::{AssembleOptions, Profile, SerialOptions, SessionOptions, Transport};
use super::{FlowControl, Framing, Parity};
use crate::base::{Diagnostic, Place, Severity};
use crate::phonebox::charset::Charset;
use crate::phonebox::number::NumberOptions;

/// The version of the language.
const SCHEMA: u32 = 1;
const KEYS: &[&str] = &[
    "schema",
    "id",
    "title",
    "extends",
    "lines",
    "match",
    "transport",
    "framing",
    "charset",
    "xdmf",
    "probe",
    "init",
    "reinit_after",
    "keepalive",
    "watchdog",
    "grammar",
    "grammar_before",
    "assemble",
    "bytes",
    "commands",
    "dle",
    "session",
    "dial",
    "clock",
    "numbers",
];
const NO_PLACE: Place = Place { line: 1, column: 1, width: 1 };

/// What became of a text: the profile, unless errors keep it from being used, and everything that is wrong.
#[derive(Debug)]
pub struct Loaded {
    pub profile: Option<Profile>,
    pub faults: Vec<Diagnostic>,
    /// The profile that this one extends, where it names one.
    pub extends: Option<String>,
}

/// Reads the profile in `text`. `parent` finds the one that it extends; its own parent was resolved before.
pub fn load(text: &str, parent: &dyn Fn(&str) -> Option<Profile>) -> Loaded {
    let faults = Faults::default();
    let node = match parse(text) {
        Ok(node) => node,
        Err(fault) => return Loaded { profile: None, faults: vec![fault], extends: None },
    };
    let (profile, extends) = match Section::new(&node, KEYS, &faults) {
        Some(top) => (read(&top, parent), top.text("extends").map(|text| text.text)),
        None => (None, None),
    };
    let faults = faults.into_sorted();
    let broken = faults.iter().any(|fault| fault.severity == Severity::Error);
    Loaded { profile: profile.filter(|_| !broken), faults, extends }
}

fn read(top: &Section, parent: &dyn Fn(&str) -> Option<Profile>) -> Option<Profile> {
    header(top);
    let mut profile = base(top, parent)?;
    if let Some(id) = top.text("id") {
        profile.id = id.text;
    }
    if let Some(title) = top.text("title") {
        profile.title = title.text;
    }
    if let Some(lines) = top.number("lines", 1..=128) {
        profile.lines = lines;
    }
    connection(top, &mut profile);
    talk(top, &mut profile);
    meaning(top, &mut profile);
    consistency(top, &profile);
    Some(profile)
}

fn header(top: &Section) {
    for key in ["schema", "id", "title"] {
        if !top.has(key) {
            top.faults.add(Diagnostic::error("missing-key", NO_PLACE, format!("{key} is missing")));
        }
    }
    top.number("schema", SCHEMA..=SCHEMA);
    if let Some(id) = top.text("id") {
        let right =
            !id.text.is_empty() && id.text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-');
        if !right {
            top.faults.add(Diagnostic::error("bad-id", id.place, "an id is small letters, digits and hyphens"));
        }
    }
}

/// The parent's profile, or an empty one.
fn base(top: &Section, parent: &dyn Fn(&str) -> Option<Profile>) -> Option<Profile> {
    let Some(name) = top.text("extends") else {
        for key in ["transport", "framing"] {
            if !top.has(key) {
                top.faults.add(Diagnostic::error("missing-key", NO_PLACE, format!("{key} is missing")));
            }
        }
        return Some(empty());
    };
    let found = parent(&name.text);
    if found.is_none() {
        let message = format!("the profile {} that this one extends is not there, or extends another", name.text);
        top.faults
            .add(Diagnostic::error("unknown-parent", name.place, message).help("one level of extends is allowed"));
    }
    found
}

fn empty() -> Profile {
    let serial = SerialOptions {
        baud: 9600,
        data_bits: 8,
        parity: Parity::None,
        stop_bits: 1,
        flow: FlowControl::None,
        dtr: true,
        rts: true,
    };
    Profile {
        id: String::new(),
        title: String::new(),
        lines: 1,
        usb: Vec::new(),
        tty_glob: Vec::new(),
        transport: Transport::Serial(serial),
        framing: Framing::Bytes,
        charset: vec![Charset::Utf8, Charset::Gb18030, Charset::Latin1],
        probe: None,
        init: Vec::new(),
        reinit_after_call: false,
        keepalive: None,
        watchdog_ms: None,
        grammar: Vec::new(),
        assemble: AssembleOptions::default(),
        bytes: Default::default(),
        commands: Default::default(),
        dle: Default::default(),
        session: SessionOptions::default(),
        dial: None,
        slack_h: 26,
        numbers: NumberOptions::default(),
    }
}

fn connection(top: &Section, profile: &mut Profile) {
    if let Some(section) = top.section("match", &["usb", "tty_glob"]) {
        (profile.usb, profile.tty_glob) = sections::matching(&section);
    }
    if let Some(transport) = top.section("transport", sections::TRANSPORT_KEYS).as_ref().and_then(sections::transport) {
        profile.transport = transport;
    }
    if let Some(framing) = top.get("framing").and_then(|node| sections::framing(node, top.faults)) {
        profile.framing = framing;
    }
    if let Some(charset) = sections::charsets(top) {
        profile.charset = charset;
    }
}

/// What the host says to the device.
fn talk(top: &Section, profile: &mut Profile) {
    let node = |key: &str| top.get(key);
    if let Some(node) = node("probe") {
        profile.probe = if is_none(node) { None } else { probe(node, top.faults) };
    }
    if let Some(nodes) = top.list("init") {
        profile.init = steps(&nodes, top.faults);
    }
    if let Some(times) = top.texts("reinit_after") {
        for text in times.iter().filter(|text| !["open", "call_end"].contains(&text.text.as_str())) {
            top.faults.add(super::reader::unknown("unknown-word", text, "moment", &["open", "call_end"]));
        }
        profile.reinit_after_call = times.iter().any(|text| text.text == "call_end");
    }
    if let Some(node) = node("keepalive") {
        profile.keepalive = if is_none(node) { None } else { keepalive(node, top.faults) };
    }
    if let Some(section) = top.section("watchdog", &["silence_ms", "emit"]) {
        section.word("emit", &[("device_silent", ())]);
        profile.watchdog_ms = section.number("silence_ms", 100..=86_400_000);
    }
    if let Some(node) = node("dial") {
        profile.dial = dial(node, top.faults);
    }
}

/// `probe: none` takes away what the parent has.
fn is_none(node: &Node) -> bool {
    node.as_scalar().is_some_and(|scalar| scalar.as_str() == "none")
}

/// What the device's records mean.
fn meaning(top: &Section, profile: &mut Profile) {
    let faults = top.faults;
    let rules = |nodes: Vec<&Node>| grammar(&nodes, faults);
    if let Some(nodes) = top.list("grammar") {
        profile.grammar = rules(nodes);
    }
    if let Some(nodes) = top.list("grammar_before") {
        profile.grammar.splice(0..0, rules(nodes));
    }
    if let Some(section) = top.section("assemble", &["done_when", "flush_on", "idle_ms", "first_wins"]) {
        profile.assemble = sections::assemble(&section);
    }
    let table = |key: &str| top.get(key).and_then(|node| Section::open(node, faults));
    if let Some(section) = table("bytes") {
        profile.bytes = byte_table(&section);
    }
    if let Some(section) = table("commands") {
        profile.commands = command_table(&section);
    }
    if let Some(section) = table("dle") {
        profile.dle = dle_table(&section);
    }
    let session_keys =
        ["ring_timeout_ms", "cid_before_ring_ms", "dedupe_cid_ms", "cid_is_ring", "hook", "dialed_idle_ms"];
    if let Some(section) = top.section("session", &session_keys) {
        profile.session = sections::session(&section);
    }
    if let Some(section) = top.section("clock", &["year", "slack_h", "zone"]) {
        profile.slack_h = sections::clock_slack_h(&section);
    }
    if let Some(section) = top.section("numbers", &["strip", "strip_prefix", "zeros_are"]) {
        profile.numbers = sections::numbers(&section);
    }
    if let Some(section) = top.section("xdmf", &["bad_checksum"]) {
        // The only way there is: a frame that does not check is told, never shown.
        section.word("bad_checksum", &[("drop", ())]);
    }
}

/// Parts that contradict each other, or that do nothing together.
fn consistency(top: &Section, profile: &Profile) {
    let place = |key: &str| top.get(key).map_or(NO_PLACE, super::reader::place_of_node);
    let error = |key: &str, message: &str| top.faults.add(Diagnostic::error("contradiction", place(key), message));
    match (&profile.transport, &profile.framing) {
        (Transport::Udp { .. }, Framing::Datagram(_)) | (Transport::Hidraw, Framing::HidTp(_)) => {}
        (Transport::Udp { .. }, _) => error("framing", "a UDP box needs the framing datagram"),
        (Transport::Hidraw, _) => error("framing", "a hidraw box needs the framing hid-tp"),
        (Transport::Serial(_), Framing::HidTp(_)) => error("framing", "hid-tp needs the transport hidraw"),
        (Transport::Serial(_), _) => {}
    }
    let needed = match &profile.framing {
        Framing::Lines(_) | Framing::Delimited(_) | Framing::Datagram(_) => {
            profile.grammar.is_empty().then_some("grammar")
        }
        Framing::Chars(_) => profile.grammar.is_empty().then_some("grammar"),
        Framing::Bytes => profile.bytes.is_empty().then_some("bytes"),
        Framing::HidTp(_) => profile.commands.is_empty().then_some("commands"),
        Framing::Xdmf(_) => None,
    };
    if let Some(key) = needed {
        error("framing", &format!("nothing says what the records mean: {key} is missing"));
    }
    let has_line = profile.grammar.iter().any(|rule| rule.re.capture_names().flatten().any(|name| name == "line"));
    if profile.lines > 1 && !has_line {
        let fault =
            Diagnostic::warning("no-line", place("lines"), "no rule has the group (?P<line>…) that tells the line");
        top.faults.add(fault);
    }
}
