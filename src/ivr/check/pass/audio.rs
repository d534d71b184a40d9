//! E105 and E121: every recording exists and can be played.

use std::collections::BTreeSet;

use crate::ivr::check::run::Context;
use crate::ivr::check::{AudioFlaw, AudioInfo, Code, Diagnostic, Known, Text, say, uses};
use crate::ivr::flow::{At, AudioId, Flow, Part, Span};

/// A longer recording was probably not meant for a caller's ear.
const LONGEST_MS: u64 = 10 * 60 * 1000;

pub fn check(cx: &mut Context<'_>) {
    let mut named = used(cx.flow);
    if matches!(cx.env.audio, Known::Only(_)) {
        named.extend(&cx.flow.requires.audio);
    }
    named.sort_by_key(|audio| audio.span);
    named.dedup_by_key(|audio| audio.span);
    let mut told = BTreeSet::new();
    for audio in named {
        match &cx.env.audio {
            Known::Anything => {}
            Known::Required if cx.flow.requires.audio.iter().any(|listed| listed.value == audio.value) => {}
            Known::Required => tell_unknown(cx, audio),
            Known::Only(library) => match library.get(&audio.value) {
                None => tell_unknown(cx, audio),
                Some(info) if told.insert(&audio.value) => tell_flaws(cx, audio, info),
                Some(_) => {}
            },
        }
    }
}

/// Every recording that the flow plays, with its places.
pub fn used(flow: &Flow) -> Vec<&At<AudioId>> {
    let parts = flow.prompts.values().flat_map(|prompt| prompt.wording.values()).flat_map(|wording| &wording.parts);
    let spoken = parts.filter_map(|part| match part {
        Part::Audio(audio) => Some(audio),
        Part::Tts(_) | Part::Number(_) | Part::Digits(_) | Part::Silence { .. } => None,
    });
    spoken.chain(flow.nodes.values().filter_map(uses::audio)).chain(&flow.defaults.hold_music).collect()
}

fn tell_unknown(cx: &mut Context<'_>, audio: &At<AudioId>) {
    let name = &audio.value;
    let message = say!("audio `{name}` is not in the audio library", "音频 `{name}` 不在音频库中");
    let names: Vec<&str> = match &cx.env.audio {
        Known::Only(library) => library.keys().map(AudioId::as_str).collect(),
        Known::Anything | Known::Required => cx.flow.requires.audio.iter().map(|audio| audio.as_str()).collect(),
    };
    let listed = matches!(cx.env.audio, Known::Required);
    let help = cx.findings.suggest(name.as_str(), names);
    let help = help.or_else(|| listed.then(|| say!("list it in requires.audio", "请列入 requires.audio")));
    cx.findings.add(Diagnostic::new(Code::E105, audio.span, message).maybe_help(help));
}

fn tell_flaws(cx: &mut Context<'_>, audio: &At<AudioId>, info: &AudioInfo) {
    let name = &audio.value;
    if !info.approved {
        let message = say!("audio `{name}` is not approved (未审核)", "音频 `{name}` 未审核");
        let help = say!("have it reviewed in the audio library", "请先在音频库审核通过");
        tell(cx, audio.span, message, Some(help), true);
    }
    for flaw in &info.flaws {
        let (message, error) = describe(name, flaw);
        tell(cx, audio.span, message, None, error);
    }
    if let Some(seconds) = info.duration_ms.filter(|ms| *ms > LONGEST_MS).map(|ms| ms / 1000) {
        tell(
            cx,
            audio.span,
            say!("audio `{name}` is {seconds} s long", "音频 `{name}` 长达 {seconds} 秒"),
            None,
            false,
        );
    }
}

fn describe(name: &AudioId, flaw: &AudioFlaw) -> (Text, bool) {
    match flaw {
        AudioFlaw::Format(found) => {
            (say!("audio `{name}` is neither wav nor mp3: {found}", "音频 `{name}` 不是 wav 或 mp3：{found}"), true)
        }
        AudioFlaw::TooLarge { bytes } => (
            say!("audio `{name}` has {bytes} bytes; 5 MiB is the most", "音频 `{name}` 有 {bytes} 字节，最大 5 MiB"),
            true,
        ),
        AudioFlaw::Unreadable(why) => {
            (say!("audio `{name}` cannot be read: {why}", "音频 `{name}` 无法读取：{why}"), true)
        }
        AudioFlaw::Clipping => {
            (say!("audio `{name}` is clipped: it was recorded too loud", "音频 `{name}` 削波失真：录音过响"), false)
        }
        AudioFlaw::Silent => (say!("nothing can be heard in audio `{name}`", "音频 `{name}` 没有声音"), false),
    }
}

fn tell(cx: &mut Context<'_>, span: Span, message: Text, help: Option<Text>, error: bool) {
    let finding = Diagnostic::new(Code::E121, span, message).maybe_help(help);
    cx.findings.add(if error { finding } else { finding.warning() });
}
