//! Layer 3: the call centre's library: flow files and set-ups on their way into the store, and every sound that calls
//! may hear.

mod audio;
mod flow_file;
mod publisher;
mod sounds;

pub use audio::{
    Admitted, AudioRefusal, MAX_AUDIO_BYTES, MAX_PEAK_DBFS, Shelf, TARGET_LUFS, Upload, UploadError, admit, examine,
};
pub use flow_file::{FlowFile, audio_of, calls, check_files, flow_files, parse};
pub use publisher::{Checked, FilesPublished, Publisher, Side, open_store};
pub use sounds::{AudioFile, Sounds, audio_files};
