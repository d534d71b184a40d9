//! All bindings of all accounts.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::binding::{Binding, BindingRow};
use super::registration::{Contacts, RegisterError, Registration, RegistrationPolicy};
use crate::base::{Instant, Now};
use crate::sip::Uri;
use crate::sip::transaction::{ConnectionId, TimerQueue};

/// What a REGISTER changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Applied {
    /// The account had no binding before and has one now.
    pub came: bool,
    /// The account had one before and has none now.
    pub went: bool,
    /// Anything that is worth storing.
    pub changed: bool,
    /// The contact that was registered or refreshed last, and for how many seconds.
    pub refreshed: Refreshed,
}

/// A contact and the seconds that it holds.
pub type Refreshed = Option<(String, u32)>;

/// The location service.
#[derive(Clone, Debug)]
pub struct Registrar {
    policy: RegistrationPolicy,
    accounts: BTreeMap<String, Vec<Binding>>,
    /// The earliest expiry of each account.
    expiries: TimerQueue<String>,
    /// How many bindings came from each address.
    sources: BTreeMap<IpAddr, usize>,
}

impl Registrar {
    pub fn new(policy: RegistrationPolicy) -> Self {
        Registrar { policy, accounts: BTreeMap::new(), expiries: TimerQueue::new(), sources: BTreeMap::new() }
    }

    /// Applies a REGISTER of `user`, who has been authenticated, as a whole or not at all (RFC 3261 10.3).
    pub fn register(&mut self, user: &str, wish: &Registration, now: Instant) -> Result<Applied, RegisterError> {
        let before = self.of(user, now).count();
        let current: Vec<Binding> = self.of(user, now).cloned().collect();
        let (bindings, refreshed) = match &wish.contacts {
            Contacts::All if wish.expires_s != Some(0) => return Err(RegisterError::StarNeedsZero),
            Contacts::All => (without_all(current, wish)?, None),
            Contacts::Some(_) => self.with_contacts(current, wish, now)?,
        };
        let after = bindings.len();
        let changed = self.accounts.get(user).map_or(after > 0, |old| *old != bindings);
        self.put(user, bindings);
        Ok(Applied { came: before == 0 && after > 0, went: before > 0 && after == 0, changed, refreshed })
    }

    fn with_contacts(
        &self,
        mut bindings: Vec<Binding>,
        wish: &Registration,
        now: Instant,
    ) -> Result<(Vec<Binding>, Refreshed), RegisterError> {
        let Contacts::Some(contacts) = &wish.contacts else { return Ok((bindings, None)) };
        if contacts.len() > self.policy.contacts_per_account {
            return Err(RegisterError::TooManyContacts(self.policy.contacts_per_account));
        }
        let mut refreshed = None;
        for contact in contacts {
            let expires_s = self.policy.expires_s(contact, wish.expires_s)?;
            let same = |b: &Binding| b.is_same_device(&contact.uri, contact.instance.as_deref());
            if let Some(old) = bindings.iter().find(|b| same(b)) {
                check_order(old, wish)?;
            }
            bindings.retain(|b| !same(b));
            if expires_s == 0 {
                continue;
            }
            refreshed = Some((contact.uri.to_string(), expires_s));
            bindings.push(Binding {
                contact: contact.uri.detached(),
                flow: wish.flow,
                path: wish.path.clone(),
                call_id: wish.call_id.clone(),
                cseq: wish.cseq,
                q_milli: contact.q_milli,
                refreshed_at: now,
                expires_at: now + Duration::from_secs(expires_s.into()),
                user_agent: wish.user_agent.clone(),
                instance: contact.instance.clone(),
            });
        }
        let surplus = bindings.len().saturating_sub(self.policy.contacts_per_account);
        bindings.sort_by_key(|b| b.refreshed_at);
        bindings.drain(..surplus);
        Ok((bindings, refreshed))
    }

    fn put(&mut self, user: &str, bindings: Vec<Binding>) {
        self.expiries.set(user.to_owned(), bindings.iter().map(|b| b.expires_at).min());
        for binding in &bindings {
            *self.sources.entry(binding.flow.remote.ip()).or_default() += 1;
        }
        let before = match bindings.is_empty() {
            true => self.accounts.remove(user),
            false => self.accounts.insert(user.to_owned(), bindings),
        };
        for binding in before.into_iter().flatten() {
            let source = binding.flow.remote.ip();
            let left = self.sources.get(&source).map_or(0, |count| count.saturating_sub(1));
            match left {
                0 => self.sources.remove(&source),
                left => self.sources.insert(source, left),
            };
        }
    }

