//! Starting a box and speaking to it.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

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
    /// The box tells the hook: only then can a call be known to be missed.
    pub tells_hook: bool,
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

/// A running box. Dropping it ends the thread, which closes the port: after one turn of 50 ms, or when a write that is
/// under way has failed (2 s).
#[derive(Debug)]
pub struct BoxHandle {
    status: Arc<Mutex<BoxStatus>>,
    commands: SyncSender<BoxCommand>,
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
        std::thread::Builder::new()
            .name(format!("box-{name}"))
            .spawn(body)
            .map_err(|error| StartError::NoThread { id: name, why: error.to_string() })?;
        Ok(BoxHandle { status, commands })
    }

    /// What is known of the box now.
    pub fn status(&self) -> BoxStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn command(&self, command: BoxCommand) -> Result<(), Busy> {
        self.commands.try_send(command).map_err(|_| Busy)
    }
}

fn unknown(config: &BoxConfig, library: &Library) -> StartError {
    let meant = did_you_mean(&config.profile, library.iter().map(|profile| profile.id.as_str()));
    let hint = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
    StartError::UnknownProfile { id: config.id.clone(), profile: config.profile.clone(), hint }
}
