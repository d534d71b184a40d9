//! What the rest of the switch holds of the recorder.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::spooler::Spooler;
use super::task::Task;
use super::told::Told;
use crate::acd::Snapshot;
use crate::base::{CallId, UtcMillis};
use crate::call::event::CallEvent;
use crate::call::live::CustomerCard;
use crate::sip::registrar::BindingRow;
use crate::store::open::Store;
use crate::store::ticket::TicketRow;

/// What happened in one call, as it is in the store; or, with `committed` false, as it waits in the spool.
///
/// Events that waited are told once, at once, uncommitted; what followed from them (customer, ticket) is told with an
/// empty list of events when the database is back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Committed {
    pub call: CallId,
    pub events: Vec<CallEvent>,
    /// Who the caller is. One: found, or made for this call. Several: the agent chooses (P13).
    pub customers: Vec<CustomerCard>,
    /// Tickets that were made.
    pub tickets: Vec<TicketRow>,
    pub committed: bool,
}

/// How much the recorder holds before it says that it is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecorderLimits {
    /// Batches that wait in memory.
    pub queue: usize,
    /// Bytes that wait on disk.
    pub spool_bytes: u64,
    /// A commit that takes longer goes to the spool instead, so that desks are told in time.
    pub write_timeout: Duration,
    /// How long the first event of a transaction waits for others while there are few.
    pub linger: Duration,
    /// The longest that it waits while there are many: each transaction costs as much as several calls.
    pub most_linger: Duration,
    /// Between two attempts to reach a database that is away.
    pub retry: Duration,
}

impl Default for RecorderLimits {
    fn default() -> Self {
        RecorderLimits {
            queue: 16_384,
            spool_bytes: 256 * 1024 * 1024,
            write_timeout: Duration::from_millis(400),
            linger: Duration::from_millis(4),
            most_linger: Duration::from_millis(40),
            retry: Duration::from_millis(500),
        }
    }
}

/// How the recorder is, for `/healthz` and the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RecorderStatus {
    /// The database takes events.
    pub database: bool,
    pub full: bool,
    /// Bytes on disk that wait for the database.
    pub spooled_bytes: u64,
    /// Events in the database since the start.
    pub written: u64,
    /// Events that found no place at all; 0 unless memory, disk and database all failed.
    pub lost: u64,
}

/// What is to be kept.
pub(super) enum Work {
    Events(Vec<CallEvent>),
    Binding(Box<BindingRow>),
    Unbound { account: String, contact: String },
    Acd(Box<Snapshot>, UtcMillis),
}

/// What the task is handed.
pub(super) enum Message {
    Keep(Work),
    /// To be answered when all before it is safe.
    Settle(oneshot::Sender<()>),
}

/// Something that an administrator must see, or that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alarm {
    pub text: String,
    /// What it tells is over.
    pub over: bool,
}

/// Why the recorder could not start.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    #[error("failed to use the spool folder {path}: {source}; check that it can be written and that the disk has room")]
    Spool { path: String, source: std::io::Error },
}

/// What the task and its holders share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub away: AtomicBool,
    pub spool_full: AtomicBool,
    pub spooled_bytes: AtomicU64,
    pub written: AtomicU64,
    pub lost: AtomicU64,
}

/// The recorder's handle. Clones share the task.
#[derive(Clone)]
pub struct Recorder {
    inbox: mpsc::Sender<Message>,
    live: broadcast::Sender<Arc<Committed>>,
    alarms: broadcast::Sender<Alarm>,
    spool_empty: watch::Receiver<bool>,
    shared: Arc<Shared>,
    queue: usize,
}

/// Messages that a slow reader of the live feed may be behind before it is told that it missed some.
const LIVE_BACKLOG: usize = 4096;
const ALARM_BACKLOG: usize = 64;
/// New calls are refused when less than this part of the queue is free: the rest is for calls that are up.
const RESERVE: usize = 4;

