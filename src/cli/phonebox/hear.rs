//! `hotline phonebox hear`: caller ID from a recording of a line.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::base::{Instant, Now};
use crate::driver::clock::Clock;
use crate::driver::phonebox::machine_zone;
use crate::phonebox::{EngineOptions, Library, LineEar};

/// Samples of 20 ms.
const PIECE: usize = LineEar::RATE as usize / 50;
/// After the last sample, until every wait is over.
const TAIL: Duration = Duration::from_secs(15);

/// Prints an event a line, with the second at which it was heard; exit code 1 when there is none.
pub fn run(file: &Path, any_marks: bool, library: &Library) -> Result<ExitCode> {
    let samples = read(file).with_context(|| format!("{}", file.display()))?;
    let mut now = Now::new(Instant::ZERO, Clock::start().now().utc);
    let options = EngineOptions { zone: machine_zone(), ..EngineOptions::default() };
    let ear = LineEar::new(library, any_marks, &options, now);
    let mut ear =
        ear.context("the profiles xdmf-raw-1200, dtmf-ascii and dtmf-ascii-cn are needed, and one is missing")?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut heard = false;
    for piece in samples.chunks(PIECE) {
        let micros = piece.len() as u64 * 1_000_000 / u64::from(LineEar::RATE);
        now = now.plus(Duration::from_micros(micros));
        ear.handle_samples(piece, now);
        heard |= print(&mut ear, now, &mut out)?;
    }
    now = now.plus(TAIL);
    ear.handle_timeout(now);
    heard |= print(&mut ear, now, &mut out)?;
    out.flush()?;
    Ok(if heard { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print(ear: &mut LineEar, now: Now, out: &mut impl std::io::Write) -> Result<bool> {
    let mut heard = false;
    while let Some(event) = ear.poll_output() {
        heard = true;
        let mut event = serde_json::to_value(&event)?;
        event["at_s"] = serde_json::json!(now.instant.as_millis() as f64 / 1000.0);
        writeln!(out, "{event}")?;
    }
    Ok(heard)
}

/// The first channel at 8000 samples a second. Rates that are multiples of it are averaged down.
fn read(file: &Path) -> Result<Vec<i16>> {
    let mut reader = hound::WavReader::open(file)?;
    let spec = reader.spec();
    let is_plain = spec.bits_per_sample == 16 && spec.sample_format == hound::SampleFormat::Int;
    ensure!(is_plain, "16-bit PCM is needed, not {} bits {:?}", spec.bits_per_sample, spec.sample_format);
    let fits = spec.channels > 0 && spec.sample_rate >= LineEar::RATE && spec.sample_rate.is_multiple_of(LineEar::RATE);
    ensure!(fits, "{} Hz is no multiple of {} Hz", spec.sample_rate, LineEar::RATE);
    let first = reader.samples::<i16>().step_by(usize::from(spec.channels)).collect::<Result<Vec<i16>, _>>()?;
    let times = (spec.sample_rate / LineEar::RATE) as usize;
    let mean = |some: &[i16]| some.iter().map(|sample| i32::from(*sample)).sum::<i32>() / some.len() as i32;
    Ok(first.chunks(times).map(|some| i16::try_from(mean(some)).unwrap_or(i16::MAX)).collect())
}
