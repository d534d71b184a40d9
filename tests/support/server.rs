//! The real binary, serving from a folder of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// One agent, 1001 with the password `secret`, and the shipped reception at 4008123602.
pub const SETUP: &str = r#"
skill_groups: [{ id: presales, name: 售前 }, { id: aftersales, name: 售后 }, { id: english, name: English }]
agents: [{ no: "1001", name: 王工, groups: [presales], password: secret }]
numbers: { "4008123602": reception }
trunks: [{ name: local }]
"#;

/// A serving switch; killed with SIGKILL when dropped.
pub struct Server {
    child: Child,
    pub sip: SocketAddr,
}

impl Server {
    pub fn start(folder: &Path) -> Server {
        Server::start_by(Command::new(env!("CARGO_BIN_EXE_hotline")), folder)
    }

    /// By a command that runs the binary with the arguments that it gets.
    pub fn start_by(mut command: Command, folder: &Path) -> Server {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let config = format!(
            "data: data\nflows: {root}/ivr-flows\naudio: {root}/audio\nsetup: setup.yaml\n\
             sip: {{ listen: [\"udp:127.0.0.1:0\"] }}\nhttp: {{ listen: \"127.0.0.1:0\" }}\nlog: warn\n",
            root = root.display()
        );
        std::fs::write(folder.join("hotline.yaml"), config).expect("a configuration");
        std::fs::write(folder.join("setup.yaml"), SETUP).expect("a set-up");
        let log = std::fs::File::create(folder.join("log")).expect("a log");
        let mut child = command
            .args(["serve", "--config"])
            .arg(folder.join("hotline.yaml"))
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("it runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("the ready line");
        let log = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        let ready: serde_json::Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("no ready line: {line:?}\n{}", log()));
        assert_eq!(ready["ready"], true);
        let sip = ready["sip"][0].as_str().and_then(|sip| sip.strip_prefix("udp:")).expect("udp");
        Server { child, sip: sip.parse().expect("an address") }
    }
}

/// SIGKILL: nothing of it gets a chance to tidy up.
impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
