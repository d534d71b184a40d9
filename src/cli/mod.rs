//! Layer 4: the commands of `hotline`. Exit codes: 0 done, 1 the thing asked about is wrong, 2 the command is.

mod config;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A call-centre softswitch: SIP, IVR flows, skill groups, recordings, tickets, phone boxes.
#[derive(Debug, Parser)]
#[command(name = "hotline", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The configuration that a command works with.
#[derive(Debug, clap::Args)]
pub struct ConfigArg {
    /// The configuration; without it `hotline.yaml` here, or the defaults when there is none.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check or describe the configuration.
    Config(config::ConfigArgs),
}

/// Runs the command; an error is printed for people and ends with code 2.
pub fn run(cli: Cli) -> ExitCode {
    let done = match cli.command {
        Command::Config(args) => config::run(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("hotline: {error:#}");
        ExitCode::from(2)
    })
}
