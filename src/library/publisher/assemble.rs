//! A flow with what belongs to it, ready to run.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::Publisher;
use crate::call::switch::Published;
use crate::ivr::check::Severity;
use crate::ivr::flow::Flow;
use crate::ivr::session::Flows;
use crate::library::flow_file::{calls, parse};
use crate::store::FlowVersion;

impl Publisher {
    /// A version with the subflows that it pins.
    pub async fn assemble(&self, version: &FlowVersion) -> Result<Published> {
        let flow = parse(&version.flow, &version.content)?;
        let subflows = self.subflows(&version.subflows.0).await?;
        Ok(Published { version: version.version, flow: Arc::new(flow), subflows })
    }

    /// The draft of `id` as version 0, with what it would pin now. One with errors does not run.
    pub async fn assemble_draft(&self, id: &str) -> Result<Published> {
        let draft = self.store.draft(id).await?;
        self.assemble_text(id, &draft.content).await
    }

    /// The same for a text that is nowhere kept.
    pub async fn assemble_text(&self, id: &str, content: &str) -> Result<Published> {
        let file = self.check(id, content).await?;
        let first = file.diagnostics.iter().find(|found| found.severity == Severity::Error);
        if let Some(first) = first {
            anyhow::bail!("{}:{}: {} {}", first.span.line, first.span.column, first.code, first.message);
        }
        let flow = file.flow.context("it cannot be read")?;
        let pins = self.store.pins(&calls(&flow)).await?;
        Ok(Published { version: 0, flow: Arc::new(flow), subflows: self.subflows(&pins).await? })
    }

    async fn subflows(&self, pins: &BTreeMap<String, i64>) -> Result<BTreeMap<String, Arc<Flow>>> {
        let mut subflows = BTreeMap::new();
        for (id, number) in pins {
            let row = self.store.flow_version(id, *number).await?;
            subflows.insert(id.clone(), Arc::new(parse(id, &row.content)?));
        }
        Ok(subflows)
    }
}

/// For the interpreter and the simulator.
pub(super) fn flows_of(published: &Published) -> Flows {
    Flows::new(published.flow.clone(), published.subflows.values().cloned())
}
