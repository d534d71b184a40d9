//! Who may open connections, how many, how long and how fast: asked before anything of them is read.
//!
//! A connection is a stranger's until something came over it that the switch takes: a registration, a call of an account
//! or of a trunk, a message of a dialog. Strangers get few connections, little time and few bytes; one source can
//! therefore neither fill the table nor keep the switch busy with cutting and parsing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::sip::endpoint::subject;

/// Connections of all sources at once, ours to others included.
const MAX_CONNECTIONS: usize = 10_000;
/// Strangers' connections of one source: a large office comes back from behind one address after a restart.
const MAX_STRANGERS: usize = 1_000;
/// Connections of one source.
const MAX_OF_SOURCE: usize = 5_000;
/// A stranger's connection is closed after this long (64*T1).
pub(super) const STRANGER_DEADLINE: Duration = Duration::from_secs(32);
/// A connection on which nothing came for this long is closed; phones send keep-alives every two minutes (RFC 5626).
const IDLE_DEADLINE: Duration = Duration::from_secs(3600);
/// Bytes per second that all strangers' connections of one source may send, and in one burst four times as many.
const STRANGER_BYTES_S: i64 = 256 * 1024;
/// The same for all others of one source: about five times what a trunk needs for 2,500 calls a second.
const WELCOME_BYTES_S: i64 = 32 * 1024 * 1024;
const BURST_S: i64 = 4;
/// Sources that are remembered; those without a connection are forgotten first.
const MAX_SOURCES: usize = 2 * MAX_CONNECTIONS;
/// Silenced sources that are remembered here; the switch itself hears none of them in any case.
const MAX_SILENCED: usize = 10_000;

/// The one gate of all listeners.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    connections: usize,
    sources: HashMap<IpAddr, Source>,
    silenced: HashMap<IpAddr, Instant>,
}

#[derive(Debug)]
struct Source {
    connections: usize,
    strangers: usize,
    stranger_bytes: Bucket,
    welcome_bytes: Bucket,
}

/// Bytes that may still come; below zero, how many came too early.
#[derive(Debug)]
struct Bucket {
    credit: i64,
    rate_s: i64,
    at: Instant,
}

impl Bucket {
    const fn full(rate_s: i64, now: Instant) -> Self {
        Bucket { credit: rate_s * BURST_S, rate_s, at: now }
    }

    fn refill(&mut self, now: Instant) {
        let passed = i64::try_from(now.saturating_duration_since(self.at).as_micros()).unwrap_or(i64::MAX);
        let earned = passed.saturating_mul(self.rate_s) / 1_000_000;
        if earned > 0 {
            self.credit = self.credit.saturating_add(earned).min(self.rate_s * BURST_S);
            self.at = now;
        }
    }

    /// How long the sender of these bytes is to wait before the next.
    fn spend(&mut self, bytes: usize, now: Instant) -> Duration {
        self.refill(now);
        self.credit = self.credit.saturating_sub(i64::try_from(bytes).unwrap_or(i64::MAX));
        let debt = u64::try_from(self.credit.saturating_neg()).unwrap_or(0);
        let rate = u64::try_from(self.rate_s).unwrap_or(1);
        Duration::from_millis(debt.saturating_mul(1000) / rate)
    }

    fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.credit >= self.rate_s * BURST_S
    }
}

impl Gate {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Whoever panicked while it counted left at most one count behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection from `remote` asks to come in.
    pub(super) fn admit(&self, remote: IpAddr, now: Instant) -> Option<Permit> {
        let source = subject(remote);
        self.table().admit(source, now)?;
        Some(Permit { gate: self.clone(), source: Some(source), welcome: AtomicBool::new(false), opened: now })
    }

    /// We open a connection ourselves: whoever we call is no stranger.
    pub(super) fn open(&self, now: Instant) -> Option<Permit> {
        let mut table = self.table();
        if table.connections >= MAX_CONNECTIONS {
            return None;
        }
        table.connections += 1;
        drop(table);
        Some(Permit { gate: self.clone(), source: None, welcome: AtomicBool::new(true), opened: now })
    }

    /// Nothing of `source` comes in for `length`.
    pub(super) fn silence(&self, source: IpAddr, length: Duration, now: Instant) {
        let mut table = self.table();
        if table.silenced.len() >= MAX_SILENCED {
            table.silenced.retain(|_, until| *until > now);
        }
        if table.silenced.len() < MAX_SILENCED {
            table.silenced.insert(subject(source), now + length);
        }
    }

    /// `source` may come in again.
    pub(super) fn hear(&self, source: IpAddr) {
        self.table().silenced.remove(&subject(source));
    }
}

impl Table {
    fn admit(&mut self, source: IpAddr, now: Instant) -> Option<()> {
        if self.silenced.get(&source).is_some_and(|until| *until > now) || self.connections >= MAX_CONNECTIONS {
            return None;
        }
        self.forget_the_gone(now);
        let entry = self.sources.entry(source).or_insert_with(|| Source {
            connections: 0,
            strangers: 0,
            stranger_bytes: Bucket::full(STRANGER_BYTES_S, now),
            welcome_bytes: Bucket::full(WELCOME_BYTES_S, now),
        });
        if entry.strangers >= MAX_STRANGERS || entry.connections >= MAX_OF_SOURCE {
            return None;
        }
        entry.connections += 1;
        entry.strangers += 1;
        self.connections += 1;
        Some(())
    }

    /// Sources without a connection are kept for what they spent, while there is room.
    fn forget_the_gone(&mut self, now: Instant) {
        if self.sources.len() < MAX_SOURCES {
            return;
        }
        self.sources.retain(|_, source| source.connections > 0 || !source.stranger_bytes.is_full(now));
        if self.sources.len() >= MAX_SOURCES {
            self.sources.retain(|_, source| source.connections > 0);
        }
    }
}

