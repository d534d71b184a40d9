//! Whole calls through the real switch: SIP and RTP over sockets, the shipped reception flow, the record afterwards.
//!
//! One switch serves all tests; they take turns, since they share its agents.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hotline::app::{self, Running};
use hotline::base::CallId;
use hotline::call::event::{CallEvent, EndCause, EndedBy, KeySource, RingEnd, What};
use hotline::call::live::Live;
use hotline::config::{Config, HttpSection, SipSection};
use hotline::driver::phone::{Phone, PhoneError};
use hotline::media::measure_tone;
use tokio::sync::{Mutex, broadcast};

const RECEPTION: &str = "4008123602";
const PATIENCE: Duration = Duration::from_secs(30);
/// A tone above this is heard, below [`SILENT_DB`] it is not.
const HEARD_DB: f64 = -35.0;
const SILENT_DB: f64 = -55.0;

const SETUP: &str = r#"
skill_groups:
  - { id: presales, name: 售前, strategy: longest_idle, answer_timeout_s: 2, wrap_up_s: 1 }
  - { id: aftersales, name: 售后 }
  - { id: english, name: English }
agents:
  - { no: "1001", name: 王工, groups: [presales], password: first-secret }
  - { no: "1002", name: 李工, groups: [presales], password: second-secret }
numbers:
  "4008123602": reception
  "100": builtin:echo
  "101": builtin:tone
trunks:
  - { name: local }
"#;

struct House {
    running: Running,
    folder: tempfile::TempDir,
}

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime"))
}

/// The switch that all tests share, and the turn to use it.
async fn house() -> (&'static House, tokio::sync::MutexGuard<'static, ()>) {
    static HOUSE: tokio::sync::OnceCell<House> = tokio::sync::OnceCell::const_new();
    static TURN: Mutex<()> = Mutex::const_new(());
    let turn = TURN.lock().await;
    let house = HOUSE
        .get_or_init(|| async {
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::write(folder.path().join("setup.yaml"), SETUP).expect("a set-up");
            let config = Config {
                data: folder.path().join("data"),
                setup: Some(folder.path().join("setup.yaml")),
                sip: SipSection {
                    listen: vec!["udp:127.0.0.1:0".parse().expect("an address")],
                    ..SipSection::default()
                },
                http: HttpSection { listen: "127.0.0.1:0".parse().expect("an address"), ..HttpSection::default() },
                ..Config::default()
            };
            let running = app::start(&config).await.expect("the switch starts");
            House { running, folder }
        })
        .await;
    (house, turn)
}

impl House {
    async fn phone(&self, user: &str) -> Phone {
        let server = self.running.sip_udp().expect("it listens on udp");
        Phone::bind(user, server, app::seed().expect("randomness")).await.expect("a phone")
    }

    async fn agent(&self, user: &str, password: &str) -> Phone {
        let mut phone = self.phone(user).await;
        phone.register(password).await.expect("registered");
        phone
    }

