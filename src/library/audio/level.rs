//! Loudness and flaws. Every prompt comes out as loud as every other.

use ebur128::{EbuR128, Mode};

use crate::ivr::check::AudioFlaw;

/// Integrated loudness of every sound of the library, LUFS (ITU-R BS.1770).
pub const TARGET_LUFS: f64 = -18.0;
/// No sample of it is above, dBFS: a sound whose peaks would be is left quieter.
pub const MAX_PEAK_DBFS: f64 = -1.0;
/// Noise is not raised without bound.
const MAX_GAIN_DB: f64 = 20.0;
/// Below this peak nothing can be heard, dBFS.
const SILENT_DBFS: f64 = -50.0;
/// So many samples in a row at the end of the scale are a clipped peak; so many of those are a flaw.
const CLIPPED_RUN: usize = 3;
const CLIPPED_RUNS: usize = 3;

/// What was measured before the gain.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Level {
    /// `None` when it is too short or too quiet to have one: less than 400 ms, or below -70 LUFS.
    pub loudness_lufs: Option<f64>,
    pub peak_dbfs: f64,
    pub flaws: Vec<AudioFlaw>,
}

pub(super) fn measure(samples: &[i16], rate: u32) -> Level {
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
    let peak_dbfs = 20.0 * (f64::from(peak.max(1)) / 32_768.0).log10();
    let loudness_lufs = EbuR128::new(1, rate, Mode::I).ok().and_then(|mut meter| {
        meter.add_frames_i16(samples).ok()?;
        meter.loudness_global().ok().filter(|loudness| loudness.is_finite())
    });
    let mut flaws = Vec::new();
    if peak_dbfs < SILENT_DBFS {
        flaws.push(AudioFlaw::Silent);
    }
    if clipped_runs(samples) >= CLIPPED_RUNS {
        flaws.push(AudioFlaw::Clipping);
    }
    Level { loudness_lufs, peak_dbfs, flaws }
}

fn clipped_runs(samples: &[i16]) -> usize {
    let full = |sample: &i16| *sample == i16::MAX || *sample <= -i16::MAX;
    samples.chunk_by(|a, b| full(a) == full(b)).filter(|run| full(&run[0]) && run.len() >= CLIPPED_RUN).count()
}

/// Makes it as loud as the others, as far as its peaks allow.
pub(super) fn even_out(samples: &mut [i16], level: &Level) {
    let room = MAX_PEAK_DBFS - level.peak_dbfs;
    let wanted = level.loudness_lufs.map_or(room, |loudness| TARGET_LUFS - loudness);
    let factor = 10_f64.powf(wanted.min(room).min(MAX_GAIN_DB) / 20.0);
    for sample in samples {
        // The cast saturates.
        *sample = (f64::from(*sample) * factor).round() as i16;
    }
}
