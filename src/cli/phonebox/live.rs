//! `hotline phonebox probe|listen|dial`: one real device.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use tokio::sync::mpsc::{Receiver, channel};

use crate::base::{Instant, UtcMillis};
use crate::driver::clock::Clock;
use crate::driver::phonebox::{AUTO, BoxCommand, BoxConfig, BoxContext, BoxEvent, BoxHandle, BoxState, Roots, probe};
use crate::phonebox::{Event, EventKind, Library, Prompt};

/// Events that wait to be printed.
const EVENTS: usize = 1024;
/// How often the state of the box is looked at while nothing comes.
const LOOK: Duration = Duration::from_millis(200);
/// A device is set up within this time (a modem that refuses everything needs 7 commands of 2 s and 9 s of resets).
const READY_DEADLINE: Duration = Duration::from_secs(30);
/// Dialling is over within this time: 15 s to lift the handset, 8 s to release the line, and the digits.
const DIAL_DEADLINE: Duration = Duration::from_secs(90);

/// Prints the profiles whose question the device answers, the one to use first.
pub fn probe_port(port: &Path, library: &Library) -> Result<ExitCode> {
    let found = probe(port, library, Clock::start()).with_context(|| format!("{}", port.display()))?;
    for profile in &found {
        println!("{:<20} {}", profile.id, profile.title);
    }
    if found.is_empty() {
        eprintln!(
            "no profile fits: most boxes only talk when the phone rings; try `listen` with the profile of the box"
        );
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

/// What `listen` prints of each event.
#[derive(Serialize)]
struct Heard<'a> {
    at: String,
    #[serde(flatten)]
    event: &'a Event,
}

/// Prints an event a line, until it is interrupted or `seconds` have passed.
pub fn listen(session: Session, seconds: Option<u64>) -> Result<ExitCode> {
    let until = seconds.map(|seconds| session.clock.now().instant + Duration::from_secs(seconds));
    let mut session = session;
    loop {
        if until.is_some_and(|until| session.clock.now().instant >= until) {
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(event) = session.next()? {
            session.print(&event)?;
        }
    }
}

/// Dials and prints what happens; exit code 1 when the number did not reach the line.
pub fn dial(mut session: Session, number: &str, line: Option<u32>) -> Result<ExitCode> {
    session.wait_until_ready()?;
    session.handle.command(BoxCommand::Dial { line, number: number.to_owned() })?;
    let until = session.clock.now().instant + DIAL_DEADLINE;
    while session.clock.now().instant < until {
        let Some(event) = session.next()? else { continue };
        session.print(&event)?;
        match event.event.kind {
            EventKind::Prompt { what: Prompt::LiftHandset } => eprintln!("Lift the handset now."),
            EventKind::Prompt { what: Prompt::DialOnPhone } => eprintln!("Lift the handset and dial on the telephone."),
            EventKind::DialDone { .. } => return Ok(ExitCode::SUCCESS),
            EventKind::DialFailed { .. } => return Ok(ExitCode::from(1)),
            _ => {}
        }
    }
    bail!("the box did not say within {} s what became of it", DIAL_DEADLINE.as_secs())
}

/// A box that runs for one command.
pub struct Session {
    handle: BoxHandle,
    events: Receiver<BoxEvent>,
    clock: Clock,
    shown: Option<BoxState>,
}

impl Session {
    /// Starts a box on `port`; without a profile the device is asked what it is.
    pub fn start(port: &str, profile: Option<String>, library: Library, may_talk: bool) -> Result<Self> {
        let clock = Clock::start();
        let config = BoxConfig::on_port(port, profile.as_deref().unwrap_or(AUTO));
        let context = BoxContext { library, roots: Roots::default(), clock, may_talk };
        let (sender, events) = channel(EVENTS);
        let handle = BoxHandle::start(&config, &context, sender)?;
        Ok(Session { handle, events, clock, shown: None })
    }

    /// The next event, if one comes soon; a change of the box's state is told on the way.
    fn next(&mut self) -> Result<Option<BoxEvent>> {
        let state = self.handle.status().state;
        if self.shown.as_ref() != Some(&state) {
            eprintln!("{}", describe(&state));
            self.shown = Some(state);
        }
        let until = self.clock.now().instant + LOOK;
        while self.clock.now().instant < until {
            match self.events.try_recv() {
                Ok(event) => return Ok(Some(event)),
                Err(tokio::sync::mpsc::error::TryRecvError::Empty) => std::thread::sleep(Duration::from_millis(10)),
                Err(tokio::sync::mpsc::error::TryRecvError::Disconnected) => bail!("the box's thread ended"),
            }
        }
        Ok(None)
    }

    fn print(&self, event: &BoxEvent) -> Result<()> {
        let heard = Heard { at: UtcMillis::to_rfc3339(event.at.utc), event: &event.event };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::to_string(&heard)?)?;
        Ok(out.flush()?)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let until: Instant = self.clock.now().instant + READY_DEADLINE;
        while self.clock.now().instant < until {
            let Some(event) = self.next()? else { continue };
            self.print(&event)?;
            match event.event.kind {
                EventKind::DeviceReady { .. } => return Ok(()),
                EventKind::DeviceError { .. } => bail!("the device does not answer as the profile says"),
                _ => {}
            }
        }
        bail!("the box is not ready after {} s", READY_DEADLINE.as_secs())
    }
}

fn describe(state: &BoxState) -> String {
    match state {
        BoxState::Absent { why } => format!("waiting for the port: {why}"),
        BoxState::Starting => "the port is open; setting the device up".to_owned(),
        BoxState::Ready { caller_id: true } => "ready".to_owned(),
        BoxState::Ready { caller_id: false } => {
            "ready, but the device refuses caller ID: only rings are told".to_owned()
        }
        BoxState::Refused { .. } => "the device does not answer as the profile says; trying again".to_owned(),
        BoxState::Silent => "the device fell silent: is it plugged in and powered?".to_owned(),
        BoxState::Flooding => "the device sends more than a line can cause: wrong speed or profile?".to_owned(),
    }
}
