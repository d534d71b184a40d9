//! Layer 3: the call centre's library: flow files and set-ups on their way into the store, and every sound that calls
//! may hear.

mod audio;
mod flows;
mod sounds;

pub use audio::{
    Admitted, AudioRefusal, MAX_AUDIO_BYTES, MAX_PEAK_DBFS, Shelf, TARGET_LUFS, Upload, UploadError, admit,
};
pub use flows::{
    FlowFile, apply_file, check_draft, check_files, environment, flow_files, open_store, parse, prepare, publish_draft,
    spoken_texts,
};
pub use sounds::{AudioFile, Sounds, audio_files};
