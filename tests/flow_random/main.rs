//! What the checker promises of flows that it passes, tried with thousands of random ones.
//!
//! The property: a call over a flow without errors always comes to an end, for a caller who does nothing as for one who
//! does anything, whatever agents, services and opening hours do. It ends at an `end`, by the limits of a menu, or for
//! want of an edge that the format lets a flow leave out; never by a fault, and by a safety limit of the interpreter
//! only when the caller or an agent took part in going round, or when the checker warned of a loop that may go on for
//! ever (E132).
//! Sessions are written out and read back on the way, as they are when a switch restarts.

mod generate;

use std::collections::BTreeMap;
use std::sync::Arc;

use generate::below;
use hotline::base::{Rng, UtcMillis};
use hotline::ivr::check::{Checked, Code, Environment, SourceFile, check};
use hotline::ivr::session::Flows;
use hotline::ivr::sim::{AgentSetup, Answers, Conversation, DialMock, GroupSetup, HttpMock, Reply, Setup};

/// `HOTLINE_RANDOM_FLOWS` asks for more.
const FLOWS: u32 = 3_000;
/// Lines of one call: a caller who waits hears something every half minute.
const MAX_LINES: u32 = 60_000;
/// Two hundred nodes, each of which waits two hours at most.
const LONGEST_MS: u64 = 200 * 2 * 3_600_000;
const GOOD_ENDS: &[&str] = &["flow_end", "max_errors", "max_timeouts", "agent_hung_up", "no_edge", "caller_hung_up"];

fn seeded(seed: u32) -> Rng {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    Rng::from_seed(bytes)
}

/// A world where anything may be so.
fn world(rng: &mut Rng) -> Setup {
    let mut setup =
        Setup { at: UtcMillis(1_800_000_000_000 + i64::from(below(rng, 7 * 86_400)) * 1000), ..Setup::default() };
    setup.facts.caller = (below(rng, 3) > 0).then(|| "13800138000".to_owned());
    for group in ["sales", "support"] {
        if below(rng, 4) == 0 {
            continue;
        }
        let agent = AgentSetup {
            no: "1001".to_owned(),
            idle: below(rng, 3) > 0,
            answers_after_s: below(rng, 40),
            talks_for_s: Some(below(rng, 300)),
        };
        let agents = if below(rng, 4) == 0 { Vec::new() } else { vec![agent] };
        setup.groups.insert(group.to_owned(), GroupSetup { waiting: below(rng, 4), estimate_s: None, agents });
    }
    let answers = ["{ json: { known: true } }", "{ json: { known: 7 } }", "{ status: 500 }", "{ fails: timed_out }"];
    let http: Answers<HttpMock> = yaml(answers[below(rng, 4) as usize]);
    setup.http = (0..12).map(|n| (format!("n{n}"), http.clone())).collect();
    let dials = ["{ result: answered, talks_for_s: 5 }", "{ result: busy }", "{ result: failed }"];
    let dial: Option<Answers<DialMock>> = serde_saphyr::from_str(dials[below(rng, 3) as usize]).ok();
    setup.dial = dial.into_iter().map(|dial| ("02112345678".to_owned(), dial)).collect::<BTreeMap<_, _>>();
    setup
}

fn yaml<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// One thing that a caller may do.
fn act(rng: &mut Rng) -> String {
    match below(rng, 12) {
        0..=4 => ["1", "2", "0", "*", "#", "9", "1234#"][below(rng, 7) as usize].to_owned(),
        5 | 6 => format!("+{}s", below(rng, 70)),
        7 => "say 5s".to_owned(),
        8 => "agent hangup".to_owned(),
        9 => format!("ahead {}", below(rng, 5)),
        10 => "word 售前".to_owned(),
        _ => String::new(),
    }
}

/// How a call ended.
struct Ended {
    reason: String,
    /// An agent, or somebody who was dialled, spoke with the caller.
    spoke: bool,
}

/// Plays a call to its end: `acts` things that the caller does, then nothing but time.
fn play(flows: &Flows, setup: Setup, acts: u32, rng: &mut Rng) -> Result<Ended, String> {
    let (mut conversation, mut reply) = Conversation::begin(flows.clone(), setup);
    let mut heard: Vec<String> = reply.lines.clone();
    let mut spoke = false;
    for n in 0..MAX_LINES {
        spoke |= reply.lines.iter().any(|line| line.contains("speaks with") || line.contains(" answers"));
        if let Some(reason) = end_of(&reply) {
            return Ok(Ended { reason, spoke });
        }
        if reply.at_ms > LONGEST_MS {
            break;
        }
        if below(rng, 4) == 0 {
            conversation =
                Conversation::restore(conversation.save(), flows.clone()).map_err(|error| error.to_string())?;
        }
        let line = if n < acts { act(rng) } else { "+600s".to_owned() };
        reply = conversation.line(&line);
        heard.push(format!("> {line}"));
        heard.extend(reply.lines.iter().cloned());
    }
    let last = heard.len().saturating_sub(30);
    Err(format!("it does not end by itself ({} ms):\n{}", reply.at_ms, heard[last..].join("\n")))
}

/// The reason in `the call ends at n1: flow_end`.
fn end_of(reply: &Reply) -> Option<String> {
    reply.over.then(|| {
        let line = reply.lines.iter().find(|line| line.contains("the call ends at"));
        line.and_then(|line| line.rsplit_once(": "))
            .map_or_else(|| format!("{:?}", reply.lines), |(_, why)| why.to_owned())
    })
}

fn judge(text: &str, checked: &Checked, rng: &mut Rng) -> Result<(), String> {
    let Some(flow) = &checked.flow else { return Ok(()) };
    let flows = Flows::new(Arc::new(flow.clone()), []);
    let warned = checked.diagnostics.iter().any(|found| found.code == Code::E132);
    for acts in [0, 0, 15, 60] {
        let end = play(&flows, world(rng), acts, rng).map_err(|problem| format!("{problem}\n{text}"))?;
        let limit = end.reason.starts_with("limit_") && end.reason != "limit_steps";
        let excused = warned || acts > 0 || end.spoke;
        if !(GOOD_ENDS.contains(&end.reason.as_str()) || limit && excused) {
            return Err(format!("a caller who does {acts} things is ended by {}\n{text}", end.reason));
        }
    }
    Ok(())
}

#[test]
fn a_call_over_a_flow_that_passes_always_ends_as_the_flow_says() {
    let flows = std::env::var("HOTLINE_RANDOM_FLOWS").ok().and_then(|text| text.parse().ok()).unwrap_or(FLOWS);
    let mut passed = 0;
    let mut failed = Vec::new();
    for seed in 0..flows {
        let text = generate::flow(seeded(seed));
        let checked = check(&SourceFile::new("any.yaml", text.as_bytes()), &Environment::from_requires());
        passed += u32::from(checked.flow.is_some());
        if let Err(problem) = judge(&text, &checked, &mut seeded(!seed)) {
            failed.push(format!("seed {seed}: {problem}"));
        }
    }
    assert!(failed.is_empty(), "{} of {passed} flows, the first:\n{}", failed.len(), failed[0]);
    assert!(passed * 10 > flows, "too few pass to say anything: {passed} of {flows}");
}
