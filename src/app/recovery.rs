//! What a killed run left behind: recordings without a proper end, and calls without one.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::driver::clock::Clock;
use crate::media;
use crate::store::Store;
use crate::store::recorder::{Recorder, RepairedRecording};

/// Folders of days that are looked through: no call of an older day can have been up.
const DAYS: i64 = 3;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// Repairs recordings, closes open calls and makes their tickets, before anything new happens.
pub(super) async fn recover(
    store: &Store,
    recorder: &Recorder,
    node: u16,
    recordings: &Path,
    clock: Clock,
) -> Result<()> {
    let repaired = repair(recordings, clock);
    let closed =
        recorder.close_open_calls(store, node, &repaired).await.context("cannot close the calls of a former run")?;
    if !closed.is_empty() {
        tracing::warn!(calls = closed.len(), "closed what a former run left open");
    }
    Ok(())
}

/// Makes the headers of the last days' recordings true, and says what each holds.
fn repair(recordings: &Path, clock: Clock) -> BTreeMap<String, RepairedRecording> {
    let mut repaired = BTreeMap::new();
    let now = clock.now().utc.0;
    for day in 0..DAYS {
        let Some(day) = chrono::DateTime::from_timestamp_millis(now - day * DAY_MS) else { continue };
        let folder = day.format("%Y/%m/%d").to_string();
        for entry in std::fs::read_dir(recordings.join(&folder)).into_iter().flatten().flatten() {
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            match media::wav_repair(&entry.path()) {
                Ok(found) => {
                    let kept = RepairedRecording { duration_ms: found.duration_ms, bytes: found.bytes };
                    repaired.insert(name, kept);
                }
                Err(error) => tracing::warn!("recording {name} cannot be repaired: {error}"),
            }
        }
    }
    repaired
}