impl Recorder {
    /// Starts the task. What an earlier run left in `spool_dir` is written first.
    pub async fn start(store: Store, spool_dir: &Path, limits: RecorderLimits) -> Result<Recorder, RecorderError> {
        let (inbox, messages) = mpsc::channel(limits.queue);
        let (live, _) = broadcast::channel(LIVE_BACKLOG);
        let (alarms, _) = broadcast::channel(ALARM_BACKLOG);
        let shared = Arc::new(Shared::default());
        let (spool, spool_empty) = Spooler::open(spool_dir, limits.spool_bytes, shared.clone()).await?;
        let told = Told { live: live.clone(), alarms: alarms.clone(), shared: shared.clone() };
        tokio::spawn(Task::new(store, spool, limits, messages, told).run());
        Ok(Recorder { inbox, live, alarms, spool_empty, shared, queue: limits.queue })
    }

    /// Hands events over, in the order in which they happened. Never waits.
    pub fn record(&self, batch: Vec<CallEvent>) {
        let count = batch.len() as u64;
        if count == 0 || self.inbox.try_send(Message::Keep(Work::Events(batch))).is_ok() {
            return;
        }
        self.shared.lost.fetch_add(count, Ordering::Relaxed);
        metrics::counter!("hotline_recorder_events_lost_total").increment(count);
        tracing::error!(events = count, "the recorder's queue is full: events are lost");
    }

    /// Keeps a phone's registration over a restart. Never waits; the newest of a contact is what is kept.
    pub fn save_registration(&self, binding: BindingRow) {
        self.offer(Work::Binding(Box::new(binding)));
    }

    /// A phone's registration is gone.
    pub fn forget_registration(&self, account: String, contact: String) {
        self.offer(Work::Unbound { account, contact });
    }

    /// Keeps the skill groups' state over a restart. Never waits; the newest is what is kept.
    pub fn save_acd(&self, snapshot: Snapshot, at: UtcMillis) {
        self.offer(Work::Acd(Box::new(snapshot), at));
    }

    /// State that is told again soon may be dropped when there is no room.
    fn offer(&self, work: Work) {
        if self.inbox.try_send(Message::Keep(work)).is_err() {
            metrics::counter!("hotline_recorder_states_dropped_total").increment(1);
        }
    }

    /// New calls cannot be recorded: answer them with 503. Calls that are up go on and are still recorded.
    pub fn is_full(&self) -> bool {
        self.inbox.capacity() < self.queue / RESERVE || self.shared.spool_full.load(Ordering::Relaxed)
    }

    /// The live feed from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Committed>> {
        self.live.subscribe()
    }

    /// What goes wrong, and when it is over, from now on.
    pub fn alarms(&self) -> broadcast::Receiver<Alarm> {
        self.alarms.subscribe()
    }

    pub fn status(&self) -> RecorderStatus {
        RecorderStatus {
            database: !self.shared.away.load(Ordering::Relaxed),
            full: self.is_full(),
            spooled_bytes: self.shared.spooled_bytes.load(Ordering::Relaxed),
            written: self.shared.written.load(Ordering::Relaxed),
            lost: self.shared.lost.load(Ordering::Relaxed),
        }
    }

    /// Returns when nothing waits on disk any more: what an earlier run left is in the database. At once when it never
    /// waited; never while the database is away.
    pub async fn caught_up(&self) {
        let mut empty = self.spool_empty.clone();
        // An error means that the task has ended: then nothing more is written.
        let _ = empty.wait_for(|empty| *empty).await;
    }

    /// Returns when all that was recorded before is safe: in the database, or in the spool on disk while the database
    /// is away. For a shutdown, and for tests.
    pub async fn settle(&self) {
        let (done, settled) = oneshot::channel();
        if self.inbox.send(Message::Settle(done)).await.is_ok() {
            // An error means that the task has ended: then there is nothing to wait for.
            let _ = settled.await;
        }
    }
}
