//! `hotline flow test` and `simulate`: flows in virtual time.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::{FLOWS, Format};
use crate::ivr::check::{Environment, SourceFile, check as check_source};
use crate::ivr::session::Flows;
use crate::ivr::sim::{Conversation, Library, Options, Setup as Scene, run_files};
use crate::library::flow_files;

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

pub(super) fn test(files: &[PathBuf], format: Format) -> Result<ExitCode> {
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

pub(super) fn simulate(path: &Path) -> Result<ExitCode> {
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
