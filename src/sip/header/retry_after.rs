use super::cseq::number;
use super::scan::{trim, trim_start};
use super::{Header, HeaderError, Params, Wire};
use crate::sip::{HeaderName, Text};

/// When to try again (RFC 3261 20.33). A comment in parentheses is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    /// At most `u32::MAX`.
    pub seconds: u32,
    /// How long the callee will then be there (`duration`), in seconds.
    pub duration_s: Option<u32>,
}

impl Header for RetryAfter {
    const NAME: HeaderName = HeaderName::RetryAfter;

    fn parse_in(text: &Text, bytes: &[u8]) -> Result<Self, HeaderError> {
        let end = bytes.iter().position(|byte| matches!(byte, b'(' | b';')).unwrap_or(bytes.len());
        let (seconds, rest) = number(trim(&bytes[..end])).ok_or(HeaderError::Number)?;
        if !rest.is_empty() {
            return Err(HeaderError::Number);
        }
        let params = Params::parse_in(text, skip_comment(&bytes[end..])?)?;
        let duration_s = params.get("duration").and_then(|text| text.to_u32_saturating());
        Ok(RetryAfter { seconds, duration_s })
    }
}

fn skip_comment(bytes: &[u8]) -> Result<&[u8], HeaderError> {
    if !bytes.starts_with(b"(") {
        return Ok(bytes);
    }
    let mut depth = 0u32;
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' if depth == 1 => return Ok(trim_start(&bytes[at + 1..])),
            b')' => depth -= 1,
            _ => {}
        }
    }
    Err(HeaderError::Unbalanced)
}

impl Wire for RetryAfter {
    fn write(&self, out: &mut Vec<u8>) {
        self.seconds.write(out);
        if let Some(duration) = self.duration_s {
            out.extend_from_slice(format!(";duration={duration}").as_bytes());
        }
    }
}
