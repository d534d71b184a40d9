//! The flows that calls run, out of the store. One that cannot be read leaves the good one in place (fault 19).

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};

use crate::call::switch::Published;
use crate::ivr::session::fixed_speech;
use crate::library::Publisher;
use crate::store::{Answer, FlowVersion, NumberRow};

/// Flows by id.
pub(super) type Running = BTreeMap<String, Arc<Published>>;

/// The published flows, and those that were good before.
pub(super) struct FlowReader {
    publisher: Arc<Publisher>,
    good: Running,
}

impl FlowReader {
    pub(super) fn new(publisher: Arc<Publisher>) -> Self {
        FlowReader { publisher, good: Running::new() }
    }

    /// Every published flow with its pinned subflows. A version that cannot be read is told, and the one that ran
    /// before stays; at start, the newest earlier one that can be read.
    pub(super) async fn published(&mut self, problems: &mut Vec<String>) -> Result<Running> {
        let mut running = Running::new();
        for version in self.publisher.store().published_flows().await.context("cannot read the flows")? {
            let good = self.good.get(&version.flow);
            if let Some(good) = good.filter(|good| good.version == version.version) {
                running.insert(version.flow, good.clone());
                continue;
            }
            let flow = match self.publisher.assemble(&version).await {
                Ok(flow) => Some(Arc::new(flow)),
                Err(error) => {
                    problems.push(format!("flow {} version {}: {error:#}", version.flow, version.version));
                    match good.cloned() {
                        Some(good) => Some(good),
                        None => self.earlier(&version).await?,
                    }
                }
            };
            if let Some(flow) = flow {
                running.insert(version.flow, flow);
            }
        }
        self.good = running.clone();
        Ok(running)
    }

    async fn earlier(&self, unreadable: &FlowVersion) -> Result<Option<Arc<Published>>> {
        let store = self.publisher.store();
        for row in store.flow_versions(&unreadable.flow).await? {
            if row.version >= unreadable.version {
                continue;
            }
            let version = store.flow_version(&unreadable.flow, row.version).await?;
            if let Ok(flow) = self.publisher.assemble(&version).await {
                return Ok(Some(Arc::new(flow)));
            }
        }
        Ok(None)
    }

    /// The drafts that test numbers answer with, as version 0. One with errors answers nothing.
    pub(super) async fn drafts(&self, numbers: &[NumberRow], problems: &mut Vec<String>) -> Result<Running> {
        let mut drafts = Running::new();
        for row in numbers {
            let Answer::Draft(id) = &row.rule.answer else { continue };
            if drafts.contains_key(id) {
                continue;
            }
            match self.publisher.assemble_draft(id).await {
                Ok(flow) => {
                    drafts.insert(id.clone(), Arc::new(flow));
                }
                Err(error) => problems.push(format!("number {}: the draft of flow {id}: {error:#}", row.number)),
            }
        }
        Ok(drafts)
    }
}

/// The texts without variables that these flows speak, each with its language.
pub(super) fn texts<'f>(flows: impl Iterator<Item = &'f Arc<Published>>) -> Vec<(String, String)> {
    let all = flows.flat_map(|published| std::iter::once(&published.flow).chain(published.subflows.values()));
    let mut texts: Vec<(String, String)> = all.flat_map(|flow| fixed_speech(flow)).collect();
    texts.sort();
    texts.dedup();
    texts
}
