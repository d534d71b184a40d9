//! Drafts and earlier versions.

use anyhow::Result;

use super::{Checked, Publisher};
use crate::base::UtcMillis;
use crate::ivr::check::{Environment, Locale, Severity};
use crate::library::flow_file::FlowFile;
use crate::store::{Actor, DuePublication, FlowVersion, StoreError};

impl Publisher {
    /// Checks a text as flow `id` against what is set up.
    pub async fn check(&self, id: &str, content: &str) -> Result<FlowFile, StoreError> {
        let speech_output = Some(self.sounds.can_speak());
        let environment = Environment { speech_output, ..self.surroundings(None).await? };
        Ok(FlowFile::check(id, content, &environment))
    }

    /// The same for a text that is about to run: its texts are spoken.
    async fn check_fully(&self, id: &str, content: &str) -> Result<FlowFile, StoreError> {
        let mut file = FlowFile::check(id, content, &self.surroundings(None).await?);
        self.speak(&mut file).await;
        Ok(file)
    }

    /// Publishes the draft of `id`. One with errors is given back, and nothing is changed.
    pub async fn publish_draft(
        &self,
        id: &str,
        why: &str,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Checked<FlowVersion>, StoreError> {
        let draft = self.store.draft(id).await?;
        let file = self.check_fully(id, &draft.content).await?;
        let Some(flow) = file.flow.as_ref().filter(|_| !file.has_errors()) else { return Ok(Err(Box::new(file))) };
        let publication = self.publication(flow, draft.sha256, why.to_owned()).await?;
        Ok(Ok(self.store.publish_flow(id, &publication, by, now).await?))
    }

    /// Lets new calls run an earlier version again, unless what it needs is no longer there.
    pub async fn roll_back(
        &self,
        id: &str,
        version: i64,
        why: &str,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<Checked<()>, StoreError> {
        let earlier = self.store.flow_version(id, version).await?;
        let file = self.check_fully(id, &earlier.content).await?;
        if file.has_errors() {
            return Ok(Err(Box::new(file)));
        }
        Ok(Ok(self.store.roll_back_flow(id, version, why, by, now).await?))
    }

    /// Carries out the planned publications whose time has come. One that cannot be carried out is taken back, with the
    /// reason in the audit log; the running version stays. Tells what was done, in words.
    pub async fn publish_due(&self, now: UtcMillis) -> Result<Vec<String>, StoreError> {
        let mut done = Vec::new();
        for plan in self.store.due_publications(now).await? {
            let by = Actor { name: plan.planned_by.clone(), role: None };
            match self.carry_out(&plan, &by, now).await {
                Ok(version) => done.push(format!("flow {} version {version} is published as planned", plan.flow)),
                Err(error) if error.is_away() => return Err(error),
                Err(error) => {
                    let why = error.to_string();
                    // Another node may have dealt with it.
                    if self.store.cancel_publication(&plan.flow, &why, &by, now).await.is_ok() {
                        done.push(format!("the planned publication of flow {} is taken back: {why}", plan.flow));
                    }
                }
            }
        }
        Ok(done)
    }

    async fn carry_out(&self, plan: &DuePublication, by: &Actor, now: UtcMillis) -> Result<i64, StoreError> {
        if self.store.draft(&plan.flow).await?.sha256 != plan.sha256 {
            return Err(StoreError::refused("the draft was edited after it was planned"));
        }
        match self.publish_draft(&plan.flow, &plan.why, by, now).await? {
            Ok(version) => Ok(version.version),
            Err(file) => {
                let first = file.diagnostics.iter().find(|found| found.severity == Severity::Error);
                let first = first.map(|found| format!("{} {}", found.code, found.message.get(Locale::EnUs)));
                Err(StoreError::refused(format!("the draft has errors: {}", first.unwrap_or_default())))
            }
        }
    }
}
