//! E122 at publication: the texts that the speech engine could not say, each at the prompt that needs it.

use std::collections::BTreeMap;

use super::text::say;
use super::{Code, Diagnostic};
use crate::ivr::flow::{Flow, Part};
use crate::ivr::session::fixed_pieces;

/// A finding for each text of `flow` that `why` names, by language and text, with the reason.
pub fn unspoken(flow: &Flow, file: &str, why: &BTreeMap<(String, String), String>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, prompt) in &flow.prompts {
        for (language, wording) in &prompt.wording {
            for part in &wording.parts {
                let Part::Tts(text) = part else { continue };
                let reason = fixed_pieces(text).find_map(|piece| why.get(&(language.to_string(), piece.to_owned())));
                let Some(reason) = reason else { continue };
                let message = say!(
                    "prompt `{name}` cannot be spoken in {language}: {reason}",
                    "无法用 {language} 播报提示音 `{name}`：{reason}"
                );
                let help = say!(
                    "install espeak-ng, mend the speech service, or record the prompt",
                    "请安装 espeak-ng、修复语音服务，或改用录音"
                );
                let finding = Diagnostic::new(Code::E122, text.span, message).help(help);
                found.push(Diagnostic { file: file.to_owned(), ..finding });
            }
        }
    }
    found
}
