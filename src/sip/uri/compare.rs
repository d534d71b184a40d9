use std::borrow::Cow;

use super::{Scheme, Uri};

/// Parameters that must be in both URIs or in neither (RFC 3261 19.1.4).
const NEVER_IGNORED: [&str; 4] = ["user", "ttl", "method", "maddr"];

impl Uri {
    /// Whether both name the same resource (RFC 3261 19.1.4). Other schemes than sip, sips and tel: the same text.
    pub fn is_equivalent(&self, other: &Uri) -> bool {
        match (self.scheme, other.scheme) {
            (Scheme::Sip, Scheme::Sip) | (Scheme::Sips, Scheme::Sips) => self.is_equivalent_sip(other),
            (Scheme::Tel, Scheme::Tel) => self.number() == other.number() && self.params_agree(other, true),
            (Scheme::Other, Scheme::Other) => self.text == other.text,
            (Scheme::Sip | Scheme::Sips | Scheme::Tel | Scheme::Other, _) => false,
        }
    }

    fn is_equivalent_sip(&self, other: &Uri) -> bool {
        let same_host = match (&self.host, &other.host) {
            (Some(a), Some(b)) => a.is_same(b),
            (a, b) => a.is_none() && b.is_none(),
        };
        same_host
            && self.user() == other.user()
            && self.password() == other.password()
            && self.port == other.port
            && self.params_agree(other, false)
            && self.headers_agree(other)
    }

    /// The digits of a `tel` URI without visual separators, lower case (RFC 3966 4); for `sip` the user part.
    pub fn number(&self) -> Vec<u8> {
        let user = self.user().unwrap_or_default();
        user.iter().filter(|byte| !b"-.()".contains(byte)).map(u8::to_ascii_lowercase).collect()
    }

    /// A parameter in both must have the same value; one in only one of them counts when it is `user`, `ttl`,
    /// `method` or `maddr`, or when `strict` (RFC 3966 4: all parameters must be there).
    fn params_agree(&self, other: &Uri, strict: bool) -> bool {
        let covers = |a: &Uri, b: &Uri| {
            a.params().all(|(name, value)| match find(b.params(), &name) {
                Some(theirs) => theirs.eq_ignore_ascii_case(&value),
                None => !strict && !NEVER_IGNORED.iter().any(|never| name.eq_ignore_ascii_case(never.as_bytes())),
            })
        };
        covers(self, other) && covers(other, self)
    }

    /// Headers are never ignored; their order is.
    fn headers_agree(&self, other: &Uri) -> bool {
        let covers = |a: &Uri, b: &Uri| {
            a.headers().all(|(name, value)| {
                b.headers().any(|(theirs, their_value)| theirs.eq_ignore_ascii_case(&name) && their_value == value)
            })
        };
        covers(self, other) && covers(other, self)
    }
}

fn find<'a>(mut pairs: impl Iterator<Item = (Cow<'a, [u8]>, Cow<'a, [u8]>)>, name: &[u8]) -> Option<Cow<'a, [u8]>> {
    pairs.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
