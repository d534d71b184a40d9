//! `hotline flow check|explain|schema|test|simulate`.

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::{Subcommand, ValueEnum};

use crate::config::load_setup;
use crate::ivr::check::{
    AudioInfo, Code, Environment, GroupInfo, Known, Locale, SourceFile, check as check_source, explain, render,
};
use crate::ivr::flow::{AudioId, GroupId};
use crate::ivr::schema::json_schema;
use crate::ivr::session::Flows;
use crate::ivr::sim::{Conversation, Library, Options, Setup as Scene, run_files};
use crate::ivr::speak;
use crate::library::{self, FlowFile, audio_files, flow_files};

/// Where flows and their tests are when nothing else is said.
const FLOWS: &str = "ivr-flows";

#[derive(Debug, clap::Args)]
pub struct FlowArgs {
    #[command(subcommand)]
    action: Action,
    /// Language of messages: zh-CN or en-US; without it that of the terminal.
    #[arg(long, global = true)]
    language: Option<Locale>,
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
    }
}

fn check(
    files: &[PathBuf],
    format: Format,
    setup: Option<&Path>,
    audio: Option<&Path>,
    locale: Locale,
) -> Result<ExitCode> {
    for file in files {
        anyhow::ensure!(file.is_file(), "{}: there is no such file", file.display());
    }
    let checked = library::check_files(files, &surroundings(setup, audio)?);
    let reports: Vec<_> = checked.iter().map(FlowFile::report).collect();
    match format {
        Format::Text => print!("{}", render::text(&reports, locale)),
        Format::Json => println!("{}", serde_json::to_string_pretty(&render::json(&reports, locale))?),
        Format::Sarif => println!("{}", serde_json::to_string_pretty(&render::sarif(&reports, locale))?),
    }
    let wrong = checked.iter().any(FlowFile::has_errors);
    Ok(if wrong { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// What exists around the flows, as far as it is told.
fn surroundings(setup: Option<&Path>, audio: Option<&Path>) -> Result<Environment> {
    let mut environment = Environment::from_requires();
    if let Some(path) = setup {
        let setup = load_setup(path)?;
        let members =
            |id: &str| setup.agents.iter().filter(|agent| agent.groups.iter().any(|group| group == id)).count();
        let groups = setup
            .skill_groups
            .iter()
            .map(|group| (GroupId::from(group.id.as_str()), GroupInfo { members: Some(members(&group.id)) }));
        environment.skill_groups = Known::Only(groups.collect());
        environment.http_allow = Some(setup.http_allow.clone());
    }
    if let Some(folder) = audio {
        anyhow::ensure!(folder.is_dir(), "{}: there is no such folder", folder.display());
        let files = audio_files(folder).into_iter().map(|file| file.id);
        let made = speak::tones().into_iter().map(|tone| tone.id.to_owned());
        let known: BTreeMap<_, _> = files
            .chain(made)
            .map(|id| (AudioId::from(id.as_str()), AudioInfo { approved: true, ..AudioInfo::default() }))
            .collect();
        environment.audio = Known::Only(known);
    }
    Ok(environment)
}

/// The flows of a folder that can be read.
fn library_of(folder: &Path) -> Result<Library> {
    let mut flows = Library::new();
    for path in flow_files(folder) {
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let checked =
            check_source(&SourceFile::new(&path.display().to_string(), &bytes), &Environment::from_requires());
        match checked.flow {
            Some(flow) => {
                flows.insert(flow.id.value.clone(), Arc::new(flow));
            }
            None => eprintln!("{} has errors and is left out: hotline flow check {0}", path.display()),
        }
    }
    Ok(flows)
}

fn test(files: &[PathBuf], format: Format) -> Result<ExitCode> {
    let all = flow_files(&Path::new(FLOWS).join("tests"));
    let files = if files.is_empty() { &all } else { files };
    anyhow::ensure!(!files.is_empty(), "there are no test files in {FLOWS}/tests: name some");
    let first = files.first().and_then(|file| file.parent()).and_then(Path::parent);
    // Tests stand in a folder beside their flows.
    let folder = first.filter(|folder| !flow_files(folder).is_empty()).unwrap_or(Path::new(FLOWS));
    let library = library_of(folder)?;
    let mut texts = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        texts.push((path.display().to_string(), text));
    }
    let tests = texts.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let report = run_files(tests, &library, Options::default());
    match format {
        Format::Text => print!("{}", report.text()),
        Format::Json => println!("{}", report.json()),
        Format::Sarif => anyhow::bail!("tests are told as text or json"),
    }
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn simulate(path: &Path) -> Result<ExitCode> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let library = library_of(folder)?;
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let source = SourceFile::new(&path.display().to_string(), &bytes);
    let checked = check_source(&source, &Environment::from_requires());
    let flow = checked.flow.with_context(|| format!("it has errors: hotline flow check {}", path.display()))?;
    let flows = Flows::new(Arc::new(flow), library.into_values());
    let scene = Scene::default().with_agents_for(&flows);
    let (mut conversation, reply) = Conversation::begin(flows, scene);
    reply.lines.iter().for_each(|line| println!("{line}"));
    for line in std::io::stdin().lock().lines() {
        let reply = conversation.line(&line?);
        reply.lines.iter().for_each(|line| println!("{line}"));
        if reply.over {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}
