//! The task that writes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::{broadcast, mpsc, oneshot};

use super::handle::{Committed, RecorderError, RecorderLimits, Shared};
use crate::acd::Snapshot;
use crate::base::UtcMillis;
use crate::call::event::CallEvent;
use crate::sip::registrar::BindingRow;
use crate::store::error::StoreError;
use crate::store::open::Store;

/// What is to be kept.
pub(super) enum Work {
    Events(Vec<CallEvent>),
    Binding(Box<BindingRow>),
    Unbound { account: String, contact: String },
    Acd(Box<Snapshot>, UtcMillis),
    Settle(oneshot::Sender<()>),
}

pub(super) struct Task {
    store: Store,
    inbox: mpsc::Receiver<Work>,
    live: broadcast::Sender<Arc<Committed>>,
    shared: Arc<Shared>,
}

impl Task {
    pub async fn new(
        store: Store,
        spool_dir: &Path,
        _limits: RecorderLimits,
        inbox: mpsc::Receiver<Work>,
        live: broadcast::Sender<Arc<Committed>>,
        shared: Arc<Shared>,
    ) -> Result<Task, RecorderError> {
        tokio::fs::create_dir_all(spool_dir)
            .await
            .map_err(|source| RecorderError::Spool { path: spool_dir.display().to_string(), source })?;
        Ok(Task { store, inbox, live, shared })
    }

    pub async fn run(mut self) {
        while let Some(work) = self.inbox.recv().await {
            let written = match work {
                Work::Events(events) => self.write(events).await,
                Work::Binding(binding) => self.write_binding(&binding).await,
                Work::Unbound { account, contact } => self.forget(&account, &contact).await,
                Work::Acd(snapshot, at) => self.write_acd(&snapshot, at).await,
                Work::Settle(done) => {
                    let _ = done.send(());
                    Ok(())
                }
            };
            if let Err(error) = written {
                self.shared.away.store(true, Ordering::Relaxed);
                tracing::error!(%error, "the database takes no events");
            }
        }
    }

    async fn write(&mut self, events: Vec<CallEvent>) -> Result<(), StoreError> {
        let mut tx = self.store.db.begin().await?;
        tx.append_events(&events).await?;
        tx.commit().await?;
        self.shared.written.fetch_add(events.len() as u64, Ordering::Relaxed);
        for event in events {
            let (call, events) = (event.call, vec![event]);
            let told = Committed { call, events, customers: Vec::new(), tickets: Vec::new(), committed: true };
            // Nobody listening is no fault.
            let _ = self.live.send(Arc::new(told));
        }
        Ok(())
    }

    async fn write_binding(&mut self, binding: &BindingRow) -> Result<(), StoreError> {
        let mut tx = self.store.db.begin().await?;
        tx.save_registration(binding).await?;
        tx.commit().await
    }

    async fn forget(&mut self, account: &str, contact: &str) -> Result<(), StoreError> {
        let mut tx = self.store.db.begin().await?;
        tx.delete_registration(account, contact).await?;
        tx.commit().await
    }

    async fn write_acd(&mut self, snapshot: &Snapshot, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.store.db.begin().await?;
        tx.save_acd(snapshot, at).await?;
        tx.commit().await
    }
}
