//! `branch` 分支: asks for a key or a word and goes where it says (D7, A18, A19).

use super::{Edge, KeyOption, Retries};
use crate::ivr::flow::{At, PromptName};

#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    pub prompt: At<PromptName>,
    pub retries: Retries,
    /// Never empty. No keyword is in two of them.
    pub options: Vec<KeyOption>,
}

impl Branch {
    pub(super) fn edges(&self) -> Vec<Edge> {
        self.options.iter().map(|option| option.edge("options")).chain(self.retries.edges()).collect()
    }
}