/// The place of one connection; dropped when it closes.
#[derive(Debug)]
pub struct Permit {
    gate: Gate,
    /// `None` for a connection that we opened.
    source: Option<IpAddr>,
    welcome: AtomicBool,
    opened: Instant,
}

impl Permit {
    /// Something came over it that the switch takes.
    pub(super) fn welcome(&self) {
        if self.welcome.swap(true, Ordering::Relaxed) {
            return;
        }
        self.with_source(|source| source.strangers = source.strangers.saturating_sub(1));
    }

    pub(super) fn is_welcome(&self) -> bool {
        self.welcome.load(Ordering::Relaxed)
    }

    /// When a connection that says nothing from `now` on is closed.
    pub(super) fn deadline(&self, now: Instant) -> Instant {
        if self.is_welcome() { now + IDLE_DEADLINE } else { self.opened + STRANGER_DEADLINE }
    }

    /// `bytes` came: how long to wait before they are looked at and more are read.
    pub(super) fn spend(&self, bytes: usize, now: Instant) -> Duration {
        let welcome = self.is_welcome();
        let bucket = |source: &mut Source| {
            let bucket = if welcome { &mut source.welcome_bytes } else { &mut source.stranger_bytes };
            bucket.spend(bytes, now)
        };
        self.with_source(bucket).unwrap_or_default()
    }

    fn with_source<T>(&self, act: impl FnOnce(&mut Source) -> T) -> Option<T> {
        self.gate.table().sources.get_mut(&self.source?).map(act)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let welcome = self.is_welcome();
        self.with_source(|source| {
            source.connections = source.connections.saturating_sub(1);
            source.strangers = source.strangers.saturating_sub(usize::from(!welcome));
        });
        let mut table = self.gate.table();
        table.connections = table.connections.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(n: u32) -> IpAddr {
        IpAddr::from((0x0a00_0000 + n).to_be_bytes())
    }

    #[test]
    fn one_source_cannot_fill_the_table() {
        let (gate, now) = (Gate::default(), Instant::now());
        let strangers: Vec<_> = (0..2 * MAX_STRANGERS).filter_map(|_| gate.admit(ip(1), now)).collect();
        assert_eq!(strangers.len(), MAX_STRANGERS);
        assert!(gate.admit(ip(2), now).is_some(), "another source comes in");
        drop(strangers);
        let mut kept = Vec::new();
        while let Some(permit) = gate.admit(ip(1), now) {
            permit.welcome();
            kept.push(permit);
        }
        assert_eq!(kept.len(), MAX_OF_SOURCE);
        assert!(gate.admit(ip(2), now).is_some());
    }

    #[test]
    fn the_table_has_an_end_for_all_together_and_places_come_back() {
        let (gate, now) = (Gate::default(), Instant::now());
        let mut all: Vec<_> = (0..MAX_CONNECTIONS as u32 - 1).filter_map(|n| gate.admit(ip(n), now)).collect();
        all.extend(gate.open(now));
        assert!(all.len() == MAX_CONNECTIONS && gate.open(now).is_none() && gate.admit(ip(1), now).is_none());
        drop(all);
        assert_eq!(gate.table().connections, 0);
        assert!(gate.admit(ip(1), now).is_some());
    }

    #[test]
    fn a_silenced_source_does_not_come_in_until_its_time_is_over_or_forgiven() {
        let (gate, now) = (Gate::default(), Instant::now());
        gate.silence(ip(1), Duration::from_secs(60), now);
        assert!(gate.admit(ip(1), now).is_none());
        assert!(gate.admit(ip(2), now).is_some());
        assert!(gate.admit(ip(1), now + Duration::from_secs(61)).is_some());
        gate.hear(ip(1));
        assert!(gate.admit(ip(1), now).is_some());
    }

    #[test]
    fn strangers_of_one_source_share_a_rate_and_the_welcome_have_their_own() {
        let (gate, now) = (Gate::default(), Instant::now());
        let [a, b, phone] = [1, 1, 1].map(|n| gate.admit(ip(n), now).expect("there is room"));
        phone.welcome();
        let burst = usize::try_from(STRANGER_BYTES_S * BURST_S).expect("it is positive");
        assert_eq!(a.spend(burst, now), Duration::ZERO);
        assert_eq!(b.spend(burst / 4, now), Duration::from_secs(1));
        assert_eq!(phone.spend(burst, now), Duration::ZERO);
        assert_eq!(b.spend(0, now + Duration::from_secs(1)), Duration::ZERO);
        drop((a, b, phone));
        let again = gate.admit(ip(1), now).expect("there is room");
        assert!(again.spend(burst / 4, now) > Duration::ZERO, "closing and opening again gives no new burst");
    }

    #[test]
    fn a_stranger_has_little_time_however_much_it_says() {
        let (gate, now) = (Gate::default(), Instant::now());
        let permit = gate.admit(ip(1), now).expect("there is room");
        let later = now + Duration::from_secs(30);
        assert_eq!(permit.deadline(later), now + STRANGER_DEADLINE);
        permit.welcome();
        assert_eq!(permit.deadline(later), later + IDLE_DEADLINE);
    }

    #[test]
    fn remembers_no_more_sources_than_allowed() {
        let (gate, now) = (Gate::default(), Instant::now());
        for n in 0..3 * MAX_SOURCES as u32 {
            let permit = gate.admit(ip(n), now).expect("there is room");
            permit.spend(1, now);
        }
        assert!(gate.table().sources.len() <= MAX_SOURCES);
    }
}
