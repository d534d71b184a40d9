//! Finding the profile by asking the device: only those that answer can be found.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::BoxCommand;
use super::find::{PortName, expand};
use super::handle::BoxContext;
use super::link::{Link, LinkError, Place};
use super::status::{BoxState, BoxStatus};
use crate::base::{Instant, Now};
use crate::driver::clock::Clock;
use crate::phonebox::{Engine, EngineOptions, EventKind, Library, Output, Profile, Step, Transport};

/// A device that is there answers within this time.
const ANSWER_MS: u32 = 1500;
/// After the port is opened some devices need a moment.
const SETTLE: Duration = Duration::from_millis(300);
/// One profile's question takes no longer.
const DEADLINE: Duration = Duration::from_secs(4);
const READ: Duration = Duration::from_millis(50);
/// Between attempts while nothing answers.
const PAUSE: Duration = Duration::from_secs(5);

/// A profile reduced to the one question that tells whether this is its device; `None` when it has none.
fn question(profile: &Profile) -> Option<Profile> {
    let Transport::Serial(_) = profile.transport else { return None };
    let asks = |step: &&Step| matches!(step, Step::Ask { expect: Some(_), .. });
    let mut step = profile.probe.iter().chain(&profile.init).find(asks)?.clone();
    if let Step::Ask { tries, timeout_ms, optional, .. } = &mut step {
        (*tries, *optional) = (1, false);
        *timeout_ms = (*timeout_ms).min(ANSWER_MS);
    }
    Some(Profile { probe: None, init: vec![step], keepalive: None, ..profile.clone() })
}

/// The profiles whose question the device at `path` answers. An error is about the port itself.
pub fn probe(path: &Path, library: &Library, clock: Clock) -> Result<Vec<Arc<Profile>>, LinkError> {
    let mut found: Vec<Arc<Profile>> = Vec::new();
    let mut asked: BTreeMap<String, bool> = BTreeMap::new();
    let mut profiles: Vec<&Arc<Profile>> = library.iter().collect();
    // First those with a question made for it: a box without commands in words would take letters of one for its own.
    profiles.sort_by_key(|profile| profile.probe.is_none());
    for profile in profiles {
        let Some(question) = question(profile) else { continue };
        let same = format!("{:?} {:?}", question.transport, question.init);
        let answer = match asked.get(&same) {
            Some(answer) => *answer,
            None => answers(path, question, clock)?,
        };
        asked.insert(same, answer);
        if answer {
            found.push(profile.clone());
            if profile.probe.is_some() {
                break;
            }
        }
    }
    // Several modems differ only in how they are set up: all of them answer alike, and the formatted mode is the safe one.
    found.sort_by_key(|profile| (profile.id != "at-vcid-formatted", profile.id.clone()));
    Ok(found)
}

fn answers(path: &Path, question: Profile, clock: Clock) -> Result<bool, LinkError> {
    let Transport::Serial(serial) = &question.transport else { return Ok(false) };
    let mut link = Link::open(&Place::Serial(path.to_owned()), Some(serial))?;
    let until = clock.now().instant + DEADLINE;
    let mut engine = Engine::new(Arc::new(question), EngineOptions::default(), clock.now());
    listen(&mut link, clock, clock.now().instant + SETTLE)?;
    engine.handle_open(clock.now());
    loop {
        while let Some(output) = engine.poll_output() {
            match output {
                Output::Write(bytes) => link.write(&bytes)?,
                Output::Reopen => return Ok(false),
                Output::Event(event) if matches!(event.kind, EventKind::DeviceReady { .. }) => return Ok(true),
                Output::Event(_) => {}
            }
        }
        let now: Now = clock.now();
        if now.instant >= until {
            return Ok(false);
        }
        let mut buffer = [0; 512];
        let count = link.read(&mut buffer, READ)?;
        engine.handle_bytes(buffer.get(..count).unwrap_or_default(), clock.now());
    }
}

/// Throws away what comes until then.
fn listen(link: &mut Link, clock: Clock, until: Instant) -> Result<(), LinkError> {
    while clock.now().instant < until {
        link.read(&mut [0; 512], READ)?;
    }
    Ok(())
}

/// Asks until a device answers, or the handle is dropped.
pub(super) fn find_profile(
    port: &PortName,
    context: &BoxContext,
    commands: &Receiver<BoxCommand>,
    status: &Mutex<BoxStatus>,
) -> Option<Arc<Profile>> {
    loop {
        let (state, found) = ask(port, context);
        if let Some(found) = found {
            return Some(found);
        }
        status.lock().unwrap_or_else(PoisonError::into_inner).enter(state, context.clock.now().utc);
        match commands.recv_timeout(PAUSE) {
            // There is nothing yet that could dial.
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

fn ask(port: &PortName, context: &BoxContext) -> (BoxState, Option<Arc<Profile>>) {
    let paths = match port {
        PortName::Path(path) => vec![path.clone()],
        PortName::Pattern(pattern) => expand(pattern),
        PortName::Auto | PortName::Usb(_) | PortName::Udp(_) => Vec::new(),
    };
    let mut why = "no device; a box whose profile is auto needs a path".to_owned();
    for path in paths {
        match probe(&path, &context.library, context.clock) {
            Ok(found) if found.is_empty() => why = format!("{}: no profile fits; name one", path.display()),
            Ok(found) => return (BoxState::Starting, found.into_iter().next()),
            Err(error) => why = format!("{}: {error}", path.display()),
        }
    }
    (BoxState::Absent { why }, None)
}
