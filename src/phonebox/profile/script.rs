//! What the host says to a device: set-up, probe and keep-alive, and the answers it waits for.

use regex::bytes::Regex;

/// Bytes with `{placeholders}` that are filled in when they are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Bytes(Vec<u8>),
    /// The country code of the modem, from the box's settings.
    Country,
    /// The number to dial.
    Number,
    /// `mmddHHMM` of the host's local time.
    Clock,
}

/// A placeholder that nobody can fill in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such placeholder: {{{0}}}; use {{number}}, {{gci}} or {{mmddHHMM}}")]
pub struct TemplateError(pub String);

/// The values for a template's placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::phonebox) struct Values {
    pub country: String,
    pub number: String,
    pub clock: String,
}

impl Template {
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, tail) = after.split_once('}').ok_or_else(|| TemplateError(after.to_owned()))?;
            parts.push(Part::Bytes(before.as_bytes().to_vec()));
            parts.push(match name {
                "gci" => Part::Country,
                "number" => Part::Number,
                "mmddHHMM" => Part::Clock,
                other => return Err(TemplateError(other.to_owned())),
            });
            rest = tail;
        }
        parts.push(Part::Bytes(rest.as_bytes().to_vec()));
        Ok(Template { parts })
    }

    pub(in crate::phonebox) fn fill(&self, values: &Values) -> Vec<u8> {
        let parts = self.parts.iter().map(|part| match part {
            Part::Bytes(bytes) => bytes.as_slice(),
            Part::Country => values.country.as_bytes(),
            Part::Number => values.number.as_bytes(),
            Part::Clock => values.clock.as_bytes(),
        });
        parts.flatten().copied().collect()
    }
}

/// What a device answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A record that matches.
    Record(Regex),
    /// One byte, which is no part of a record.
    Byte(u8),
}

/// One step of a script.
#[derive(Clone, Debug)]
pub enum Step {
    /// Send and wait for the answer.
    Ask {
        send: Template,
        expect: Option<Answer>,
        fail: Option<Regex>,
        timeout_ms: u32,
        /// How often it is sent at most; 1 or more.
        tries: u32,
        /// Go on when it fails.
        optional: bool,
        /// Only when the box's settings name a country.
        when_country: bool,
        /// Between characters, for devices that cannot take them faster.
        char_gap_ms: u32,
    },
    /// Commands of one byte, some time apart, without an answer.
    Toggles { bytes: Vec<u8>, gap_ms: u32 },
    /// The first of several commands that the device accepts turns caller ID on.
    FirstOf { sends: Vec<Template>, expect: Answer, fail: Option<Regex>, timeout_ms: u32 },
    /// A command of a HID telephone.
    Tp { command: u8, data: Vec<u8>, gap_ms: u32 },
}

/// Asked while nothing happens, so that a device that is gone is missed before a call is.
#[derive(Clone, Debug)]
pub struct Keepalive {
    pub every_s: u32,
    pub send: Template,
    pub expect: Answer,
    pub timeout_ms: u32,
    /// Answers that may be missing in a row before the device is given up.
    pub misses: u32,
}
