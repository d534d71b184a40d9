//! `espeak-ng`, run as a process of its own (it is GPL-3).

use std::process::Stdio;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::{MAX_AT_ONCE, SharedEngine, SpeechEngine, SpeechError, Spoken, check_length, in_time, read_wav};

/// The installed `espeak-ng`.
pub struct EspeakNg {
    places: Semaphore,
}

impl EspeakNg {
    /// The engine if it is installed.
    pub async fn find() -> Option<SharedEngine> {
        let found = Command::new("espeak-ng").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        found
            .await
            .is_ok_and(|status| status.success())
            .then(|| Arc::new(EspeakNg { places: Semaphore::new(MAX_AT_ONCE) }) as SharedEngine)
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
            .map_err(|_| SpeechError::Missing("espeak-ng is not installed"))?;
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
            check_length(text)?;
            let voice = self.voice(language).ok_or_else(|| SpeechError::Language(language.to_owned()))?;
            // Mandarin at the speed of English sounds drawn out.
            let speed = if language == "zh-CN" { "220" } else { "165" };
            in_time(self.run(voice, speed, text)).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
