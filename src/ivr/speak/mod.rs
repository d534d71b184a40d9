//! Numbers and digits as recorded parts, so that a flow is heard without a speech engine.
//!
//! [`number`] reads a quantity (`220` -> 两百二十, "two hundred twenty"), [`digits()`] a string one by one (`1001` ->
//! 幺零零幺, "one zero zero one"). Both answer with the ids of recordings such as `num/zh-CN/3`;
//! [`recorded_parts`] lists all of them with the text to be spoken, and [`tones`] the sounds that are made, not spoken.

mod digits;
mod en_us;
mod parts;
mod tone;
mod zh_cn;

#[cfg(test)]
mod tests;

pub use digits::{digits, digits_text};
pub use parts::{Reading, RecordedPart, number, number_text, recorded_parts, speaks, spoken, you_are_next};
pub use tone::{BEEP, RINGING, Tone, WAITING, tones};
