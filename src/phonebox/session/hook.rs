//! The hook of one line.

use crate::phonebox::event::Direction;

/// Whether the handset is up, as far as the device told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::phonebox) enum Hook {
    #[default]
    Unknown,
    On,
    Off(Direction),
}

impl Hook {
    pub fn is_off(self) -> bool {
        match self {
            Hook::Off(_) => true,
            Hook::On | Hook::Unknown => false,
        }
    }
}
