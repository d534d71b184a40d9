//! From the spool to the database, in order, while new events go on to the spool.

use std::time::Duration;

use tokio::time::timeout;

use super::batch::{Batch, States};
use super::spool::{Mark, SpoolReader};
use super::spooler::{Spooler, blocking};
use super::told::Told;
use super::writer::Writer;
use crate::call::event::CallEvent;

/// For one batch: the database is away when it takes longer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// How far an attempt came.
pub(super) struct CaughtUp {
    pub writer: Writer,
    /// Up to here everything is in the database; `None`: nothing.
    pub mark: Option<Mark>,
    /// The states that are still to be written.
    pub states: States,
    /// Why it ended before the end.
    pub failed: Option<String>,
}

/// Writes the states and then what `reader` finds, after `delay`.
pub(super) async fn catch_up(
    mut writer: Writer,
    mut reader: SpoolReader,
    states: States,
    delay: Duration,
    spool: Spooler,
    told: Told,
) -> CaughtUp {
    tokio::time::sleep(delay).await;
    let mut mark = None;
    let first = Batch { events: Vec::new(), states };
    if let Err(failed) = write(&mut writer, &first, &spool, &told).await {
        return CaughtUp { writer, mark, states: first.states, failed: Some(failed) };
    }
    let failed = loop {
        let (back, next) = blocking(move || {
            let next = reader.next();
            (reader, next)
        })
        .await;
        reader = back;
        match next {
            Ok(None) => {
                mark = Some(reader.end());
                break None;
            }
            Err(error) => break Some(format!("the spool cannot be read: {error}")),
            Ok(Some((payload, behind))) => {
                if let Err(failed) = write(&mut writer, &read(&payload), &spool, &told).await {
                    break Some(failed);
                }
                mark = Some(behind);
            }
        }
    };
    CaughtUp { writer, mark, states: States::default(), failed }
}

/// A payload whose checksum is right is one of ours; one of another version that cannot be read is told and left out.
fn read(payload: &[u8]) -> Batch {
    let events: Vec<CallEvent> = serde_json::from_slice(payload).unwrap_or_else(|error| {
        tracing::error!(%error, bytes = payload.len(), "a batch of the spool cannot be read");
        Vec::new()
    });
    Batch { events, states: States::default() }
}

async fn write(writer: &mut Writer, batch: &Batch, spool: &Spooler, told: &Told) -> Result<(), String> {
    match timeout(WRITE_TIMEOUT, writer.write(batch)).await {
        Ok(Ok(mut written)) => {
            for (events, why) in std::mem::take(&mut written.rejected) {
                spool.reject(events, why).await;
            }
            told.count(batch.events.len());
            told.committed(Vec::new(), written);
            Ok(())
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", WRITE_TIMEOUT.as_secs())),
    }
}
