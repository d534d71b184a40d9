//! E108, E109 and E122: every prompt can be said in every language.

use crate::ivr::check::run::Context;
use crate::ivr::check::{Code, Diagnostic, say};
use crate::ivr::flow::{Part, SystemVar};

pub fn check(cx: &mut Context<'_>) {
    check_prompts(cx);
    check_languages_set(cx);
    check_speech(cx);
}

fn check_prompts(cx: &mut Context<'_>) {
    for (name, prompt) in &cx.flow.prompts {
        for (n, language) in cx.flow.languages.iter().enumerate() {
            if prompt.wording.contains_key(&language.value) {
                continue;
            }
            let language = &language.value;
            let message = say!("prompt `{name}` has no {language} wording", "提示音 `{name}` 没有 {language} 的内容");
            let code = if n == 0 { Code::E109 } else { Code::E108 };
            cx.findings.add(Diagnostic::new(code, prompt.span, message));
        }
        for (language, wording) in &prompt.wording {
            if !cx.flow.languages.iter().any(|known| known.value == *language) {
                let help = cx.findings.suggest(language.as_str(), cx.flow.languages.iter().map(|known| known.as_str()));
                let message = say!("`languages` does not list {language}", "`languages` 中没有 {language}");
                cx.findings.add(Diagnostic::new(Code::E111, wording.span, message).maybe_help(help));
            }
        }
    }
}

/// `set: { language: fr-FR }` in a flow that has no French.
fn check_languages_set(cx: &mut Context<'_>) {
    let flow = cx.flow;
    for assignment in flow.nodes.values().flat_map(super::super::uses::assignments) {
        if assignment.var.as_str() != SystemVar::Language.as_str() {
            continue;
        }
        let Some(language) = assignment.value.literal() else { continue };
        if !flow.languages.iter().any(|known| known.as_str() == language) {
            let help = cx.findings.suggest(language, flow.languages.iter().map(|known| known.as_str()));
            let message = say!("`languages` does not list {language}", "`languages` 中没有 {language}");
            cx.findings.add(Diagnostic::new(Code::E108, assignment.value.span, message).maybe_help(help));
        }
    }
}

fn check_speech(cx: &mut Context<'_>) {
    if cx.env.speech_output != Some(false) {
        return;
    }
    for (name, prompt) in &cx.flow.prompts {
        for text in prompt.wording.values().flat_map(|wording| &wording.parts) {
            if let Part::Tts(text) = text {
                let message = say!("no speech engine to say prompt `{name}`", "没有语音合成引擎，无法播报 `{name}`");
                let help = say!(
                    "install espeak-ng, set a speech service, or record it",
                    "请安装 espeak-ng、配置语音服务，或改用录音"
                );
                cx.findings.add(Diagnostic::new(Code::E122, text.span, message).help(help));
            }
        }
    }
}
