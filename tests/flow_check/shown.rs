//! Findings as text, JSON and SARIF.

use hotline::ivr::check::render::{self, Report};
use hotline::ivr::check::{Environment, Locale, SourceFile, check};
use serde_json::Value;

use super::source;

fn broken<T>(show: impl FnOnce(&[Report<'_>]) -> T) -> T {
    let source = source("tests/flows/broken.yaml");
    let checked = check(&source, &Environment::from_requires());
    show(&[Report { source: &source, diagnostics: &checked.diagnostics }])
}

#[test]
fn json_is_an_array_of_findings_with_places_in_characters() {
    let Value::Array(findings) = broken(|reports| render::json(reports, Locale::EnUs)) else { panic!("no array") };
    assert_eq!(findings.len(), 19);
    let twice = findings.iter().find(|finding| finding["code"] == "E113").expect("a keyword is used twice");
    assert_eq!(twice["severity"], "error");
    assert_eq!(twice["file"], "broken.yaml");
    assert_eq!((&twice["line"], &twice["column"], &twice["length"]), (&32.into(), &32.into(), &3.into()));
    assert_eq!(twice["message"], "keyword \"１\" is already used by branch 「售前」");
    assert_eq!(twice["help"], "each keyword may lead to one branch only");
    assert_eq!(twice["notes"][0]["line"], 31);
    let warnings = findings.iter().filter(|finding| finding["severity"] == "warning").count();
    assert_eq!(warnings, 6);
}

#[test]
fn every_finding_speaks_chinese_too() {
    let text = broken(|reports| render::text(reports, Locale::ZhCn));
    assert!(text.contains("broken.yaml:23:11: 错误[E100] 节点 `main_meun` 不存在"), "{text}");
    assert!(text.contains("      = 帮助: 是不是 `main_menu`？"), "{text}");
    assert!(text.contains("      = 说明: 第一次用在这里 (broken.yaml:31:32)"), "{text}");
    assert!(text.ends_with("13 个错误，6 个警告\n"), "{text}");
    let Value::Array(findings) = broken(|reports| render::json(reports, Locale::ZhCn)) else { panic!("no array") };
    for finding in findings {
        let message = finding["message"].as_str().unwrap_or_default();
        assert!(message.chars().any(|c| c > '\u{2fff}'), "{message}");
    }
}

#[test]
fn sarif_names_every_rule_that_is_broken_and_every_place() {
    let log = broken(|reports| render::sarif(reports, Locale::EnUs));
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules: Vec<&Value> =
        run["tool"]["driver"]["rules"].as_array().expect("rules").iter().map(|rule| &rule["id"]).collect();
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 19);
    for result in results {
        assert!(rules.contains(&&result["ruleId"]));
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap_or_default()));
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert!(
            region["startLine"].as_u64() >= Some(1) && region["endColumn"].as_u64() > region["startColumn"].as_u64()
        );
    }
}

#[test]
fn a_caret_stands_under_its_token_and_control_characters_are_not_shown() {
    let text =
        "ivr: 1\nid: x\nlanguages: [zh-CN]\nstart: a\nnodes:\n  a: { type: end, label: \"一\u{1b}[31m二\", 多余: 1 }\n";
    let source = SourceFile::new("x.yaml", text.as_bytes());
    let checked = check(&source, &Environment::from_requires());
    let shown = render::text(&[Report { source: &source, diagnostics: &checked.diagnostics }], Locale::EnUs);
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(shown.contains("error"), "{shown}");
}

#[test]
fn a_very_long_line_is_shown_in_part() {
    let long = format!(
        "ivr: 1\nid: x\nlanguages: [zh-CN]\nstart: a\nname: \"{}\"\nnodes: {{ a: {{ type: end, label: \"{}\", oops: 1 }} }}\n",
        "长".repeat(3000),
        "字".repeat(3000)
    );
    let source = SourceFile::new("x.yaml", long.as_bytes());
    let checked = check(&source, &Environment::from_requires());
    let shown = render::text(&[Report { source: &source, diagnostics: &checked.diagnostics }], Locale::EnUs);
    assert!(shown.contains("E111") && shown.lines().all(|line| line.chars().count() < 600), "{shown}");
}
