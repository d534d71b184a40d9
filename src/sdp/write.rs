use std::fmt;

use super::{Attribute, Media, Origin, Session};

/// Text that stays in its line: control characters are written as spaces.
struct Line<'a>(&'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| fmt::Write::write_char(f, if c.is_control() { ' ' } else { c }))
    }
}

/// One word of a line: control characters and spaces in it would make it several, and move the ones behind it.
pub(super) struct Word<'a>(pub &'a str);

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |c: char| if c.is_control() || c.is_whitespace() { '_' } else { c };
        self.0.chars().try_for_each(|c| fmt::Write::write_char(f, one(c)))
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v=0\r\no={}\r\ns={}\r\n", self.origin, Line(&self.name))?;
        if let Some(connection) = &self.connection {
            write!(f, "c={connection}\r\n")?;
        }
        f.write_str("t=0 0\r\n")?;
        attributes(f, &self.attributes)?;
        self.media.iter().try_for_each(|media| write!(f, "{media}"))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_ip6 { "IP6" } else { "IP4" };
        let Origin { username, session_id, version, address, .. } = self;
        let [username, id, version, address] = [username, session_id, version, address].map(|word| Word(word));
        write!(f, "{username} {id} {version} IN {kind} {address}")
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, protocol) = (self.kind.to_string(), self.protocol.to_string());
        write!(f, "m={} {} {}", Word(&kind), self.port, Word(&protocol))?;
        self.formats.iter().try_for_each(|format| write!(f, " {}", Word(format)))?;
        f.write_str("\r\n")?;
        if let Some(connection) = &self.connection {
            write!(f, "c={connection}\r\n")?;
        }
        attributes(f, &self.attributes)
    }
}

fn attributes(f: &mut fmt::Formatter<'_>, attributes: &[Attribute]) -> fmt::Result {
    attributes.iter().try_for_each(|attribute| match &attribute.value {
        Some(value) => write!(f, "a={}:{}\r\n", Line(&attribute.name), Line(value)),
        None => write!(f, "a={}\r\n", Line(&attribute.name)),
    })
}
