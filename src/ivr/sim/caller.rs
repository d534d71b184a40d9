//! What the virtual caller does.

use super::transcript::Happening;
use super::world::{Place, World};
use crate::ivr::session::Input;

impl World {
    /// A key of the phone.
    pub fn press(&mut self, key: char) {
        self.tell(Happening::Pressed { key });
        self.input(Input::Key { key });
    }

    /// A word that a recogniser would understand.
    pub fn says(&mut self, word: &str) {
        self.tell(Happening::Said { word: word.to_owned() });
        self.input(Input::Said { word: word.to_owned() });
    }

    pub fn hang_up(&mut self) {
        self.tell(Happening::CallerHungUp);
        self.input(Input::CallerHungUp);
    }

    /// Whether a message is being recorded.
    pub fn is_recording(&self) -> bool {
        self.rest.recording.is_some()
    }

    /// Whether an agent has answered and the caller still hears the connected prompt.
    pub fn is_connecting(&self) -> bool {
        matches!(self.rest.place, Place::Agent { .. }) && self.session.is_playing()
    }

    /// Whether a prompt plays that no key stops, in a node that waits for keys after it.
    pub fn must_listen(&self) -> bool {
        self.session.is_deaf()
    }
}
