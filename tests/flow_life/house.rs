//! One running switch with its own flows and sounds, and a person at its API.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use hotline::app::{self, Running};
use hotline::base::UtcMillis;
use hotline::config::setup::Role;
use hotline::config::{Config, HttpSection, SipSection};
use hotline::driver::phone::Phone;
use hotline::media::measure_tone;
use hotline::store::{Actor, CallFilter, CallSort, NewToken, Order, PageRequest};
use reqwest::Method;
use serde_json::Value;

pub const NUMBER: &str = "400";
pub const TEST_NUMBER: &str = "9001";
pub const PASSWORD: &str = "first-secret";
pub const LOW_HZ: f64 = 700.0;
pub const HIGH_HZ: f64 = 1300.0;

const SETUP: &str = r#"
skill_groups: [{ id: presales, name: 售前 }]
agents: [{ no: "1001", name: 王工, groups: [presales], password: first-secret }]
numbers: { "400": main, "9001": "draft:main" }
trunks: [{ name: local }]
"#;

/// A flow that plays `audio` for ten seconds and ends.
pub fn flow(audio: &str) -> String {
    format!(
        "ivr: 1\nid: main\nname: Main\nlanguages: [en-US]\nstart: hello\nrequires: {{ audio: [{audio}] }}\n\
         prompts:\n  hello: {{ en-US: [{{ audio: {audio} }}] }}\n\
         nodes:\n  hello: {{ type: play, prompt: hello, next: bye }}\n  bye: {{ type: end }}\n"
    )
}

pub struct House {
    pub running: Running,
    pub folder: tempfile::TempDir,
    pub config: Config,
    /// An administrator's token.
    token: String,
    web: reqwest::Client,
}

impl House {
    /// With the flow that plays `low` published at 400, and its draft at 9001.
    pub async fn open() -> House {
        House::open_with(|_| {}).await
    }

    /// The same with a configuration that `change` has changed.
    pub async fn open_with(change: impl FnOnce(&mut Config)) -> House {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(place("flows")).expect("a folder");
        std::fs::create_dir_all(place("audio")).expect("a folder");
        std::fs::write(place("setup.yaml"), SETUP).expect("a set-up");
        std::fs::write(place("flows/main.yaml"), flow("low")).expect("a flow");
        write_tone(&place("audio/low.wav"), LOW_HZ, 10);
        write_tone(&place("audio/high.wav"), HIGH_HZ, 10);
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
        let token = token(&running, "admin", Role::Admin).await;
        House { running, folder, config, token, web: reqwest::Client::new() }
    }

    /// Stops it and starts it again on the same data.
    pub async fn restart(self) -> House {
        let House { running, folder, config, token, web } = self;
        running.stop().await;
        let config = Config { setup: None, ..config };
        let running = app::start(&config).await.expect("the switch starts again");
        House { running, folder, config, token, web }
    }

    /// A token for another person.
    pub async fn token(&self, name: &str, role: Role) -> String {
        token(&self.running, name, role).await
    }

    pub async fn phone(&self, user: &str) -> Phone {
        let server: SocketAddr = self.running.sip_udp().expect("it listens on udp");
        Phone::bind(user, server, app::seed().expect("randomness")).await.expect("a phone")
    }

    /// A caller from outside, whose call to 400 is up.
    pub async fn caller(&self) -> Phone {
        let mut caller = self.phone("13800138000").await;
        caller.call(NUMBER).await.expect("answered");
        caller
    }

    /// One request of the administrator: status and answer.
    pub async fn api(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.api_as(&self.token, method, path, body).await
    }

    pub async fn api_as(&self, token: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
        let method: Method = method.parse().expect("a method");
        let url = format!("{}/api/v1{path}", self.running.ready.http);
        let mut request = self.web.request(method, url).bearer_auth(token);
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        answer(request).await
    }

