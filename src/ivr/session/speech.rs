//! From a prompt's wording to sounds: texts are cut at their variables, values are read from recorded parts.

use super::output::Sound;
use crate::ivr::flow::{Flow, Part, Piece, Template, VarName, Wording};
use crate::ivr::speak::{self, Reading};

/// How a variable's value is read out.
pub(crate) enum Say {
    Number(i64),
    Digits(String),
    Text(String),
}

/// The sounds of a wording; `say` is asked for each variable, one without a value is passed over.
pub(crate) fn sounds(wording: &Wording, language: &str, say: impl Fn(&VarName) -> Option<Say>) -> Vec<Sound> {
    let mut voice = Voice { language, sounds: Vec::new(), ordinal: false };
    for part in &wording.parts {
        match part {
            Part::Audio(audio) => voice.sounds.push(Sound::Audio(audio.value.to_string())),
            Part::Tts(template) => voice.template(template, &say),
            Part::Number(template) => voice.number(&rendered(template, &say)),
            Part::Digits(template) => voice.digits(&rendered(template, &say)),
            Part::Silence { ms } => voice.sounds.push(Sound::Silence { ms: u64::from(*ms) }),
        }
    }
    voice.sounds
}

/// Every text without variables that a flow may ask to be spoken, with its language: what publication has rendered.
pub fn fixed_speech(flow: &Flow) -> Vec<(String, String)> {
    let wordings = flow.prompts.values().flat_map(|prompt| prompt.wording.iter());
    let parts = wordings.flat_map(|(language, wording)| wording.parts.iter().map(move |part| (language, part)));
    let mut texts: Vec<(String, String)> = parts
        .filter_map(|(language, part)| match part {
            Part::Tts(template) => Some((language, template)),
            Part::Audio(_) | Part::Number(_) | Part::Digits(_) | Part::Silence { .. } => None,
        })
        .flat_map(|(language, template)| {
            fixed_pieces(template).map(move |text| (language.to_string(), text.to_owned()))
        })
        .collect();
    texts.sort();
    texts.dedup();
    texts
}

/// What of a text can be spoken before any call: all between its variables.
pub fn fixed_pieces(template: &Template) -> impl Iterator<Item = &str> {
    template.pieces.iter().filter_map(|piece| match piece {
        Piece::Text(text) => speakable(text),
        Piece::Var(_) => None,
    })
}

struct Voice<'a> {
    language: &'a str,
    sounds: Vec<Sound>,
    /// The last text ended in 第: a number that follows is a place in an order.
    ordinal: bool,
}

impl Voice<'_> {
    fn template(&mut self, template: &Template, say: &impl Fn(&VarName) -> Option<Say>) {
        for piece in &template.pieces {
            match piece {
                Piece::Text(text) => self.text(text),
                Piece::Var(name) => match say(name) {
                    Some(Say::Number(number)) => self.number(&number.to_string()),
                    Some(Say::Digits(digits)) => self.digits(&digits),
                    Some(Say::Text(text)) => self.value(&text),
                    None => {}
                },
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.ordinal = text.trim_end().ends_with('第');
        if let Some(text) = speakable(text) {
            self.sounds.push(Sound::Tts { language: self.language.to_owned(), text: text.to_owned() });
        }
    }

    /// A text that is known only now. One of digits alone needs no speech engine.
    fn value(&mut self, text: &str) {
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            self.digits(text);
        } else {
            self.text(text);
        }
    }

    fn number(&mut self, text: &str) {
        let reading = if std::mem::take(&mut self.ordinal) { Reading::Ordinal } else { Reading::Count };
        let number = text.trim().parse().ok();
        match number.and_then(|number| speak::number(number, self.language, reading)) {
            Some(ids) => self.recorded(ids),
            None => self.text(text),
        }
    }

    fn digits(&mut self, text: &str) {
        self.ordinal = false;
        match speak::digits(text, self.language) {
            Some(ids) => self.recorded(ids),
            None => self.text(&spaced(text)),
        }
    }

    fn recorded(&mut self, ids: Vec<String>) {
        self.sounds.extend(ids.into_iter().map(Sound::Audio));
    }
}

/// For an engine that would read 1001 as a number.
fn spaced(text: &str) -> String {
    let characters: Vec<String> = text.chars().map(String::from).collect();
    characters.join(" ")
}

/// The text without the blanks around it, unless nothing in it can be said.
fn speakable(text: &str) -> Option<&str> {
    text.chars().any(char::is_alphanumeric).then(|| text.trim())
}

fn rendered(template: &Template, say: &impl Fn(&VarName) -> Option<Say>) -> String {
    template.render(|name| match say(name) {
        Some(Say::Number(number)) => number.to_string(),
        Some(Say::Digits(text) | Say::Text(text)) => text,
        None => String::new(),
    })
}
