//! Recordings are kept for as many days as the configuration says; then their files go, and the record says so.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::base::UtcMillis;
use crate::driver::clock::Clock;
use crate::store::{Store, StoreError};

/// How often what is over is looked for, the first time a little after the start.
const FIRST_AFTER: Duration = Duration::from_secs(60);
const EVERY: Duration = Duration::from_secs(3600);
/// Files that one look deletes at most before it looks again; a pause between keeps the disk free for calls.
const BATCH: i64 = 200;
const PAUSE: Duration = Duration::from_millis(200);
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Deletes for the life of the switch; `keep_days` 0 keeps for ever.
pub(super) fn spawn(store: Store, recordings: PathBuf, keep_days: u32, clock: Clock) {
    if keep_days == 0 {
        return;
    }
    tokio::spawn(async move {
        let mut wait = FIRST_AFTER;
        loop {
            tokio::time::sleep(wait).await;
            wait = match delete_old(&store, &recordings, keep_days, clock.now().utc).await {
                Ok(deleted) if deleted >= BATCH as usize => PAUSE,
                Ok(deleted) => {
                    tracing::debug!(deleted, "recordings whose time was over");
                    EVERY
                }
                Err(error) => {
                    tracing::warn!(%error, "old recordings wait to be deleted");
                    EVERY
                }
            };
        }
    });
}

/// Deletes the oldest files that are over and notes each; how many there were. A file that cannot be deleted is tried
/// again at the next look.
async fn delete_old(store: &Store, recordings: &Path, keep_days: u32, now: UtcMillis) -> Result<usize, StoreError> {
    let before = UtcMillis(now.0.saturating_sub(i64::from(keep_days).saturating_mul(DAY_MS)));
    let rows = store.recordings_before(before, BATCH).await?;
    let mut deleted = 0;
    for row in rows {
        let path = recordings.join(&row.id);
        match tokio::fs::remove_file(&path).await {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "a recording cannot be deleted");
                continue;
            }
        }
        // The folder of the day, when this was its last; a folder that is not empty stays.
        if let Some(folder) = path.parent() {
            let _ = tokio::fs::remove_dir(folder).await;
        }
        deleted += usize::from(store.recording_deleted(&row.id, keep_days, now).await?);
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::CallId;
    use crate::call::event::{CallEvent, Direction, EndCause, EndedBy, RecordingKind, Source, What};
    use crate::store::recorder::{Recorder, RecorderLimits};
    use crate::store::{AuditFilter, PageRequest};

    fn event(call: CallId, seq: u32, at: i64, what: What) -> CallEvent {
        CallEvent { call, seq, leg: None, at: UtcMillis(at), offset_us: u64::from(seq) * 1000, what }
    }

    /// A call with one recording that began at `at`; `ended` or still up.
    async fn call(store: &Store, folder: &Path, n: i64, at: i64, ended: bool) -> String {
        let (id, name) = (CallId::from_raw(n), format!("2026/01/{n:02}/{n}.wav"));
        let file = folder.join(&name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(&file, b"RIFF").expect("written");
        let started = What::Started {
            direction: Direction::Inbound,
            caller: None,
            called: "1".to_owned(),
            source: Source::Switch,
            sip_call_id: None,
        };
        let kind = RecordingKind::Conversation;
        let mut events =
            vec![event(id, 1, at, started), event(id, 2, at, What::RecordingStarted { recording: name.clone(), kind })];
        if ended {
            let end = What::RecordingEnded { recording: name.clone(), duration_ms: 1, bytes: 4, complete: true };
            events.push(event(id, 3, at + 1000, end));
            let end = What::Ended { cause: EndCause::HungUp, by: EndedBy::Caller, node: None };
            events.push(event(id, 4, at + 1000, end));
        }
        let recorder = Recorder::start(store.clone(), &folder.join("spool"), RecorderLimits::default()).await;
        let recorder = recorder.expect("a recorder");
        recorder.record(events);
        recorder.settle().await;
        name
    }

    #[tokio::test]
    async fn old_recordings_of_calls_that_are_over_are_deleted_and_noted_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = "sqlite".parse().expect("a store");
        let store = Store::open(&url, folder.path()).await.expect("a store");
        let now = UtcMillis(1_790_000_000_000);
        let days = |days: i64| now.0 - days * DAY_MS;
        let old = call(&store, folder.path(), 1, days(31), true).await;
        let gone = call(&store, folder.path(), 2, days(32), true).await;
        let fresh = call(&store, folder.path(), 3, days(29), true).await;
        let up = call(&store, folder.path(), 4, days(31), false).await;
        std::fs::remove_file(folder.path().join(&gone)).expect("somebody else deleted it");
        assert_eq!(delete_old(&store, folder.path(), 30, now).await.expect("deleted"), 2);
        assert_eq!(delete_old(&store, folder.path(), 30, now).await.expect("nothing"), 0);
        assert!(!folder.path().join(&old).exists() && !folder.path().join("2026/01/01").exists());
        assert!(folder.path().join(&fresh).exists() && folder.path().join(&up).exists());
        let row = store.recording(&old).await.expect("the row stays");
        assert_eq!(row.deleted_at, Some(now));
        store.rebuild(row.call).await.expect("made again");
        assert_eq!(store.recording(&old).await.expect("still there").deleted_at, Some(now));
        let filter = AuditFilter { kind: Some("recording".to_owned()), ..AuditFilter::default() };
        let log = store.audit_log(&filter, &PageRequest { limit: None, after: None }).await.expect("a log");
        assert_eq!(log.items.len(), 2);
        assert!(log.items.iter().all(|line| line.action == "delete" && line.who == "switch"));
    }
}
