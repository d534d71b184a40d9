//! Sources that guess passwords or scan are silenced, longer each time; everybody's rate is limited.
//!
//! Anyone can write any address into a datagram. So only a source that has shown to receive what is sent to it, by a
//! connection or by a nonce of ours, is banned; one that has not is muted: what it asks without proof is not answered.
//! A phone at an address that someone else forges can register and call all the same.
//!
//! All of it is looked up before a message is parsed. Memory is bounded: addresses are kept in two generations of
//! `Limits::sources / 2` each, and the older one is forgotten when the younger is full; bans are kept apart.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use super::terms::Terms;
use crate::base::Instant;

/// One silenced source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ban {
    pub source: IpAddr,
    pub scope: BanScope,
    /// Seconds from now until it may speak again.
    pub remaining_s: u64,
    /// How often it was silenced so far.
    pub times: u32,
}

/// What of a silenced source is not heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BanScope {
    /// Nothing of it is read.
    Everything,
    /// Its requests without credentials are not answered. Its address may be forged, so it can still prove itself.
    Unproven,
}

/// Faults that bring a ban: wrong passwords and requests after a refusal.
const FAULTS_UNTIL_BAN: u32 = 10;
/// Challenges in a row that nobody answered, until a ban or a ration.
const CHALLENGES_UNTIL_BAN: u32 = 200;
/// How often a source that may be forged and answers no challenge still gets one.
const CHALLENGE_RATION: Duration = Duration::from_millis(500);
/// After one 403 a stranger is not answered for this long.
const REFUSED_FOR: Duration = Duration::from_secs(32);
/// Faults are forgiven after this long without one.
const FORGIVEN_AFTER: Duration = Duration::from_secs(600);
/// Wrong passwords for one user, until even a right one is refused for [`REFUSED_FOR`].
const GUESSES_UNTIL_REFUSAL: u32 = 6;
const GUESSES_FORGIVEN_AFTER: Duration = Duration::from_secs(120);
/// Pairs of source and user whose wrong passwords are counted.
const MAX_GUESSES: usize = 10_000;
const MAX_USER_CHARS: usize = 64;

#[derive(Clone, Copy, Debug)]
struct Source {
    /// Requests that it may still send, in thousandths.
    credit_milli: u64,
    credited_at: Instant,
    faults: u32,
    last_fault: Instant,
    unanswered_challenges: u32,
    last_challenge: Instant,
    refused_until: Option<Instant>,
}

/// Wrong passwords of one source for one user.
#[derive(Clone, Copy, Debug)]
struct Guess {
    count: u32,
    last: Instant,
}

/// What to do with a packet of a source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Admission {
    Admit,
    Drop,
}

/// What is known of source addresses.
#[derive(Debug)]
pub(super) struct Sources {
    limit: usize,
    young: BTreeMap<IpAddr, Source>,
    old: BTreeMap<IpAddr, Source>,
    bans: Terms,
    mutes: Terms,
    guesses: BTreeMap<(IpAddr, String), Guess>,
}

impl Sources {
    pub(super) fn new(limit: usize) -> Self {
        Sources {
            limit: limit.max(2),
            young: BTreeMap::new(),
            old: BTreeMap::new(),
            bans: Terms::default(),
            mutes: Terms::default(),
            guesses: BTreeMap::new(),
        }
    }

    /// One packet of `source`, which may send `rate` a second.
    pub(super) fn admit(&mut self, source: IpAddr, rate: u32, now: Instant) -> Admission {
        let source = subject(source);
        if self.bans.holds(source, now) {
            return Admission::Drop;
        }
        let full = u64::from(rate) * 1000;
        let entry = self.entry(source, full, now);
        let earned = u64::try_from(now.since(entry.credited_at).as_micros()).unwrap_or(u64::MAX);
        let earned = earned.saturating_mul(rate.into()) / 1000;
        if earned > 0 {
            entry.credit_milli = entry.credit_milli.saturating_add(earned).min(full);
            entry.credited_at = now;
        }
        match entry.credit_milli.checked_sub(1000) {
            Some(left) => {
                entry.credit_milli = left;
                Admission::Admit
            }
            None => Admission::Drop,
        }
    }

    fn entry(&mut self, source: IpAddr, credit_milli: u64, now: Instant) -> &mut Source {
        if !self.young.contains_key(&source) && self.young.len() >= self.limit / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        let fresh = Source {
            credit_milli,
            credited_at: now,
            faults: 0,
            last_fault: now,
            unanswered_challenges: 0,
            last_challenge: now,
            refused_until: None,
        };
        let known = self.old.remove(&source).unwrap_or(fresh);
        self.young.entry(source).or_insert(known)
    }

