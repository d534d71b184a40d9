//! `hotline apply setup.yaml`.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{ConfigArg, config};
use crate::config::setup::Role;
use crate::library;
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
    let applied = match library::apply_file(&config, &args.setup, &by).await {
        Ok(applied) => applied,
        Err(error) => {
            eprintln!("hotline: {error:#}");
            return Ok(ExitCode::from(1));
        }
    };
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
