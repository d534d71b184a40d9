//! Sound cards on analog lines: the sound of a line is recorded, and caller ID is read from it.
//!
//! One thread a card. It opens the card, takes samples over a bounded queue (what does not fit is dropped and counted:
//! the card's own thread never waits), brings them to 8000 a second on one channel, and hands them to the recordings that
//! run and to the ear for caller ID. A card that is missing or unplugged is told once and tried again; nothing else waits
//! for it.

mod alsa;
mod card;
mod recording;
mod set;
mod source;

pub use alsa::{CardName, SystemCards, card_names};
pub use card::{CardConfig, Heard, SoundCommand, SoundEvent};
pub use set::{SoundContext, SoundSet};
pub use source::{Feed, Opened, Source};

#[cfg(test)]
mod tests;
