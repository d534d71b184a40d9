//! From a stranger's bytes to a sound of the library, or a reason that a person can act on.

use std::path::Path;

use super::kind::{Kind, kind};
use super::level::{even_out, measure};
use super::{decode, mp3, wav};
use crate::ivr::check::AudioFlaw;

/// The largest file (D15, G12): 5 MiB.
pub const MAX_AUDIO_BYTES: usize = 5 * 1024 * 1024;
/// The longest sound.
pub(super) const MAX_SECONDS: u32 = 20 * 60;
const RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;
const MAX_CHANNELS: u16 = 2;

/// Why a file does not come into the library.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AudioRefusal {
    #[error("the file is empty (0 bytes): choose another one")]
    Empty,
    #[error("the file has {0} bytes; at most 5 MiB (5242880 bytes) are taken: shorten it, or save it as mp3")]
    TooLarge(u64),
    #[error("the file is called {called} but is {found}: save the sound as wav or mp3")]
    NotAudio { called: String, found: &'static str },
    #[error("the wav file holds {0}, which is not decoded here: save it as PCM (uncompressed), or as mp3")]
    Codec(String),
    #[error("the sample rate is {0} Hz; 8000 to 48000 Hz are taken: save it with 16000 or 48000 Hz")]
    Rate(u32),
    #[error("the sound has {0} channels; one or two are taken: save it as mono")]
    Channels(u16),
    #[error("the file is cut off: it should go on to byte {promised}, and {there} bytes are there: copy it again")]
    CutOff { promised: usize, there: usize },
    #[error("the file is cut off: it should have {promised} frames, and has {there}: copy it again")]
    FramesMissing { promised: usize, there: usize },
    #[error("the sound is longer than {} minutes: shorten it", MAX_SECONDS / 60)]
    TooLong,
    #[error("the file cannot be decoded ({0}): save it again as wav or mp3")]
    Broken(String),
}

impl AudioRefusal {
    /// A name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            AudioRefusal::Empty => "audio_empty",
            AudioRefusal::TooLarge(_) => "audio_too_large",
            AudioRefusal::NotAudio { .. } => "audio_wrong_kind",
            AudioRefusal::Codec(_) => "audio_codec",
            AudioRefusal::Rate(_) => "audio_sample_rate",
            AudioRefusal::Channels(_) => "audio_channels",
            AudioRefusal::CutOff { .. } | AudioRefusal::FramesMissing { .. } => "audio_cut_off",
            AudioRefusal::TooLong => "audio_too_long",
            AudioRefusal::Broken(_) => "audio_broken",
        }
    }
}

/// A sound that may come into the library.
#[derive(Clone, Debug, PartialEq)]
pub struct Admitted {
    /// Of the original: `wav` or `mp3`.
    pub ending: &'static str,
    /// Mono, made even.
    pub samples: Vec<i16>,
    pub rate: u32,
    pub duration_ms: u64,
    /// As it came, dBFS.
    pub peak_dbfs: f64,
    /// As it came, LUFS.
    pub loudness_lufs: Option<f64>,
    pub flaws: Vec<AudioFlaw>,
}

/// Looks at a file of the name `called` by its content alone.
pub fn admit(called: &str, bytes: &[u8]) -> Result<Admitted, AudioRefusal> {
    if bytes.is_empty() {
        return Err(AudioRefusal::Empty);
    }
    if bytes.len() > MAX_AUDIO_BYTES {
        return Err(AudioRefusal::TooLarge(bytes.len() as u64));
    }
    let (ending, rate, channels) = match kind(bytes) {
        Kind::Wav => wav::read(bytes).map(|header| ("wav", header.rate, header.channels))?,
        Kind::Mp3 => mp3::read(bytes).map(|header| ("mp3", header.rate, header.channels))?,
        Kind::Other(found) => {
            let called = Path::new(called).file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Err(AudioRefusal::NotAudio { called, found });
        }
    };
    if !RATES.contains(&rate) {
        return Err(AudioRefusal::Rate(rate));
    }
    if !(1..=MAX_CHANNELS).contains(&channels) {
        return Err(AudioRefusal::Channels(channels));
    }
    let mut decoded = decode::decode(bytes, ending, rate, channels)?;
    if decoded.samples.is_empty() {
        return Err(AudioRefusal::Broken("it holds no sound".to_owned()));
    }
    let level = measure(&decoded.samples, rate);
    even_out(&mut decoded.samples, &level);
    Ok(Admitted {
        ending,
        duration_ms: decoded.samples.len() as u64 * 1000 / u64::from(rate),
        samples: decoded.samples,
        rate: decoded.rate,
        peak_dbfs: level.peak_dbfs,
        loudness_lufs: level.loudness_lufs,
        flaws: level.flaws,
    })
}
