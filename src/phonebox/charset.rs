//! Names come in the character set of the exchange, which cannot be guessed: a profile lists what to try, in order.
//! `Müller` in Latin-1 is also valid GB 18030, so only European profiles put `latin1` before `gb18030`.

use encoding_rs::{GB18030, mem};

/// Longer names are cut: a display shows 20 (BT SIN 227), a company's name in ETSI networks up to 50.
const MAX_NAME_CHARS: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    Ascii,
    Utf8,
    /// With its subsets GBK and GB 2312 (YD/T 1277.1).
    Gb18030,
    /// Every byte is a character, so it never fails.
    Latin1,
}

/// `bytes` by the first character set that has no fault in them, else as Latin-1. Control characters are left out.
pub(super) fn decode(bytes: &[u8], charsets: &[Charset]) -> String {
    let text = charsets.iter().find_map(|charset| try_decode(bytes, *charset));
    let text = text.unwrap_or_else(|| mem::decode_latin1(bytes).into_owned());
    let shown: String = text.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
    shown.trim().to_owned()
}

fn try_decode(bytes: &[u8], charset: Charset) -> Option<String> {
    match charset {
        Charset::Ascii => bytes.is_ascii().then(|| bytes.iter().copied().map(char::from).collect()),
        Charset::Utf8 => std::str::from_utf8(bytes).ok().map(str::to_owned),
        Charset::Gb18030 => {
            GB18030.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
        }
        Charset::Latin1 => Some(mem::decode_latin1(bytes).into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHINESE: &[Charset] = &[Charset::Utf8, Charset::Gb18030, Charset::Latin1];

    #[test]
    fn reads_chinese_and_european_names() {
        assert_eq!(decode(b"\xd5\xc5\xc8\xfd", CHINESE), "张三");
        assert_eq!(decode("易维".as_bytes(), CHINESE), "易维");
        assert_eq!(decode(b"M\xfcller", &[Charset::Utf8, Charset::Latin1]), "Müller");
    }

    #[test]
    fn a_name_cut_inside_a_character_is_shown_as_latin_1() {
        assert_eq!(decode(b"\xd5\xc5\xc8", CHINESE), "ÕÅÈ");
        assert_eq!(decode(b"\xd5\xc5\xc8", &[Charset::Ascii]), "ÕÅÈ");
    }

    #[test]
    fn control_characters_and_endless_names_are_cut() {
        assert_eq!(decode(b" \x1b[2JX\x07 ", CHINESE), "[2JX");
        assert_eq!(decode(&[b'a'; 5000], CHINESE).len(), 100);
    }
}
