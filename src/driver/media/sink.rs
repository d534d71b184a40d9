//! Recordings of other threads than the workers: they are written by the same writer.

use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};

use super::writer::WriterOrder;
use crate::media::{RecordingId, RecordingOutput};

/// No worker has this number: blocks are not given back.
const NO_WORKER: usize = usize::MAX;

/// Where recordings are written. It ends with the media plane, whoever still holds a clone.
#[derive(Clone)]
pub struct RecordingSink(Arc<Mutex<Option<SyncSender<WriterOrder>>>>);

impl RecordingSink {
    pub(super) fn new(to: SyncSender<WriterOrder>) -> Self {
        RecordingSink(Arc::new(Mutex::new(Some(to))))
    }

    /// Hands over what is to be written, without waiting; it comes back when the writer does not keep up.
    pub fn send(&self, recording: RecordingId, what: RecordingOutput) -> Result<(), RecordingOutput> {
        let to = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(to) = to.as_ref() else { return Ok(()) };
        match to.try_send(WriterOrder { worker: NO_WORKER, recording, what }) {
            Err(TrySendError::Full(order)) => Err(order.what),
            // The plane is gone, and every file with it is closed.
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(()),
        }
    }

    /// Takes no more: the writer may end.
    pub(super) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
