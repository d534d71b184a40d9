//! SIPp processes: one for each part of a scenario, each with an address of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::{Child, Command};

use super::scenario::{AgentPart, CallerPart};
use crate::config::SipTransport;

/// How often a waiting SIPp is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What all parts of one scenario share.
pub struct Stage<'a> {
    /// The folder of the scenarios.
    pub scenarios: &'a Path,
    /// For the messages and errors that SIPp writes.
    pub notes: &'a Path,
    /// The switch, as `ADDRESS:PORT`.
    pub server: &'a str,
    pub transport: SipTransport,
    /// Between 0 and 255; parts of different numbers never share an address.
    pub number: u8,
    pub deadline: Duration,
}

/// A running SIPp.
pub struct Player {
    name: String,
    child: Child,
    notes: PathBuf,
    deadline: Duration,
}

impl Stage<'_> {
    /// The address of the `index`th part.
    fn address(&self, index: usize) -> Result<IpAddr> {
        let last = u8::try_from(index + 2).context("a scenario has at most 250 parts")?;
        Ok(Ipv4Addr::new(127, 0, self.number, last).into())
    }

    /// Registers the agent's phone and lets it wait for calls.
    pub async fn seat(&self, index: usize, part: &AgentPart, password: &str) -> Result<Player> {
        let at = SocketAddr::new(self.address(index)?, free_port(self.address(index)?)?);
        let mut register = self.sipp(&Path::new("register").join("registers.xml"), at);
        register.args(["-m", "1", "-key", "user", &part.no, "-au", &part.no, "-ap", password]);
        self.spawn(register, format!("{} registers", part.no))?.end().await?;
        let mut sipp = self.sipp(&Path::new("agent").join(&part.plays).with_extension("xml"), at);
        sipp.args(["-key", "user", &part.no, "-aa", "-d", &part.pause_ms.to_string()]);
        if part.calls > 0 {
            sipp.args(["-m", &part.calls.to_string()]);
        }
        let player = self.spawn(sipp, format!("agent {} ({})", part.no, part.plays))?;
        self.listening(at).await.with_context(|| format!("agent {} does not listen at {at}", part.no))?;
        Ok(player)
    }

    /// Starts what a caller plays.
    pub fn call(&self, index: usize, part: &CallerPart) -> Result<Player> {
        let address = part.source.map_or_else(|| self.address(index), Ok)?;
        let at = SocketAddr::new(address, free_port(address)?);
        let file = self.file(&part.plays)?;
        let mut sipp = self.sipp(&file, at);
        sipp.args(["-m", "1", "-d", &part.pause_ms.to_string(), "-key", "user", &part.from]);
        sipp.args(["-au", &part.from, "-ap", "wrong"]);
        if !part.dials.is_empty() {
            sipp.args(["-s", &part.dials]);
        }
        self.spawn(sipp, format!("caller {} ({})", part.from, part.plays))
    }

    fn file(&self, plays: &str) -> Result<PathBuf> {
        for folder in ["caller", "register"] {
            let file = Path::new(folder).join(plays).with_extension("xml");
            if self.scenarios.join(&file).exists() {
                return Ok(file);
            }
        }
        bail!("there is neither caller/{plays}.xml nor register/{plays}.xml in {}", self.scenarios.display())
    }

    /// SIPp with what every part needs.
    fn sipp(&self, file: &Path, at: SocketAddr) -> Command {
        let mut sipp = Command::new("sipp");
        let transport = match self.transport {
            SipTransport::Udp => "u1",
            SipTransport::Tcp | SipTransport::Ws | SipTransport::Wss => "t1",
            SipTransport::Tls => "l1",
        };
        sipp.arg(self.server).arg("-sf").arg(self.scenarios.join(file));
        sipp.args(["-i", &at.ip().to_string(), "-mi", &at.ip().to_string(), "-p", &at.port().to_string()]);
        sipp.args(["-t", transport, "-nostdin", "-timeout_error", "-trace_err", "-trace_msg"]);
        sipp.arg("-timeout").arg(format!("{}s", self.deadline.as_secs()));
        sipp
    }

    fn spawn(&self, mut sipp: Command, name: String) -> Result<Player> {
        let notes = self.notes.join(name.replace(|c: char| !c.is_ascii_alphanumeric(), "_"));
        sipp.arg("-error_file").arg(notes.with_extension("errors"));
        sipp.arg("-message_file").arg(notes.with_extension("messages"));
        sipp.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let child = sipp.spawn().context("cannot run sipp: install it (Debian: sip-tester)")?;
        Ok(Player { name, child, notes, deadline: self.deadline + Duration::from_secs(5) })
    }

    /// Waits until somebody has bound `at`.
    async fn listening(&self, at: SocketAddr) -> Result<()> {
        let bound = async {
            while can_bind(self.transport, at) {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        Ok(tokio::time::timeout(self.deadline, bound).await?)
    }
}

fn can_bind(transport: SipTransport, at: SocketAddr) -> bool {
    match transport {
        SipTransport::Udp => std::net::UdpSocket::bind(at).is_ok(),
        SipTransport::Tcp | SipTransport::Tls | SipTransport::Ws | SipTransport::Wss => {
            std::net::TcpListener::bind(at).is_ok()
        }
    }
}

/// A port that is free on `address` for UDP, and so most likely for TCP: the address is this part's alone.
fn free_port(address: IpAddr) -> Result<u16> {
    let socket = std::net::UdpSocket::bind((address, 0)).with_context(|| format!("no free port on {address}"))?;
    Ok(socket.local_addr()?.port())
}

impl Player {
    /// Waits for its end; an error tells what SIPp wrote.
    pub async fn end(mut self) -> Result<()> {
        let status = match tokio::time::timeout(self.deadline, self.child.wait()).await {
            Ok(status) => status.context("cannot wait for sipp")?,
            Err(_) => bail!("{} is not done in time{}", self.name, self.story()),
        };
        if !status.success() {
            bail!("{}: sipp ended with {status}{}", self.name, self.story());
        }
        Ok(())
    }

    /// What SIPp says went wrong, and the messages that it sent and heard.
    fn story(&self) -> String {
        let mut story = String::new();
        for ending in ["errors", "messages"] {
            // A file that SIPp did not write tells nothing.
            let text = std::fs::read_to_string(self.notes.with_extension(ending)).unwrap_or_default();
            if !text.trim().is_empty() {
                story.push_str(&format!("\n--- {ending} of {}\n{}", self.name, text.trim_end()));
            }
        }
        story
    }
}
