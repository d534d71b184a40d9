//! How long it takes to check a flow of 200 nodes, and to run 1,000 flow tests: `cargo bench --bench flow`.
//!
//! Of several rounds the fastest and the median are told, as other work on the machine only adds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hotline::ivr::check::{Environment, SourceFile, check};
use hotline::ivr::sim::{Library, Options, run_files};
use hotline::library::flow_files;

const NODES: usize = 200;
const TESTS: usize = 1_000;
const ROUNDS: usize = 15;

fn main() {
    let text = flow_of(NODES);
    let source = SourceFile::new("long.yaml", text.as_bytes());
    let environment = Environment::from_requires();
    let checked = check(&source, &environment);
    assert!(checked.flow.is_some(), "{:?}", checked.diagnostics);
    let (best, median) = measure(|| {
        black_box(check(black_box(&source), &environment));
    });
    println!("check of {NODES} nodes, {} kB: best {best:.2?}, median {median:.2?}", text.len() / 1000);

    let (library, texts) = shipped();
    let files: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let once = run_files(files.iter().copied(), &library, Options::default());
    assert!(once.is_good(), "{}", once.text());
    let cases: usize = once.files.iter().map(|file| file.cases.len()).sum();
    let times = TESTS.div_ceil(cases);
    let (best, median) = measure(|| {
        for _ in 0..times {
            black_box(run_files(files.iter().copied(), &library, Options::default()));
        }
    });
    println!(
        "{} flow tests ({times} times the {cases} shipped ones): best {best:.0?}, median {median:.0?}",
        times * cases
    );
}

/// The fastest and the median of the rounds.
fn measure(mut work: impl FnMut()) -> (Duration, Duration) {
    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .collect();
    rounds.sort_unstable();
    (rounds[0], rounds[ROUNDS / 2])
}

/// Menus of nine options, each of which leads to nine further nodes.
fn flow_of(nodes: usize) -> String {
    let mut text = String::from(
        "ivr: 1\nid: long\nname: Long\nlanguages: [zh-CN, en-US]\nstart: n0\n\
         requires: { skill_groups: [sales], audio: [tone] }\nprompts:\n  \
         menu: { zh-CN: { audio: tone }, en-US: { audio: tone } }\n  said: { zh-CN: { tts: 您好 }, en-US: { tts: Hello } }\nnodes:\n",
    );
    for n in 0..nodes - 1 {
        let next = |step: usize| if n * 9 + step < nodes - 1 { n * 9 + step } else { nodes - 1 };
        let _ = match n % 3 {
            _ if n * 9 + 1 < nodes - 1 => {
                let options: String = (1..=9)
                    .map(|key| format!("      - {{ name: o{key}, keywords: [\"{key}\"], next: n{} }}\n", next(key)))
                    .collect();
                write!(text, "  n{n}:\n    type: branch\n    prompt: menu\n    options:\n{options}")
            }
            0 => writeln!(text, "  n{n}: {{ type: play, prompt: said, next: n{} }}", nodes - 1),
            1 => write!(
                text,
                "  n{n}:\n    type: transfer\n    skill_group: sales\n    hold_music: tone\n    max_wait_s: 60\n    \
                 on_max_wait: n{end}\n    on_no_agents: n{end}\n    after_agent_hangup: n{end}\n",
                end = nodes - 1
            ),
            _ => {
                writeln!(text, "  n{n}: {{ type: voicemail, prompt: said, skill_group: sales, next: n{} }}", nodes - 1)
            }
        };
    }
    let _ = writeln!(text, "  n{}: {{ type: end }}", nodes - 1);
    text
}

/// The flows that come with the product, and their test files.
fn shipped() -> (Library, Vec<(String, String)>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ivr-flows");
    let read = |path: &Path| std::fs::read(path).expect("a file of the project");
    let mut library = BTreeMap::new();
    for path in flow_files(&folder) {
        let source = SourceFile::new(&path.display().to_string(), &read(&path));
        let flow = check(&source, &Environment::from_requires()).flow.expect("a shipped flow is right");
        library.insert(flow.id.value.clone(), Arc::new(flow));
    }
    let tests = flow_files(&folder.join("tests")).into_iter().map(|path| {
        let text = String::from_utf8(read(&path)).expect("text");
        (path.display().to_string(), text)
    });
    (library, tests.collect())
}
