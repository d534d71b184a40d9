//! Flow files and set-ups on their way into the store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Publisher;
use crate::base::UtcMillis;
use crate::config::setup::Setup;
use crate::config::{load_setup, resolve_secret};
use crate::ivr::check::{Locale, render};
use crate::library::flow_file::{FlowFile, check_files, flow_files};
use crate::store::{Actor, Applied, BroughtIn, FlowVersion, NewFile, Passwords, StoreError, When};

/// What publishing files came to.
pub struct FilesPublished {
    /// With all that was found out about them.
    pub files: Vec<FlowFile>,
    /// The versions that are new; empty when a file has an error, for then nothing is published.
    pub published: Vec<FlowVersion>,
}

impl FilesPublished {
    pub fn has_errors(&self) -> bool {
        self.files.iter().any(FlowFile::has_errors)
    }
}

impl Publisher {
    /// What `serve` does before it serves: new flow files published, the set-up of `setup:` applied. A file with errors
    /// is told and left out: the version that runs stays.
    pub async fn prepare(&self, setup: Option<&Path>, by: &Actor, now: UtcMillis) -> Result<FilesPublished> {
        let loaded = setup.map(|path| load_setup(path).map(|setup| (setup, path))).transpose()?;
        let named = loaded.as_ref().map(|(setup, path)| (setup, *path));
        let (files, brought) = self.bring_in(named, by, now).await?;
        for change in &brought.applied.changes {
            tracing::info!("set-up: {change}");
        }
        for warning in &brought.applied.warnings {
            tracing::warn!("set-up: {warning}");
        }
        Ok(FilesPublished { files, published: brought.published })
    }

    /// Brings the store to what a set-up file says, with the flow files that are new: all of it, or nothing.
    pub async fn apply_file(&self, path: &Path, by: &Actor, now: UtcMillis) -> Result<(Vec<FlowFile>, Applied)> {
        let setup = load_setup(path)?;
        let (files, brought) = self.bring_in(Some((&setup, path)), by, now).await?;
        Ok((files, brought.applied))
    }

    async fn bring_in(
        &self,
        setup: Option<(&Setup, &Path)>,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<(Vec<FlowFile>, BroughtIn)> {
        let files = self.check_files(&flow_files(&self.flows), setup.map(|(setup, _)| setup)).await?;
        let good: Vec<&FlowFile> = files.iter().filter(|file| !file.has_errors()).collect();
        let new = self.new_files(&good, "").await?;
        let brought = match setup {
            Some((setup, path)) => {
                let passwords = passwords(setup, path, &self.realm)?;
                let brought = self.store.bring_in(&new, When::AtStart, Some((setup, &passwords)), by, now).await;
                brought.map_err(|error| with_findings(faults(path, error), &files))?
            }
            None => self.store.bring_in(&new, When::AtStart, None, by, now).await?,
        };
        Ok((files, brought))
    }

    /// Publishes files: all of them, or, when one has an error, none.
    pub async fn publish_files(
        &self,
        paths: &[PathBuf],
        why: &str,
        by: &Actor,
        now: UtcMillis,
    ) -> Result<FilesPublished> {
        let files = self.check_files(paths, None).await?;
        if files.iter().any(FlowFile::has_errors) {
            return Ok(FilesPublished { files, published: Vec::new() });
        }
        let new = self.new_files(&files.iter().collect::<Vec<_>>(), why).await?;
        let published = self.store.bring_in(&new, When::Asked, None, by, now).await?.published;
        Ok(FilesPublished { files, published })
    }

    /// Checks files against what is set up, and has their texts spoken.
    async fn check_files(&self, paths: &[PathBuf], setup: Option<&Setup>) -> Result<Vec<FlowFile>> {
        let mut files = check_files(paths, &self.surroundings(setup).await?);
        for file in &mut files {
            self.speak(file).await;
        }
        Ok(files)
    }

    async fn new_files(&self, files: &[&FlowFile], why: &str) -> Result<Vec<NewFile>> {
        let mut new = Vec::new();
        for file in files {
            let Some(flow) = &file.flow else { continue };
            let why = if why.is_empty() { format!("file {}", file.path.display()) } else { why.to_owned() };
            let publication = self.publication(flow, String::new(), why).await?;
            new.push(NewFile { flow: file.id.clone(), content: file.source.text().to_owned(), publication });
        }
        Ok(new)
    }
}

/// Every fault of a set-up with its place, for people.
fn faults(path: &Path, error: StoreError) -> anyhow::Error {
    let StoreError::Setup(findings) = &error else { return error.into() };
    let lines: Vec<String> = findings.iter().map(|finding| format!("  {finding}")).collect();
    anyhow::anyhow!("{}: nothing was changed:\n{}", path.display(), lines.join("\n"))
}

/// A set-up often fails because a flow that it names has errors: they are told with it.
fn with_findings(error: anyhow::Error, files: &[FlowFile]) -> anyhow::Error {
    let wrong: Vec<_> = files.iter().filter(|file| file.has_errors()).map(FlowFile::report).collect();
    if wrong.is_empty() {
        return error;
    }
    anyhow::anyhow!("{error:#}\n{}", render::text(&wrong, Locale::default()))
}

fn passwords(setup: &Setup, path: &Path, realm: &str) -> Result<Passwords> {
    let base = path.parent().unwrap_or(Path::new(""));
    let mut by_agent = BTreeMap::new();
    for agent in &setup.agents {
        if let Some(secret) = &agent.password {
            let password = resolve_secret(secret, base)
                .with_context(|| format!("{}: password of agent {}", path.display(), agent.no))?;
            by_agent.insert(agent.no.clone(), password);
        }
    }
    let mut by_trunk = BTreeMap::new();
    for trunk in &setup.trunks {
        if let Some(secret) = trunk.secret() {
            let password = resolve_secret(secret, base)
                .with_context(|| format!("{}: password of trunk {}", path.display(), trunk.name))?;
            by_trunk.insert(trunk.name.clone(), password);
        }
    }
    Ok(Passwords { realm: realm.to_owned(), by_agent, by_trunk })
}
