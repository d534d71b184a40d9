//! `hotline flow check|…`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

#[derive(Debug, clap::Args)]
pub struct FlowArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check flow files; exit code 1 when one has an error.
    Check {
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
}

pub fn run(args: FlowArgs) -> anyhow::Result<ExitCode> {
    match args.action {
        Action::Check { files } => check(&files),
    }
}

fn check(files: &[PathBuf]) -> anyhow::Result<ExitCode> {
    use crate::ivr::check::{Environment, Locale, render};
    use crate::library;
    let checked = library::check_files(files, &Environment::from_requires());
    let reports: Vec<_> = checked.iter().map(library::FlowFile::report).collect();
    print!("{}", render::text(&reports, Locale::default()));
    let wrong = checked.iter().any(library::FlowFile::has_errors);
    Ok(if wrong { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
