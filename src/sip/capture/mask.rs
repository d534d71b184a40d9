//! What nobody may read in a trace is covered with asterisks, of the same length: Content-Length stays true.

/// Fields whose value proves who somebody is. Their scheme stays readable.
const CREDENTIALS: &[&[u8]] =
    &[b"authorization", b"proxy-authorization", b"authentication-info", b"proxy-authentication-info"];
/// Beginnings of lines of a session description whose rest is a key or a password (RFC 4568, RFC 8866 5.12,
/// RFC 4567, RFC 8839 5.4).
const SDP_SECRETS: &[&[u8]] = &[b"a=crypto:", b"k=", b"a=key-mgmt:", b"a=ice-pwd:"];

/// A message without its secrets, and its Call-ID.
#[derive(Debug)]
pub(super) struct Masked {
    pub bytes: Vec<u8>,
    /// `None` when the message has none: it is no SIP message.
    pub call_id: Option<Vec<u8>>,
}

/// Which field the line before was: a folded line goes on with it (RFC 3261 7.3.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Credentials,
    Other,
}

/// Covers credentials, keys of session descriptions, and every body that is not a session description: keys that a
/// caller pressed, texts, locations.
pub(super) fn masked(message: &[u8]) -> Masked {
    let mut bytes = message.to_vec();
    let (mut call_id, mut sdp) = (None, false);
    let mut field = Field::Other;
    let mut at = 0;
    while let Some(end) = line_end(&bytes, at) {
        let line = bytes.get_mut(at..end).unwrap_or_default();
        at = end;
        let content = trimmed(line);
        if content.is_empty() {
            break;
        }
        if matches!(line.first(), Some(b' ' | b'\t')) {
            if field == Field::Credentials {
                cover(line);
            }
            continue;
        }
        field = Field::Other;
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at_mut(colon + 1);
        let name = trimmed(&name[..colon]).to_ascii_lowercase();
        match name.as_slice() {
            b"call-id" | b"i" => call_id = call_id.or_else(|| Some(trimmed(value).to_vec())),
            b"content-type" | b"c" => sdp = trimmed(value).to_ascii_lowercase().starts_with(b"application/sdp"),
            name if CREDENTIALS.contains(&name) => {
                field = Field::Credentials;
                cover_after_scheme(value);
            }
            _ => {}
        }
    }
    mask_body(bytes.get_mut(at..).unwrap_or_default(), sdp);
    Masked { bytes, call_id }
}

/// The place behind the line that begins at `at`; `None` when there is no more.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
    Some(rest.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |feed| at + feed + 1))
}

fn trimmed(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

fn cover(text: &mut [u8]) {
    text.iter_mut().filter(|byte| !byte.is_ascii_whitespace()).for_each(|byte| *byte = b'*');
}

fn cover_after_scheme(value: &mut [u8]) {
    let begin = value.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(value.len());
    let scheme = value[begin..].iter().position(u8::is_ascii_whitespace).map_or(value.len(), |space| begin + space);
    // `Basic` and `Digest` are no secret; what has a `=` is no scheme.
    let from = if value[begin..scheme].contains(&b'=') { begin } else { scheme };
    cover(&mut value[from..]);
}

fn mask_body(body: &mut [u8], sdp: bool) {
    if !sdp {
        return cover(body);
    }
    let mut at = 0;
    while let Some(end) = line_end(body, at) {
        let line = body.get_mut(at..end).unwrap_or_default();
        at = end;
        if let Some(secret) = SDP_SECRETS.iter().find(|secret| line.starts_with(secret)) {
            cover(&mut line[secret.len()..]);
        }
    }
}
