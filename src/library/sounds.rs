//! Every sound that calls may hear, encoded once to every wire codec and kept in `data/clips`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::call::switch::ClipBook;
use crate::config::{Config, SpeechEngineName, SpeechSection, resolve_secret};
use crate::driver::speech::{EspeakNg, HttpEngine, SharedEngine, SpeechError};
use crate::ivr::speak;
use crate::media::{Clip, tone_samples};

/// Samples a second of the tones that are made here.
const TONE_RATE: u32 = 8000;
/// Times that the engine may be late before it is given up for this publication.
const MAX_LATE: usize = 2;

/// The audio files of the installation, the clips made of them, and the speech engine.
pub struct Sounds {
    /// Where clips are kept.
    cache: PathBuf,
    engine: Option<SharedEngine>,
    /// What flows play when they name no sound of their own, by id.
    tones: BTreeMap<String, Arc<Clip>>,
}

/// One file of the `audio` folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioFile {
    /// Its path below the folder without the ending: `num/zh-CN/3`.
    pub id: String,
    pub path: PathBuf,
}

impl Sounds {
    /// With the engine and the data folder that the configuration names.
    pub async fn of(config: &Config) -> Result<Self> {
        let cache = config.data.join("clips");
        std::fs::create_dir_all(&cache).with_context(|| format!("cannot make the folder {}", cache.display()))?;
        Ok(Sounds { cache, engine: engine(&config.speech).await?, tones: made_tones()? })
    }

    /// Whether there is an engine.
    pub fn can_speak(&self) -> bool {
        self.engine.is_some()
    }

    /// The clip of an audio file, encoded when its content is new: beside the runtime, whose threads carry calls.
    async fn clip_of_file(&self, path: &Path) -> Result<Arc<Clip>> {
        let (cache, path) = (self.cache.clone(), path.to_owned());
        tokio::task::spawn_blocking(move || clip_of_file(&cache, &path))
            .await
            .context("the encoder ended by a fault")?
    }

    /// Speech for a text, from the cache or the engine. The key is text, voice and engine.
    pub async fn speech(&self, language: &str, text: &str) -> Result<Arc<Clip>, SpeechError> {
        let engine = self.engine.as_ref().ok_or(SpeechError::Missing("speech.engine names none that is installed"))?;
        let voice = engine.voice(language).ok_or_else(|| SpeechError::Language(language.to_owned()))?;
        let key = format!("{}\n{voice}\n{language}\n{text}", engine.name());
        let kept = self.cache.join(format!("tts-{}.clip", hex(&Sha256::digest(key.as_bytes()))));
        if let Ok(clip) = Clip::open(&kept) {
            return Ok(Arc::new(clip));
        }
        let spoken = engine.speak(language, text).await?;
        let encoded = tokio::task::spawn_blocking(move || encode(spoken.rate, &spoken.samples, &kept)).await;
        let encoded = encoded.context("the encoder ended by a fault").and_then(|clip| clip);
        encoded.map_err(|error| SpeechError::Failed(format!("{error:#}")))
    }

    /// Speaks texts into the cache, and tells why some cannot be spoken. An engine that was late twice is asked no more:
    /// publishing takes a bounded time however many texts there are.
    pub async fn render(&self, texts: &[(String, String)]) -> BTreeMap<(String, String), String> {
        let mut failed = BTreeMap::new();
        let mut late = 0;
        for (language, text) in texts {
            let spoken = if late < MAX_LATE { self.speech(language, text).await } else { Err(SpeechError::Late) };
            if let Err(error) = spoken {
                late += usize::from(error == SpeechError::Late);
                failed.insert((language.clone(), text.clone()), error.to_string());
            }
        }
        failed
    }

