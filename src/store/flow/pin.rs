//! Which versions a new version belongs with. They are found under the publication's own lock, so that what is pinned
//! is what was published at that moment.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::row::Json;
use crate::store::sql::sql;

impl Store {
    /// What a version that makes these calls would pin now: to run a draft.
    pub async fn pins(&self, calls: &BTreeSet<String>) -> Result<BTreeMap<String, i64>, StoreError> {
        // Nothing is changed: the transaction is dropped.
        self.db.begin().await?.pins(calls).await
    }
}

impl Tx<'_> {
    /// The published version of every flow that `calls` reach, also through others. Each is held until the end of the
    /// transaction, so that none is withdrawn meanwhile.
    pub(super) async fn pins(&mut self, calls: &BTreeSet<String>) -> Result<BTreeMap<String, i64>, StoreError> {
        let mut pins = BTreeMap::new();
        let mut open: Vec<String> = calls.iter().cloned().collect();
        while let Some(id) = open.pop() {
            if pins.contains_key(&id) {
                continue;
            }
            let held = self.hold_known_flow(&id).await?;
            let Some(version) = held.published else {
                return Err(StoreError::refused(format!("flow {id} is called and is not published: publish it first")));
            };
            let statement = sql("SELECT subflows FROM flow_versions WHERE flow = $1 AND version = $2");
            let called: Option<(Json<BTreeMap<String, i64>>,)> =
                self.optional(statement.bind(&id).bind(version)).await?;
            open.extend(called.into_iter().flat_map(|(Json(called),)| called.into_keys()));
            pins.insert(id, version);
        }
        Ok(pins)
    }
}
