use super::limits::{MAX_BYTES, MAX_FORMATS, MAX_LINES, MAX_MEDIA};
use super::{Attribute, Connection, Media, MediaKind, Origin, Protocol, Session};

/// Why a text is no session description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    #[error("the session description is longer than {MAX_BYTES} bytes or {MAX_LINES} lines")]
    TooLong,
    #[error("the session description has more than {MAX_MEDIA} media lines")]
    TooManyMedia,
    #[error("the session description does not begin with v=0")]
    Version,
    #[error("line {0} of the session description cannot be read")]
    Line(usize),
}

impl Session {
    /// Reads a session description. Lines end with CRLF or LF; bytes that are no UTF-8 are replaced.
    ///
    /// `v=0` must come first; `m=`, `c=` and `o=` must be readable. A missing `o=`, `s=` or `t=` is forgiven, other lines
    /// are passed by.
    pub fn parse(bytes: &[u8]) -> Result<Session, SdpError> {
        if bytes.len() > MAX_BYTES {
            return Err(SdpError::TooLong);
        }
        let text = String::from_utf8_lossy(bytes);
        let mut session = empty();
        let mut has_version = false;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        for (count, (number, line)) in lines.enumerate() {
            if count == MAX_LINES {
                return Err(SdpError::TooLong);
            }
            let (kind, value) = line.split_once('=').ok_or(SdpError::Line(number + 1))?;
            match (kind, has_version) {
                ("v", false) if value.trim() == "0" => has_version = true,
                (_, false) => return Err(SdpError::Version),
                _ => session.read(kind, value.trim_start(), number + 1)?,
            }
        }
        if has_version { Ok(session) } else { Err(SdpError::Version) }
    }

    fn read(&mut self, kind: &str, value: &str, number: usize) -> Result<(), SdpError> {
        let unreadable = SdpError::Line(number);
        let is_full = self.media.len() == MAX_MEDIA;
        match (kind, self.media.last_mut()) {
            ("m", _) if is_full => return Err(SdpError::TooManyMedia),
            ("m", _) => self.media.push(media(value).ok_or(unreadable)?),
            ("c", None) => self.connection = Some(Connection::parse(value).ok_or(unreadable)?),
            ("c", Some(media)) => media.connection = Some(Connection::parse(value).ok_or(unreadable)?),
            ("a", None) => self.attributes.push(Attribute::parse(value)),
            ("a", Some(media)) => media.attributes.push(Attribute::parse(value)),
            ("o", None) => self.origin = origin(value).ok_or(unreadable)?,
            ("s", None) => self.name = value.to_owned(),
            (other, _) if other.len() == 1 => {}
            _ => return Err(unreadable),
        }
        Ok(())
    }
}

fn empty() -> Session {
    let origin = Origin {
        username: "-".to_owned(),
        session_id: "0".to_owned(),
        version: "0".to_owned(),
        address: "0.0.0.0".to_owned(),
        is_ip6: false,
    };
    Session { origin, name: "-".to_owned(), connection: None, attributes: Vec::new(), media: Vec::new() }
}

/// `username id version IN IP4 address`; a username with spaces, which phones write, is put together again.
fn origin(value: &str) -> Option<Origin> {
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    let tail = words.len().checked_sub(5)?;
    let [session_id, version, _, kind, address] = words.get(tail..)? else { return None };
    Some(Origin {
        username: if tail == 0 { "-".to_owned() } else { words.get(..tail)?.join("_") },
        session_id: (*session_id).to_owned(),
        version: (*version).to_owned(),
        address: (*address).to_owned(),
        is_ip6: kind.eq_ignore_ascii_case("IP6"),
    })
}

/// `audio 49170 RTP/AVP 0 8`; `port/count` is read as its first port.
fn media(value: &str) -> Option<Media> {
    let mut words = value.split_ascii_whitespace();
    let kind = words.next()?;
    let port = words.next()?.split('/').next()?.parse().ok()?;
    let protocol = words.next()?;
    let formats: Vec<String> = words.take(MAX_FORMATS).map(str::to_owned).collect();
    if formats.is_empty() {
        return None;
    }
    Some(Media {
        kind: media_kind(kind),
        port,
        protocol: media_protocol(protocol),
        formats,
        connection: None,
        attributes: Vec::new(),
    })
}

fn media_kind(text: &str) -> MediaKind {
    match () {
        () if text.eq_ignore_ascii_case("audio") => MediaKind::Audio,
        () if text.eq_ignore_ascii_case("video") => MediaKind::Video,
        () => MediaKind::Other(text.to_owned()),
    }
}

fn media_protocol(text: &str) -> Protocol {
    let known = [Protocol::RtpAvp, Protocol::RtpAvpf, Protocol::RtpSavp, Protocol::RtpSavpf];
    let same = |protocol: &Protocol| protocol.to_string().eq_ignore_ascii_case(text);
    known.into_iter().find(same).unwrap_or_else(|| Protocol::Other(text.to_owned()))
}
