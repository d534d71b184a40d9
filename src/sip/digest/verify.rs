//! The check of an Authorization header against an account.

use std::fmt;
use std::net::IpAddr;

use subtle::ConstantTimeEq;

use super::algorithm::{Algorithm, Counted, Question, answer, user_hash};
use super::nonce::{NonceState, Nonces};
use crate::base::{Instant, Rng};

/// What an answer is checked against (RFC 7616 3.4.2).
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Good for every algorithm.
    Clear(String),
    /// `H(user:realm:password)` in lower-case hex; an algorithm that is missing is refused like a wrong password.
    Hashed { md5: Option<String>, sha256: Option<String> },
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Credentials {
    /// The stored hash for `algorithm`, if this is one.
    fn stored(&self, algorithm: Algorithm) -> Option<&str> {
        match (self, algorithm) {
            (Credentials::Clear(_), _) => None,
            (Credentials::Hashed { md5, .. }, Algorithm::Md5) => md5.as_deref(),
            (Credentials::Hashed { sha256, .. }, Algorithm::Sha256) => sha256.as_deref(),
        }
    }
}

/// The parameters of an Authorization or Proxy-Authorization header with the scheme Digest, unquoted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Presented {
    pub username: String,
    pub realm: String,
    pub nonce: String,
    pub uri: String,
    pub response: String,
    pub algorithm: Option<String>,
    pub qop: Option<String>,
    pub nc: Option<String>,
    pub cnonce: Option<String>,
}

/// The request that an answer came with, and where from.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub method: &'a str,
    pub body: &'a [u8],
    pub realm: &'a str,
    pub source: IpAddr,
}

struct Secret {
    hash: String,
    /// Some account's, not the decoy's.
    is_real: bool,
}

/// What an answer proves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The sender knows the password of the user it names.
    Proven,
    /// It does, but with an old nonce or a used count: ask again with `stale=true`.
    Stale,
    /// It does not, or no such user exists: nobody may tell which.
    Wrong,
    /// Parameters are missing or make no sense (400).
    Malformed,
}

/// A server's side of digest authentication.
#[derive(Debug)]
pub struct Verifier {
    nonces: Nonces,
    /// Hashed when there is no clear password, so that the work is the same.
    decoy: String,
}

impl Verifier {
    pub fn new(nonce_lifetime: std::time::Duration, rng: &mut Rng) -> Self {
        Verifier { decoy: rng.token(12), nonces: Nonces::new(nonce_lifetime, rng) }
    }

    /// A challenge to `source` for each of `algorithms`: values of WWW-Authenticate or Proxy-Authenticate.
    pub fn challenges(
        &mut self,
        source: IpAddr,
        realm: &str,
        algorithms: &[Algorithm],
        stale: bool,
        now: Instant,
    ) -> Vec<String> {
        let nonce = self.nonces.make(source, now);
        let realm = realm.replace(['"', '\\'], "");
        let stale = if stale { ", stale=true" } else { "" };
        let challenge = |algorithm: &Algorithm| {
            let name = algorithm.name();
            format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm={name}, qop=\"auth\"{stale}")
        };
        algorithms.iter().map(challenge).collect()
    }

    /// Checks an answer. `credentials` are those of the user it names, `None` when there is no such user.
    pub fn verify(
        &mut self,
        presented: &Presented,
        asked: &Asked<'_>,
        credentials: Option<&Credentials>,
        now: Instant,
    ) -> Verdict {
        let Some((algorithm, count)) = readable(presented) else { return Verdict::Malformed };
        let secret = self.secret(algorithm, &presented.username, asked.realm, credentials);
        let expected = answer(algorithm, &secret.hash, &question(presented, asked.method, asked.body));
        let given = presented.response.to_ascii_lowercase();
        let same = bool::from(expected.as_bytes().ct_eq(given.as_bytes()));
        let right = secret.is_real & same & (presented.realm == asked.realm);
        match (right, self.nonces.check(&presented.nonce, asked.source, count, now)) {
            (true, NonceState::Fresh) => {
                self.nonces.mark_used(&presented.nonce, asked.source, count, now);
                Verdict::Proven
            }
            // A nonce of another run of this server (the phone kept it over our restart), or of another address (the
            // phone moved).
            (true, NonceState::Stale | NonceState::Foreign) => Verdict::Stale,
            (false, _) => Verdict::Wrong,
        }
    }

    /// The hash to check against. One hash is computed whether the user exists or not and however its password is
    /// kept, so that the time of the answer tells nothing.
    fn secret(&self, algorithm: Algorithm, user: &str, realm: &str, credentials: Option<&Credentials>) -> Secret {
        let clear = match credentials {
            Some(Credentials::Clear(password)) => Some(password),
            Some(Credentials::Hashed { .. }) | None => None,
        };
        let computed = user_hash(algorithm, user, realm, clear.unwrap_or(&self.decoy));
        match credentials.and_then(|credentials| credentials.stored(algorithm)) {
            Some(stored) => Secret { hash: stored.to_ascii_lowercase(), is_real: true },
            None => Secret { hash: computed, is_real: clear.is_some() },
        }
    }

    /// Whether `source` was given this nonce not long ago: then its packets do come from there.
    pub fn was_given_to(&self, nonce: &str, source: IpAddr, now: Instant) -> bool {
        self.nonces.was_given_to(nonce, source, now)
    }

    /// Nonces whose use is remembered.
    pub fn remembered(&self) -> usize {
        self.nonces.remembered()
    }
}

/// The algorithm and count of an answer whose parameters fit together.
fn readable(presented: &Presented) -> Option<(Algorithm, u32)> {
    let algorithm = Algorithm::from_name(presented.algorithm.as_deref())?;
    let Some(qop) = &presented.qop else { return Some((algorithm, 1)) };
    let known = ["auth", "auth-int"].iter().any(|known| qop.eq_ignore_ascii_case(known));
    let nc = presented.nc.as_ref()?;
    // RFC 7616 3.4: exactly 8 hexadecimal digits.
    let hex = nc.len() == 8 && nc.bytes().all(|digit| digit.is_ascii_hexdigit());
    presented.cnonce.as_ref()?;
    if !known || !hex {
        return None;
    }
    Some((algorithm, u32::from_str_radix(nc, 16).ok()?))
}

fn question<'a>(presented: &'a Presented, method: &'a str, body: &'a [u8]) -> Question<'a> {
    let counted = match (&presented.qop, &presented.nc, &presented.cnonce) {
        (Some(qop), Some(nc), Some(cnonce)) => Some(Counted { qop, nc, cnonce }),
        (_, _, _) => None,
    };
    Question { method, uri: &presented.uri, nonce: &presented.nonce, counted, body }
}