    /// The bindings of `user` that have not expired.
    pub fn of(&self, user: &str, now: Instant) -> impl Iterator<Item = &Binding> {
        self.accounts.get(user).into_iter().flatten().filter(move |b| b.expires_at > now)
    }

    /// Whether `user` has any binding; expired ones leave with the next time-out.
    pub fn is_registered(&self, user: &str) -> bool {
        self.accounts.contains_key(user)
    }

    /// Whether a phone at this address is registered.
    pub fn has_source(&self, source: IpAddr) -> bool {
        self.sources.contains_key(&source)
    }

    /// Takes expired bindings away; the users who have none left.
    pub fn handle_timeout(&mut self, now: Instant) -> Vec<String> {
        let mut gone = Vec::new();
        while let Some(user) = self.expiries.pop_due(now) {
            gone.extend(self.keep(&user, |b| b.expires_at > now));
        }
        gone
    }

    /// `connection` is closed: takes away the bindings that nothing else leads to; the users who have none left.
    pub fn drop_connection(&mut self, connection: ConnectionId) -> Vec<String> {
        let over = |b: &Binding| b.flow.connection == Some(connection);
        let users: Vec<String> =
            self.accounts.iter().filter(|(_, b)| b.iter().any(over)).map(|(user, _)| user.clone()).collect();
        let rest = |b: Binding| if over(&b) { b.without_connection() } else { Some(b) };
        users.into_iter().filter_map(|user| self.change(&user, rest)).collect()
    }

    /// Takes one contact of `user` away, because its phone cannot be reached; the user if none is left.
    pub fn drop_contact(&mut self, user: &str, contact: &Uri) -> Option<String> {
        self.keep(user, |b| b.contact != *contact)
    }

    /// Takes away all bindings of users that are not `known`; those users.
    pub fn drop_unknown(&mut self, known: impl Fn(&str) -> bool) -> Vec<String> {
        let users: Vec<String> = self.accounts.keys().filter(|user| !known(user)).cloned().collect();
        users.into_iter().filter_map(|user| self.keep(&user, |_| false)).collect()
    }

    fn keep(&mut self, user: &str, wanted: impl Fn(&Binding) -> bool) -> Option<String> {
        self.change(user, |b| wanted(&b).then_some(b))
    }

    /// Changes or takes away bindings of `user`, who is returned when none is left.
    fn change(&mut self, user: &str, rest: impl Fn(Binding) -> Option<Binding>) -> Option<String> {
        let bindings: Vec<_> = self.accounts.get(user)?.iter().cloned().filter_map(rest).collect();
        let gone = bindings.is_empty();
        self.put(user, bindings);
        gone.then(|| user.to_owned())
    }

    /// When [`Self::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.expiries.next()
    }

    /// All bindings, to be stored.
    pub fn rows(&self, now: Now) -> Vec<BindingRow> {
        let rows = |(user, bindings): (&String, &Vec<Binding>)| -> Vec<BindingRow> {
            bindings.iter().map(|b| b.to_row(user, now)).collect()
        };
        self.accounts.iter().flat_map(rows).collect()
    }

    /// Takes back what was stored before a restart, but for what has expired since, and what only its old connection
    /// led to.
    pub fn restore(&mut self, rows: Vec<BindingRow>, now: Now) {
        for row in rows {
            let user = row.user.clone();
            let Some(binding) = Binding::from_row(row, now) else { continue };
            let mut bindings = self.accounts.get(&user).cloned().unwrap_or_default();
            if bindings.len() < self.policy.contacts_per_account {
                bindings.push(binding);
                self.put(&user, bindings);
            }
        }
    }
}

/// RFC 3261 10.3 step 7: a REGISTER of the same Call-ID must have a higher CSeq.
fn check_order(old: &Binding, wish: &Registration) -> Result<(), RegisterError> {
    match old.call_id == wish.call_id && wish.cseq <= old.cseq {
        true => Err(RegisterError::OutOfOrder(wish.cseq)),
        false => Ok(()),
    }
}

fn without_all(bindings: Vec<Binding>, wish: &Registration) -> Result<Vec<Binding>, RegisterError> {
    bindings.iter().try_for_each(|old| check_order(old, wish))?;
    Ok(Vec::new())
}
