//! `hotline flow`: check, test and try flows out; publish them and bring them back.

mod check;
mod life;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Subcommand, ValueEnum};

use super::ConfigArg;
use crate::ivr::check::{Code, Locale, explain};
use crate::ivr::schema::json_schema;
use check::check;
use run::{simulate, test};

/// Where flows and their tests are when nothing else is said.
const FLOWS: &str = "ivr-flows";

#[derive(Debug, clap::Args)]
pub struct FlowArgs {
    #[command(subcommand)]
    action: Action,
    /// Language of messages: zh-CN or en-US; without it that of the terminal.
    #[arg(long, global = true)]
    language: Option<Locale>,
    #[command(flatten)]
    config: ConfigArg,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check flow files; exit code 1 when one has an error.
    Check {
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        /// The set-up whose groups and allow list count; without it, what `requires:` lists counts as there.
        #[arg(long, value_name = "FILE")]
        setup: Option<PathBuf>,
        /// The folder whose audio counts; without it, what `requires:` lists counts as there.
        #[arg(long, value_name = "DIR")]
        audio: Option<PathBuf>,
    },
    /// Say what a code means, with an example.
    Explain { code: String },
    /// Print the JSON Schema of flow files, for editors.
    Schema,
    /// Run test files in virtual time, without SIP or sound; exit code 1 when one fails.
    Test {
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Play a call by hand: type keys, `+30s`, `hangup`, `help`.
    Simulate {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    #[command(flatten)]
    Life(life::Life),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

pub fn run(args: FlowArgs) -> Result<ExitCode> {
    let terminal = || std::env::var("LANG").ok().and_then(|lang| lang.parse().ok());
    let locale = args.language.or_else(terminal).unwrap_or_default();
    match args.action {
        Action::Check { files, format, setup, audio } => {
            check(&files, format, setup.as_deref(), audio.as_deref(), locale)
        }
        Action::Explain { code } => {
            let code: Code = code.parse().map_err(|error| anyhow::anyhow!("{error}"))?;
            print!("{}", explain::explain(code).text(locale));
            Ok(ExitCode::SUCCESS)
        }
        Action::Schema => {
            println!("{}", serde_json::to_string_pretty(&json_schema())?);
            Ok(ExitCode::SUCCESS)
        }
        Action::Test { files, format } => test(&files, format),
        Action::Simulate { file } => simulate(&file),
        Action::Life(action) => super::block_on(life::run(action, args.config, locale)),
    }
}
