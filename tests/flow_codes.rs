//! Every code of the checker, with a flow that it finds and a flow that it does not.
//!
//! `tests/flows/base.yaml` uses every kind of node and has no finding. Each row changes one place of it in two ways: the
//! first gives exactly the code at the text that is named, the second gives nothing.

#[path = "flow_codes/rows.rs"]
mod rows;
#[path = "flow_codes/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};

use hotline::ivr::check::{
    Code, Coverage, Environment, Locale, Severity, SourceFile, bindings, check, explain, uncovered,
};
use hotline::ivr::flow::FlowId;
use rows::{environment_rows, rows};
use world::{BASE, Found, findings, place, setup, survey};

#[test]
fn the_base_flow_has_no_finding() {
    assert_eq!(findings(BASE, &setup()), []);
    assert_eq!(findings(BASE, &Environment::from_requires()), []);
}

#[test]
fn each_code_is_told_of_the_wrong_flow_and_not_of_the_right_one() {
    let faults: Vec<String> = rows().iter().flat_map(rows::Row::faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_code_of_the_set_up_is_told_of_the_wrong_set_up_and_not_of_the_right_one() {
    for row in environment_rows() {
        let offset = BASE.find(row.at).expect("the text is in the base flow");
        let expected: [Found; 1] = [(row.code, row.severity, place(BASE, offset))];
        assert_eq!(findings(BASE, &(row.change)(setup())), expected, "{} at {:?}", row.code, row.at);
    }
}

#[test]
fn no_code_is_without_a_test() {
    let mut tested: BTreeSet<Code> = rows().iter().map(|row| row.code).collect();
    tested.extend(environment_rows().iter().map(|row| row.code));
    // These have tests of their own below.
    tested.extend([Code::E122, Code::W212]);
    let all: BTreeSet<Code> = Code::ALL.iter().copied().collect();
    assert_eq!(tested, all);
}

#[test]
fn without_a_speech_engine_every_text_to_be_spoken_is_told_with_its_prompt() {
    let mut env = setup();
    env.speech_output = Some(false);
    let checked = check(&SourceFile::new("base.yaml", BASE.as_bytes()), &env);
    assert!(checked.flow.is_none());
    assert!(checked.diagnostics.iter().all(|finding| finding.code == Code::E122));
    assert_eq!(checked.diagnostics.len(), BASE.matches("tts:").count());
    assert!(checked.diagnostics.iter().any(|finding| finding.message.en.contains("`menu`")));
}

#[test]
fn an_edge_that_no_test_walks_is_told_at_its_target() {
    let flow = check(&SourceFile::new("base.yaml", BASE.as_bytes()), &setup()).flow.expect("the base flow is good");
    let edges =
        flow.nodes.values().flat_map(|node| node.edges().into_iter().map(|edge| (node.name.clone(), edge.name)));
    let mut walked: Coverage = edges.collect();
    assert_eq!(uncovered(&flow, "base.yaml", &walked), []);
    walked.remove(&("menu".into(), "options.重听".to_owned()));
    let missed = uncovered(&flow, "base.yaml", &walked);
    let offset = BASE.find("menu }").expect("the option leads to the menu again");
    assert_eq!(missed.len(), 1);
    assert_eq!((missed[0].code, missed[0].severity), (Code::W212, Severity::Warning));
    assert_eq!((missed[0].span.line, missed[0].span.column), place(BASE, offset));
}

#[test]
fn a_number_needs_a_flow_that_exists_and_ends() {
    let setup = "numbers:\n  \"400\": base\n  \"401\": { flow: bass }\n  \"402\": survey\n  \"403\": builtin:echo\n";
    let main = hotline::ivr::check::FlowInfo { params: BTreeMap::new(), returns: None, ..survey() };
    let flows: BTreeMap<FlowId, _> = [("base".into(), main), ("survey".into(), survey())].into();
    let found = bindings(&SourceFile::new("setup.yaml", setup.as_bytes()), &flows);
    let codes: Vec<_> = found.iter().map(|finding| (finding.code, finding.span.line)).collect();
    assert_eq!(codes, [(Code::E004, 3), (Code::E160, 4)]);
    assert_eq!(found[0].help.as_ref().map(|help| help.en.as_str()), Some("did you mean `base`?"));
}

#[test]
fn every_code_has_a_page_in_both_languages() {
    for code in Code::ALL {
        let page = explain::explain(*code);
        assert_eq!(page.code, *code);
        assert_eq!(code.as_str().parse(), Ok(*code));
        assert_ne!(page.why.en, page.why.zh);
        assert_ne!(page.wrong, page.right);
        for locale in [Locale::EnUs, Locale::ZhCn] {
            let text = page.text(locale);
            assert!(text.contains(code.as_str()) && text.lines().count() > 8, "{text}");
        }
        assert!(page.why.zh.chars().any(|c| c > '\u{2fff}'), "{code} is explained in Chinese");
    }
    assert!("E999".parse::<Code>().is_err());
    assert_eq!(" e131 ".parse(), Ok(Code::E131));
}
