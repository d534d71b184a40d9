//! The sound cards of a running switch.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use tokio::sync::mpsc::Sender;

use super::card::{Card, CardConfig, SoundCommand, SoundEvent};
use super::source::Source;
use crate::driver::clock::Clock;
use crate::driver::media::RecordingSink;
use crate::phonebox::Library;

/// Commands that wait for a card; more are refused.
const COMMANDS: usize = 64;

/// What the cards of a process have in common.
#[derive(Clone)]
pub struct SoundContext {
    pub library: Library,
    pub clock: Clock,
    pub source: Arc<dyn Source>,
    pub recordings: RecordingSink,
}

/// The box's id, and the line of a box with several.
type LineName = (String, Option<u32>);

/// Cheap to clone: clones share the cards, which are closed when the last one is gone.
#[derive(Clone, Debug, Default)]
pub struct SoundSet(Arc<BTreeMap<LineName, SyncSender<SoundCommand>>>);

impl SoundSet {
    /// Starts a thread for each card. One that is not there is waited for.
    pub fn start(
        configs: Vec<CardConfig>,
        context: &SoundContext,
        events: &Sender<SoundEvent>,
    ) -> Result<Self, io::Error> {
        let mut cards = BTreeMap::new();
        for config in configs {
            let (sender, commands) = sync_channel(COMMANDS);
            let key = (config.device.clone(), config.line);
            let name = format!("sound-{}", config.device);
            let (context, events) = (context.clone(), events.clone());
            std::thread::Builder::new().name(name).spawn(move || Card::new(config, context, commands, events).run())?;
            cards.insert(key, sender);
        }
        Ok(SoundSet(Arc::new(cards)))
    }

    /// Whether the command was taken: not when there is no such card, or too many wait for it.
    pub fn command(&self, device: &str, line: Option<u32>, command: SoundCommand) -> bool {
        self.0.get(&(device.to_owned(), line)).is_some_and(|card| card.try_send(command).is_ok())
    }
}
