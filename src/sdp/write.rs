use std::fmt;

use super::{Attribute, Media, Origin, Session};

/// Text that stays in its line: control characters are written as spaces.
struct Line<'a>(&'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| fmt::Write::write_char(f, if c.is_control() { ' ' } else { c }))
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v=0\r\no={}\r\ns={}\r\n", self.origin, Line(&self.name))?;
        if let Some(connection) = &self.connection {
            write!(f, "c={}\r\n", Line(&connection.to_string()))?;
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
        let line = format!("{username} {session_id} {version} IN {kind} {address}");
        write!(f, "{}", Line(&line))
    }
}

impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!("{} {} {} {}", self.kind, self.port, self.protocol, self.formats.join(" "));
        write!(f, "m={}\r\n", Line(&line))?;
        if let Some(connection) = &self.connection {
            write!(f, "c={}\r\n", Line(&connection.to_string()))?;
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