    /// The record of a call once its last word is in the store.
    async fn record(&self, call: CallId, last: impl Fn(&What) -> bool) -> Vec<CallEvent> {
        for _ in 0..300 {
            let events = self.running.store.events(call).await.expect("events");
            if events.iter().any(|event| last(&event.what)) {
                return events;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the record of {call} is not complete: {:?}", self.running.store.events(call).await);
    }

    async fn ended(&self, call: CallId) -> (Vec<CallEvent>, EndCause, EndedBy) {
        let events = self.record(call, |what| matches!(what, What::Ended { .. })).await;
        let (cause, by) = events
            .iter()
            .find_map(|event| match event.what {
                What::Ended { cause, by, .. } => Some((cause, by)),
                _ => None,
            })
            .expect("the end");
        (events, cause, by)
    }
}

async fn next<T>(live: &mut broadcast::Receiver<Arc<Live>>, wanted: impl Fn(&Live) -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = live.recv().await.ok().as_deref().and_then(&wanted) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("it happens in time")
}

fn started(live: &Live) -> Option<CallId> {
    match live {
        Live::Started { call, .. } => Some(*call),
        _ => None,
    }
}

/// Waits until `phone` hears `hz`.
async fn hears(phone: &Phone, hz: f64) {
    for _ in 0..150 {
        let samples = phone.heard();
        let last = &samples[samples.len().saturating_sub(4000)..];
        if measure_tone(last, hz) > HEARD_DB {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{hz} Hz is not heard");
}

/// Left and right channel of a recording.
fn channels(path: &Path) -> (Vec<i16>, Vec<i16>) {
    let mut reader = hound::WavReader::open(path).expect("a WAV file");
    assert_eq!(reader.spec().channels, 2);
    assert_eq!(reader.spec().sample_rate, 8000);
    let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
    (samples.iter().step_by(2).copied().collect(), samples.iter().skip(1).step_by(2).copied().collect())
}

#[test]
fn a_caller_presses_1_and_talks_to_an_agent_and_the_recording_has_both() {
    runtime().block_on(async {
        let (house, _turn) = house().await;
        let mut live = house.running.live.subscribe();
        let mut agent = house.agent("1001", "first-secret").await;
        let mut caller = house.phone("13800138000").await;
        caller.call(RECEPTION).await.expect("answered");
        let call = next(&mut live, started).await;
        caller.press("1");
        assert_eq!(agent.answer(PATIENCE, Duration::from_millis(300)).await.expect("a call"), "13800138000");
        caller.say_tone(440);
        agent.say_tone(880);
        hears(&caller, 880.0).await;
        hears(&agent, 440.0).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        agent.hang_up().await.expect("hung up");
        caller.wait_for_end(PATIENCE).await.expect("the flow ends");
        let ticket = next(&mut live, |live| match live {
            Live::Ticket { call: of, ticket, .. } if *of == call => Some(*ticket),
            _ => None,
        })
        .await;
        let row = house.running.store.ticket(ticket).await.expect("the ticket");
        assert_eq!(row.agent.as_deref(), Some("1001"));
        let recordings = house.running.store.recordings(call).await.expect("recordings");
        let [recording] = recordings.as_slice() else { panic!("one recording: {recordings:?}") };
        assert!(recording.complete);
        let (left, right) = channels(&house.folder.path().join("data/recordings").join(&recording.id));
        let tail = |samples: &[i16]| samples[samples.len() / 2..samples.len() / 2 + 4000].to_vec();
        assert!(measure_tone(&tail(&left), 440.0) > HEARD_DB, "the caller is left");
        assert!(measure_tone(&tail(&left), 880.0) < SILENT_DB, "and only the caller");
        assert!(measure_tone(&tail(&right), 880.0) > HEARD_DB, "the agent is right");
        assert!(measure_tone(&tail(&right), 440.0) < SILENT_DB, "and only the agent");
    });
}

#[test]
fn a_caller_whose_phone_knows_no_telephone_events_presses_by_tones_once_each() {
    runtime().block_on(async {
        let (house, _turn) = house().await;
        let mut live = house.running.live.subscribe();
        let mut caller = house.phone("13800138035").await;
        caller.press_by_tones();
        caller.call(RECEPTION).await.expect("answered");
        let call = next(&mut live, started).await;
        for _ in 0..4 {
            caller.press("9");
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
        caller.wait_for_end(PATIENCE).await.expect("the fourth wrong key ends the call");
        let (events, cause, _) = house.ended(call).await;
        assert_eq!(cause, EndCause::MaxErrors);
        let keys: Vec<(char, KeySource)> = events
            .iter()
            .filter_map(|event| match event.what {
                What::Key { digit, by, .. } => Some((digit, by)),
                _ => None,
            })
            .collect();
        assert_eq!(keys, [('9', KeySource::Inband); 4]);
    });
}

#[test]
fn an_agent_behind_nat_is_heard_and_hears() {
    runtime().block_on(async {
        let (house, _turn) = house().await;
        let mut live = house.running.live.subscribe();
        let mut agent = house.agent("1001", "first-secret").await;
        agent.believe_in([192, 168, 77, 5].into());
        let mut caller = house.phone("13800138020").await;
        caller.call(RECEPTION).await.expect("answered");
        let call = next(&mut live, started).await;
        caller.press("1");
        agent.answer(PATIENCE, Duration::from_millis(100)).await.expect("a call");
        caller.say_tone(440);
        agent.say_tone(880);
        hears(&caller, 880.0).await;
        hears(&agent, 440.0).await;
        caller.hang_up().await.expect("hung up");
        agent.wait_for_end(PATIENCE).await.expect("the agent's phone is hung up too");
        house.ended(call).await;
    });
}

#[test]
fn the_tone_number_says_1004_hz_at_its_level() {
    runtime().block_on(async {
        let (house, _turn) = house().await;
        let mut caller = house.phone("13800138021").await;
        caller.call("101").await.expect("answered");
        hears(&caller, 1004.0).await;
        // Two seconds of it: a tone of its own, without a seam.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let samples = caller.heard();
        let level = measure_tone(&samples[samples.len() - 8000..], 1004.0);
        // -16 dBm0 is 19.3 dB below a full-scale sine (ITU-T G.711 table 5).
        assert!((level + 19.3).abs() < 0.5, "{level}");
        caller.hang_up().await.expect("hung up");
    });
}

#[test]
fn a_number_that_is_not_ours_is_answered_404() {
    runtime().block_on(async {
        let (house, _turn) = house().await;
        let mut caller = house.phone("13800138001").await;
        let refused = caller.call("4000000000").await.expect_err("nobody is there");
        assert!(matches!(refused, PhoneError::Refused { status: 404, .. }), "{refused}");
    });
}

#[test]
fn a_wrong_password_registers_nobody() {
    runtime().block_on(async {
        let (house, _turn) = house().await;
        let mut phone = house.phone("1001").await;
        let refused = phone.register("guess").await.expect_err("a wrong password");
        assert!(matches!(refused, PhoneError::Refused { status: 401 | 403, .. }), "{refused}");
    });
}

#[test]
fn the_fourth_wrong_key_ends_the_call() {
    runtime().block_on(async {
        let (house, _turn) = house().await;
        let mut live = house.running.live.subscribe();
        let mut caller = house.phone("13800138002").await;
        caller.call(RECEPTION).await.expect("answered");
        let call = next(&mut live, started).await;
        for _ in 0..4 {
            caller.press("9");
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
        caller.wait_for_end(PATIENCE).await.expect("the switch hangs up");
        let (events, cause, by) = house.ended(call).await;
        assert_eq!((cause, by), (EndCause::MaxErrors, EndedBy::Flow));
        let wrong = events.iter().filter(|event| matches!(event.what, What::WrongEntry { .. })).count();
        assert_eq!(wrong, 4);
    });
}

#[test]
fn a_caller_who_hangs_up_in_the_menu_is_recorded_and_rings_nobody() {
    runtime().block_on(async {
        let (house, _turn) = house().await;
        let mut live = house.running.live.subscribe();
        let mut caller = house.phone("13800138003").await;
        caller.call(RECEPTION).await.expect("answered");
        let call = next(&mut live, started).await;
        caller.hang_up().await.expect("hung up");
        let (events, cause, by) = house.ended(call).await;
        assert_eq!((cause, by), (EndCause::HungUp, EndedBy::Caller));
        assert!(!events.iter().any(|event| matches!(event.what, What::Ringing { .. })));
    });
}

#[test]
fn an_agent_who_does_not_answer_is_passed_over_and_the_next_one_is_rung() {
    runtime().block_on(async {
        let (house, _turn) = house().await;
        let mut live = house.running.live.subscribe();
        let _silent = house.agent("1001", "first-secret").await;
        let mut second = house.agent("1002", "second-secret").await;
        let mut caller = house.phone("13800138004").await;
        caller.call(RECEPTION).await.expect("answered");
        let call = next(&mut live, started).await;
        caller.press("1");
        second.answer(PATIENCE, Duration::from_millis(100)).await.expect("the call is passed on");
        let answered = next(&mut live, |live| match live {
            Live::Answered { call: of, agent, .. } if *of == call => Some(agent.clone()),
            _ => None,
        });
        assert_eq!(answered.await, "1002");
        caller.hang_up().await.expect("hung up");
        second.wait_for_end(PATIENCE).await.expect("the agent's phone is hung up too");
        let (events, cause, by) = house.ended(call).await;
        assert_eq!((cause, by), (EndCause::HungUp, EndedBy::Caller));
        let missed = events
            .iter()
            .any(|event| matches!(&event.what, What::RingEnded { agent, why: RingEnd::NoAnswer } if agent == "1001"));
        let offered_twice = events.iter().filter(|e| matches!(e.what, What::Ringing { .. })).count();
        assert!(missed || offered_twice == 1, "either 1002 was first, or 1001 was passed over: {events:?}");
    });
}

#[test]
fn the_echo_number_says_back_what_it_hears() {
    runtime().block_on(async {
        let (house, _turn) = house().await;
        let mut caller = house.phone("13800138005").await;
        caller.call("100").await.expect("answered");
        caller.say_tone(700);
        hears(&caller, 700.0).await;
        caller.hang_up().await.expect("hung up");
    });
}
