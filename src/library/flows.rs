//! Flow files and set-ups on their way into the store: read, checked against what is set up, published.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::sounds::audio_files;
use crate::base::UtcMillis;
use crate::config::setup::Setup;
use crate::config::{Config, load_setup, resolve_secret};
use crate::driver::clock::Clock;
use crate::ivr::check::{
    AudioInfo, Diagnostic, Environment, FlowInfo, GroupInfo, Known, Locale, Severity, SourceFile, check, render,
};
use crate::ivr::flow::{AudioId, Flow, FlowId, GroupId, NodeKind};
use crate::ivr::session::fixed_speech;
use crate::ivr::speak;
use crate::store::{Actor, Applied, FlowVersion, Loaded, Passwords, Publication, Store, StoreError, StoreUrl, When};

/// One flow file, read and checked.
pub struct FlowFile {
    pub path: PathBuf,
    pub id: String,
    pub source: SourceFile,
    /// `None` when it cannot be read as a flow.
    pub flow: Option<Flow>,
    pub diagnostics: Vec<Diagnostic>,
}

impl FlowFile {
    /// For [`render`].
    pub fn report(&self) -> render::Report<'_> {
        render::Report { source: &self.source, diagnostics: &self.diagnostics }
    }

    pub fn has_errors(&self) -> bool {
        self.flow.is_none() || self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }
}

/// Opens the store that the configuration names.
pub async fn open_store(config: &Config) -> Result<(Store, UtcMillis)> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("cannot make the data folder {}", config.data.display()))?;
    let url: StoreUrl = config.store.parse()?;
    Ok((Store::open(&url, &config.data).await?, Clock::start().now().utc))
}

/// Brings the store to what a set-up file says, publishing the flows that its numbers name.
pub async fn apply_file(config: &Config, path: &Path, by: &Actor) -> Result<Applied> {
    let setup = load_setup(path)?;
    let (store, now) = open_store(config).await?;
    let applied = bring_in(&store, config, Some((&setup, path)), When::Asked, by, now).await;
    store.close().await;
    applied
}

/// What `serve` does before it serves: flows published, the set-up of `setup:` applied.
pub async fn prepare(store: &Store, config: &Config, by: &Actor, clock: Clock) -> Result<()> {
    let now = clock.now().utc;
    let setup = config.setup.as_deref().map(|path| load_setup(path).map(|setup| (setup, path))).transpose()?;
    let named = setup.as_ref().map(|(setup, path)| (setup, *path));
    let applied = bring_in(store, config, named, When::AtStart, by, now).await?;
    for change in applied.changes {
        tracing::info!("set-up: {change}");
    }
    for warning in applied.warnings {
        tracing::warn!("set-up: {warning}");
    }
    Ok(())
}

async fn bring_in(
    store: &Store,
    config: &Config,
    setup: Option<(&Setup, &Path)>,
    when: When,
    by: &Actor,
    now: UtcMillis,
) -> Result<Applied> {
    let environment = environment(store, config, setup.map(|(setup, _)| setup)).await?;
    for file in check_files(&flow_files(&config.flows), &environment) {
        if !file.diagnostics.is_empty() {
            eprintln!("{}", render::text(&[file.report()], Locale::default()));
        }
        if file.has_errors() {
            tracing::warn!("{} is not published; the version that runs stays", file.path.display());
        } else {
            publish(store, &file, when, by, now).await?;
        }
    }
    match setup {
        Some((setup, path)) => {
            let passwords = passwords(setup, path, &config.sip.realm)?;
            store.apply_setup(setup, &passwords, by, now).await.map_err(|error| faults(path, error))
        }
        None => Ok(Applied { changes: Vec::new(), warnings: Vec::new() }),
    }
}

/// Every fault of a set-up with its place, for people.
fn faults(path: &Path, error: StoreError) -> anyhow::Error {
    let StoreError::Setup(findings) = &error else { return error.into() };
    let lines: Vec<String> = findings.iter().map(|finding| format!("  {finding}")).collect();
    anyhow::anyhow!("{}: nothing was changed:\n{}", path.display(), lines.join("\n"))
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
    Ok(Passwords { realm: realm.to_owned(), by_agent })
}

/// The flow files of a folder (not of its `tests`), by name.
pub fn flow_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.is_file() && path.extension().is_some_and(|ending| ending == "yaml")).collect();
    files.sort();
    files
}

/// Reads and checks flow files together: each knows the others. Subflows come before those that call them.
pub fn check_files(paths: &[PathBuf], environment: &Environment) -> Vec<FlowFile> {
    let sources: Vec<(PathBuf, SourceFile)> = paths
        .iter()
        .map(|path| {
            let bytes = std::fs::read(path).unwrap_or_default();
            (path.clone(), SourceFile::new(&path.display().to_string(), &bytes))
        })
        .collect();
    let mut known = environment.clone();
    // First without the others, to know what each offers; then with them.
    for (_, source) in &sources {
        if let (Some(flow), Known::Only(flows)) = (check(source, environment).flow, &mut known.flows) {
            flows.insert(flow.id.value.clone(), FlowInfo::of(&flow, source.path()));
        }
    }
    let mut files: Vec<FlowFile> = sources
        .into_iter()
        .map(|(path, source)| {
            let checked = check(&source, &known);
            let id = source.stem().to_owned();
            FlowFile { path, id, source, flow: checked.flow, diagnostics: checked.diagnostics }
        })
        .collect();
    files.sort_by_key(|file| (file.flow.as_ref().is_some_and(|flow| !flow.is_subflow()), file.id.clone()));
    files
}

