//! `hotline sipp` as its user runs it: every scenario that ships holds, and what does not hold is told.

use std::path::Path;
use std::process::{Command, Output};

fn sipp(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hotline")).arg("sipp").args(args).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_scenario_that_ships_holds_over_udp_and_tcp() {
    let done = sipp(&[]);
    let said = text(&done.stdout);
    assert!(done.status.success(), "{said}{}", text(&done.stderr));
    for held in ["press_1_reaches_an_agent over udp", "press_1_reaches_an_agent over tcp", " 0 failed"] {
        assert!(said.contains(held), "{said}");
    }
}

#[test]
fn a_record_that_says_something_else_fails_and_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    for linked in ["house", "caller", "agent", "register"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("sipp-scenarios").join(linked);
        std::os::unix::fs::symlink(from, folder.path().join(linked)).expect("linked");
    }
    let lie = "title: Nobody calls.\ntransports: [udp]\n\
               callers: [{ plays: hangs_up, from: '138', dials: '4001', pause_ms: 100 }]\n\
               expect: [{ from: '138', events: [{ type: bridged }], tickets: 1 }]\n";
    std::fs::write(folder.path().join("lie.yaml"), lie).expect("written");
    let broken = "title: It dials nobody.\ntransports: [udp]\n\
                  callers: [{ plays: hangs_up, from: '138', dials: '4999' }]\n";
    std::fs::write(folder.path().join("refused.yaml"), broken).expect("written");
    let done = sipp(&["--scenarios", &folder.path().to_string_lossy()]);
    let said = text(&done.stdout);
    assert_eq!(done.status.code(), Some(1), "{said}");
    for told in [
        "FAILED  lie over udp",
        r#"from 138: no {"type":"bridged"}"#,
        "from 138: 0 tickets, expected 1",
        r#""type":"started""#,
        "FAILED  refused over udp",
        "404 Not Found",
        "0 held, 2 failed",
    ] {
        assert!(said.contains(told), "{told} is not in {said}");
    }
}

#[test]
fn a_scenario_that_is_not_there_or_cannot_be_read_is_told() {
    let done = sipp(&["pres_1_reaches_an_agent"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).contains("did you mean press_1_reaches_an_agent?"), "{}", text(&done.stderr));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("bad.yaml"), "title: x\ncallers: []\nagnets: []\n").expect("written");
    let done = sipp(&["--scenarios", &folder.path().to_string_lossy()]);
    assert_eq!(done.status.code(), Some(2));
    assert!(text(&done.stderr).contains("agnets"), "{}", text(&done.stderr));
}
