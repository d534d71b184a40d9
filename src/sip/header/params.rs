use super::HeaderError;
use super::scan::{ends_value, quoted_end, take_token, trim, trim_start, unescape_quoted};
use crate::sip::Text;

/// The `;name=value` parameters behind a header's value, read on demand (RFC 3261 25.1, generic-param).
///
/// Names are compared without case. Of a repeated name the first counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Params(Text);

impl Params {
    /// `text` starts with `;` or is empty. Empty parameters, names that are no tokens and open quotes are errors.
    pub fn parse(text: &Text) -> Result<Params, HeaderError> {
        Params::parse_in(text, text.as_bytes())
    }

    /// As [`Params::parse`] for a part of `text`.
    pub(crate) fn parse_in(text: &Text, bytes: &[u8]) -> Result<Params, HeaderError> {
        let written = trim(bytes);
        let mut rest = written;
        while !rest.is_empty() {
            rest = trim_start(next(rest).ok_or(HeaderError::Params)?.2);
        }
        Ok(Params(text.slice_ref(written)))
    }

    /// The value of `name` without its quotes; empty when the parameter stands alone.
    pub fn get(&self, name: &str) -> Option<Text> {
        self.raw(name).map(|value| self.plain(value))
    }

    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// Whether `name` occurs more than once.
    pub fn is_repeated(&self, name: &str) -> bool {
        Pairs(self.0.as_bytes()).filter(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).nth(1).is_some()
    }

    /// Names and values in order, values without quotes.
    pub fn iter(&self) -> impl Iterator<Item = (Text, Text)> + '_ {
        Pairs(self.0.as_bytes()).map(|(name, value)| (self.0.slice_ref(name), self.plain(value)))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As written, with the leading `;`.
    pub fn as_text(&self) -> &Text {
        &self.0
    }

    /// Adds `;name=value`, or `;name` when `value` is empty. The value is quoted when it is neither token nor host.
    pub fn push(&mut self, name: &str, value: &str) {
        let mut text = self.0.as_bytes().to_vec();
        write_param(&mut text, name, value.as_bytes());
        self.0 = Text::from(bytes::Bytes::from(text));
    }

    /// The same parameters without `name`.
    pub fn without(&self, name: &str) -> Params {
        let mut text = Vec::with_capacity(self.0.len());
        for (n, value) in Pairs(self.0.as_bytes()).filter(|(n, _)| !n.eq_ignore_ascii_case(name.as_bytes())) {
            text.push(b';');
            text.extend_from_slice(n);
            if let Some(value) = value {
                text.push(b'=');
                text.extend_from_slice(value);
            }
        }
        Params(Text::from(bytes::Bytes::from(text)))
    }

    pub(crate) fn detached(&self) -> Params {
        Params(self.0.detached())
    }

    fn raw(&self, name: &str) -> Option<Option<&[u8]>> {
        Pairs(self.0.as_bytes()).find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    fn plain(&self, value: Option<&[u8]>) -> Text {
        match value {
            None => Text::default(),
            Some([b'"', inside @ .., b'"']) if inside.contains(&b'\\') => {
                Text::from(bytes::Bytes::from(unescape_quoted(inside)))
            }
            Some([b'"', inside @ .., b'"']) => self.0.slice_ref(inside),
            Some(value) => self.0.slice_ref(value),
        }
    }
}

/// Writes one parameter; bytes that would end the value are quoted, line ends become spaces.
pub(crate) fn write_param(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.push(b';');
    out.extend_from_slice(name.as_bytes());
    if value.is_empty() {
        return;
    }
    out.push(b'=');
    let plain = value.iter().all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~[]:@/".contains(b));
    if plain {
        out.extend_from_slice(value);
    } else {
        write_quoted(out, value);
    }
}

/// Writes `value` as a quoted string: quotes and backslashes escaped, control characters as spaces.
pub(crate) fn write_quoted(out: &mut Vec<u8>, value: &[u8]) {
    out.push(b'"');
    for &byte in value {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..=0x1f | 0x7f => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

type Parameter<'a> = (&'a [u8], Option<&'a [u8]>, &'a [u8]);

struct Pairs<'a>(&'a [u8]);

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], Option<&'a [u8]>);
    fn next(&mut self) -> Option<Self::Item> {
        let (name, value, rest) = next(self.0)?;
        self.0 = trim_start(rest);
        Some((name, value))
    }
}

/// The parameter at the front of `text` (`; name = value`) and what follows it.
fn next(text: &[u8]) -> Option<Parameter<'_>> {
    let (name, rest) = take_token(trim_start(text.strip_prefix(b";")?));
    if name.is_empty() {
        return None;
    }
    let rest = trim_start(rest);
    let Some(rest) = rest.strip_prefix(b"=") else {
        return (rest.is_empty() || rest.starts_with(b";")).then_some((name, None, rest));
    };
    let (value, rest) = take_value(trim_start(rest))?;
    Some((name, Some(value), rest))
}

/// A quoted string, or everything up to the next `;` without white space and quotes inside.
fn take_value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = match text.first() {
        Some(b'"') => quoted_end(text, 0)?,
        _ => text.iter().position(|byte| ends_value(*byte)).unwrap_or(text.len()),
    };
    let (value, rest) = text.split_at(end);
    let rest = trim_start(rest);
    (rest.is_empty() || rest.starts_with(b";")).then_some((value, rest))
}
