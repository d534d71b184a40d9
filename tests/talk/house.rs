//! One running switch with a flow that goes straight to an agent, and people at its API.

use std::path::PathBuf;
use std::time::Duration;

use hotline::app::{self, Running};
use hotline::base::{CallId, UtcMillis};
use hotline::call::event::{CallEvent, What};
use hotline::config::setup::Role;
use hotline::config::{Config, HttpSection, SipSection};
use hotline::driver::phone::Phone;
use hotline::media::measure_tone;
use hotline::rtp::Codec;
use hotline::store::{Actor, NewToken};
use serde_json::Value;

pub const PATIENCE: Duration = Duration::from_secs(20);
/// A tone above this is heard, below [`SILENT_DB`] it is not.
pub const HEARD_DB: f64 = -35.0;
pub const SILENT_DB: f64 = -55.0;
pub const CALLER_HZ: u32 = 440;
pub const AGENT_HZ: u32 = 880;

const SETUP: &str = r#"
skill_groups: [{ id: presales, name: 售前, wrap_up_s: 1 }, { id: none, name: Nobody }]
agents:
  - { no: "1001", name: 王工, groups: [presales], password: first-secret }
  - { no: "1002", name: 李工, groups: [none], password: second-secret }
  - { no: "1003", name: 赵工, groups: [none], password: third-secret }
numbers: { "400": main }
trunks: [{ name: local }]
"#;

const FLOW: &str = "ivr: 1\nid: main\nname: Main\nlanguages: [en-US]\nstart: agent\n\
    requires: { skill_groups: [presales] }\nprompts: {}\n\
    nodes:\n  agent: { type: transfer, skill_group: presales, on_max_wait: bye, on_no_agents: bye, after_agent_hangup: bye }\n  \
    bye: { type: end }\n";

pub struct House {
    pub running: Running,
    pub folder: tempfile::TempDir,
    web: reqwest::Client,
}

/// A caller and agent 1001 who talk, each with a tone.
pub struct Talk {
    pub call: CallId,
    pub caller: Phone,
    pub agent: Phone,
}

impl House {
    pub async fn open() -> House {
        House::open_with(|_| {}).await
    }

    /// With a configuration that `change` has changed.
    pub async fn open_with(change: impl FnOnce(&mut Config)) -> House {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(place("flows")).expect("a folder");
        std::fs::create_dir_all(place("audio")).expect("a folder");
        std::fs::write(place("setup.yaml"), SETUP).expect("a set-up");
        std::fs::write(place("flows/main.yaml"), FLOW).expect("a flow");
        let mut config = Config {
            data: place("data"),
            flows: place("flows"),
            audio: place("audio"),
            setup: Some(place("setup.yaml")),
            sip: SipSection { listen: vec!["udp:127.0.0.1:0".parse().expect("an address")], ..SipSection::default() },
            http: HttpSection { listen: "127.0.0.1:0".parse().expect("an address"), ..HttpSection::default() },
            ..Config::default()
        };
        change(&mut config);
        let running = app::start(&config).await.expect("the switch starts");
        House { running, folder, web: reqwest::Client::new() }
    }

    pub async fn phone(&self, user: &str) -> Phone {
        let server = self.running.sip_udp().expect("it listens on udp");
        Phone::bind(user, server, app::seed().expect("randomness")).await.expect("a phone")
    }

    pub async fn agent(&self, user: &str, password: &str) -> Phone {
        let mut phone = self.phone(user).await;
        phone.register(password).await.expect("registered");
        phone
    }

    pub async fn talk(&self) -> Talk {
        self.talk_in(&[Codec::Pcma], &[Codec::Pcma]).await
    }

    /// The same with phones that speak these codecs only, the first before the others.
    pub async fn talk_in(&self, callers: &[Codec], agents: &[Codec]) -> Talk {
        let mut agent = self.agent("1001", "first-secret").await;
        let mut caller = self.phone("13800138000").await;
        agent.speak_only(agents);
        caller.speak_only(callers);
        caller.call("400").await.expect("answered");
        agent.answer(PATIENCE, Duration::from_millis(50)).await.expect("a call");
        caller.say_tone(CALLER_HZ);
        agent.say_tone(AGENT_HZ);
        hears(&caller, AGENT_HZ).await;
        hears(&agent, CALLER_HZ).await;
        let token = self.token("boss", Role::Supervisor, None).await;
        // The picture of what is going on is taken a few times a second.
        for _ in 0..50 {
            let (_, live) = self.get(&token, "/calls/live").await;
            if let Some(call) = live["calls"][0]["id"].as_str().and_then(|id| id.parse().ok()) {
                return Talk { call, caller, agent };
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the call is not among those that are up");
    }

    pub async fn token(&self, name: &str, role: Role, agent: Option<&str>) -> String {
        let new = NewToken { name: name.to_owned(), role, agent: agent.map(str::to_owned), expires_at: None };
        let mut rng = app::seed().expect("randomness");
        self.running.store.create_token(&new, &mut rng, &Actor::switch(), UtcMillis(1)).await.expect("a token")
    }

    pub async fn get(&self, token: &str, path: &str) -> (u16, Value) {
        let url = format!("{}/api/v1{path}", self.running.ready.http);
        answer(self.web.get(url).bearer_auth(token)).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/api/v1{path}", self.running.ready.http);
        let request = self.web.post(url).bearer_auth(token).header("content-type", "application/json");
        answer(request.body(body.to_string())).await
    }

    /// The record of a call, once it has what is `wanted`.
    pub async fn record(&self, call: CallId, wanted: impl Fn(&What) -> bool) -> Vec<CallEvent> {
        for _ in 0..100 {
            let events = self.running.store.events(call).await.expect("events");
            if events.iter().any(|event| wanted(&event.what)) {
                return events;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the record of {call} lacks something: {:?}", self.running.store.events(call).await);
    }

    pub fn recording(&self, name: &str) -> PathBuf {
        self.folder.path().join("data/recordings").join(name)
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// The level of a tone in the last 400 ms that a phone heard.
pub fn level(phone: &Phone, hz: u32) -> f64 {
    let samples = phone.heard();
    measure_tone(&samples[samples.len().saturating_sub(3200)..], f64::from(hz))
}

/// Waits until `phone` hears `hz`.
pub async fn hears(phone: &Phone, hz: u32) {
    for _ in 0..100 {
        if level(phone, hz) > HEARD_DB {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{hz} Hz is not heard");
}

/// Waits until `phone` hears `hz` no longer.
pub async fn hears_no_more(phone: &Phone, hz: u32) {
    for _ in 0..100 {
        if level(phone, hz) < SILENT_DB {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{hz} Hz is still heard");
}
