//! `hotline config check|describe`.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;

use super::ConfigArg;
use crate::config::{Config, ConfigError, describe};

#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Read the configuration and say whether it is right.
    Check(ConfigArg),
    /// List every key with its default, unit and meaning.
    Describe,
}

pub fn run(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    match &args.action {
        Action::Check(config) => {
            load(config)?;
            println!("the configuration is right");
        }
        Action::Describe => print!("{}", describe()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The configuration that the arguments name: a file that is named must exist, `hotline.yaml` may be missing.
pub fn load(arg: &ConfigArg) -> Result<Config, ConfigError> {
    let usual = Path::new("hotline.yaml");
    match &arg.config {
        Some(path) => Config::load(path),
        None if usual.exists() => Config::load(usual),
        None => Ok(Config::default()),
    }
}
