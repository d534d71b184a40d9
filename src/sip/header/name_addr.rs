use std::borrow::Cow;

use super::params::write_quoted;
use super::scan::{find_outside, is_token, quoted_end, trim, trim_start, unescape_quoted};
use super::{HeaderError, Params, Wire};
use crate::sip::{Text, Uri};

/// `"Display name" <uri>;params`: From, To, Contact, Route, Record-Route, Refer-To, P-Asserted-Identity and their kin
/// (RFC 3261 20.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    /// The name without its quotes; empty when there is none. Any bytes: show it with [`Text::to_clean_string`].
    pub display_name: Text,
    pub uri: Uri,
    /// The parameters of the header, not of the URI.
    pub params: Params,
}

impl NameAddr {
    pub fn new(uri: Uri) -> NameAddr {
        NameAddr { display_name: Text::default(), uri, params: Params::default() }
    }

    pub fn with_display_name(mut self, name: &str) -> NameAddr {
        self.display_name = Text::from(name);
        self
    }

    pub fn with_tag(mut self, tag: &str) -> NameAddr {
        self.params = self.params.without("tag");
        self.params.push("tag", tag);
        self
    }

    /// Reads one value. Without angle brackets everything from the first `;` on belongs to the header, and the URI
    /// may hold neither `?` nor `,` (RFC 3261 20).
    pub fn parse(value: &Text) -> Result<NameAddr, HeaderError> {
        NameAddr::parse_in(value, value.as_bytes())
    }

    /// As [`NameAddr::parse`] for a part of `value`.
    pub(crate) fn parse_in(value: &Text, bytes: &[u8]) -> Result<NameAddr, HeaderError> {
        let bytes = trim(bytes);
        let (name, rest) = match bytes {
            [b'"', ..] => {
                let end = quoted_end(bytes, 0).ok_or(HeaderError::Unbalanced)?;
                (&bytes[..end], trim_start(&bytes[end..]))
            }
            _ => match bytes.iter().position(|byte| *byte == b'<') {
                Some(open) => bytes.split_at(open),
                None => return bare(value, bytes),
            },
        };
        let inner = rest.strip_prefix(b"<").ok_or(HeaderError::Unbalanced)?;
        let close = inner.iter().position(|byte| *byte == b'>').ok_or(HeaderError::Unbalanced)?;
        Ok(NameAddr {
            display_name: display_name(value, trim(name))?,
            uri: Uri::parse_in(value, trim(&inner[..close]))?,
            params: Params::parse_in(value, &inner[close + 1..])?,
        })
    }

    /// The `tag` parameter of From and To.
    pub fn tag(&self) -> Option<Text> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }

    /// The name for people, or the user part of the URI when there is none; control characters are spaces.
    pub fn label(&self) -> String {
        if !self.display_name.is_empty() {
            return self.display_name.to_clean_string();
        }
        let user = self.uri.user().unwrap_or(Cow::Borrowed(b""));
        Text::from(user.as_ref()).to_clean_string()
    }

    /// A copy that does not keep the message's buffer alive: for dialogs and registrations.
    pub fn detached(&self) -> NameAddr {
        NameAddr {
            display_name: self.display_name.detached(),
            uri: self.uri.detached(),
            params: self.params.detached(),
        }
    }
}

/// `uri;params` without angle brackets.
fn bare(value: &Text, bytes: &[u8]) -> Result<NameAddr, HeaderError> {
    let end = find_outside(bytes, b';').unwrap_or(bytes.len());
    let (uri, params) = bytes.split_at(end);
    let uri = trim(uri);
    if uri.contains(&b'?') || uri.contains(&b',') {
        return Err(HeaderError::NeedsBrackets);
    }
    Ok(NameAddr {
        display_name: Text::default(),
        uri: Uri::parse_in(value, uri)?,
        params: Params::parse_in(value, params)?,
    })
}

/// A quoted string without its quotes, or words as they are (also with commas or dots, which real phones send).
fn display_name(value: &Text, name: &[u8]) -> Result<Text, HeaderError> {
    match name {
        [b'"', inside @ .., b'"'] if inside.contains(&b'\\') => {
            Ok(Text::from(bytes::Bytes::from(unescape_quoted(inside))))
        }
        [b'"', inside @ .., b'"'] => Ok(value.slice_ref(inside)),
        _ if name.contains(&b'"') => Err(HeaderError::Unbalanced),
        _ => Ok(value.slice_ref(name)),
    }
}

impl Wire for NameAddr {
    fn write(&self, out: &mut Vec<u8>) {
        let name = self.display_name.as_bytes();
        if !name.is_empty() {
            let words = name.split(|byte| *byte == b' ').all(is_token);
            if words {
                out.extend_from_slice(name)
            } else {
                write_quoted(out, name)
            }
            out.push(b' ');
        }
        out.push(b'<');
        out.extend_from_slice(self.uri.as_text().as_bytes());
        out.push(b'>');
        out.extend_from_slice(self.params.as_text().as_bytes());
    }
}
