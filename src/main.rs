//! The `hotline` command.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    hotline::cli::run(hotline::cli::Cli::parse())
}