/// What exists around the flows: the store's rows and what `setup` is about to add.
pub async fn environment(store: &Store, config: &Config, setup: Option<&Setup>) -> Result<Environment> {
    let mut groups: BTreeMap<GroupId, GroupInfo> = BTreeMap::new();
    let agents = store.agents().await?;
    let members = |id: &str| {
        let listed = setup.map(|setup| &setup.agents).into_iter().flatten();
        let stored = agents.iter().filter(|agent| agent.groups.iter().any(|group| group == id)).count();
        stored + listed.filter(|agent| agent.groups.iter().any(|group| group == id)).count()
    };
    let stored = store.groups().await?.into_iter().map(|group| group.id);
    for id in stored.chain(setup.into_iter().flat_map(|setup| setup.skill_groups.iter().map(|group| group.id.clone())))
    {
        let info = GroupInfo { members: Some(members(&id)) };
        groups.insert(GroupId::from(id.as_str()), info);
    }
    let files = audio_files(&config.audio).into_iter().map(|file| file.id);
    let made = speak::tones().into_iter().map(|tone| tone.id.to_owned());
    let audio = files
        .chain(made)
        .map(|id| (AudioId::from(id.as_str()), AudioInfo { approved: true, duration_ms: None, flaws: Vec::new() }));
    let mut http_allow = store.http_allow().await?;
    http_allow.extend(setup.into_iter().flat_map(|setup| setup.http_allow.iter().cloned()));
    let mut flows = BTreeMap::new();
    for version in store.published_flows().await? {
        if let Ok(flow) = parse(&version.flow, &version.content) {
            flows.insert(FlowId::from(version.flow.as_str()), FlowInfo::of(&flow, ""));
        }
    }
    Ok(Environment {
        skill_groups: Known::Only(groups),
        audio: Known::Only(audio.collect()),
        trunks: Known::Anything,
        flows: Known::Only(flows),
        http_allow: Some(http_allow),
        ..Environment::from_requires()
    })
}

/// Publishes a checked flow unless its text was published before.
async fn publish(store: &Store, file: &FlowFile, when: When, by: &Actor, now: UtcMillis) -> Result<()> {
    let Some(flow) = &file.flow else { return Ok(()) };
    let why = format!("file {}", file.path.display());
    let publication = publication(store, flow, String::new(), why).await?;
    let text = file.source.text();
    match store.load_flow(&file.id, text, when, &publication, by, now).await? {
        Loaded::Unchanged => {}
        Loaded::Published(version) => tracing::info!("flow {} version {} is published", file.id, version.version),
    }
    Ok(())
}

/// What a version of this flow pins.
async fn publication(store: &Store, flow: &Flow, sha256: String, why: String) -> Result<Publication, StoreError> {
    let mut subflows = BTreeMap::new();
    for id in called(flow) {
        let version = store.view_flow(&id).await?;
        subflows.insert(id, version.version);
    }
    let skill_groups = flow.requires.skill_groups.iter().map(|group| group.value.to_string()).collect();
    Ok(Publication { name: flow.name.clone(), sha256, subflows, audio: Vec::new(), skill_groups, why })
}

/// Checks a text as flow `id` against what is set up.
pub async fn check_draft(store: &Store, config: &Config, id: &str, content: &str) -> Result<FlowFile> {
    let environment = environment(store, config, None).await?;
    let path = PathBuf::from(format!("{id}.yaml"));
    let source = SourceFile::new(&path.display().to_string(), content.as_bytes());
    let checked = check(&source, &environment);
    Ok(FlowFile { path, id: id.to_owned(), source, flow: checked.flow, diagnostics: checked.diagnostics })
}

/// Publishes the draft of `id`. One with errors is given back, and nothing is changed.
pub async fn publish_draft(
    store: &Store,
    config: &Config,
    id: &str,
    why: &str,
    by: &Actor,
    now: UtcMillis,
) -> Result<Result<FlowVersion, Box<FlowFile>>> {
    let draft = store.draft(id).await?;
    let file = check_draft(store, config, id, &draft.content).await?;
    let Some(flow) = file.flow.as_ref().filter(|_| !file.has_errors()) else { return Ok(Err(Box::new(file))) };
    let publication = publication(store, flow, draft.sha256, why.to_owned()).await?;
    Ok(Ok(store.publish_flow(id, &publication, by, now).await?))
}

/// The flows that a flow calls.
fn called(flow: &Flow) -> BTreeSet<String> {
    let called = flow.nodes.values().filter_map(|node| match &node.kind {
        NodeKind::Subflow(node) => Some(node.flow.value.to_string()),
        _ => None,
    });
    called.collect()
}

/// A published text as a flow again.
pub fn parse(id: &str, content: &str) -> Result<Flow> {
    let source = SourceFile::new(&format!("{id}.yaml"), content.as_bytes());
    let anything =
        Environment { skill_groups: Known::Anything, audio: Known::Anything, ..Environment::from_requires() };
    check(&source, &anything).flow.with_context(|| format!("flow {id} cannot be read any more"))
}

/// The texts that a flow speaks without variables: they are rendered when it is published.
pub fn spoken_texts(flow: &Flow) -> Vec<(String, String)> {
    fixed_speech(flow).into_iter().collect()
}
