//! Where samples come from: the system's sound cards, or in tests anything else.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Pieces that wait for the card's thread: of 20 ms each, more than a second.
const PIECES: usize = 64;

/// What a card's own thread says.
#[derive(Debug)]
pub(super) enum FromCard {
    /// Mono samples at the card's rate.
    Samples(Vec<i16>),
    /// It gives no more.
    Failed(String),
}

/// A card opens by name and sends what it hears to a [`Feed`].
pub trait Source: Send + Sync {
    /// Why it cannot be opened is said for people.
    fn open(&self, name: &str, feed: Feed) -> Result<Opened, String>;
}

/// An open card. Dropping `keep` closes it.
pub struct Opened {
    /// Samples a second.
    pub rate: u32,
    pub keep: Box<dyn Any>,
}

/// The card's end of the queue. No method waits.
#[derive(Clone, Debug)]
pub struct Feed {
    to: SyncSender<FromCard>,
    dropped: Arc<AtomicU64>,
}

impl Feed {
    pub(super) fn new() -> (Feed, Receiver<FromCard>, Arc<AtomicU64>) {
        let (to, from) = sync_channel(PIECES);
        let dropped = Arc::new(AtomicU64::new(0));
        (Feed { to, dropped: dropped.clone() }, from, dropped)
    }

    /// Mono samples; dropped and counted when too many wait.
    pub fn samples(&self, samples: Vec<i16>) {
        let count = samples.len() as u64;
        if self.to.try_send(FromCard::Samples(samples)).is_err() {
            self.dropped.fetch_add(count, Ordering::Relaxed);
        }
    }

    /// The card gives no more. When there is no room for this, its silence says the same.
    pub fn failed(&self, why: String) {
        let _ = self.to.try_send(FromCard::Failed(why));
    }
}
