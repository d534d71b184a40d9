//! How a box dials.

use std::collections::BTreeMap;

use regex::bytes::Regex;

use super::script::Template;

#[derive(Clone, Debug)]
pub struct Dial {
    pub method: DialMethod,
    /// Characters that may be dialled; a number with any other is refused before a byte is sent.
    pub charset: Vec<u8>,
    /// The handset must be lifted before anything is sent.
    pub needs_off_hook: bool,
    /// How long the handset may take.
    pub prompt_timeout_ms: u32,
}

#[derive(Clone, Debug)]
pub enum DialMethod {
    /// A modem command; the modem lets go of the line once the handset is up.
    Command {
        send: Template,
        ok: Regex,
        fail: Option<Regex>,
        timeout_ms: u32,
        release: Option<Template>,
        /// After this time, or when the device tells that the handset is up.
        release_after_ms: u32,
    },
    /// One byte a digit.
    Digits { table: BTreeMap<u8, u8>, gap_ms: u32 },
    /// The box only takes the line; the number is dialled on the telephone.
    HookOnly { send: Vec<Template> },
    /// A command of a HID telephone with the digits as its data.
    Tp { command: u8, speed: u8, timeout_ms: u32 },
}

/// What telephone numbers are made of, with the pause of modems.
pub(super) const DIALABLE: &[u8] = b"0123456789*#,";
