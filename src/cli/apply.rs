//! `hotline apply setup.yaml`.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{ConfigArg, config};
use crate::config::setup::Role;
use crate::driver::clock::Clock;
use crate::ivr::check::{Locale, render};
use crate::library::Publisher;
use crate::store::Actor;

#[derive(Debug, clap::Args)]
pub struct ApplyArgs {
    /// The set-up.
    #[arg(value_name = "FILE")]
    setup: PathBuf,
    #[command(flatten)]
    config: ConfigArg,
}

pub async fn run(args: ApplyArgs) -> anyhow::Result<ExitCode> {
    let config = config::load(&args.config)?;
    let by = Actor::person("command line", Role::Admin);
    let publisher = Publisher::open(&config).await?;
    let applied = publisher.apply_file(&args.setup, &by, Clock::start().now().utc).await;
    publisher.store().close().await;
    let (files, applied) = match applied {
        Ok(done) => done,
        Err(error) => {
            eprintln!("hotline: {error:#}");
            return Ok(ExitCode::from(1));
        }
    };
    for file in files.iter().filter(|file| file.has_errors()) {
        eprintln!("{}", render::text(&[file.report()], Locale::default()));
        eprintln!("{} is not published; the version that runs stays", file.path.display());
    }
    for warning in &applied.warnings {
        eprintln!("warning: {warning}");
    }
    for change in &applied.changes {
        println!("{change}");
    }
    if applied.changes.is_empty() {
        println!("nothing to change");
    }
    Ok(ExitCode::SUCCESS)
}
