use super::params::write_quoted;
use super::scan::{is_token, quoted_end, take_token, trim, trim_start, unescape_quoted};
use super::{HeaderError, Wire};
use crate::sip::Text;

/// Authorization, Proxy-Authorization, WWW-Authenticate, Proxy-Authenticate, Authentication-Info
/// (RFC 3261 20.7, RFC 8760).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Auth {
    /// `Digest` in any case, or another scheme. Empty for Authentication-Info.
    pub scheme: Text,
    params: Vec<AuthParam>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct AuthParam {
    name: Text,
    /// Without quotes and their backslashes.
    value: Text,
    is_quoted: bool,
}

/// Parameters of one header: RFC 8760's algorithms and every extension together stay below this.
const MAX_PARAMS: usize = 64;

impl Auth {
    /// A challenge or credentials to write.
    pub fn new(scheme: &'static str) -> Auth {
        Auth { scheme: Text::from_static(scheme), params: Vec::new() }
    }

    /// `scheme name=value, name="value"`. Names that are no tokens, open quotes and missing commas are errors, and so
    /// is a name that occurs twice: of two user names one would be checked and the other believed.
    pub fn parse(value: &Text) -> Result<Auth, HeaderError> {
        let (scheme, rest) = take_token(trim_start(value.as_bytes()));
        if scheme.is_empty() {
            return Err(HeaderError::Token);
        }
        let scheme = value.slice_ref(scheme);
        let params = match params(value, rest) {
            Ok(params) => params,
            // Another scheme's grammar is its own (RFC 7235 2.1 allows a bare token68).
            Err(_) if !scheme.eq_ignore_case("Digest") => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Auth { scheme, params })
    }

    /// Authentication-Info: parameters without a scheme (RFC 3261 20.6).
    pub fn parse_info(value: &Text) -> Result<Auth, HeaderError> {
        Ok(Auth { scheme: Text::default(), params: params(value, value.as_bytes())? })
    }

    pub fn is_digest(&self) -> bool {
        self.scheme.eq_ignore_case("Digest")
    }

    /// The value of `name` (any case) without quotes.
    pub fn get(&self, name: &str) -> Option<&Text> {
        self.params.iter().find(|param| param.name.eq_ignore_case(name)).map(|param| &param.value)
    }

    /// Adds `name="value"`.
    pub fn quoted(mut self, name: &'static str, value: impl Into<Text>) -> Auth {
        self.params.push(AuthParam { name: Text::from_static(name), value: value.into(), is_quoted: true });
        self
    }

    /// Adds `name=value`.
    pub fn plain(mut self, name: &'static str, value: impl Into<Text>) -> Auth {
        self.params.push(AuthParam { name: Text::from_static(name), value: value.into(), is_quoted: false });
        self
    }
}

fn params(value: &Text, mut rest: &[u8]) -> Result<Vec<AuthParam>, HeaderError> {
    let mut params: Vec<AuthParam> = Vec::new();
    rest = trim(rest);
    while !rest.is_empty() {
        let (param, after) = param(value, rest)?;
        if params.iter().any(|other| other.name.as_bytes().eq_ignore_ascii_case(param.name.as_bytes())) {
            return Err(HeaderError::Repeated);
        }
        if params.len() == MAX_PARAMS {
            return Err(HeaderError::Params);
        }
        params.push(param);
        rest = trim_start(after);
        if rest.is_empty() {
            break;
        }
        rest = trim_start(rest.strip_prefix(b",").ok_or(HeaderError::Params)?);
    }
    Ok(params)
}

fn param<'a>(value: &Text, bytes: &'a [u8]) -> Result<(AuthParam, &'a [u8]), HeaderError> {
    let (name, rest) = take_token(bytes);
    let rest = trim_start(rest).strip_prefix(b"=").map(trim_start).ok_or(HeaderError::Params)?;
    if !is_token(name) {
        return Err(HeaderError::Params);
    }
    let name = value.slice_ref(name);
    if rest.starts_with(b"\"") {
        let end = quoted_end(rest, 0).ok_or(HeaderError::Unbalanced)?;
        let inside = &rest[1..end - 1];
        let text = match inside.contains(&b'\\') {
            true => Text::from(bytes_of(unescape_quoted(inside))),
            false => value.slice_ref(inside),
        };
        return Ok((AuthParam { name, value: text, is_quoted: true }, &rest[end..]));
    }
    let end = rest.iter().position(|byte| matches!(byte, b',' | b' ' | b'\t')).unwrap_or(rest.len());
    let (plain, after) = rest.split_at(end);
    Ok((AuthParam { name, value: value.slice_ref(plain), is_quoted: false }, after))
}

fn bytes_of(vec: Vec<u8>) -> bytes::Bytes {
    bytes::Bytes::from(vec)
}

impl Wire for Auth {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.scheme.as_bytes());
        for (at, param) in self.params.iter().enumerate() {
            match (at, self.scheme.is_empty()) {
                (0, true) => {}
                (0, false) => out.push(b' '),
                _ => out.extend_from_slice(b", "),
            }
            out.extend_from_slice(param.name.as_bytes());
            out.push(b'=');
            match param.is_quoted {
                true => write_quoted(out, param.value.as_bytes()),
                false => out.extend_from_slice(param.value.as_bytes()),
            }
        }
    }
}
