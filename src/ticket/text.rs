//! A text in the two languages of the product.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub zh: String,
    pub en: String,
}

impl Text {
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Text { zh: zh.into(), en: en.into() }
    }

    /// The same words in both languages: what a person or a flow wrote.
    pub fn as_written(text: &str) -> Self {
        Text::new(text, text)
    }
}
