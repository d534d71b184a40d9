//! Every sentence of the checker is said in both languages at once, so that none can be forgotten.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The language of messages, not of callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Locale {
    #[default]
    #[serde(rename = "en-US")]
    EnUs,
    #[serde(rename = "zh-CN")]
    ZhCn,
}

/// A language that messages are not written in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no messages in {0:?}: use zh-CN or en-US")]
pub struct UnknownLocale(String);

impl FromStr for Locale {
    type Err = UnknownLocale;
    /// Takes `zh`, `zh-CN`, `zh_CN.UTF-8`, `en` and the like.
    fn from_str(text: &str) -> Result<Self, UnknownLocale> {
        match text.split(['-', '_', '.']).next() {
            Some("zh") => Ok(Locale::ZhCn),
            Some("en" | "C" | "POSIX") => Ok(Locale::EnUs),
            _ => Err(UnknownLocale(text.chars().take(40).collect())),
        }
    }
}

/// One sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    pub en: String,
    pub zh: String,
}

impl Text {
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Text { en: en.into(), zh: zh.into() }
    }

    pub fn get(&self, locale: Locale) -> &str {
        match locale {
            Locale::EnUs => &self.en,
            Locale::ZhCn => &self.zh,
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// `say!("node `{name}` does not exist", "节点 `{name}` 不存在")`: a [`Text`] with values put in.
macro_rules! say {
    ($en:literal, $zh:literal $(,)?) => {
        $crate::ivr::check::Text::new(format!($en), format!($zh))
    };
}
pub(crate) use say;
