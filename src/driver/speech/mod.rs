//! Speech engines behind one small trait: text in, samples out. A slow or hanging engine costs its caller a deadline.

mod espeak;
mod http;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

pub use espeak::EspeakNg;
pub use http::HttpEngine;

/// The longest text of one prompt part.
const MAX_TEXT_CHARS: usize = 2_000;
/// An engine that has said nothing after this long is given up.
const DEADLINE: Duration = Duration::from_secs(10);
/// Engines that run at once, or questions to a service.
const MAX_AT_ONCE: usize = 2;
/// The largest WAV that is taken from an engine: ten minutes at 22 kHz.
const MAX_WAV_BYTES: usize = 30 << 20;

/// Why there is no speech.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpeechError {
    #[error("no speech engine is there: {0}")]
    Missing(&'static str),
    #[error("the speech engine does not speak {0}")]
    Language(String),
    #[error("the text is too long for one prompt: {0} characters, at most {MAX_TEXT_CHARS}")]
    TooLong(usize),
    #[error("the speech engine failed: {0}")]
    Failed(String),
    #[error("the speech engine took longer than {} s", DEADLINE.as_secs())]
    Late,
}

/// Speech as samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Samples a second.
    pub rate: u32,
    /// One channel.
    pub samples: Vec<i16>,
}

/// What turns text into speech.
pub trait SpeechEngine: Send + Sync {
    /// Its name and version, part of the cache's key: another engine speaks anew.
    fn name(&self) -> &str;
    /// The voice for a language, also part of the key.
    fn voice(&self, language: &str) -> Option<&str>;
    fn speak<'a>(&'a self, language: &'a str, text: &'a str) -> BoxFuture<'a, Result<Spoken, SpeechError>>;
}

/// The length of a text, checked.
fn check_length(text: &str) -> Result<(), SpeechError> {
    let length = text.chars().count();
    if length > MAX_TEXT_CHARS { Err(SpeechError::TooLong(length)) } else { Ok(()) }
}

/// An engine's answer within the deadline.
async fn in_time(answer: impl Future<Output = Result<Spoken, SpeechError>>) -> Result<Spoken, SpeechError> {
    tokio::time::timeout(DEADLINE, answer).await.unwrap_or(Err(SpeechError::Late))
}

/// An engine that any part may hold.
pub type SharedEngine = Arc<dyn SpeechEngine>;

/// Reads what an engine wrote: 16-bit mono WAV, whose header may not know its length yet.
pub fn read_wav(bytes: &[u8]) -> Result<Spoken, SpeechError> {
    let fail = |what: &str| SpeechError::Failed(what.to_owned());
    if bytes.len() > MAX_WAV_BYTES {
        return Err(fail("it wrote more than ten minutes of sound"));
    }
    let data = bytes.windows(4).position(|four| four == b"data").ok_or_else(|| fail("it wrote no WAV"))?;
    let head = bytes.get(..data).unwrap_or_default();
    let format = head.windows(4).position(|four| four == b"fmt ").ok_or_else(|| fail("its WAV has no format"))?;
    let field = |at: usize, len: usize| bytes.get(format + 8 + at..format + 8 + at + len);
    let (Some(&[1, 0, 1, 0]), Some(rate), Some(&[16, 0])) = (field(0, 4), field(4, 4), field(14, 2)) else {
        return Err(fail("its WAV is not 16-bit mono PCM"));
    };
    let rate = rate.iter().rev().fold(0u32, |value, byte| value << 8 | u32::from(*byte));
    let samples = bytes.get(data + 8..).unwrap_or_default();
    let samples = samples.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    Ok(Spoken { rate, samples })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_wav_is_refused() {
        for bad in [&b""[..], b"data", b"RIFF....WAVEdata", b"RIFFxxxxWAVEfmt data"] {
            assert!(matches!(read_wav(bad), Err(SpeechError::Failed(_))), "{bad:?}");
        }
    }
}
