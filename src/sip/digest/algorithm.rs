//! The hashes of RFC 7616 3.4 for the two algorithms that SIP uses (RFC 8760).

use md5::Digest as _;
use serde::{Deserialize, Serialize};

/// A digest algorithm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Algorithm {
    #[serde(rename = "sha-256")]
    Sha256,
    #[serde(rename = "md5")]
    Md5,
}

impl Algorithm {
    /// In the order of the challenges. RFC 8760 2.3 wants the strongest first; MD5 stands first all the same, since
    /// clients that know nothing else (SIPp 3.6, many desk phones) look at the first challenge only and give up at
    /// an algorithm that they do not know. A client that knows SHA-256 finds it in the second.
    pub const ALL: [Algorithm; 2] = [Algorithm::Md5, Algorithm::Sha256];

    /// As written in a challenge and an answer.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Md5 => "MD5",
        }
    }

    /// From an `algorithm` parameter, in any case; what is missing is MD5 (RFC 7616 3.3).
    pub fn from_name(name: Option<&str>) -> Option<Algorithm> {
        match name {
            None => Some(Algorithm::Md5),
            Some(name) => Algorithm::ALL.into_iter().find(|a| a.name().eq_ignore_ascii_case(name)),
        }
    }

    /// The hash of the parts, with colons between, in lower-case hex.
    fn hash(self, parts: &[&[u8]]) -> String {
        match self {
            Algorithm::Md5 => hash_with(md5::Md5::new(), parts),
            Algorithm::Sha256 => hash_with(sha2::Sha256::new(), parts),
        }
    }
}

fn hash_with<D: md5::Digest>(mut hasher: D, parts: &[&[u8]]) -> String {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            hasher.update(b":");
        }
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|n| char::from_digit(n.into(), 16)).collect()
}

/// `H(user:realm:password)`: A1 hashed (RFC 7616 3.4.2).
pub fn user_hash(algorithm: Algorithm, user: &str, realm: &str, password: &str) -> String {
    algorithm.hash(&[user.as_bytes(), realm.as_bytes(), password.as_bytes()])
}

/// What an answer depends on beside the secret.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub method: &'a str,
    /// The `uri` parameter exactly as it is written.
    pub uri: &'a str,
    pub nonce: &'a str,
    /// `None` for RFC 2069 answers.
    pub counted: Option<Counted<'a>>,
    /// For `auth-int`.
    pub body: &'a [u8],
}

/// The parts of an answer with a `qop`.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a> {
    pub qop: &'a str,
    /// Exactly as it is written: 8 digits.
    pub nc: &'a str,
    pub cnonce: &'a str,
}

/// The `response` of RFC 7616 3.4.1 for the user whose [`user_hash`] is `secret`.
pub fn answer(algorithm: Algorithm, secret: &str, question: &Question<'_>) -> String {
    let method = question.method.as_bytes();
    let uri = question.uri.as_bytes();
    let a2 = match question.counted {
        Some(counted) if counted.qop.eq_ignore_ascii_case("auth-int") => {
            let body = algorithm.hash(&[question.body]);
            algorithm.hash(&[method, uri, body.as_bytes()])
        }
        Some(_) | None => algorithm.hash(&[method, uri]),
    };
    let (secret, nonce, a2) = (secret.as_bytes(), question.nonce.as_bytes(), a2.as_bytes());
    match question.counted {
        Some(Counted { qop, nc, cnonce }) => {
            algorithm.hash(&[secret, nonce, nc.as_bytes(), cnonce.as_bytes(), qop.as_bytes(), a2])
        }
        None => algorithm.hash(&[secret, nonce, a2]),
    }
}