    pub async fn metrics(&self) -> String {
        let url = format!("{}/metrics", self.running.ready.http);
        self.web.get(url).send().await.expect("an answer").text().await.expect("text")
    }

    /// What is at `path`, as the administrator gets it.
    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        let url = format!("{}/api/v1{path}", self.running.ready.http);
        let response = self.web.get(url).bearer_auth(&self.token).send().await.expect("an answer");
        response.bytes().await.expect("a body").to_vec()
    }

    /// A file brought into the audio library.
    pub async fn upload(&self, id: &str, file_name: &str, bytes: &[u8]) -> (u16, Value) {
        const BOUNDARY: &str = "a-boundary-that-no-sound-has";
        let mut body = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"id\"\r\n\r\n{id}\r\n\
             --{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let request = self.web.post(format!("{}/api/v1/audio", self.running.ready.http)).bearer_auth(&self.token);
        answer(request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}")).body(body)).await
    }

    /// Saves a draft of `main` and expects that it is taken.
    pub async fn save(&self, content: &str) {
        let (status, saved) =
            self.api("PUT", "/flows/main/draft", serde_json::json!({ "content": content, "name": "Main" })).await;
        assert_eq!(status, 200, "{saved}");
    }

    /// Applies a set-up.
    pub async fn apply(&self, setup: &str) {
        let request = self.web.post(format!("{}/api/v1/setup", self.running.ready.http)).bearer_auth(&self.token);
        let (status, applied) = answer(request.header("content-type", "application/yaml").body(setup.to_owned())).await;
        assert_eq!(status, 200, "{applied}");
    }

    /// Publishes a text as flow `main`, and waits until a call to 400 runs it.
    pub async fn publish(&self, content: &str) {
        self.save(content).await;
        let (status, version) = self.api("POST", "/flows/main/publish", serde_json::json!({})).await;
        assert_eq!(status, 200, "{version}");
        let (filter, newest) = (CallFilter::default(), PageRequest::default());
        for _ in 0..50 {
            let mut caller = self.caller().await;
            // The flow may have ended it.
            let _ = caller.hang_up().await;
            let calls = self.running.store.calls(&filter, CallSort::Started, Order::Descending, &newest).await;
            if calls.expect("listed").items.iter().any(|call| call.flow_version == version["version"].as_i64()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let last = self.running.store.calls(&filter, CallSort::Started, Order::Descending, &newest).await;
        panic!("no call runs version {}: {last:?}", version["version"]);
    }

    pub fn now(&self) -> UtcMillis {
        hotline::driver::clock::Clock::start().now().utc
    }
}

async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn token(running: &Running, name: &str, role: Role) -> String {
    let new = NewToken { name: name.to_owned(), role, agent: None, expires_at: None };
    let by = Actor::switch();
    let mut rng = app::seed().expect("randomness");
    running.store.create_token(&new, &mut rng, &by, UtcMillis(1)).await.expect("a token")
}

/// The tone that a caller hears within ten seconds: which of `candidates`.
pub async fn heard(phone: &Phone, candidates: &[f64]) -> f64 {
    for _ in 0..100 {
        let samples = phone.heard();
        let last = &samples[samples.len().saturating_sub(3200)..];
        if last.len() == 3200
            && let Some(hz) = candidates.iter().find(|hz| measure_tone(last, **hz) > -35.0)
        {
            return *hz;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("none of {candidates:?} is heard");
}

pub fn tone(hz: f64, seconds: u32, rate: u32) -> Vec<u8> {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut out = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut out, spec).expect("a header");
    for n in 0..seconds * rate {
        let angle = f64::from(n) * hz * std::f64::consts::TAU / f64::from(rate);
        writer.write_sample((angle.sin() * 8000.0) as i16).expect("a sample");
    }
    writer.finalize().expect("a file");
    out.into_inner()
}

fn write_tone(path: &Path, hz: f64, seconds: u32) {
    std::fs::write(path, tone(hz, seconds, 8000)).expect("a sound");
}
