//! Layer 3: what is read from files at start. `hotline.yaml` (how this machine runs) and `setup.yaml` (what the call
//! centre is: groups, agents, numbers, trunks).
//!
//! Unknown keys are errors with line and column; every key has a default ([`describe()`] lists them all).

mod capture;
mod describe;
mod hotline;
pub mod setup;
mod setup_file;
mod trunk;
mod yaml;

pub use capture::{CaptureSection, HepSection};
pub use describe::{KEYS, Key, describe};
pub use hotline::{
    Config, HttpSection, ListenAddr, PortRange, RtpSection, SipSection, SipTransport, SpeechEngineName, SpeechSection,
    TlsSection,
};
pub use setup_file::{SecretError, load_setup, parse_setup, resolve_secret};
pub use yaml::ConfigError;
