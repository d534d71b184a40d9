//! A serving switch of its own process, people at it, and the look for what is left.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use hotline::app;
use hotline::base::UtcMillis;
use hotline::config::setup::Role;
use hotline::driver::phone::Phone;
use hotline::media::measure_tone;
use hotline::store::{Actor, NewToken, Store, StoreUrl};
use serde_json::Value;

pub const PATIENCE: Duration = Duration::from_secs(30);
pub const CALLER_HZ: u32 = 440;
pub const AGENT_HZ: u32 = 880;
/// A call whose sound stops this long is ended.
pub const RTP_TIMEOUT: Duration = Duration::from_secs(3);

const SETUP: &str = r#"
skill_groups: [{ id: sales, name: Sales, answer_timeout_s: 4, wrap_up_s: off }]
agents:
  - { no: "1001", name: One, groups: [sales], password: first-secret }
  - { no: "1002", name: Two, groups: [sales], password: second-secret }
numbers: { "400": main, "401": "builtin:tone" }
trunks: [{ name: local, sources: ["127.0.0.1/32"] }]
"#;

const FLOW: &str = "ivr: 1\nid: main\nname: Main\nlanguages: [en-US]\nstart: agent\n\
    requires: { skill_groups: [sales] }\nprompts: {}\n\
    nodes:\n  agent: { type: transfer, skill_group: sales, on_max_wait: bye, after_agent_hangup: bye }\n  bye: { type: end }\n";

/// A process that is killed when nobody looks after it any more, a failed test included.
struct Killed(Child);

pub struct House {
    child: Killed,
    pub sip: SocketAddr,
    /// The same over TCP, at another address: one port need not be free for both.
    pub sip_tcp: SocketAddr,
    pub http: String,
    pub folder: tempfile::TempDir,
    pub token: String,
    web: reqwest::Client,
    /// Descriptors that were open before the first call.
    idle: usize,
}

/// A caller and an agent who talk, each with a tone.
pub struct Talk {
    pub caller: Phone,
    pub agent: Phone,
}

impl House {
    pub async fn open() -> House {
        House::open_by(Command::new(env!("CARGO_BIN_EXE_hotline"))).await
    }

