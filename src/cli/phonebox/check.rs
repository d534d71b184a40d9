//! `hotline phonebox check`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::driver::phonebox::{ProfileFault, Profiles};

pub fn run(files: &[PathBuf], folder: &Path) -> Result<ExitCode> {
    for file in files {
        anyhow::ensure!(file.is_file(), "{}: there is no such file", file.display());
    }
    let profiles = if files.is_empty() {
        Profiles::load(folder).with_context(|| format!("cannot read {}", folder.display()))?
    } else {
        Profiles::with_files(files)?
    };
    profiles.faults.iter().for_each(|fault| print!("{}", fault.render()));
    let wrong = profiles.faults.iter().filter(|fault| ProfileFault::is_error(fault)).count();
    if wrong > 0 {
        println!("{wrong} errors");
        return Ok(ExitCode::from(1));
    }
    println!("{} profiles, no errors", profiles.library.iter().count());
    Ok(ExitCode::SUCCESS)
}
