//! Sounds that are made, not recorded: the audio library holds them under these ids without anyone uploading them.

/// Played before a voicemail is recorded when the flow names no beep of its own.
pub const BEEP: &str = "tone/beep";

/// Loops while the caller waits and the flow names no music: nobody is left in silence.
pub const WAITING: &str = "tone/waiting";

/// Loops while a dialled number rings and the flow names no music: the ringing tone of China.
pub const RINGING: &str = "tone/ringing";

/// How one tone is made: a sine for `on_ms`, then silence for `off_ms`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    pub id: &'static str,
    pub frequency_hz: u32,
    /// Power in dBm0: a negative number.
    pub level_dbm0: i8,
    pub on_ms: u32,
    /// Silence after the tone; a looping tone begins again after it. Below two seconds for [`WAITING`].
    pub off_ms: u32,
}

/// Every tone that a session may ask for.
pub const fn tones() -> [Tone; 3] {
    [
        Tone { id: BEEP, frequency_hz: 1000, level_dbm0: -13, on_ms: 400, off_ms: 0 },
        Tone { id: WAITING, frequency_hz: 450, level_dbm0: -24, on_ms: 200, off_ms: 1500 },
        Tone { id: RINGING, frequency_hz: 450, level_dbm0: -20, on_ms: 1000, off_ms: 4000 },
    ]
}
