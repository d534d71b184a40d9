//! Speech engines behind one small trait: text in, samples out. A slow or hanging engine costs its caller a deadline.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::process::Command;
use tokio::sync::Semaphore;

/// The longest text of one prompt part.
const MAX_TEXT_CHARS: usize = 2_000;
/// An engine that has said nothing after this long is given up.
const DEADLINE: Duration = Duration::from_secs(10);
/// Engines that run at once.
const MAX_AT_ONCE: usize = 2;
/// The largest WAV that is taken from an engine: ten minutes at 22 kHz.
const MAX_WAV_BYTES: usize = 30 << 20;

/// Why there is no speech.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpeechError {
    #[error("the speech engine {0} is not installed: install it, or use recordings")]
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

/// `espeak-ng`, run as a process of its own (it is GPL-3).
pub struct EspeakNg {
    places: Semaphore,
}

impl EspeakNg {
    /// The engine if it is installed.
    pub async fn find() -> Option<Arc<dyn SpeechEngine>> {
        let found = Command::new("espeak-ng").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        found
            .await
            .is_ok_and(|status| status.success())
            .then(|| Arc::new(EspeakNg { places: Semaphore::new(MAX_AT_ONCE) }) as Arc<dyn SpeechEngine>)
    }

    async fn run(&self, voice: &str, speed: &str, text: &str) -> Result<Spoken, SpeechError> {
        let _place = self.places.acquire().await.map_err(|error| SpeechError::Failed(error.to_string()))?;
        // The text is an argument of its own after `--`: nothing in it is read as an option or by a shell.
        let output = Command::new("espeak-ng")
            .args(["-v", voice, "-s", speed, "--stdout", "--", text])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|_| SpeechError::Missing("espeak-ng"))?;
        if !output.status.success() {
            return Err(SpeechError::Failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        read_wav(&output.stdout)
    }
}

impl SpeechEngine for EspeakNg {
    fn name(&self) -> &str {
        "espeak-ng"
    }

    fn voice(&self, language: &str) -> Option<&str> {
        match language {
            "zh-CN" => Some("cmn"),
            "en-US" => Some("en-us"),
            _ => None,
        }
    }

    fn speak<'a>(&'a self, language: &'a str, text: &'a str) -> BoxFuture<'a, Result<Spoken, SpeechError>> {
        Box::pin(async move {
            let length = text.chars().count();
            if length > MAX_TEXT_CHARS {
                return Err(SpeechError::TooLong(length));
            }
            let voice = self.voice(language).ok_or_else(|| SpeechError::Language(language.to_owned()))?;
            // Mandarin at the speed of English sounds drawn out.
            let speed = if language == "zh-CN" { "220" } else { "165" };
            let late = |_| SpeechError::Late;
            tokio::time::timeout(DEADLINE, self.run(voice, speed, text)).await.map_err(late)?
        })
    }
}

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

    #[tokio::test]
    async fn espeak_speaks_both_languages_when_it_is_installed() {
        let Some(engine) = EspeakNg::find().await else {
            eprintln!("skipped: espeak-ng is not installed");
            return;
        };
        for (language, text) in [("zh-CN", "您好"), ("en-US", "--hello; $(true)")] {
            let spoken = engine.speak(language, text).await.expect("it speaks");
            assert!(spoken.samples.len() > spoken.rate as usize / 5, "{language}: {} samples", spoken.samples.len());
        }
        assert_eq!(engine.speak("fr-FR", "bonjour").await, Err(SpeechError::Language("fr-FR".into())));
    }
}
