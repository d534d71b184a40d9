//! Wording: a prompt has, for each language, a list of parts.

use std::collections::BTreeMap;

use super::{At, AudioId, Language, Span, Template};

/// A prompt: the same thing said in each of the flow's languages.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    pub wording: BTreeMap<Language, Wording>,
    /// Of its name.
    pub span: Span,
}

/// What is said in one language: the parts, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Wording {
    pub parts: Vec<Part>,
    /// Of the language's name.
    pub span: Span,
}

/// One part of a wording. Numbers and digits are put together from recordings, so they need no speech engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A recording of the audio library.
    Audio(At<AudioId>),
    /// A text to be spoken.
    Tts(Template),
    /// A whole number, spoken as a number: 23 is “twenty-three”.
    Number(Template),
    /// Spoken one by one: 1001 is “one, zero, zero, one”.
    Digits(Template),
    /// Nothing, for so long.
    Silence { ms: u32 },
}

impl Part {
    /// The text that it reads variables from.
    pub fn template(&self) -> Option<&Template> {
        match self {
            Part::Tts(template) | Part::Number(template) | Part::Digits(template) => Some(template),
            Part::Audio(_) | Part::Silence { .. } => None,
        }
    }
}
