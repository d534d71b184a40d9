//! Where the files of the library lie: `data/audio/ID/`, with the original and the sound that was made of it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::admit::{Admitted, AudioRefusal, admit};
use crate::base::UtcMillis;
use crate::ivr::check::{AudioFlaw, AudioInfo};
use crate::library::AudioFile;
use crate::store::{Actor, AudioRow, AudioState, NewAudio, Store, StoreError};

const SOUND: &str = "sound.wav";
/// Files that are decoded at once: each may need a hundred megabytes.
static DECODING: Semaphore = Semaphore::const_new(1);

/// The folder of the library.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
}

/// What somebody brings.
#[derive(Clone, Debug)]
pub struct Upload {
    /// How flows name it: lower-case letters, digits, `-` and `_`.
    pub id: String,
    /// How people name it.
    pub name: String,
    /// As it was called where it comes from.
    pub file_name: String,
    pub bytes: Vec<u8>,
}

/// Why an upload did not come into the library. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    #[error(transparent)]
    Refused(#[from] AudioRefusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the file cannot be kept: {0:#}")]
    Disk(anyhow::Error),
}

impl Shelf {
    /// The library in the data folder of this machine.
    pub fn new(data: &Path) -> Shelf {
        Shelf { folder: data.join("audio") }
    }

    /// Checks a file, keeps it and adds its row, which waits for its review.
    pub async fn upload(&self, store: &Store, new: Upload, by: &Actor, at: UtcMillis) -> Result<AudioRow, UploadError> {
        check_id(&new.id)?;
        let Upload { id, name, file_name, bytes } = new;
        let called = file_name.clone();
        let (bytes, admitted) = {
            let _turn = DECODING.acquire().await;
            let decoded = tokio::task::spawn_blocking(move || (admit(&called, &bytes), bytes)).await;
            let (admitted, bytes) = decoded.map_err(|_| AudioRefusal::Broken("the decoder met a fault".to_owned()))?;
            (bytes, admitted?)
        };
        let row = NewAudio {
            id: id.clone(),
            name: if name.trim().is_empty() { id.clone() } else { name.trim().to_owned() },
            file_name,
            sha256: Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
            bytes: bytes.len() as i64,
            duration_ms: admitted.duration_ms as i64,
            peak_db: Some(admitted.peak_dbfs),
            loudness_lufs: admitted.loudness_lufs,
            flaws: admitted.flaws.iter().filter_map(flaw_name).map(str::to_owned).collect(),
        };
        // The row decides whether the id is free; files without a row are nobody's and are written over.
        store.add_audio(&row, by, at).await?;
        if let Err(error) = self.keep(&id, &bytes, &admitted) {
            store.delete_audio(&id, by, at).await?;
            return Err(UploadError::Disk(error));
        }
        Ok(store.audio_item(&id).await?)
    }

    fn keep(&self, id: &str, bytes: &[u8], admitted: &Admitted) -> anyhow::Result<()> {
        let place = self.folder.join(id);
        std::fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
        std::fs::write(place.join(format!("original.{}", admitted.ending)), bytes)?;
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: admitted.rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(place.join(SOUND), spec)?;
        admitted.samples.iter().try_for_each(|sample| writer.write_sample(*sample))?;
        writer.finalize()?;
        Ok(())
    }

    /// Takes audio off the shelf; refused while a published flow plays it.
    pub async fn delete(&self, store: &Store, id: &str, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        store.delete_audio(id, by, at).await?;
        if let Err(error) = std::fs::remove_dir_all(self.folder.join(id)) {
            tracing::warn!(%error, id, "the files of deleted audio stay");
        }
        Ok(())
    }

    /// The file as it was uploaded, and its ending.
    pub fn original(&self, id: &str) -> Option<(PathBuf, &'static str)> {
        check_id(id).ok()?;
        let at = |ending: &'static str| (self.folder.join(id).join(format!("original.{ending}")), ending);
        ["wav", "mp3"].into_iter().map(at).find(|(path, _)| path.exists())
    }

    /// What callers hear.
    pub fn sound(&self, id: &str) -> PathBuf {
        self.folder.join(id).join(SOUND)
    }

    /// The approved sounds, for the switch.
    pub async fn approved(&self, store: &Store) -> Result<Vec<AudioFile>, StoreError> {
        let rows = store.audio().await?.into_iter().filter(|row| row.state == AudioState::Approved);
        Ok(rows.map(|row| AudioFile { path: self.sound(&row.id), id: row.id }).collect())
    }

    /// A row as the checks of flows see it.
    pub fn info(&self, row: &AudioRow) -> AudioInfo {
        let mut flaws: Vec<AudioFlaw> = row.flaws.0.iter().filter_map(|name| flaw_of(name)).collect();
        if !self.sound(&row.id).exists() {
            flaws.push(AudioFlaw::Unreadable("its file is not on this machine".to_owned()));
        }
        let duration_ms = u64::try_from(row.duration_ms).ok();
        AudioInfo { approved: row.state == AudioState::Approved, duration_ms, flaws }
    }
}

/// An id is a name in flow files and a folder on the disk.
fn check_id(id: &str) -> Result<(), StoreError> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if (1..=64).contains(&id.len()) && id.chars().all(letter) {
        return Ok(());
    }
    Err(StoreError::invalid("id", "an id is 1 to 64 lower-case letters, digits, `-` and `_`"))
}

const fn flaw_name(flaw: &AudioFlaw) -> Option<&'static str> {
    match flaw {
        AudioFlaw::Clipping => Some("clipping"),
        AudioFlaw::Silent => Some("silent"),
        AudioFlaw::Format(_) | AudioFlaw::TooLarge { .. } | AudioFlaw::Unreadable(_) => None,
    }
}

fn flaw_of(name: &str) -> Option<AudioFlaw> {
    match name {
        "clipping" => Some(AudioFlaw::Clipping),
        "silent" => Some(AudioFlaw::Silent),
        _ => None,
    }
}
