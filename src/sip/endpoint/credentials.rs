//! Our answers to challenges: to a trunk's own realm only, so that a callee's challenge never gets our credentials, and
//! at most twice, the second time only because the nonce was stale.

use super::core::Core;
use super::send::{Owner, Sent};
use super::session::Peer;
use crate::sip::digest::{Challenge, Challenged, Login};
use crate::sip::{Auth, HeaderName, Message, Wire};

/// Answers to challenges of one request: one, and another when the first nonce was stale.
const MAX_CHALLENGES: u8 = 2;

impl Core {
    /// The request of `sent` with credentials for the challenge in `response`; `None` when it is not ours to answer.
    pub(super) fn with_credentials(&mut self, peer: &Peer, sent: &Sent, response: &Message) -> Option<Sent> {
        let Peer::Trunk(name) = peer else { return None };
        let (asked, answered) = match response.status()? {
            401 => (HeaderName::WwwAuthenticate, HeaderName::Authorization),
            407 => (HeaderName::ProxyAuthenticate, HeaderName::ProxyAuthorization),
            _ => return None,
        };
        let trunk = self.directory.trunk(name)?;
        let login = trunk.login.clone().filter(|_| sent.challenges < MAX_CHALLENGES)?;
        let challenges: Vec<Challenge> =
            response.auths(asked).flatten().filter_map(|auth: Auth| Challenge::parse(&auth)).collect();
        self.learn_realm(name, sent, challenges.first());
        let realm = login.realm.clone().or_else(|| self.realm_of(name, &challenges))?;
        let challenge = Challenge::strongest(challenges.into_iter(), &realm)?;
        if sent.challenges > 0 && !challenge.stale {
            return None;
        }
        let mut draft = sent.draft.clone();
        draft.cseq = draft.cseq.saturating_add(1);
        draft.headers.retain(|(header, _)| *header != answered);
        let uri = draft.uri.to_string();
        let method = draft.method.to_string();
        let body: &[u8] = draft.body.as_ref().map_or(&[], |body| &body.bytes);
        let request = Challenged { method: &method, uri: &uri, body };
        let login = Login { user: &login.user, password: &login.password };
        let auth = challenge.answer(login, request, &self.rng.token(16));
        draft.headers.push((answered, auth.to_text()));
        Some(Sent { draft, challenges: sent.challenges + 1, ..sent.clone() })
    }

    /// The realm that asks at our own registration is the trunk's.
    fn learn_realm(&mut self, trunk: &str, sent: &Sent, challenge: Option<&Challenge>) {
        if let (Owner::TrunkRegister { .. }, Some(challenge), Some(state)) =
            (&sent.owner, challenge, self.trunks.states.get_mut(trunk))
        {
            state.realm = Some(challenge.realm.clone());
        }
    }

    /// The realm that a trunk without a configured one may ask in: that of our registration, or its host's name.
    fn realm_of(&self, trunk: &str, challenges: &[Challenge]) -> Option<String> {
        let learned = self.trunks.states.get(trunk).and_then(|state| state.realm.clone());
        let uri = self.directory.trunk(trunk)?.uri.as_deref()?.parse::<crate::sip::Uri>().ok();
        let host = uri.as_ref().and_then(|uri| uri.host()).map(|host| host.to_string());
        let allowed = |realm: &str| learned.as_deref() == Some(realm) || host.as_deref() == Some(realm);
        challenges.iter().map(|challenge| challenge.realm.as_str()).find(|realm| allowed(realm)).map(str::to_owned)
    }
}
