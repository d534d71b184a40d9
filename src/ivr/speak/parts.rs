//! The recordings that numbers are put together from.

use super::{en_us, zh_cn};

/// What a number is used for. Chinese counts 两位 but says 第二位.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A quantity: so many callers, minutes, yuan.
    Count,
    /// A place in an order, or a plain number.
    Ordinal,
}

/// One recording that the audio library must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedPart {
    /// `num/LANGUAGE/NAME`, an audio id.
    pub id: String,
    pub language: &'static str,
    /// What the voice says.
    pub text: &'static str,
}

/// One part as the language modules name it: the last step of its id, and what is said.
pub(super) type Part = (&'static str, &'static str);

pub(super) const ZH: &str = "zh-CN";
pub(super) const EN: &str = "en-US";

/// Whether numbers can be spoken in `language` from recorded parts.
pub fn speaks(language: &str) -> bool {
    matches!(language, ZH | EN)
}

/// The audio ids that say `n` in `language`; `None` when there are no recordings in that language.
pub fn number(n: i64, language: &str, reading: Reading) -> Option<Vec<String>> {
    words(n, language, reading).map(|parts| ids(&parts, language))
}

/// What [`number`] says, as text: for simulators and records.
pub fn number_text(n: i64, language: &str, reading: Reading) -> Option<String> {
    words(n, language, reading).map(|parts| text(&parts, language))
}

/// Every recording that [`number`] and [`super::digits()`] may ask for.
pub fn recorded_parts() -> Vec<RecordedPart> {
    let zh = zh_cn::PARTS.iter().map(|part| recorded(part, ZH));
    let en = en_us::PARTS.iter().map(|part| recorded(part, EN));
    zh.chain(en).collect()
}

/// What the recording `id` says: for simulators and records.
pub fn spoken(id: &str) -> Option<&'static str> {
    let (language, name) = id.strip_prefix("num/")?.split_once('/')?;
    let parts = match language {
        ZH => zh_cn::PARTS,
        EN => en_us::PARTS,
        _ => return None,
    };
    parts.iter().find(|(part, _)| *part == name).map(|(_, text)| *text)
}

/// The recording that tells a caller with nobody ahead that it is their turn next.
pub fn you_are_next(language: &str) -> Option<String> {
    speaks(language).then(|| id("next", language))
}

fn recorded(&(name, text): &Part, language: &'static str) -> RecordedPart {
    RecordedPart { id: id(name, language), language, text }
}

fn words(n: i64, language: &str, reading: Reading) -> Option<Vec<Part>> {
    match language {
        ZH => Some(zh_cn::number(n, reading)),
        EN => Some(en_us::number(n)),
        _ => None,
    }
}

pub(super) fn ids(parts: &[Part], language: &str) -> Vec<String> {
    parts.iter().map(|(name, _)| id(name, language)).collect()
}

/// Chinese is written without spaces.
pub(super) fn text(parts: &[Part], language: &str) -> String {
    let words: Vec<&str> = parts.iter().map(|(_, text)| *text).collect();
    words.join(if language == ZH { "" } else { " " })
}

fn id(name: &str, language: &str) -> String {
    format!("num/{language}/{name}")
}
