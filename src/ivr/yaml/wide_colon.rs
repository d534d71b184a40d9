//! The colon of a Chinese keyboard, which YAML reads as a letter.

use crate::ivr::check::{Text, say};

pub const CHAR: char = '：';

pub fn message() -> Text {
    say!("this is a full-width colon `：`", "这里是全角冒号“：”")
}

pub fn help() -> Text {
    say!("write `: `, a half-width colon and a blank", "请用半角冒号加空格“: ”")
}
