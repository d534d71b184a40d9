//! A client's side: what a challenge asks, and our answer to it (RFC 7616 3.4).

use super::algorithm::{Algorithm, Counted, Question, answer, user_hash};
use crate::sip::Auth;

/// A challenge that we can answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Challenge {
    pub realm: String,
    nonce: String,
    algorithm: Algorithm,
    /// As it is written in the challenge: with it the answer names it.
    named: Option<String>,
    qop: Option<&'static str>,
    opaque: Option<String>,
    /// The password was right and only the nonce too old.
    pub stale: bool,
}

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub struct Login<'a> {
    pub user: &'a str,
    pub password: &'a str,
}

/// The request that was challenged.
#[derive(Clone, Copy, Debug)]
pub struct Challenged<'a> {
    pub method: &'a str,
    pub uri: &'a str,
    pub body: &'a [u8],
}

impl Challenge {
    /// `None`: not Digest, incomplete, or with an algorithm or protection that we do not have.
    pub fn parse(auth: &Auth) -> Option<Challenge> {
        let text = |name: &str| auth.get(name).and_then(|value| value.to_str()).map(str::to_owned);
        let named = text("algorithm");
        let qop = match text("qop") {
            None => None,
            Some(offered) => Some(preferred(&offered)?),
        };
        let known = auth.is_digest().then(|| Algorithm::from_name(named.as_deref())).flatten()?;
        Some(Challenge {
            realm: text("realm")?,
            nonce: text("nonce")?,
            algorithm: known,
            named,
            qop,
            opaque: text("opaque"),
            stale: text("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        })
    }

    /// The strongest of the challenges for `realm` that we can answer.
    pub fn strongest(challenges: impl Iterator<Item = Challenge>, realm: &str) -> Option<Challenge> {
        challenges.filter(|challenge| challenge.realm == realm).min_by_key(|challenge| challenge.algorithm)
    }

    /// The credentials for a request; every nonce is used once.
    pub fn answer(&self, login: Login<'_>, request: Challenged<'_>, cnonce: &str) -> Auth {
        const FIRST: &str = "00000001";
        let counted = self.qop.map(|qop| Counted { qop, nc: FIRST, cnonce });
        let Challenged { method, uri, body } = request;
        let question = Question { method, uri, nonce: &self.nonce, counted, body };
        let secret = user_hash(self.algorithm, login.user, &self.realm, login.password);
        let mut auth = Auth::new("Digest")
            .quoted("username", login.user)
            .quoted("realm", self.realm.as_str())
            .quoted("nonce", self.nonce.as_str())
            .quoted("uri", uri)
            .quoted("response", answer(self.algorithm, &secret, &question));
        if self.named.is_some() {
            auth = auth.plain("algorithm", self.algorithm.name());
        }
        if let Some(counted) = counted {
            auth = auth.plain("qop", counted.qop).plain("nc", counted.nc).quoted("cnonce", counted.cnonce);
        }
        match &self.opaque {
            Some(opaque) => auth.quoted("opaque", opaque.as_str()),
            None => auth,
        }
    }
}

/// `auth` if it is offered, else `auth-int`.
fn preferred(offered: &str) -> Option<&'static str> {
    let has = |wanted: &str| offered.split(',').any(|qop| qop.trim().eq_ignore_ascii_case(wanted));
    ["auth", "auth-int"].into_iter().find(|qop| has(qop))
}
