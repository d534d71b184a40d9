//! Matching keys and words with the options of a menu or a queue.

use unicode_normalization::UnicodeNormalization;

use crate::ivr::flow::node::KeyOption;

/// What the keys pressed so far mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Match<'a> {
    /// This option, and no longer one can come of it.
    One(&'a KeyOption),
    /// A longer keyword begins with these keys; this option if no further key comes.
    Perhaps(Option<&'a KeyOption>),
    /// No option.
    None,
}

/// The option that `typed` names or may come to name.
pub(super) fn match_keys<'a>(options: &'a [KeyOption], typed: &str) -> Match<'a> {
    let exact = options.iter().find(|option| option.keys().any(|key| key == typed));
    let longer = options.iter().flat_map(KeyOption::keys).any(|key| key.len() > typed.len() && key.starts_with(typed));
    match (exact, longer) {
        (exact, true) => Match::Perhaps(exact),
        (Some(option), false) => Match::One(option),
        (None, false) => Match::None,
    }
}

/// The option that has this spoken word as a keyword.
pub(super) fn match_word<'a>(options: &'a [KeyOption], word: &str) -> Option<&'a KeyOption> {
    let word = fold(word);
    options.iter().find(|option| option.keywords.iter().any(|keyword| fold(&keyword.value) == word))
}

/// NFKC and case folding: `１` is `1`, `Sales` is `sales`.
fn fold(text: &str) -> String {
    text.trim().nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ivr::flow::{At, Span};

    fn option(name: &str, keywords: &[&str]) -> KeyOption {
        let at = |text: &str| At::new(text.to_owned(), Span::default());
        KeyOption {
            name: at(name),
            keywords: keywords.iter().map(|keyword| at(keyword)).collect(),
            set: Vec::new(),
            next: At::new("n".into(), Span::default()),
        }
    }

    fn name(matched: Match) -> String {
        match matched {
            Match::One(option) => option.name.value.clone(),
            Match::Perhaps(Some(option)) => format!("{}?", option.name.value),
            Match::Perhaps(None) => "?".to_owned(),
            Match::None => "none".to_owned(),
        }
    }

    #[test]
    fn a_key_that_begins_a_longer_one_is_not_decided_at_once() {
        let options = [option("a", &["1"]), option("b", &["11", "b"]), option("c", &["20"])];
        for (typed, expected) in [("1", "a?"), ("11", "b"), ("12", "none"), ("2", "?"), ("20", "c"), ("3", "none")] {
            assert_eq!(name(match_keys(&options, typed)), expected, "{typed}");
        }
    }

    #[test]
    fn words_are_compared_after_nfkc_and_case_folding() {
        let options = [option("a", &["sales", "售前"]), option("b", &["1"])];
        for (word, expected) in
            [("Sales", Some("a")), (" ＳＡＬＥＳ ", Some("a")), ("售前", Some("a")), ("１", Some("b")), ("x", None)]
        {
            assert_eq!(match_word(&options, word).map(|option| option.name.as_str()), expected, "{word}");
        }
    }
}