    /// By a command that runs the binary with the arguments that it gets.
    pub async fn open_by(mut command: Command) -> House {
        // The switch does this for itself; an error is that another test was faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("flows")).expect("a folder");
        std::fs::create_dir_all(at("audio")).expect("a folder");
        std::fs::write(at("setup.yaml"), SETUP).expect("a set-up");
        std::fs::write(at("flows/main.yaml"), FLOW).expect("a flow");
        let timeout = RTP_TIMEOUT.as_secs();
        let config = format!(
            "data: data\nflows: flows\naudio: audio\nsetup: setup.yaml\nsip: {{ listen: [\"udp:127.0.0.1:0\", \"tcp:127.0.0.2:0\"], capture: {{ megabytes: 8 }} }}\n\
             http: {{ listen: \"127.0.0.1:0\" }}\nrtp: {{ timeout_s: {timeout} }}\nspeech: {{ engine: none }}\nlog: warn\n"
        );
        std::fs::write(at("hotline.yaml"), config).expect("a configuration");
        let log = std::fs::File::create(at("log")).expect("a log");
        command.args(["serve", "--config"]).arg(at("hotline.yaml")).stdout(Stdio::piped()).stderr(log);
        let mut child = Killed(command.spawn().expect("it runs"));
        let mut line = String::new();
        BufReader::new(child.0.stdout.take().expect("piped")).read_line(&mut line).expect("the ready line");
        let ready: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{line:?}: {}", std::fs::read_to_string(at("log")).unwrap_or_default()));
        let address = |n: usize, scheme: &str| {
            let text = ready["sip"][n].as_str().and_then(|sip| sip.strip_prefix(scheme)).expect("an address");
            text.parse().expect("an address")
        };
        let (sip, sip_tcp) = (address(0, "udp:"), address(1, "tcp:"));
        let web = reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client");
        let token = token(folder.path()).await;
        let http = ready["http"].as_str().expect("http").to_owned();
        let mut house = House { child, sip, sip_tcp, http, folder, token, web, idle: 0 };
        house.get("/calls/live").await;
        house.get("/calls").await;
        house.idle = house.descriptors();
        house
    }

    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.0.id()).expect("a process id")
    }

    /// Sends a signal to the switch.
    pub fn signal(&self, signal: i32) {
        // SAFETY: plain system call; the child is ours and not waited for yet.
        assert_eq!(unsafe { libc::kill(self.pid(), signal) }, 0);
    }

    /// Waits for the end of the process.
    pub async fn exit(&mut self, within: Duration) -> ExitStatus {
        let until = std::time::Instant::now() + within;
        loop {
            if let Some(status) = self.child.0.try_wait().expect("waited") {
                return status;
            }
            assert!(std::time::Instant::now() < until, "it does not end");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn phone(&self, user: &str) -> Phone {
        Phone::bind(user, self.sip, app::seed().expect("randomness")).await.expect("a phone")
    }

    pub async fn agent(&self, user: &str) -> Phone {
        let mut phone = self.phone(user).await;
        let password = if user == "1001" { "first-secret" } else { "second-secret" };
        phone.register(password).await.expect("registered");
        phone
    }

    /// Agent 1001 and a caller who hear each other.
    pub async fn talk(&self) -> Talk {
        let mut agent = self.agent("1001").await;
        let mut caller = self.phone("13800138000").await;
        caller.call("400").await.expect("answered");
        agent.answer(PATIENCE, Duration::from_millis(50)).await.expect("a call");
        let talk = Talk { caller, agent };
        talk.say();
        talk.hear().await;
        talk
    }

    pub async fn get(&self, path: &str) -> Value {
        let request = self.web.get(format!("{}/api/v1{path}", self.http)).bearer_auth(&self.token);
        match request.send().await {
            Ok(response) => serde_json::from_str(&response.text().await.unwrap_or_default()).unwrap_or_default(),
            Err(_) => Value::Null,
        }
    }

    /// Applies a set-up.
    pub async fn apply(&self, setup: String) {
        let request = self.web.post(format!("{}/api/v1/setup", self.http)).bearer_auth(&self.token);
        let applied = request.header("content-type", "application/yaml").body(setup).send().await.expect("an answer");
        assert_eq!(applied.status().as_u16(), 200, "{:?}", applied.text().await);
    }

    /// Open descriptors, but for those of the database: the store opens connections as it needs them, and keeps them.
    pub fn descriptors(&self) -> usize {
        let folder = std::fs::read_dir(format!("/proc/{}/fd", self.pid()));
        let links = folder.into_iter().flatten().flatten().filter_map(|entry| std::fs::read_link(entry.path()).ok());
        links.filter(|link| !link.to_string_lossy().contains("/data/hotline.db")).count()
    }

    /// Processor time that the switch has used, in milliseconds.
    pub fn cpu_ms(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |n: usize| fields.get(n).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        // Fields 14 and 15 of proc(5), after the two before the name; a tick is 10 ms.
        (ticks(11) + ticks(12)) * 10
    }

    /// Memory of the switch that is in use, in kB.
    pub fn memory_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|kb| kb.parse().ok()).unwrap_or(0)
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// What must hold after every fault: see [`House::settles`]; and every recording opens and is as long as its record
    /// says.
    pub async fn leaves_nothing(&self, calls: usize) {
        self.settles(calls).await;
        self.recordings_open().await;
    }

    /// No call is up, no agent is busy, every descriptor is back (RTP ports among them), and there are `calls` records,
    /// each closed once.
    pub async fn settles(&self, calls: usize) {
        let mut left = String::new();
        for _ in 0..300 {
            left = self.left(calls).await;
            if left.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{left}\n{}", self.log());
    }

    async fn left(&self, calls: usize) -> String {
        let live = self.get("/calls/live").await;
        let up = live["calls"].as_array().map_or(usize::MAX, Vec::len);
        let agents = live["agents"].as_array().cloned().unwrap_or_default();
        let busy = |agent: &&Value| matches!(agent["state"].as_str(), Some("ringing" | "on_call"));
        let busy = agents.iter().filter(busy).count();
        let rows = self.records().await;
        let open = rows.iter().filter(|row| row["ended_at"].is_null()).count();
        let descriptors = self.descriptors();
        if up == 0 && busy == 0 && open == 0 && rows.len() == calls && descriptors <= self.idle {
            return String::new();
        }
        format!(
            "{up} calls are up, {busy} agents are busy, {open} of {} records are open ({calls} expected), {descriptors} \
             descriptors ({} when idle)",
            rows.len(),
            self.idle
        )
    }

    /// Every record.
    pub async fn records(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.get(&format!("/calls?limit=200{after}")).await;
            rows.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return rows,
            }
        }
    }

    async fn recordings_open(&self) {
        for row in self.records().await {
            let recordings = self.get(&format!("/calls/{}/recordings", row["id"].as_str().expect("an id"))).await;
            for recording in recordings.as_array().expect("recordings") {
                let path = self.recording(recording["id"].as_str().expect("a name"));
                let file = hound::WavReader::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let (lasts, said) = (u64::from(file.duration()) / 8, recording["duration_ms"].as_u64().expect("ms"));
                assert!(lasts.abs_diff(said) < 1000, "{lasts} ms of sound, {said} ms by the record");
            }
        }
    }

    fn recording(&self, name: &str) -> PathBuf {
        self.folder.path().join("data/recordings").join(name)
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn token(folder: &Path) -> String {
    let url: StoreUrl = "sqlite".parse().expect("a store");
    let store = Store::open(&url, &folder.join("data")).await.expect("the store");
    let new = NewToken { name: "tester".to_owned(), role: Role::Admin, agent: None, expires_at: None };
    let mut rng = app::seed().expect("randomness");
    let token = store.create_token(&new, &mut rng, &Actor::switch(), UtcMillis(1)).await.expect("a token");
    store.close().await;
    token
}

impl Talk {
    pub fn say(&self) {
        self.caller.say_tone(CALLER_HZ);
        self.agent.say_tone(AGENT_HZ);
    }

    /// Waits until both hear each other.
    pub async fn hear(&self) {
        hears(&self.caller, AGENT_HZ).await;
        hears(&self.agent, CALLER_HZ).await;
    }

    /// The caller hangs up, and the agent's phone is told.
    pub async fn end(mut self) {
        self.caller.hang_up().await.expect("hung up");
        self.agent.wait_for_end(PATIENCE).await.expect("the agent's phone is hung up");
    }
}

/// Waits until `phone` hears `hz` in what comes from now on.
pub async fn hears(phone: &Phone, hz: u32) {
    let from = phone.heard().len();
    for _ in 0..200 {
        let samples = phone.heard();
        let last = &samples[samples.len().saturating_sub(3200).max(from)..];
        if last.len() >= 1600 && measure_tone(last, f64::from(hz)) > -35.0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let samples = phone.heard();
    let levels: Vec<i32> = samples.chunks(1600).map(|part| measure_tone(part, f64::from(hz)) as i32).collect();
    panic!("{hz} Hz is not heard after sample {from} of {}: dB in each 200 ms {levels:?}", samples.len());
}
