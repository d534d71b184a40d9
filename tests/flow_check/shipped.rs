//! The flows that ship with the product, and the broken one that shows what is found.

use std::collections::BTreeMap;

use hotline::ivr::check::render::{self, Report};
use hotline::ivr::check::{AudioInfo, Environment, FlowInfo, GroupInfo, Hosts, Known, Locale, check};
use hotline::ivr::flow::Flow;

use super::source;

const SHIPPED: [&str; 3] = ["hotline-main", "satisfaction", "reception"];

fn flow(id: &str) -> Flow {
    check(&source(&format!("ivr-flows/{id}.yaml")), &Environment::from_requires()).flow.expect("it has no error")
}

/// A set-up in which everything is there: the recordings are those that ship.
fn setup() -> Environment {
    let group = || GroupInfo { members: Some(2) };
    let audio = || AudioInfo { approved: true, duration_ms: Some(4000), flaws: Vec::new() };
    let recordings = hotline::library::audio_files(std::path::Path::new("audio"));
    let flows = SHIPPED.map(|id| (id.into(), FlowInfo::of(&flow(id), &format!("{id}.yaml"))));
    Environment {
        skill_groups: Known::Only(["presales", "aftersales", "english"].map(|name| (name.into(), group())).into()),
        audio: Known::Only(recordings.iter().map(|file| (file.id.as_str().into(), audio())).collect()),
        trunks: Known::Only(BTreeMap::new()),
        flows: Known::Only(flows.into()),
        http_allow: Hosts::Only(vec!["erp.example.com".to_owned()]),
        speech_output: Some(true),
        today: chrono::NaiveDate::from_ymd_opt(2026, 10, 1),
        ..Environment::from_requires()
    }
}

#[test]
fn the_shipped_flows_have_no_finding_with_and_without_a_set_up() {
    for id in SHIPPED {
        let source = source(&format!("ivr-flows/{id}.yaml"));
        for env in [Environment::from_requires(), setup()] {
            let checked = check(&source, &env);
            assert_eq!(checked.diagnostics, [], "{id}");
        }
    }
}

#[test]
fn the_survey_is_a_subflow_and_the_hotline_is_not() {
    assert!(FlowInfo::of(&flow("satisfaction"), "").is_subflow());
    assert!(!FlowInfo::of(&flow("hotline-main"), "").is_subflow());
}

/// `broken.expected.txt`, and one finding more: the two nodes that play in a circle. No call can come to them before the
/// misspelt edge is mended, and then every call does; so loops are looked for in the whole file.
#[test]
fn the_broken_flow_is_told_as_expected() {
    let source = source("tests/flows/broken.yaml");
    let checked = check(&source, &Environment::from_requires());
    let shown = render::text(&[Report { source: &source, diagnostics: &checked.diagnostics }], Locale::EnUs);
    let circle = "broken.yaml:41:3: error[E131] this loop never waits for the caller: loop_a → loop_b → loop_a\n   \
                  41 |   loop_a:\n      |   ^^^^^^\n      = help: lead it through a branch, or out of the loop\n";
    assert!(shown.contains(circle), "{shown}");
    let rest = shown.replace(circle, "").replace("13 error(s)", "12 error(s)");
    assert_eq!(rest.trim_end(), include_str!("../flows/broken.expected.txt").trim_end());
}

#[test]
fn a_wrong_edge_alone_is_one_finding() {
    let text = std::fs::read_to_string("ivr-flows/hotline-main.yaml").expect("the flow ships");
    for (right, wrong) in
        [("next: choose_language", "next: choose_langauge"), ("next: goodbye", "next: nowhere_at_all")]
    {
        let broken = text.replacen(right, wrong, 1);
        let source = hotline::ivr::check::SourceFile::new("hotline-main.yaml", broken.as_bytes());
        let codes: Vec<_> =
            check(&source, &Environment::from_requires()).diagnostics.iter().map(|found| found.code).collect();
        assert_eq!(codes, [hotline::ivr::check::Code::E100], "{wrong}");
    }
}

#[test]
fn every_recording_that_numbers_are_spoken_from_ships_and_says_its_text() {
    let ships = hotline::library::audio_files(std::path::Path::new("audio"));
    let made = std::fs::read_to_string("audio/parts.tsv").expect("the list that they are made from");
    for part in hotline::ivr::speak::recorded_parts() {
        assert!(ships.iter().any(|file| file.id == part.id), "{} ({}) does not ship", part.id, part.text);
        let line = format!("{}\t{}\t{}", part.id, part.language, part.text);
        assert!(made.lines().any(|made| made == line), "audio/parts.tsv does not say {line:?}");
    }
}
