//! What changed between two texts of a flow.

use similar::TextDiff;

use super::{Publisher, Side};
use crate::store::StoreError;

/// Unchanged lines around each change.
const CONTEXT_LINES: usize = 3;

impl Publisher {
    /// A unified diff of two texts of flow `id`. Empty when they are the same.
    pub async fn diff(&self, id: &str, from: Side, to: Side) -> Result<String, StoreError> {
        let (old, new) = (self.text(id, from).await?, self.text(id, to).await?);
        let name = |side: Side| format!("{id} {side}");
        let diff = TextDiff::from_lines(&old, &new);
        let unified = diff.unified_diff().context_radius(CONTEXT_LINES).header(&name(from), &name(to)).to_string();
        Ok(unified)
    }

    /// A text as it was written.
    pub async fn text(&self, id: &str, side: Side) -> Result<String, StoreError> {
        match side {
            Side::Version(version) => Ok(self.store.flow_version(id, version).await?.content),
            Side::Draft => Ok(self.store.draft(id).await?.content),
        }
    }
}
