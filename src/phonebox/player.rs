//! An engine in virtual time: its clock jumps from deadline to deadline.

use std::sync::Arc;
use std::time::Duration;

use super::engine::{Engine, EngineOptions, Output};
use super::profile::Profile;
use crate::base::Now;

/// Plays bytes and time to an engine and keeps what it says.
#[derive(Debug)]
pub struct Player {
    engine: Engine,
    now: Now,
    said: Vec<Output>,
}

impl Player {
    pub fn new(profile: Arc<Profile>, options: EngineOptions, now: Now) -> Self {
        Player { engine: Engine::new(profile, options, now), now, said: Vec::new() }
    }

    /// Lets time pass; every deadline in it is met at its moment.
    pub fn wait(&mut self, millis: u64) {
        let end = self.now.plus(Duration::from_millis(millis));
        while let Some(due) = self.engine.poll_timeout().filter(|due| *due <= end.instant) {
            self.now = self.now.plus(due.since(self.now.instant));
            self.act(Engine::handle_timeout);
        }
        self.now = end;
    }

    /// The device says something now.
    pub fn hear(&mut self, bytes: &[u8]) {
        self.act(|engine, now| engine.handle_bytes(bytes, now));
    }

    /// Anything else happens to the engine now.
    pub fn act(&mut self, act: impl FnOnce(&mut Engine, Now)) {
        act(&mut self.engine, self.now);
        while let Some(output) = self.engine.poll_output() {
            self.said.push(output);
        }
    }

    /// What it said since the last time.
    pub fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.said)
    }
}
