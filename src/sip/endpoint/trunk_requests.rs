//! Requests to trunks outside any call: REGISTER (RFC 3261 10.2) and OPTIONS (RFC 3261 11).

use std::time::Duration;

use super::core::Core;
use super::directory::{Trunk, TrunkLogin};
use super::send::{Dispatch, Hop, Owner, Sent};
use super::trunks::{Registration, TrunkAlarm};
use crate::base::Instant;
use crate::sip::dialog::Draft;
use crate::sip::header::{Expires, MinExpires};
use crate::sip::transaction::Flow;
use crate::sip::{Contacts, HeaderName, Host, Message, Method, NameAddr, Text, Uri, Wire};

/// The first wait after a failed registration; each later one is twice as long.
const FIRST_RETRY: Duration = Duration::from_secs(15);
const LONGEST_RETRY: Duration = Duration::from_secs(600);
/// A trunk's answer to OPTIONS is overdue after this long, or after half the interval when that is shorter.
const LONGEST_ANSWER: Duration = Duration::from_secs(8);

/// The trunk's URI, and a request to `uri` by way of its outbound proxy.
pub(super) fn through_proxy(trunk: &Trunk, mut draft: Draft) -> Draft {
    let proxy = trunk.outbound_proxy.as_deref().and_then(|text| text.parse::<Uri>().ok());
    if let Some(proxy) = proxy {
        let loose = if proxy.is_loose_router() { Ok(proxy.clone()) } else { proxy.with_param("lr", "") };
        let loose = loose.unwrap_or(proxy);
        draft.routes.insert(0, NameAddr::new(loose.clone()).to_text());
        draft.next_hop = loose;
    }
    draft
}

impl Core {
    /// A request to the trunk itself, from us.
    fn draft_for_trunk(
        &mut self,
        trunk: &Trunk,
        method: Method,
        user: &str,
        call_id: String,
        cseq: u32,
    ) -> Option<Draft> {
        let uri: Uri = trunk.uri.as_deref()?.parse().ok()?;
        let host = uri.host()?.clone();
        let us = Uri::sip(Some(user).filter(|user| !user.is_empty()), &host, None).ok()?;
        let to = if method == Method::Register { us.clone() } else { uri.clone() };
        let target = if method == Method::Register { without_user(&uri)? } else { uri };
        let from = NameAddr::new(us).with_tag(&self.tag());
        Some(through_proxy(trunk, Draft::new(method, target, from, NameAddr::new(to), Text::from(call_id), cseq)))
    }

    /// Registers, or refreshes the registration.
    pub(super) fn register_trunk(&mut self, name: &str, now: Instant) {
        let Some(trunk) = self.directory.trunk(name).cloned() else { return };
        let Some(TrunkLogin { user, register_expires_s: Some(expires_s), .. }) = trunk.login.clone() else { return };
        let Some(state) = self.trunks.states.get_mut(name) else { return };
        state.cseq = state.cseq.saturating_add(1);
        let (call_id, cseq, expires_s) = (state.call_id.clone(), state.cseq, expires_s.max(state.min_expires_s));
        let draft = self.draft_for_trunk(&trunk, Method::Register, &user, call_id, cseq);
        let sent = draft.map(|draft| {
            let draft = draft.header(HeaderName::Expires, expires_s.to_string());
            self.send(Sent::new(Owner::TrunkRegister { trunk: name.to_owned() }, draft), Hop::Uri, now)
        });
        if sent.is_none_or(|sent| sent == Dispatch::Failed) {
            self.trunk_register_failed(name, 503, now);
        }
    }

