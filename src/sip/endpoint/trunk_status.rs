//! How a trunk stands, for those who look.

use std::time::Duration;

use serde::Serialize;

use super::core::Core;
use super::face::Endpoint;
use super::trunks::{Registration, TrunkState};
use crate::base::{Instant, Now, UtcMillis};

/// A second, over which calls are counted.
const SECOND: Duration = Duration::from_secs(1);

/// One trunk at this moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrunkStatus {
    pub name: String,
    /// It takes outgoing calls: it has a URI, answers, and is registered where it is to be.
    pub available: bool,
    /// `none` (not wanted), `trying`, `registered`.
    pub registration: &'static str,
    /// When the registration runs out, unless it is refreshed before.
    pub registered_until: Option<UtcMillis>,
    /// Whether it answers OPTIONS; `None` when it is not asked.
    pub answers: Option<bool>,
    /// Since when `answers` is so.
    pub answers_since: Option<UtcMillis>,
    /// The last failure of a registration or an OPTIONS, also when it works again.
    pub last_error: Option<TrunkError>,
    /// Calls that are up or being set up, both directions.
    pub calls: u32,
    /// Calls that began in the last whole second, both directions.
    pub calls_per_second: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrunkError {
    pub at: UtcMillis,
    pub text: String,
}

/// What began in this second and in the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rate {
    began_at: Instant,
    this: u32,
    last: u32,
}

impl Rate {
    fn turn(&mut self, now: Instant) {
        let passed = now.since(self.began_at);
        if passed >= SECOND {
            self.last = if passed < 2 * SECOND { self.this } else { 0 };
            self.this = 0;
            self.began_at = Instant::from_millis(now.as_millis() / 1000 * 1000);
        }
    }

    pub(super) fn count(&mut self, now: Instant) {
        self.turn(now);
        self.this = self.this.saturating_add(1);
    }

    fn per_second(mut self, now: Instant) -> u32 {
        self.turn(now);
        self.last
    }
}

impl TrunkState {
    pub(super) fn failed(&mut self, text: String, now: Instant) {
        self.last_error = Some((now, text));
    }

    fn status(&self, name: &str, now: Now, asked: bool, has_uri: bool) -> TrunkStatus {
        let registration = match self.registration {
            Registration::None => "none",
            Registration::Trying { .. } => "trying",
            Registration::Registered => "registered",
        };
        let until = self.registered_until.filter(|_| self.registration == Registration::Registered);
        let at = |instant| now.utc_at(instant);
        TrunkStatus {
            name: name.to_owned(),
            available: self.available && has_uri,
            registration,
            registered_until: until.map(at),
            answers: asked.then_some(self.answers),
            answers_since: self.answers_since.filter(|_| asked).map(at),
            last_error: self.last_error.as_ref().map(|(when, text)| TrunkError { at: at(*when), text: text.clone() }),
            calls: self.calls,
            calls_per_second: self.rate.per_second(now.instant),
        }
    }
}

impl Core {
    fn trunk_status(&self, now: Now) -> Vec<TrunkStatus> {
        let known = self.directory.trunks.iter().filter_map(|trunk| {
            let state = self.trunks.states.get(&trunk.name)?;
            let asked = trunk.options_interval.is_some() && trunk.uri.is_some();
            Some(state.status(&trunk.name, now, asked, trunk.uri.is_some()))
        });
        known.collect()
    }
}

impl Endpoint {
    /// Every trunk, in the order in which outgoing calls try them.
    pub fn trunks(&self, now: Now) -> Vec<TrunkStatus> {
        self.core.trunk_status(now)
    }
}
