//! `hotline phonebox replay`: what the engine makes of recorded bytes, in virtual time.

use std::io::{BufRead as _, BufReader, BufWriter, Read, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};

use crate::phonebox::replay::{Recording, Row};
use crate::phonebox::{Library, Profile};

/// A capture is read as a whole; a day of a busy box is far smaller.
const MAX_CAPTURE_BYTES: u64 = 64 << 20;

/// Plays each row and prints `{"id":…,"events":[…]}` for it. A row that cannot be played is told and passed over.
pub fn rows(file: &Path, library: &Library) -> Result<ExitCode> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut wrong = false;
    for (number, line) in (1..).zip(BufReader::new(open(file)?).lines()) {
        let line = line.with_context(|| format!("{} line {number} cannot be read", file.display()))?;
        if line.trim().is_empty() {
            continue;
        }
        match play(&line, library) {
            Ok(played) => writeln!(out, "{played}")?,
            Err(error) => {
                wrong = true;
                eprintln!("{}:{number}: {error}", file.display());
            }
        }
    }
    out.flush()?;
    Ok(if wrong { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn play(line: &str, library: &Library) -> Result<String, String> {
    let row: Row = serde_json::from_str(line)
        .map_err(|error| format!("no transcript row: {error}; --profile ID plays a raw capture"))?;
    let played = row.play(library).map_err(|error| error.to_string())?;
    serde_json::to_string(&played).map_err(|error| error.to_string())
}

/// Plays raw bytes, as if they came at once, and prints an event a line.
pub fn capture(file: &Path, profile: &Arc<Profile>) -> Result<ExitCode> {
    let mut bytes = Vec::new();
    open(file)?.take(MAX_CAPTURE_BYTES).read_to_end(&mut bytes).with_context(|| format!("{}", file.display()))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for event in Recording::of_bytes(bytes).play(profile) {
        writeln!(out, "{}", serde_json::to_string(&event)?)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn open(file: &Path) -> Result<Box<dyn Read>> {
    if file == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    Ok(Box::new(std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?))
}
