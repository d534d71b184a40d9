use super::scan::trim;
use super::{Header, HeaderError};
use crate::sip::{HeaderName, Text};

/// What the caller wants hidden (RFC 3323 4.2, RFC 3325 9.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Privacy {
    /// `id`: the asserted identity.
    pub id: bool,
    /// `user`: the display name and URI.
    pub user: bool,
    /// `header`: what routing reveals.
    pub header: bool,
    /// `session`: the media addresses.
    pub session: bool,
    /// `critical`: fail rather than reveal.
    pub critical: bool,
    /// `history`: the History-Info entries (RFC 7044 10.1).
    pub history: bool,
}

impl Privacy {
    /// Whether the caller's number and name must not be shown.
    pub fn hides_caller(self) -> bool {
        self.id || self.user || self.header
    }
}

impl Header for Privacy {
    const NAME: HeaderName = HeaderName::Privacy;

    /// Values are parted by `;`; some devices write `,`. `none` asks for no privacy.
    fn parse_in(_: &Text, value: &[u8]) -> Result<Self, HeaderError> {
        let mut privacy = Privacy::default();
        for word in value.split(|byte| matches!(byte, b';' | b',')) {
            match trim(word).to_ascii_lowercase().as_slice() {
                b"id" => privacy.id = true,
                b"user" => privacy.user = true,
                b"header" => privacy.header = true,
                b"session" => privacy.session = true,
                b"critical" => privacy.critical = true,
                b"history" => privacy.history = true,
                b"none" => return Ok(Privacy::default()),
                _ => {}
            }
        }
        Ok(privacy)
    }
}
