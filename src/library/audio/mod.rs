//! The audio library (D15): what a person uploads becomes a sound of one loudness, or is refused with its own reason.
//!
//! | file | what |
//! |---|---|
//! | `admit` | the whole way from bytes to a sound, or the refusal |
//! | `kind` | what a file is by its content |
//! | `wav`, `mp3` | what the two containers promise, before anything is decoded |
//! | `decode` | samples, by symphonia |
//! | `examine` | a file of a folder as the checks of flows see it |
//! | `level` | loudness, peak, flaws, and the gain that makes all prompts alike |
//! | `shelf` | where files lie, beside their rows in the store |

mod admit;
mod decode;
mod examine;
mod kind;
mod level;
mod mp3;
mod shelf;
mod wav;

pub use admit::{Admitted, AudioRefusal, MAX_AUDIO_BYTES, admit};
pub use examine::examine;
pub use level::{MAX_PEAK_DBFS, TARGET_LUFS};
pub use shelf::{Shelf, Upload, UploadError};

#[cfg(test)]
mod tests;