    /// A stranger's request is to be refused: true when it is told so, false when silence is the answer. With the
    /// length of the ban that this brought about. `here`: it does receive at this address.
    pub(super) fn refuse(&mut self, source: IpAddr, here: bool, now: Instant) -> (bool, Option<Duration>) {
        let muted = self.mutes.holds(subject(source), now);
        let entry = self.entry(subject(source), 0, now);
        if muted || entry.refused_until.is_some_and(|until| until > now) {
            return (false, self.fault(source, here, now));
        }
        entry.refused_until = Some(now + REFUSED_FOR);
        (true, None)
    }

    /// A challenge is to go out: whether it may, and the length of the ban that too many unanswered ones bring about.
    pub(super) fn challenged(&mut self, source: IpAddr, here: bool, now: Instant) -> (bool, Option<Duration>) {
        let entry = self.entry(subject(source), 0, now);
        entry.unanswered_challenges = entry.unanswered_challenges.saturating_add(1);
        if entry.unanswered_challenges < CHALLENGES_UNTIL_BAN {
            return (true, None);
        }
        if here {
            entry.unanswered_challenges = 0;
            return (true, Some(self.bans.begin(subject(source), now)));
        }
        let due = now.since(entry.last_challenge) >= CHALLENGE_RATION;
        if due {
            entry.last_challenge = now;
        }
        (due, None)
    }

    /// A wrong password or worse. With the length of the ban that this brought about.
    pub(super) fn fault(&mut self, source: IpAddr, here: bool, now: Instant) -> Option<Duration> {
        let entry = self.entry(subject(source), 0, now);
        if now.since(entry.last_fault) > FORGIVEN_AFTER {
            entry.faults = 0;
        }
        entry.faults += 1;
        entry.last_fault = now;
        if entry.faults < FAULTS_UNTIL_BAN {
            return None;
        }
        entry.faults = 0;
        if !here {
            self.mutes.begin(subject(source), now);
            return None;
        }
        Some(self.bans.begin(subject(source), now))
    }

    /// Someone at `source` gave a wrong password for `user`; true when that has become a habit.
    pub(super) fn guessed(&mut self, source: IpAddr, user: &str, now: Instant) -> bool {
        let key = (subject(source), user.chars().take(MAX_USER_CHARS).collect());
        if self.guesses.len() >= MAX_GUESSES && !self.guesses.contains_key(&key) {
            self.guesses.clear();
        }
        let guess = self.guesses.entry(key).or_insert(Guess { count: 0, last: now });
        if now.since(guess.last) > GUESSES_FORGIVEN_AFTER {
            guess.count = 0;
        }
        *guess = Guess { count: guess.count + 1, last: now };
        guess.count >= GUESSES_UNTIL_REFUSAL
    }

    /// Whether passwords of `source` for `user` are not even looked at now.
    pub(super) fn is_guessing(&self, source: IpAddr, user: &str, now: Instant) -> bool {
        let key = (subject(source), user.chars().take(MAX_USER_CHARS).collect());
        let habit = |guess: &Guess| guess.count >= GUESSES_UNTIL_REFUSAL && now.since(guess.last) <= REFUSED_FOR;
        self.guesses.get(&key).is_some_and(habit)
    }

    /// The source proved to be `user`.
    pub(super) fn proven(&mut self, source: IpAddr, user: &str) {
        self.guesses.remove(&(subject(source), user.to_owned()));
        if let Some(entry) = self.young.get_mut(&subject(source)) {
            entry.faults = 0;
            entry.unanswered_challenges = 0;
        }
    }

    pub(super) fn bans(&self, now: Instant) -> Vec<Ban> {
        let list = |terms: &Terms, scope: BanScope| -> Vec<Ban> {
            let ban = |(source, remaining_s, times)| Ban { source, scope, remaining_s, times };
            terms.current(now).map(ban).collect()
        };
        let mut bans = list(&self.bans, BanScope::Everything);
        bans.extend(list(&self.mutes, BanScope::Unproven));
        bans
    }

    pub(super) fn clear(&mut self, source: IpAddr) -> bool {
        let source = subject(source);
        self.young.remove(&source);
        self.old.remove(&source);
        let muted = self.mutes.clear(source);
        self.bans.clear(source) || muted
    }
}

