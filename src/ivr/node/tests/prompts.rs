//! Prompts into sounds.

use super::*;
use crate::ivr::session::fixed_speech;

fn said(prompt: &str, set: &str, language: &str) -> Vec<String> {
    let nodes = format!(
        "  first: {{ type: set, set: {{ language: {language}{set} }}, next: say }}\n  say: {{ type: play, prompt: p, next: end }}\n  end: {{ type: end }}\n"
    );
    let top = TOP.replace("nodes:\n", &format!("  p: {prompt}\nnodes:\n"));
    let flows = Flows::new(whole(&format!("{top}{nodes}"), "t"), []);
    sounds(&Call::over(flows, CallFacts { called: "10010".to_owned(), ..CallFacts::default() }).1)
}

#[test]
fn numbers_and_digits_are_spoken_from_recordings_in_both_languages() {
    let prompt = r##"{ zh-CN: [ { number: "${count}" }, { digits: "${count}" } ], en-US: [ { number: "${count}" }, { digits: "${count}" } ] }"##;
    assert_eq!(
        said(prompt, ", count: \"12\"", "zh-CN"),
        ["num/zh-CN/ten", "num/zh-CN/2", "num/zh-CN/yao", "num/zh-CN/2"]
    );
    assert_eq!(said(prompt, ", count: \"12\"", "en-US"), ["num/en-US/12", "num/en-US/1", "num/en-US/2"]);
}

#[test]
fn parts_follow_each_other() {
    let prompt = r##"{ zh-CN: [ { audio: ding }, { silence: 300 }, { tts: "您好" } ], en-US: { audio: ding } }"##;
    assert_eq!(said(prompt, "", "zh-CN"), ["ding", "300 ms", "zh-CN:您好"]);
}

#[test]
fn two_counts_as_liang_and_ranks_as_er() {
    let prompt =
        r##"{ zh-CN: [ { number: "${count}" }, { tts: "位，第" }, { number: "${count}" } ], en-US: { audio: ding } }"##;
    assert_eq!(said(prompt, ", count: \"2\"", "zh-CN"), ["num/zh-CN/liang", "zh-CN:位，第", "num/zh-CN/2"]);
}

#[test]
fn a_variable_without_a_value_says_nothing() {
    let prompt = r##"{ zh-CN: { tts: "号码${CallerNumber}。" }, en-US: { audio: ding } }"##;
    assert_eq!(said(prompt, "", "zh-CN"), ["zh-CN:号码"]);
}

#[test]
fn a_system_number_is_read_digit_by_digit() {
    let prompt = r##"{ zh-CN: { tts: "您拨打的是${CalledNumber}" }, en-US: { audio: ding } }"##;
    let digits = ["yao", "0", "0", "yao", "0"].map(|part| format!("num/zh-CN/{part}"));
    let mut expected = vec!["zh-CN:您拨打的是".to_owned()];
    expected.extend(digits);
    assert_eq!(said(prompt, "", "zh-CN"), expected);
}

#[test]
fn publication_can_render_every_fixed_text() {
    let flow = flow("  first: { type: play, prompt: said, next: end }\n  end: { type: end }\n");
    let texts = fixed_speech(&flow);
    for text in ["号码", "，第", "个，"] {
        assert!(texts.contains(&("zh-CN".to_owned(), text.to_owned())), "{text}");
    }
    assert!(texts.iter().all(|(_, text)| !text.contains("${") && text.chars().any(char::is_alphanumeric)));
}
