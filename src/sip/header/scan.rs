//! The few questions about bytes that every header asks (RFC 3261 25.1).

use memchr::memchr;

const TOKEN: u8 = 1;
const SPACE: u8 = 2;
const NOT_IN_URI: u8 = 4;
const URI_MARK: u8 = 8;
const VALUE_END: u8 = 16;
const HOST: u8 = 32;

/// What each byte is.
const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0u8;
    loop {
        let class = &mut classes[byte as usize];
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
        {
            *class |= TOKEN;
        }
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            *class |= SPACE;
        }
        // However sloppy its writer, no URI holds these.
        if byte.is_ascii_control() || matches!(byte, b' ' | b'<' | b'>' | b'"') {
            *class |= NOT_IN_URI;
        }
        if matches!(byte, b':' | b'@' | b';' | b'?') {
            *class |= URI_MARK;
        }
        if matches!(byte, b';' | b' ' | b'\t' | b'\r' | b'\n' | b'"') {
            *class |= VALUE_END;
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            *class |= HOST;
        }
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

const fn is(byte: u8, class: u8) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// A byte of `token` (RFC 3261 25.1).
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    is(byte, TOKEN)
}

pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_token_byte(*byte))
}

/// Linear white space, once lines are unfolded. A bare CR or LF counts, so that it never becomes part of a value.
pub(crate) const fn is_space(byte: u8) -> bool {
    is(byte, SPACE)
}

/// What divides a URI, and what it may not hold.
pub(crate) const fn is_uri_mark_or_forbidden(byte: u8) -> bool {
    is(byte, URI_MARK | NOT_IN_URI)
}

/// Letters, digits, `-`, and `_` which DNS names of real devices have.
pub(crate) const fn is_host_byte(byte: u8) -> bool {
    is(byte, HOST)
}

/// What cannot stand in the value of a parameter without quotes.
pub(crate) const fn ends_value(byte: u8) -> bool {
    is(byte, VALUE_END)
}

pub(crate) fn trim_start(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes {
        if !is_space(*first) {
            break;
        }
        bytes = rest;
    }
    bytes
}

pub(crate) fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., last] = bytes {
        if !is_space(*last) {
            break;
        }
        bytes = rest;
    }
    bytes
}

pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    trim_end(trim_start(bytes))
}

/// The leading token and what follows it.
pub(crate) fn take_token(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| !is_token_byte(*byte)).unwrap_or(bytes.len());
    bytes.split_at(end)
}

/// Where `wanted` is outside quoted strings and angle brackets; None also when a quote is never closed before it.
pub(crate) fn find_outside(bytes: &[u8], wanted: u8) -> Option<usize> {
    let mut at = 0;
    let mut in_brackets = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' if !in_brackets => at = quoted_end(bytes, at)?.saturating_sub(1),
            _ if byte == wanted && !in_brackets => return Some(at),
            b'<' => in_brackets = true,
            b'>' => in_brackets = false,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The index after the quote that closes the one at `start`; None when it is never closed.
pub(crate) fn quoted_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Cuts one element off a comma-separated list: quotes and angle brackets protect commas (RFC 3261 7.3.1).
pub(crate) fn next_element(list: &[u8]) -> (&[u8], &[u8]) {
    if memchr(b',', list).is_none() {
        return (list, &[]);
    }
    match find_outside(list, b',') {
        Some(comma) => (&list[..comma], &list[comma + 1..]),
        None => (list, &[]),
    }
}

/// The inside of a quoted string without its backslashes (RFC 3261 25.1, quoted-pair).
pub(crate) fn unescape_quoted(inside: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(inside.len());
    let mut escaped = false;
    for &byte in inside {
        if byte == b'\\' && !escaped {
            escaped = true;
        } else {
            plain.push(byte);
            escaped = false;
        }
    }
    plain
}
