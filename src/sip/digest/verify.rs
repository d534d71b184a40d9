//! The check of an Authorization header against an account.

use std::fmt;

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
    fn secret(&self, algorithm: Algorithm, user: &str, realm: &str) -> Option<String> {
        match (self, algorithm) {
            (Credentials::Clear(password), _) => Some(user_hash(algorithm, user, realm, password)),
            (Credentials::Hashed { md5, .. }, Algorithm::Md5) => md5.as_ref().map(|hash| hash.to_ascii_lowercase()),
            (Credentials::Hashed { sha256, .. }, Algorithm::Sha256) => {
                sha256.as_ref().map(|hash| hash.to_ascii_lowercase())
            }
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
    /// Checked when the user is unknown, so that the work is the same.
    decoy: Credentials,
}

impl Verifier {
    pub fn new(nonce_lifetime: std::time::Duration, rng: &mut Rng) -> Self {
        let decoy = Credentials::Clear(rng.token(32));
        Verifier { nonces: Nonces::new(nonce_lifetime, rng), decoy }
    }

    /// A challenge for each of `algorithms`: values of WWW-Authenticate or Proxy-Authenticate.
    pub fn challenges(&mut self, realm: &str, algorithms: &[Algorithm], stale: bool, now: Instant) -> Vec<String> {
        let nonce = self.nonces.make(now);
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
        method: &str,
        body: &[u8],
        realm: &str,
        credentials: Option<&Credentials>,
        now: Instant,
    ) -> Verdict {
        let Some((algorithm, count)) = readable(presented) else { return Verdict::Malformed };
        let user = &presented.username;
        let secret = credentials.and_then(|c| c.secret(algorithm, user, realm));
        let decoy = self.decoy.secret(algorithm, user, realm).unwrap_or_default();
        let known = secret.is_some();
        let expected = answer(algorithm, &secret.unwrap_or(decoy), &question(presented, method, body));
        let given = presented.response.to_ascii_lowercase();
        let right = known & bool::from(expected.as_bytes().ct_eq(given.as_bytes())) & (presented.realm == realm);
        match (right, self.nonces.check(&presented.nonce, count, now)) {
            (true, NonceState::Fresh) => {
                self.nonces.mark_used(&presented.nonce, count, now);
                Verdict::Proven
            }
            // A nonce of another run of this server: the phone kept it over our restart.
            (true, NonceState::Stale | NonceState::Foreign) => Verdict::Stale,
            (false, _) => Verdict::Wrong,
        }
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
