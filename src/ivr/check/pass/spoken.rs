//! Which keys a prompt offers: “售前请按1”, “press 2”, “按星号键”.

use std::sync::LazyLock;

use regex::Regex;

use crate::ivr::flow::{Part, Span};

/// A key that a prompt tells callers to press.
#[derive(Clone, Debug, PartialEq)]
pub struct SpokenKey {
    pub key: String,
    /// Of the text that says it.
    pub span: Span,
    /// Seconds from the start of the prompt, estimated.
    pub after_s: f64,
}

/// What is known of the keys that a wording offers.
#[derive(Clone, Debug, PartialEq)]
pub enum Spoken {
    /// In the order in which they are said.
    Keys(Vec<SpokenKey>),
    /// There is a recording in it; nobody can know what it says.
    Unknown,
}

/// “按1”, “按 1 键”, “按星号键”, “按井号键”, “press 1”, “press star”, “press pound”, “press hash”, “press zero”.
static OFFER: LazyLock<Regex> = LazyLock::new(|| {
    let zh = r"按下?\s*(?P<zh>[0-9０-９]+|[*＊#＃]|星号?|米字|井号?|[零一二三四五六七八九])";
    let words = "star|asterisk|pound|hash|zero|one|two|three|four|five|six|seven|eight|nine";
    let en = format!(r"\b(?:press|key)\s+(?:the\s+)?(?P<en>[0-9]+|[*#]|(?:{words})\b)");
    Regex::new(&format!("(?i)(?:{zh})|(?:{en})")).expect("the pattern is a constant that a test compiles")
});

/// Words for keys.
const WORDS: [(&str, &str); 29] = [
    ("星", "*"),
    ("星号", "*"),
    ("米字", "*"),
    ("star", "*"),
    ("asterisk", "*"),
    ("井", "#"),
    ("井号", "#"),
    ("pound", "#"),
    ("hash", "#"),
    ("零", "0"),
    ("一", "1"),
    ("二", "2"),
    ("三", "3"),
    ("四", "4"),
    ("五", "5"),
    ("六", "6"),
    ("七", "7"),
    ("八", "8"),
    ("九", "9"),
    ("zero", "0"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
];

/// The keys that these parts offer.
pub fn spoken_keys(parts: &[Part]) -> Spoken {
    let (mut keys, mut before_s) = (Vec::new(), 0.0);
    for part in parts {
        match part {
            Part::Audio(_) => return Spoken::Unknown,
            Part::Silence { ms } => before_s += f64::from(*ms) / 1000.0,
            Part::Number(_) | Part::Digits(_) => before_s += 1.0,
            Part::Tts(text) => {
                let said = text.render(|_| "…".to_owned());
                let found = OFFER.captures_iter(&said).filter_map(|found| {
                    let word = found.name("zh").or_else(|| found.name("en"))?;
                    let after_s = before_s + seconds(&said[..word.start()]);
                    Some(SpokenKey { key: key_of(word.as_str()), span: text.span, after_s })
                });
                keys.extend(found);
                before_s += seconds(&said);
            }
        }
    }
    Spoken::Keys(keys)
}

fn key_of(word: &str) -> String {
    let word = crate::ivr::flow::read::normalise_keyword(word);
    WORDS.iter().find(|(said, _)| *said == word).map_or(word.clone(), |(_, key)| (*key).to_owned())
}

/// How long a text takes to say: four Chinese characters, or fifteen letters, a second.
pub fn seconds(text: &str) -> f64 {
    let per_character = |c: char| match c {
        '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' => 0.25,
        _ => 1.0 / 15.0,
    };
    text.chars().map(per_character).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ivr::flow::Template;

    fn keys(text: &str) -> Vec<String> {
        match spoken_keys(&[Part::Tts(Template::parse(text, Span::default()))]) {
            Spoken::Keys(keys) => keys.into_iter().map(|key| key.key).collect(),
            Spoken::Unknown => panic!("a text is known"),
        }
    }

    #[test]
    fn a_prompt_tells_its_keys_in_both_languages() {
        let zh = "售前咨询请按1，售后服务请按2，查询订单请按３，重听请按星号键，人工服务请按 0 键，结束请按井号键。";
        assert_eq!(keys(zh), ["1", "2", "3", "*", "0", "#"]);
        let en = "For sales, press 1. For support, Press two. To repeat, press star. For an operator, press 0, then press #.";
        assert_eq!(keys(en), ["1", "2", "*", "0", "#"]);
        assert_eq!(keys("中文服务请按1。For English, press 2."), ["1", "2"]);
        assert_eq!(keys("分机请按88"), ["88"]);
    }

    #[test]
    fn other_numbers_are_no_keys() {
        assert!(keys("请输入8位订单号，以井号键结束。").is_empty());
        assert!(keys("There are 3 callers ahead of you. Express 1 is closed.").is_empty());
    }
}
