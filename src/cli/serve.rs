//! `hotline serve`.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{ConfigArg, config};
use crate::app;

pub async fn run(args: ConfigArg) -> anyhow::Result<ExitCode> {
    let config = config::load(&args)?;
    log_to_stderr(&config.log)?;
    let running = app::start(&config).await?;
    println!("{}", serde_json::to_string(&running.ready)?);
    wait_for_end().await?;
    tracing::info!("stopping: calls are ended politely");
    running.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Standard output is for the ready line; the log goes to standard error.
pub(super) fn log_to_stderr(filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter)
        .with_context(|| format!("log {filter:?} is no filter: write info, or info,hotline::sip=debug"))?;
    // A second subscriber (tests) is refused; the first stays.
    // Colours are for people: a log in a file has none.
    let colours = std::io::stderr().is_terminal();
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).try_init();
    Ok(())
}

/// Returns at SIGTERM or SIGINT.
pub(super) async fn wait_for_end() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
