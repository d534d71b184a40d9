//! `hotline config describe`: every key with its default, unit and meaning.

use std::fmt::Write as _;

/// One key of `hotline.yaml`.
pub struct Key {
    pub name: &'static str,
    pub default: &'static str,
    pub unit: &'static str,
    pub meaning: &'static str,
}

const fn key(name: &'static str, default: &'static str, unit: &'static str, meaning: &'static str) -> Key {
    Key { name, default, unit, meaning }
}

/// Every key, in the order of the file.
pub const KEYS: &[Key] = &[
    key(
        "data",
        "data",
        "folder",
        "the database, recordings, rendered speech and the spool; needs room for recordings: 1.9 MB a minute",
    ),
    key("flows", "ivr-flows", "folder", "flows loaded and published at start"),
    key("audio", "audio", "folder", "prompts, music and recorded numbers (wav or mp3) that come with the installation"),
    key("hardware", "hardware", "folder", "profiles of phone boxes"),
    key("setup", "null", "file", "set-up applied at start: groups, agents, numbers, trunks"),
    key("store", "sqlite", "`sqlite` or URL", "`sqlite`: a file in `data`; or postgres://user:password@host/database"),
    key("node", "0", "0-1023", "this machine's number among those that share a store; identities carry it"),
    key(
        "country_code",
        "86",
        "digits",
        "country of numbers without a country code: the same caller is found however the number is written",
    ),
    key(
        "sip.listen",
        "[udp:127.0.0.1:5060, tcp:127.0.0.1:5060]",
        "udp, tcp, tls, ws or wss:address:port",
        "where SIP is heard; port 0 = any free port; 0.0.0.0 = every network",
    ),
    key(
        "sip.advertise",
        "null",
        "address",
        "the address that others reach this machine at, when it is not the one it listens on (NAT)",
    ),
    key(
        "sip.realm",
        "hotline",
        "text",
        "realm of digest authentication; changing it needs the set-up applied again with passwords",
    ),
    key(
        "sip.digest",
        "[md5, sha-256]",
        "list of md5, sha-256",
        "what phones are challenged with, in this order; phones that know MD5 alone often look at the first only",
    ),
    key("sip.max_calls", "2000", "calls", "more calls at once are answered 503; a bridged call costs about 60 kB"),
    key(
        "sip.tls.certificate",
        "null",
        "PEM file",
        "our certificate and those above it, for tls and wss addresses; a changed file is taken within seconds",
    ),
    key("sip.tls.key", "null", "PEM file", "its private key"),
    key(
        "sip.tls.authorities",
        "null",
        "PEM file",
        "authorities that are trusted beside the system's when we connect by TLS",
    ),
    key(
        "sip.capture.messages",
        "200",
        "messages",
        "SIP that is kept of one call for GET /api/v1/calls/{id}/sip; when there is more, the first quarter and the newest stay; 0 = nothing is kept",
    ),
    key(
        "sip.capture.megabytes",
        "64",
        "MB of memory",
        "SIP that is kept of all calls together, about 1 kB a message; calls that are over go first; 0 = nothing is kept",
    ),
    key("sip.capture.keep_s", "3600", "seconds", "how long it is kept after the end of a call"),
    key(
        "sip.hep",
        "null",
        "{ to, capture_id, password }",
        "a collector such as Homer that every SIP message is sent to (HEP3 over UDP, not encrypted): to is host:port, capture_id a number, password a value, { env: NAME } or { file: PATH }",
    ),
    key("rtp.ports", "20000-29999", "UDP ports", "two for each leg: a call that talks has two legs"),
    key("rtp.workers", "0", "threads", "media threads; 0 = one for each core"),
    key("rtp.timeout_s", "30", "seconds", "a call whose sound stops this long is ended"),
    key("rtp.offer_opus", "false", "true or false", "offer Opus to agents' phones beside callers without it"),
    key(
        "rtp.srtp",
        "optional",
        "off, optional, required",
        "encrypted sound with phones whose signalling is TLS (or wss). optional: offered to those that registered so, a \
         phone that refuses is called again with plain sound; required: phones without both cannot call and are not \
         rung; off: refused. Keys never go over signalling that is not encrypted",
    ),
    key(
        "recordings.keep_days",
        "0",
        "days",
        "older recordings are deleted, each with a line in the audit log; 0 = kept for ever",
    ),
    key("http.listen", "127.0.0.1:8080", "address:port", "REST, live feed and pages; port 0 = any free port"),
    key(
        "http.secrets",
        "{}",
        "name: password",
        "what `secret: NAME` in a flow's web request stands for: a value, { env: NAME } or { file: PATH }",
    ),
    key(
        "speech.engine",
        "espeak-ng",
        "espeak-ng, http, none",
        "what speaks the texts of flows when they are published",
    ),
    key(
        "speech.url",
        "null",
        "URL",
        "the speech service of `engine: http`: POST { text, language, voice }, answered with WAV",
    ),
    key(
        "speech.voices",
        "{}",
        "language: voice",
        "the service's voice for each language, as { zh-CN: NAME, en-US: NAME }",
    ),
    key(
        "speech.token",
        "null",
        "password",
        "sent to the service as a bearer token: a value, { env: NAME } or { file: PATH }",
    ),
    key(
        "boxes",
        "[]",
        "list",
        "phone boxes: id, profile, port, and the agent or group that it rings; every key in docs/phonebox.md",
    ),
    key("log", "info", "filter", "error, warn, info, debug or trace, also for one module: info,hotline::sip=debug"),
];

/// The whole list as text for a terminal.
pub fn describe() -> String {
    let mut text = String::from("# every key of hotline.yaml with its default\n");
    for key in KEYS {
        let _ = writeln!(text, "{}: {}\n    [{}] {}", key.name, key.default, key.unit, key.meaning);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// The leaves of the default configuration, `sip.listen` for a nested key.
    fn leaves() -> Vec<(String, serde_json::Value)> {
        let tree = serde_json::to_value(Config::default()).expect("a configuration is plain data");
        let mut leaves = Vec::new();
        for (name, value) in tree.as_object().expect("a map") {
            below(name, value, &mut leaves);
        }
        leaves
    }

    fn below(name: &str, value: &serde_json::Value, leaves: &mut Vec<(String, serde_json::Value)>) {
        match value.as_object().filter(|section| !section.is_empty()) {
            Some(section) => section.iter().for_each(|(key, value)| below(&format!("{name}.{key}"), value, leaves)),
            None => leaves.push((name.to_owned(), value.clone())),
        }
    }

    fn shown(value: &serde_json::Value) -> String {
        match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
            other => other.to_string(),
        }
    }

    #[test]
    fn describes_every_key_with_its_true_default_and_no_other() {
        let mut described: Vec<_> = KEYS.iter().map(|key| (key.name.to_owned(), key.default.to_owned())).collect();
        let mut real: Vec<_> = leaves().iter().map(|(name, value)| (name.clone(), shown(value))).collect();
        described.sort();
        real.sort();
        assert_eq!(described, real);
    }
}
