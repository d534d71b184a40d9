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
use crate::library::{self, FlowFile, audio_files, examine};

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
    let checked = library::check_files(files, &surroundings(files, setup, audio)?);
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
fn surroundings(files: &[PathBuf], setup: Option<&Path>, audio: Option<&Path>) -> Result<Environment> {
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
        let known = known_audio(files, folder);
        environment.audio = Known::Only(known);
    }
    Ok(environment)
}

/// The sounds of a folder and those that are made. Only what the flows name is listened to: decoding takes a while.
fn known_audio(flows: &[PathBuf], folder: &Path) -> BTreeMap<AudioId, AudioInfo> {
    let texts: Vec<String> = flows.iter().filter_map(|flow| std::fs::read_to_string(flow).ok()).collect();
    let approved = || AudioInfo { approved: true, ..AudioInfo::default() };
    let files = audio_files(folder).into_iter().map(|file| {
        let named = texts.iter().any(|text| text.contains(&file.id));
        (AudioId::from(file.id.as_str()), if named { examine(&file.path) } else { approved() })
    });
    let made = speak::tones().into_iter().map(|tone| (AudioId::from(tone.id), approved()));
    files.chain(made).collect()
}