/// Who is counted as one: IPv4 by address, IPv6 by the /64 that one site usually has.
pub fn subject(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::terms::FIRST_TERM;
    use super::*;

    const STRANGER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));

    const fn at(s: u64) -> Instant {
        Instant::from_millis(s * 1000)
    }

    #[test]
    fn a_source_sends_no_faster_than_its_rate() {
        let mut sources = Sources::new(100);
        let admitted = |sources: &mut Sources, now| {
            (0..1000).filter(|_| sources.admit(STRANGER, 50, now) == Admission::Admit).count()
        };
        assert_eq!(admitted(&mut sources, at(0)), 50);
        assert_eq!(admitted(&mut sources, at(1)), 50);
        assert_eq!(admitted(&mut sources, Instant::from_millis(1100)), 5);
        assert_eq!(admitted(&mut sources, at(100)), 50);
    }

    #[test]
    fn a_stranger_is_told_once_then_met_with_silence_then_banned() {
        let mut sources = Sources::new(100);
        assert_eq!(sources.refuse(STRANGER, true, at(0)), (true, None));
        for _ in 0..9 {
            assert_eq!(sources.refuse(STRANGER, true, at(1)), (false, None));
        }
        assert_eq!(sources.refuse(STRANGER, true, at(2)), (false, Some(FIRST_TERM)));
        assert_eq!(sources.admit(STRANGER, 50, at(3)), Admission::Drop);
        assert_eq!(
            sources.bans(at(3)),
            [Ban { source: STRANGER, scope: BanScope::Everything, remaining_s: 59, times: 1 }]
        );
        assert_eq!(sources.admit(STRANGER, 50, at(62)), Admission::Admit);
        assert_eq!(sources.bans(at(62)), []);
    }

    #[test]
    fn an_address_that_may_be_forged_is_muted_and_its_challenges_rationed_but_never_banned() {
        let mut sources = Sources::new(100);
        assert_eq!(sources.refuse(STRANGER, false, at(0)), (true, None));
        for _ in 0..100 {
            assert_eq!(sources.refuse(STRANGER, false, at(40)).1, None);
        }
        assert_eq!(sources.admit(STRANGER, 50, at(40)), Admission::Admit);
        let scopes: Vec<BanScope> = sources.bans(at(40)).iter().map(|ban| ban.scope).collect();
        assert_eq!(scopes, [BanScope::Unproven]);
        let sent = |sources: &mut Sources, ms: u64| {
            (0..ms).filter(|n| sources.challenged(STRANGER, false, Instant::from_millis(*n)).0).count()
        };
        assert_eq!(sent(&mut sources, 1), 1);
        assert!((200..=220).contains(&sent(&mut sources, 10_000)));
        assert!(sources.clear(STRANGER));
        assert_eq!(sources.bans(at(40)), []);
    }

    #[test]
    fn bans_grow_and_can_be_cleared() {
        let mut sources = Sources::new(100);
        let mut now = at(0);
        let mut lengths = Vec::new();
        for _ in 0..20 {
            let length = (0..FAULTS_UNTIL_BAN).filter_map(|_| sources.fault(STRANGER, true, now)).next_back();
            let length = length.expect("ten faults bring a ban");
            lengths.push(length.as_secs());
            now = now + length;
        }
        assert_eq!(lengths[..4], [60, 120, 240, 480]);
        assert_eq!(lengths.last(), Some(&86_400));
        assert!(sources.clear(STRANGER));
        assert!(!sources.clear(STRANGER));
        assert_eq!(sources.admit(STRANGER, 50, now), Admission::Admit);
    }

    #[test]
    fn forgives_old_faults_and_those_of_a_proven_source() {
        let mut sources = Sources::new(100);
        for minute in 0..100 {
            assert_eq!(sources.fault(STRANGER, true, at(minute * 601)), None);
        }
        for _ in 0..100 {
            assert_eq!(sources.fault(STRANGER, true, at(60_100)), None);
            sources.proven(STRANGER, "1001");
        }
    }

    #[test]
    fn remembers_no_more_addresses_than_allowed() {
        let mut sources = Sources::new(1000);
        for n in 0..100_000u32 {
            sources.admit(IpAddr::from(n.to_be_bytes()), 50, at(0));
        }
        assert!(sources.young.len() + sources.old.len() <= 1000);
        let site = |n: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, n));
        assert_eq!(subject(site(1)), subject(site(2)));
    }
}
