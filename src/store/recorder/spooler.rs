//! The spool behind a thread that may wait for the disk.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::handle::{RecorderError, Shared};
use super::spool::{Mark, Spool, SpoolError, SpoolReader};
use crate::call::event::CallEvent;

/// Events that the database refused for good, for people to look at.
const REJECTED: &str = "rejected.jsonl";
/// New calls are refused when more than this part of the spool is in use: the rest is for calls that are up.
const HIGH_WATER: (u64, u64) = (3, 4);

#[derive(Clone)]
pub(super) struct Spooler {
    spool: Arc<Mutex<Spool>>,
    dir: PathBuf,
    limit: u64,
    shared: Arc<Shared>,
    empty: Arc<watch::Sender<bool>>,
}

impl Spooler {
    /// With the spool comes the news of whether it is empty.
    pub async fn open(
        dir: &Path,
        limit: u64,
        shared: Arc<Shared>,
    ) -> Result<(Spooler, watch::Receiver<bool>), RecorderError> {
        let path = dir.to_owned();
        let opened = blocking(move || Spool::open(&path, limit)).await;
        let spool = opened.map_err(|source| RecorderError::Spool { path: dir.display().to_string(), source })?;
        let (empty, news) = watch::channel(spool.is_empty());
        let (spool, empty) = (Arc::new(Mutex::new(spool)), Arc::new(empty));
        let spooler = Spooler { spool, dir: dir.to_owned(), limit, shared, empty };
        spooler.note(false);
        Ok((spooler, news))
    }

    /// The folder, for messages.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes events and returns when they are on the disk.
    pub async fn append(&self, events: &[CallEvent]) -> Result<(), SpoolError> {
        let payload = serde_json::to_vec(events).map_err(io::Error::other)?;
        let appended = self.with(move |spool| spool.append(&payload)).await;
        self.note(appended.is_err());
        appended
    }

    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub fn reader(&self) -> SpoolReader {
        self.lock().reader()
    }

    /// Forgets what was read up to `mark`.
    pub async fn release(&self, mark: Mark) {
        self.with(move |spool| spool.release(mark)).await;
        self.note(false);
    }

    /// Puts events aside that can never be written, with what the database said.
    pub async fn reject(&self, events: Vec<CallEvent>, why: String) {
        let path = self.dir.join(REJECTED);
        let count = events.len() as u64;
        let line = serde_json::json!({ "why": why, "events": events });
        let written = blocking(move || {
            let mut file = fs::File::options().create(true).append(true).open(&path)?;
            writeln!(file, "{line}")?;
            file.sync_data()
        });
        let kept = written.await;
        metrics::counter!("hotline_recorder_events_rejected_total").increment(count);
        tracing::error!(events = count, why, kept = kept.is_ok(), "the database refuses events: they are put aside");
    }

    async fn with<T: Send + 'static>(&self, work: impl FnOnce(&mut Spool) -> T + Send + 'static) -> T {
        let spool = self.spool.clone();
        blocking(move || work(&mut spool.lock().unwrap_or_else(PoisonError::into_inner))).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, refused: bool) {
        let (bytes, empty) = {
            let spool = self.lock();
            (spool.bytes(), spool.is_empty())
        };
        self.empty.send_replace(empty);
        let full = refused || bytes >= self.limit / HIGH_WATER.1 * HIGH_WATER.0;
        self.shared.spool_full.store(full, Ordering::Relaxed);
        self.shared.spooled_bytes.store(bytes, Ordering::Relaxed);
        metrics::gauge!("hotline_recorder_spooled_bytes").set(bytes as f64);
    }
}

/// Runs what may wait for the disk apart from the tasks.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}
