//! The rows of a call anew, from its events alone (P5).

use crate::base::CallId;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::sql::sql;

impl Store {
    /// Makes the rows of a call again from its events. What people did stays: the customer they chose, and whatever
    /// they changed on tickets. The same events give the same rows.
    pub async fn rebuild(&self, call: CallId) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let read = tx.read_call(call, &self.plan).await?.ok_or_else(|| StoreError::not_found("call", call))?;
        tx.execute(sql("DELETE FROM segments WHERE call = $1").bind(call)).await?;
        tx.execute(sql("DELETE FROM recordings WHERE call = $1 AND deleted_at IS NULL").bind(call)).await?;
        tx.follow(&mut [read]).await?;
        tx.commit().await
    }
}
