//! Layer 4: the commands of `hotline`. Exit codes: 0 done, 1 the thing asked about is wrong, 2 the command is.

mod apply;
mod audio;
mod config;
mod demo;
mod flow;
mod phonebox;
mod serve;
mod sipp;
mod token;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
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
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the switch.
    Serve(ConfigArg),
    /// Place a demonstration call and tell what happened.
    Demo(demo::DemoArgs),
    /// Bring skill groups, agents, numbers and trunks to what a set-up says: all of it or nothing.
    Apply(apply::ApplyArgs),
    /// Check, test and publish IVR flows.
    Flow(flow::FlowArgs),
    /// Upload, review and list the sounds that flows play.
    Audio(audio::AudioArgs),
    /// List, check, find, hear and dial phone boxes; play what one said.
    Phonebox(phonebox::PhoneboxArgs),
    /// Play scenarios with SIPp against a switch of their own and judge its record.
    Sipp(sipp::SippArgs),
    /// Make, list and revoke tokens for the API.
    Token(token::TokenArgs),
    /// Check or describe the configuration.
    Config(config::ConfigArgs),
}

/// Runs the command; an error is printed for people and ends with code 2.
pub fn run(cli: Cli) -> ExitCode {
    if !matches!(cli.command, Command::Serve(_) | Command::Demo(_) | Command::Sipp(_)) {
        end_with_the_reader();
    }
    let done = match cli.command {
        Command::Serve(args) => block_on(serve::run(args)),
        Command::Demo(args) => block_on(demo::run(args)),
        Command::Apply(args) => block_on(apply::run(args)),
        Command::Flow(args) => flow::run(args),
        Command::Audio(args) => block_on(audio::run(args)),
        Command::Phonebox(args) => phonebox::run(args),
        Command::Sipp(args) => block_on(sipp::run(args)),
        Command::Token(args) => block_on(token::run(args)),
        Command::Config(args) => config::run(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("hotline: {error:#}");
        ExitCode::from(2)
    })
}

/// A reader of our output that leaves (`| head`) ends us quietly, as it does other commands; a server stays.
fn end_with_the_reader() {
    // SAFETY: called before any other thread runs; it only restores the system's own handling of SIGPIPE.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

/// Runs a command that needs the runtime.
fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the system gives no threads for the runtime")?;
    runtime.block_on(command)
}
