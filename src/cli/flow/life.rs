//! `hotline flow publish|list|versions|show|diff|roll-back|withdraw|discard|delete|schedule|replay`: the life of flows
//! in the store. A switch that runs on it takes the change within a second.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Subcommand;

use crate::base::{CallId, UtcMillis};
use crate::cli::{ConfigArg, config};
use crate::config::Config;
use crate::config::setup::Role;
use crate::driver::clock::Clock;
use crate::ivr::check::{Locale, render};
use crate::ivr::sim::Replay;
use crate::library::{Checked, FlowFile, Publisher, Side, flow_files};
use crate::store::Actor;

#[derive(Debug, Subcommand)]
pub(super) enum Life {
    /// Publish flow files, without names all of the folder `flows`: all of them, or none when one has an error.
    Publish {
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        /// For the audit log.
        #[arg(long, default_value = "")]
        why: String,
    },
    /// List flows with their states, versions and numbers.
    List,
    /// List the versions of a flow, newest first.
    Versions { flow: String },
    /// Print a version's text, or the draft's: `show main 3`, `show main draft`.
    Show { flow: String, side: Side },
    /// Show what changed between two versions, or a version and the draft.
    Diff { flow: String, from: Side, to: Side },
    /// Let new calls run an earlier version again.
    RollBack {
        flow: String,
        version: i64,
        #[arg(long, default_value = "")]
        why: String,
    },
    /// Publish the draft that is in the store, now or at a set time.
    PublishDraft {
        flow: String,
        /// As 2026-12-24T00:00:00+08:00; without it at once.
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        #[arg(long, default_value = "")]
        why: String,
    },
    /// Take a planned publication back.
    Unschedule { flow: String },
    /// Take a published flow back (撤销发布).
    Withdraw {
        flow: String,
        #[arg(long, default_value = "")]
        why: String,
    },
    /// Throw the draft beside a published version away.
    Discard { flow: String },
    /// Delete an unpublished flow for ever.
    Delete { flow: String },
    /// Walk a past call again; exit code 1 when the flow would do something else.
    Replay {
        call: CallId,
        /// Another version of its flow, or `draft`; without it the version that the call ran.
        #[arg(long)]
        over: Option<Side>,
    },
}

/// What is wrong with what was asked about ends with 1, what is wrong with the command with 2.
pub(super) async fn run(action: Life, args: ConfigArg, locale: Locale) -> Result<ExitCode> {
    let config = config::load(&args)?;
    let publisher = Publisher::open(&config).await?;
    let desk = Desk {
        publisher,
        // Whoever may run commands on this machine owns the call centre.
        by: Actor::person("command line", Role::Founder),
        now: Clock::start().now().utc,
        locale,
    };
    let done = desk.act(action, &config).await;
    desk.publisher.store().close().await;
    match done {
        Ok(code) => Ok(code),
        Err(error) => {
            eprintln!("hotline: {error:#}");
            Ok(ExitCode::from(1))
        }
    }
}

struct Desk {
    publisher: Publisher,
    by: Actor,
    now: UtcMillis,
    locale: Locale,
}