    /// A final response to our REGISTER, or none (408), or no way (503). Challenges have been answered before.
    pub(super) fn on_trunk_register(&mut self, name: &str, response: &Message, flow: Flow, cseq: u32, now: Instant) {
        let status = response.status().unwrap_or(0);
        let Some(state) = self.trunks.states.get_mut(name) else { return };
        state.cseq = state.cseq.max(cseq);
        match status {
            0..=199 => {}
            200..=299 => {
                state.registration = Registration::Registered;
                state.registrar = Some(flow.remote.ip().to_canonical());
                let granted = granted(response);
                let wait = granted * 4 / 5;
                state.registered_until = Some(now + granted);
                self.trunks.alarms.set(TrunkAlarm::Register(name.to_owned()), Some(now + wait));
                self.tell_trunk(name, "registered");
            }
            // RFC 3261 10.2.8: once more with the expiry that the registrar wants.
            423 if state.min_expires_s == 0 => {
                let least = response.typed::<MinExpires>().and_then(Result::ok).map_or(3600, |least| least.0);
                state.min_expires_s = least.clamp(1, MAX_EXPIRES_S);
                self.trunks.alarms.set(TrunkAlarm::Register(name.to_owned()), Some(now));
            }
            _ => self.trunk_register_failed(name, status, now),
        }
    }

    pub(super) fn trunk_register_failed(&mut self, name: &str, status: u16, now: Instant) {
        let Some(state) = self.trunks.states.get_mut(name) else { return };
        let failures = match state.registration {
            Registration::Trying { failures } => failures.saturating_add(1),
            Registration::Registered | Registration::None => 1,
        };
        state.registration = Registration::Trying { failures };
        state.failed(format!("registration failed with {status}"), now);
        let wait = (FIRST_RETRY * 2u32.saturating_pow((failures - 1).min(10))).min(LONGEST_RETRY);
        // Up to a tenth more, so that trunks which failed together do not come back together.
        let tenth = u64::try_from(wait.as_millis() / 10).unwrap_or(0);
        let wait = wait + Duration::from_millis(self.rng.below(tenth));
        self.trunks.alarms.set(TrunkAlarm::Register(name.to_owned()), Some(now + wait));
        self.tell_trunk(name, &format!("registration failed with {status}"));
    }

    /// Asks whether a trunk lives.
    pub(super) fn ask_trunk(&mut self, name: &str, now: Instant) {
        let Some(trunk) = self.directory.trunk(name).cloned() else { return };
        let Some(interval) = trunk.options_interval else { return };
        self.trunks.alarms.set(TrunkAlarm::Ask(name.to_owned()), Some(now + interval.max(Duration::from_secs(1))));
        let call_id = self.rng.token(32);
        let Some(draft) = self.draft_for_trunk(&trunk, Method::Options, "", call_id, 1) else { return };
        let draft = draft.header(HeaderName::Accept, "application/sdp");
        let overdue = now + LONGEST_ANSWER.min(interval / 2);
        self.trunks.alarms.set(TrunkAlarm::Overdue(name.to_owned()), Some(overdue));
        if self.send(Sent::new(Owner::TrunkOptions { trunk: name.to_owned() }, draft), Hop::Uri, now)
            == Dispatch::Failed
        {
            self.trunk_answered(name, false, now);
        }
    }
}

/// The longest expiry that we ask for because a registrar wants it.
const MAX_EXPIRES_S: u32 = 24 * 3600;

/// What the registrar granted: it is in our contact or in Expires (RFC 3261 10.2.4). We refresh at four fifths of it.
fn granted(response: &Message) -> Duration {
    let contact = match response.contacts() {
        Ok(Contacts::Addresses(addresses)) => addresses.iter().filter_map(NameAddr::expires_s).min(),
        Ok(Contacts::Star) | Err(_) => None,
    };
    let header = response.typed::<Expires>().and_then(Result::ok).map(|expires| expires.0);
    let granted = contact.or(header).unwrap_or(3600).clamp(10, MAX_EXPIRES_S);
    Duration::from_secs(granted.into())
}

fn without_user(uri: &Uri) -> Option<Uri> {
    let host: &Host = uri.host()?;
    let plain = Uri::sip(None, host, uri.port()).ok()?;
    match uri.param_str("transport") {
        Some(transport) => plain.with_param("transport", &transport).ok(),
        None => Some(plain),
    }
}
