use std::borrow::Cow;

/// `text` with every `%HH` read (RFC 3261 19.1.2). A `%` without two hexadecimal digits stays as it is.
pub fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match (byte, text.get(at + 1..at + 3).and_then(hex_pair)) {
            (b'%', Some(value)) => {
                plain.push(value);
                at += 3;
            }
            _ => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(plain)
}

fn hex_pair(digits: &[u8]) -> Option<u8> {
    let high = char::from(*digits.first()?).to_digit(16)?;
    let low = char::from(*digits.get(1)?).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// `user` as it may stand before the `@`: bytes outside `unreserved` and `user-unreserved` escaped (RFC 3261 25.1).
pub fn encode_user(user: &[u8]) -> String {
    encode(user, b"-_.!~*'()&=+$,;?/")
}

/// `value` as it may stand in a URI parameter.
pub(crate) fn encode_param(value: &[u8]) -> String {
    encode(value, b"-_.!~*'()[]/:&+$")
}

/// `value` as it may stand behind the `?`.
pub(crate) fn encode_header(value: &[u8]) -> String {
    encode(value, b"-_.!~*'()[]/?:+$")
}

fn encode(bytes: &[u8], plain: &[u8]) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    text
}
