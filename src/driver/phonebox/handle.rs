//! Starting a box and speaking to it.

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::mpsc::Sender;

use super::config::{AUTO, BoxConfig};
use super::find::{BadPort, PortName, Roots};
use super::probe::find_profile;
use super::status::BoxStatus;
use super::worker::{Worker, WorkerParts};
use crate::base::{Now, did_you_mean};
use crate::driver::clock::Clock;
use crate::phonebox::{EngineOptions, Event, Library};

/// Commands that wait for a box; more are refused.
const COMMANDS: usize = 16;

/// Something that a box told.
#[derive(Clone, Debug, PartialEq)]
pub struct BoxEvent {
    pub device: String,
    pub at: Now,
    pub event: Event,
}

/// What a box can be asked for; what becomes of it comes as events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoxCommand {
    Dial { line: Option<u32>, number: String },
    CancelDial,
}

/// Why a box cannot be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    #[error("boxes: {id}: there is no profile {profile}{hint}; `hotline phonebox list` shows all")]
    UnknownProfile { id: String, profile: String, hint: String },
    #[error("boxes: {id}: {source}")]
    BadPort { id: String, source: BadPort },
    #[error("boxes: {id}: no thread: {why}")]
    NoThread { id: String, why: String },
}

/// The box takes no more commands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the phone box is busy or gone")]
pub struct Busy;

/// What the boxes of a process have in common.
#[derive(Clone, Debug)]
pub struct BoxContext {
    pub library: Library,
    pub roots: Roots,
    pub clock: Clock,
    /// False to listen only.
    pub may_talk: bool,
}

/// A running box. Dropping it closes the port and ends the thread, at the latest after one turn.
#[derive(Debug)]
pub struct BoxHandle {
    status: Arc<Mutex<BoxStatus>>,
    commands: Option<SyncSender<BoxCommand>>,
    thread: Option<JoinHandle<()>>,
}

impl BoxHandle {
    /// Starts the thread of a box. Events that `events` has no room for are dropped and counted.
    pub fn start(config: &BoxConfig, context: &BoxContext, events: Sender<BoxEvent>) -> Result<Self, StartError> {
        let id = config.id.clone();
        let port: PortName = config.port.parse().map_err(|source| StartError::BadPort { id: id.clone(), source })?;
        let profile = match config.profile.as_str() {
            AUTO => None,
            named => Some(context.library.get(named).cloned().ok_or_else(|| unknown(config, &context.library))?),
        };
        let status = Arc::new(Mutex::new(BoxStatus::new(&id, &config.port, context.clock.now().utc)));
        let (commands, inbox) = sync_channel(COMMANDS);
        let options =
            EngineOptions { zone: config.zone(), country: config.country.clone(), may_talk: context.may_talk };
        let (shared, context) = (status.clone(), context.clone());
        let name = id.clone();
        let body = move || {
            let Some(profile) = profile.or_else(|| find_profile(&port, &context, &inbox, &shared)) else { return };
            let BoxContext { roots, clock, .. } = context;
            let parts =
                WorkerParts { id, port, profile, options, roots, clock, commands: inbox, events, status: shared };
            Worker::new(parts).run();
        };
        let thread = std::thread::Builder::new()
            .name(format!("box-{name}"))
            .spawn(body)
            .map_err(|error| StartError::NoThread { id: name, why: error.to_string() })?;
        Ok(BoxHandle { status, commands: Some(commands), thread: Some(thread) })
    }

    /// What is known of the box now.
    pub fn status(&self) -> BoxStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn command(&self, command: BoxCommand) -> Result<(), Busy> {
        match self.commands.as_ref().map(|commands| commands.try_send(command)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => Err(Busy),
        }
    }
}

impl Drop for BoxHandle {
    fn drop(&mut self) {
        self.commands = None;
        // The thread looks for its commands at least every turn and while it waits; only a stuck write lasts longer (2 s).
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn unknown(config: &BoxConfig, library: &Library) -> StartError {
    let meant = did_you_mean(&config.profile, library.iter().map(|profile| profile.id.as_str()));
    let hint = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    StartError::UnknownProfile { id: config.id.clone(), profile: config.profile.clone(), hint }
}
