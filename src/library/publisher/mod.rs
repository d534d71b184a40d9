//! The way of a flow into the store: checked against what is set up, its texts spoken, its parts pinned.
//!
//! | file | what |
//! |---|---|
//! | `surroundings` | what flows are checked against |
//! | `files` | flow files and set-ups, together or not at all |
//! | `assemble` | a version with what it pins, ready to run |
//! | `diff` | two versions compared |
//! | `side` | which of a flow's texts |
//! | `past` | past calls walked again |
//! | `draft` | drafts: checked, published, planned; earlier versions brought back |

mod assemble;
mod diff;
mod draft;
mod files;
mod past;
mod side;
mod surroundings;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::flow_file::{FlowFile, audio_of, calls};
use super::{AudioFile, Shelf, Sounds, audio_files};
use crate::config::Config;
use crate::ivr::check::unspoken;
use crate::ivr::flow::Flow;
use crate::ivr::session::fixed_speech;
use crate::store::{Publication, Store, StoreError, StoreUrl};

pub use files::FilesPublished;
pub use side::Side;

/// What came of wishing to publish: the version, or the file with its findings, and nothing was changed.
pub type Checked<T> = Result<T, Box<FlowFile>>;

/// Cheap to clone: clones share everything.
#[derive(Clone)]
pub struct Publisher {
    store: Store,
    sounds: Arc<Sounds>,
    /// The installation's audio and flow files, and the library of this machine.
    audio: PathBuf,
    flows: PathBuf,
    shelf: Shelf,
    realm: String,
}

impl Publisher {
    pub fn new(config: &Config, store: Store, sounds: Arc<Sounds>) -> Self {
        Publisher {
            store,
            sounds,
            audio: config.audio.clone(),
            flows: config.flows.clone(),
            shelf: Shelf::new(&config.data),
            realm: config.sip.realm.clone(),
        }
    }

    /// With the store and the speech engine that the configuration names.
    pub async fn open(config: &Config) -> Result<Self> {
        let store = open_store(config).await?;
        let sounds = Arc::new(Sounds::of(config).await?);
        Ok(Publisher::new(config, store, sounds))
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn sounds(&self) -> &Arc<Sounds> {
        &self.sounds
    }

    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// What came with the installation. No upload is given an id of these, so neither hides the other.
    pub fn installed(&self) -> Vec<AudioFile> {
        audio_files(&self.audio)
    }

    /// Every sound that calls may hear: of the installation, and the approved of the library.
    pub async fn playable(&self) -> Result<Vec<AudioFile>, StoreError> {
        let mut files = self.shelf.approved(&self.store).await?;
        files.extend(self.installed());
        Ok(files)
    }

    /// Speaks every text of a checked flow that has no variables, so that no caller waits for it. What cannot be spoken
    /// becomes findings.
    async fn speak(&self, file: &mut FlowFile) {
        let Some(flow) = &file.flow else { return };
        let failed = self.sounds.render(&fixed_speech(flow)).await;
        let found = unspoken(flow, file.source.path(), &failed);
        file.diagnostics.extend(found);
    }

    /// What a version of `flow` pins.
    async fn publication(&self, flow: &Flow, sha256: String, why: String) -> Result<Publication, StoreError> {
        let named = audio_of(flow);
        let library = self.store.audio().await?.into_iter().map(|row| row.id);
        Ok(Publication {
            name: flow.name.clone(),
            sha256,
            calls: calls(flow),
            audio: library.filter(|id| named.contains(id)).collect(),
            skill_groups: flow.requires.skill_groups.iter().map(|group| group.value.to_string()).collect(),
            why,
        })
    }
}

/// Opens the store that the configuration names.
pub async fn open_store(config: &Config) -> Result<Store> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("cannot make the data folder {}", config.data.display()))?;
    let url: StoreUrl = config.store.parse()?;
    Ok(Store::open(&url, &config.data).await?)
}
