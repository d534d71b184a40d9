//! What changed between two texts of a flow.

use similar::TextDiff;

use super::Publisher;
use crate::store::StoreError;

/// Unchanged lines around each change.
const CONTEXT_LINES: usize = 3;

impl Publisher {
    /// A unified diff of two versions of flow `id`; `None` is the draft. Empty when they are the same.
    pub async fn diff(&self, id: &str, from: Option<i64>, to: Option<i64>) -> Result<String, StoreError> {
        let (old, new) = (self.text(id, from).await?, self.text(id, to).await?);
        let name = |side: Option<i64>| side.map_or_else(|| format!("{id} draft"), |version| format!("{id} v{version}"));
        let diff = TextDiff::from_lines(&old, &new);
        let unified = diff.unified_diff().context_radius(CONTEXT_LINES).header(&name(from), &name(to)).to_string();
        Ok(unified)
    }

    async fn text(&self, id: &str, side: Option<i64>) -> Result<String, StoreError> {
        match side {
            Some(version) => Ok(self.store.flow_version(id, version).await?.content),
            None => Ok(self.store.draft(id).await?.content),
        }
    }
}
