//! Writes batches to the database over its own connection.

use super::batch::{Batch, States};
use crate::base::CallId;
use crate::call::event::CallEvent;
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::follow::{Cache, Followed};
use crate::store::line::Line;
use crate::store::open::Store;

pub(super) struct Writer {
    store: Store,
    line: Option<Line>,
    cache: Cache,
    /// Calls of a batch whose outcome is not known: what is remembered of them may be older than the database.
    in_doubt: Vec<CallId>,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub followed: Vec<Followed>,
    /// Events that the database will never take, with what it said.
    pub rejected: Vec<(Vec<CallEvent>, String)>,
}

impl Writer {
    pub fn new(store: Store) -> Self {
        Writer { store, line: None, cache: Cache::default(), in_doubt: Vec::new() }
    }

    /// Writes a batch; when one call's data is at fault, all the others. Dropped half way it leaves nothing, or all.
    pub async fn write(&mut self, batch: &Batch) -> Result<Written, StoreError> {
        match self.write_whole(batch).await {
            Ok(followed) => Ok(Written { followed, rejected: Vec::new() }),
            Err(error) if error.is_fault_of_the_data() => self.write_by_call(batch).await,
            Err(error) => Err(error),
        }
    }

    async fn write_by_call(&mut self, batch: &Batch) -> Result<Written, StoreError> {
        let mut written = Written::default();
        for events in Batch::by_call(batch.events.clone()).into_values() {
            let part = Batch { events, states: States::default() };
            match self.write_whole(&part).await {
                Ok(followed) => written.followed.extend(followed),
                Err(error) if error.is_fault_of_the_data() => written.rejected.push((part.events, error.to_string())),
                Err(error) => return Err(error),
            }
        }
        Ok(written)
    }

    async fn write_whole(&mut self, batch: &Batch) -> Result<Vec<Followed>, StoreError> {
        for call in std::mem::replace(&mut self.in_doubt, batch.calls()) {
            self.cache.forget(call);
        }
        // Taken out, so that a connection is only used again after a commit.
        let mut line = match self.line.take() {
            Some(line) => line,
            None => Line::open(&self.store).await?,
        };
        let mut tx = line.begin(&self.store.db).await?;
        tx.write_states(&batch.states).await?;
        let followed = tx.write_events(&batch.events, &self.cache, &self.store.plan).await?;
        tx.commit().await?;
        self.line = Some(line);
        self.in_doubt.clear();
        for call in &followed {
            if call.whole {
                self.cache.put(call.known.clone());
            } else {
                self.cache.forget(call.call());
            }
        }
        Ok(followed)
    }
}

impl Tx<'_> {
    async fn write_states(&mut self, states: &States) -> Result<(), StoreError> {
        for ((account, contact), binding) in &states.bindings {
            match binding {
                Some(binding) => self.save_registration(binding).await?,
                None => self.delete_registration(account, contact).await?,
            }
        }
        if let Some((snapshot, at)) = &states.acd {
            self.save_acd(snapshot, *at).await?;
        }
        Ok(())
    }
}