    /// The clips of every audio file, and of the texts that flows speak. What cannot be had is told and left out.
    pub async fn book(&self, files: &[AudioFile], texts: &[(String, String)]) -> (ClipBook, Vec<String>) {
        let mut book = ClipBook { audio: self.tones.clone(), ..ClipBook::default() };
        let mut problems = Vec::new();
        for file in files {
            match self.clip_of_file(&file.path).await {
                Ok(clip) => {
                    book.audio.insert(file.id.clone(), clip);
                }
                Err(error) => problems.push(format!("{error:#}")),
            }
        }
        for (language, text) in texts {
            match self.speech(language, text).await {
                Ok(clip) => {
                    book.speech.insert((language.clone(), text.clone()), clip);
                }
                Err(error) => problems.push(format!("{language} {text:?}: {error}")),
            }
        }
        (book, problems)
    }
}

/// The tones that every switch has: each with the silence after it, so that it can loop.
fn made_tones() -> Result<BTreeMap<String, Arc<Clip>>> {
    let made = speak::tones().into_iter().map(|tone| {
        let samples = |ms: u32| (ms * TONE_RATE / 1000) as usize;
        let mut sound = tone_samples(tone.frequency_hz.into(), tone.level_dbm0.into(), TONE_RATE, samples(tone.on_ms));
        sound.resize(samples(tone.on_ms + tone.off_ms), 0);
        let clip = Clip::from_pcm(TONE_RATE, &sound).with_context(|| format!("cannot make {}", tone.id))?;
        Ok((tone.id.to_owned(), Arc::new(clip)))
    });
    made.collect()
}

/// The engine that the configuration names; one that is not installed is none.
async fn engine(section: &SpeechSection) -> Result<Option<SharedEngine>> {
    match section.engine {
        SpeechEngineName::None => Ok(None),
        SpeechEngineName::EspeakNg => Ok(EspeakNg::find().await),
        SpeechEngineName::Http => {
            let url = section.url.as_deref().context("speech.url is missing: name the address of the service")?;
            let token = section.token.as_ref().map(|token| resolve_secret(token, Path::new(""))).transpose();
            let token = token.context("speech.token")?;
            let engine = HttpEngine::open(url, section.voices.clone(), token);
            Ok(Some(engine.map_err(|error| anyhow::anyhow!("speech.url: {error}"))?))
        }
    }
}

fn clip_of_file(cache: &Path, path: &Path) -> Result<Arc<Clip>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let kept = cache.join(format!("{}.clip", hex(&Sha256::digest(&bytes))));
    if let Ok(clip) = Clip::open(&kept) {
        return Ok(Arc::new(clip));
    }
    let (rate, samples) = read_wav(path).with_context(|| format!("cannot decode {}", path.display()))?;
    encode(rate, &samples, &kept).with_context(|| format!("cannot use {}", path.display()))
}

/// Encodes and keeps; what is returned is mapped from the file.
fn encode(rate: u32, samples: &[i16], kept: &Path) -> Result<Arc<Clip>> {
    let clip = Clip::from_pcm(rate, samples).context("cannot encode")?;
    clip.write(kept).with_context(|| format!("cannot write {}", kept.display()))?;
    Ok(Arc::new(Clip::open(kept).with_context(|| format!("cannot read {} back", kept.display()))?))
}

/// The audio files below `folder`, by id.
pub fn audio_files(folder: &Path) -> Vec<AudioFile> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "wav" || ending == "mp3")
                && let Ok(below) = path.strip_prefix(folder)
            {
                let id = below.with_extension("").to_string_lossy().replace('\\', "/");
                found.insert(id.clone(), AudioFile { id, path });
            }
        }
    }
    found.into_values().collect()
}

fn read_wav(path: &Path) -> Result<(u32, Vec<i16>)> {
    let mut reader = hound::WavReader::open(path)?;
    let spec = reader.spec();
    anyhow::ensure!(spec.channels == 1 && spec.bits_per_sample == 16, "16-bit mono is expected");
    let samples = reader.samples::<i16>().collect::<Result<Vec<_>, _>>()?;
    Ok((spec.sample_rate, samples))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
