//! `hotline flow check`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use super::Format;
use crate::config::load_setup;
use crate::ivr::check::{AudioInfo, Environment, GroupInfo, Hosts, Known, Locale, render};
use crate::ivr::flow::{AudioId, GroupId};
use crate::ivr::speak;
use crate::library::{self, FlowFile, audio_files};

pub(super) fn check(
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
        environment.http_allow = Hosts::Only(setup.http_allow.clone());
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
