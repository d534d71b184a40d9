use super::seconds::number_and_params;
use super::{Header, HeaderError, Wire};
use crate::sip::{HeaderName, Text};

/// Who refreshes a session (RFC 4028 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    Uac,
    Uas,
}

/// The session interval (RFC 4028 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// At most `u32::MAX`.
    pub seconds: u32,
    pub refresher: Option<Refresher>,
}

impl Header for SessionExpires {
    const NAME: HeaderName = HeaderName::SessionExpires;

    fn parse_in(text: &Text, value: &[u8]) -> Result<Self, HeaderError> {
        let (seconds, params) = number_and_params(text, value)?;
        let refresher = match params.get("refresher") {
            Some(who) if who.eq_ignore_case("uac") => Some(Refresher::Uac),
            Some(who) if who.eq_ignore_case("uas") => Some(Refresher::Uas),
            Some(_) => return Err(HeaderError::Params),
            None => None,
        };
        Ok(SessionExpires { seconds, refresher })
    }
}

impl Wire for SessionExpires {
    fn write(&self, out: &mut Vec<u8>) {
        self.seconds.write(out);
        match self.refresher {
            Some(Refresher::Uac) => out.extend_from_slice(b";refresher=uac"),
            Some(Refresher::Uas) => out.extend_from_slice(b";refresher=uas"),
            None => {}
        }
    }
}