impl Desk {
    async fn act(&self, action: Life, config: &Config) -> Result<ExitCode> {
        let store = self.publisher.store();
        match action {
            Life::Publish { files, why } => return self.publish(files, &why, config).await,
            Life::List => self.list().await?,
            Life::Versions { flow } => self.versions(&flow).await?,
            Life::Show { flow, side } => print!("{}", self.publisher.text(&flow, side).await?),
            Life::Diff { flow, from, to } => print!("{}", self.publisher.diff(&flow, from, to).await?),
            Life::RollBack { flow, version, why } => {
                let rolled = self.publisher.roll_back(&flow, version, &why, &self.by, self.now).await?;
                return Ok(self.told(rolled.map(|()| format!("new calls run {flow} version {version}"))));
            }
            Life::PublishDraft { flow, at: None, why } => {
                let published = self.publisher.publish_draft(&flow, &why, &self.by, self.now).await?;
                return Ok(self.told(published.map(|version| format!("{flow} version {}", version.version))));
            }
            Life::PublishDraft { flow, at: Some(at), why } => {
                store.schedule_publication(&flow, time(&at)?, &why, &self.by, self.now).await?;
            }
            Life::Unschedule { flow } => store.cancel_publication(&flow, "taken back", &self.by, self.now).await?,
            Life::Withdraw { flow, why } => store.withdraw_flow(&flow, &why, &self.by, self.now).await?,
            Life::Discard { flow } => store.discard_draft(&flow, &self.by, self.now).await?,
            Life::Delete { flow } => store.delete_flow(&flow, &self.by, self.now).await?,
            Life::Replay { call, over } => return self.replay(call, over).await,
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn publish(&self, files: Vec<PathBuf>, why: &str, config: &Config) -> Result<ExitCode> {
        let files = if files.is_empty() { flow_files(&config.flows) } else { files };
        anyhow::ensure!(!files.is_empty(), "there are no flow files in {}", config.flows.display());
        for file in &files {
            anyhow::ensure!(file.is_file(), "{}: there is no such file", file.display());
        }
        let done = self.publisher.publish_files(&files, why, &self.by, self.now).await?;
        done.files.iter().for_each(|file| self.show(file));
        if done.has_errors() {
            eprintln!("nothing is published; the versions that run stay");
            return Ok(ExitCode::from(1));
        }
        for version in &done.published {
            println!("{} version {}", version.flow, version.version);
        }
        if done.published.is_empty() {
            println!("nothing to publish: the running versions are the same");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn show(&self, file: &FlowFile) {
        if !file.diagnostics.is_empty() {
            eprintln!("{}", render::text(&[file.report()], self.locale));
        }
    }

    fn told(&self, done: Checked<String>) -> ExitCode {
        match done {
            Ok(done) => {
                println!("{done}");
                ExitCode::SUCCESS
            }
            Err(file) => {
                self.show(&file);
                eprintln!("nothing was changed; the version that runs stays");
                ExitCode::from(1)
            }
        }
    }

    async fn list(&self) -> Result<()> {
        for flow in self.publisher.store().flows().await? {
            let version = flow.published.map_or_else(|| "-".to_owned(), |version| format!("v{version}"));
            let draft = if flow.has_draft { "draft" } else { "-" };
            let numbers = if flow.numbers.is_empty() { "-".to_owned() } else { flow.numbers.join(",") };
            println!("{:<24} {:<12} {version:<5} {draft:<6} {numbers}  {}", flow.id, flow.state.name(), flow.name);
            if let Some(at) = flow.scheduled_at {
                println!("{:<24} its draft is published at {}", "", shown(at));
            }
        }
        Ok(())
    }

    async fn versions(&self, flow: &str) -> Result<()> {
        for version in self.publisher.store().flow_versions(flow).await? {
            let sha = version.sha256.get(..12).unwrap_or_default();
            let (at, by) = (shown(version.published_at), &version.published_by);
            println!("v{:<4} {sha} {at} {by}: {}", version.version, version.why);
        }
        Ok(())
    }

    async fn replay(&self, call: CallId, over: Option<Side>) -> Result<ExitCode> {
        let Replay { walked, difference } = self.publisher.replay(call, over).await?;
        walked.iter().for_each(|step| println!("{step}"));
        let Some(found) = difference else { return Ok(ExitCode::SUCCESS) };
        println!("after {} ms the record says `{}`, the flow `{}`", found.at_ms, found.recorded, found.walked);
        Ok(ExitCode::from(1))
    }
}

fn time(text: &str) -> Result<UtcMillis> {
    let time = chrono::DateTime::parse_from_rfc3339(text)
        .with_context(|| format!("{text:?} is no time: write one such as 2026-12-24T00:00:00+08:00"))?;
    Ok(UtcMillis(time.timestamp_millis()))
}

fn shown(at: UtcMillis) -> String {
    chrono::DateTime::from_timestamp_millis(at.0).map(|at| at.to_rfc3339()).unwrap_or_default()
}
