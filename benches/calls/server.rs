//! The switch under measurement: the real program as a process of its own, on a throw-away folder.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::cpu;

pub const PASSWORD: &str = "measured-secret";
/// What answers each number of the set-up.
pub const PLAYING: &str = "200";
pub const BRIDGED: &str = "201";
pub const RECORDED: &str = "202";
pub const MENU: &str = "203";

pub struct Server {
    child: Child,
    pub sip: SocketAddr,
    http: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts it with `agents` agents, numbered from 1000, in both groups.
    pub fn start(agents: usize) -> Server {
        let folder = tempfile::tempdir().expect("a folder");
        write_files(folder.path(), agents);
        let mut child = Command::new(env!("CARGO_BIN_EXE_hotline"))
            .args(["serve", "--config"])
            .arg(folder.path().join("hotline.yaml"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the switch starts");
        let mut line = String::new();
        let output = child.stdout.as_mut().expect("piped");
        BufReader::new(output).read_line(&mut line).expect("a ready line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("the ready line is JSON");
        let sip = ready["sip"][0].as_str().expect("an address").trim_start_matches("udp:").parse();
        let http = ready["http"].as_str().expect("an address").trim_start_matches("http://").parse();
        let (sip, http) = (sip.expect("an address"), http.expect("an address"));
        Server { child, sip, http, _folder: folder }
    }

    pub fn cpu(&self) -> Duration {
        cpu::process(self.child.id())
    }

    /// Memory that is its own, in kB (`RssAnon`).
    pub fn memory_kb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("RssAnon")).expect("Linux tells it");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).expect("a number")
    }

    /// One figure of `/metrics`, all labels added; 0 while it is not there.
    pub fn metric(&self, name: &str) -> f64 {
        let mut stream = TcpStream::connect(self.http).expect("HTTP answers");
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("sent");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer");
        let rest = text.lines().filter_map(|line| line.strip_prefix(name));
        rest.filter(|rest| rest.starts_with([' ', '{']))
            .filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn write_files(folder: &Path, agents: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let agents: String = (0..agents)
        .map(|at| {
            let no = 1000 + at;
            format!("  - {{ no: \"{no}\", name: A{no}, groups: [plain, recorded], password: {PASSWORD} }}\n")
        })
        .collect();
    let setup = format!(
        "skill_groups:\n  - {{ id: plain, name: plain, record: false, wrap_up_s: off }}\n  \
         - {{ id: recorded, name: recorded, record: true, wrap_up_s: off }}\nagents:\n{agents}\
         numbers: {{ \"{PLAYING}\": playing, \"{BRIDGED}\": bridged, \"{RECORDED}\": recorded, \"{MENU}\": menu }}\n\
         trunks: [{{ name: local, sources: [127.0.0.0/8] }}]\n"
    );
    let setup = if agents.is_empty() { setup.replace("agents:\n", "") } else { setup };
    let config = format!(
        "data: data\nflows: flows\naudio: {}\nsetup: setup.yaml\nlog: warn\nsip:\n  listen: [\"udp:127.0.0.1:0\"]\n  \
         max_calls: 5000\nrtp:\n  ports: 20000-31999\n  workers: 1\nhttp:\n  listen: 127.0.0.1:0\n",
        root.join("audio").display()
    );
    std::fs::create_dir_all(folder.join("flows")).expect("a folder");
    std::fs::write(folder.join("setup.yaml"), setup).expect("written");
    std::fs::write(folder.join("hotline.yaml"), config).expect("written");
    let write = |id: &str, text: String| {
        std::fs::write(folder.join(format!("flows/{id}.yaml")), text).expect("written");
    };
    write(
        "playing",
        flow(
            "playing",
            "play: { type: play, prompt: music, next: play_again }\n  play_again: { type: play, prompt: music, next: hang_up }",
        ),
    );
    // Silence until a key is pressed, then at once a tone.
    let menu = "menu: { type: branch, prompt: quiet, timeout_s: 60, on_max_timeouts: hang_up, options: [{ name: one, keywords: [\"1\"], next: beep }] }\n  \
                beep: { type: play, prompt: beep, next: menu }";
    let quiet = ["{ silence: 10000 }"; 30].join(", ");
    let prompts = format!("prompts:\n  quiet:\n    en-US: [{quiet}]\n  beep:\n    en-US: [{{ audio: tone/beep }}]\n");
    write("menu", flow("menu", menu).replace("start: play\n", &format!("start: menu\n{prompts}")));
    for id in ["bridged", "recorded"] {
        let group = if id == "bridged" { "plain" } else { id };
        write(
            id,
            flow(
                id,
                &format!(
                    "play: {{ type: transfer, skill_group: {group}, hold_music: moh_calm, after_agent_hangup: hang_up, on_max_wait: hang_up, on_no_agents: hang_up }}"
                ),
            ),
        );
    }
}

/// A flow that begins with the node `play` and has music long enough for every measurement.
fn flow(id: &str, node: &str) -> String {
    let music = ["{ audio: moh_calm }"; 12].join(", ");
    let prompts = if node.contains("music,") && node.contains("prompt: music") {
        format!("prompts:\n  music:\n    en-US: [{music}]\n")
    } else {
        String::new()
    };
    format!(
        "ivr: 1\nid: {id}\nname: {id}\nlanguages: [en-US]\nstart: play\n{prompts}nodes:\n  {node}\n  hang_up: {{ type: end }}\n"
    )
}
