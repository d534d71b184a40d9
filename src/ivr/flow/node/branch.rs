//! `branch` 分支: asks for a key or a word and goes where it says (D7, A18, A19).

use super::{Edge, KeyOption, Retries};
use crate::ivr::check::{Code, say};
use crate::ivr::flow::read::{
    COMMON, Fields, NameOf, OPTION, RETRIES, Shape, Table, opt, read_options, read_retries, req,
};
use crate::ivr::flow::{At, PromptName};

#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    pub prompt: At<PromptName>,
    pub retries: Retries,
    /// Never empty. No keyword is in two of them.
    pub options: Vec<KeyOption>,
}

pub static TABLE: Table = Table {
    en: "a branch node",
    zh: "branch 节点",
    fields: &[
        req("prompt", Shape::Name(NameOf::Prompt), "What is asked."),
        opt("options", Shape::List(&OPTION), "What the caller may answer. Required."),
    ],
    shared: &[COMMON, &RETRIES],
};

impl Branch {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        let prompt = fields.name("prompt");
        let retries = read_retries(fields);
        let options = read_options(fields, "options");
        if options.is_empty() {
            let help =
                say!("add `options:` with a name, keywords and next", "请添加 `options:`，写明 name、keywords 和 next");
            fields.reader.error_help(Code::E114, fields.span, say!("this branch has no options", "分支没有选项"), help);
        }
        Branch { prompt, retries, options }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        self.options.iter().map(|option| option.edge("options")).chain(self.retries.edges()).collect()
    }
}
