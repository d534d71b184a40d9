//! Nonces that prove when they were made, and a count of each that was used (RFC 7616 3.3, 5.4).

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::algorithm::hex;
use crate::base::{Instant, Rng};

/// Hex digits of the time, the salt and the signature.
const TIME_DIGITS: usize = 16;
const SALT_DIGITS: usize = 16;
const SIGNATURE_DIGITS: usize = 32;
/// Nonces whose count is remembered; beyond it the oldest is forgotten and is stale from then on.
const MAX_USED: usize = 50_000;

/// What a nonce is worth.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NonceState {
    /// Ours, in time, and this count is higher than any before.
    Fresh,
    /// Ours, but too old, or the count was used before: ask again with `stale=true`.
    Stale,
    /// Not made here, or made for another address.
    Foreign,
}

/// Makes and checks nonces. Nothing is stored for a nonce until an answer with the right password uses it.
#[derive(Debug)]
pub struct Nonces {
    key: [u8; 32],
    lifetime: Duration,
    rng: Rng,
    /// The highest count of each nonce that was used well, by its time and salt.
    used: BTreeMap<(Instant, u64), u32>,
    /// Nonces made before this are stale, because their counts were forgotten.
    forgotten_before: Instant,
}

impl Nonces {
    pub fn new(lifetime: Duration, rng: &mut Rng) -> Self {
        let mut key = [0; 32];
        rng.fill(&mut key);
        Nonces { key, lifetime, rng: rng.fork(), used: BTreeMap::new(), forgotten_before: Instant::ZERO }
    }

    /// A new nonce for `source`, good for the lifetime. It says nothing when it comes from elsewhere, so that whoever
    /// sends it back over UDP has shown to receive at the address that it claims.
    pub fn make(&mut self, source: IpAddr, now: Instant) -> String {
        let salt = self.rng.next_u64();
        let body = format!("{:016x}{salt:016x}", now.as_micros());
        let signature = self.sign(&body, source);
        body + &signature
    }

    fn sign(&self, body: &str, source: IpAddr) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(body.as_bytes());
        mac.update(source.to_string().as_bytes());
        let full = hex(&mac.finalize().into_bytes());
        full[..SIGNATURE_DIGITS].to_owned()
    }

    fn read(&self, nonce: &str, source: IpAddr) -> Option<(Instant, u64)> {
        if nonce.len() != TIME_DIGITS + SALT_DIGITS + SIGNATURE_DIGITS || !nonce.is_ascii() {
            return None;
        }
        let (body, signature) = nonce.split_at(TIME_DIGITS + SALT_DIGITS);
        if !bool::from(self.sign(body, source).as_bytes().ct_eq(signature.as_bytes())) {
            return None;
        }
        let (time, salt) = body.split_at(TIME_DIGITS);
        let time = u64::from_str_radix(time, 16).ok()?;
        Some((Instant::from_micros(time), u64::from_str_radix(salt, 16).ok()?))
    }

    /// What `nonce` is worth with this count; 1 for an answer without a count, which makes such a nonce good once.
    pub fn check(&self, nonce: &str, source: IpAddr, count: u32, now: Instant) -> NonceState {
        let Some(id) = self.read(nonce, source) else { return NonceState::Foreign };
        let expired = now.since(id.0) > self.lifetime || id.0 < self.forgotten_before || id.0 > now;
        let highest = self.used.get(&id).copied().unwrap_or(0);
        if expired || count <= highest { NonceState::Stale } else { NonceState::Fresh }
    }

    /// Whether `source` was given `nonce` within the lifetime, however often it was used since.
    pub fn was_given_to(&self, nonce: &str, source: IpAddr, now: Instant) -> bool {
        self.read(nonce, source).is_some_and(|(made, _)| made <= now && now.since(made) <= self.lifetime)
    }

    /// An answer with the right password used `nonce` with `count`: neither it nor a lower one is good again.
    pub fn mark_used(&mut self, nonce: &str, source: IpAddr, count: u32, now: Instant) {
        let Some(id) = self.read(nonce, source) else { return };
        self.used.insert(id, count);
        let oldest = now - self.lifetime;
        while let Some(entry) = self.used.first_entry() {
            let time = entry.key().0;
            if time >= oldest && self.used.len() <= MAX_USED {
                return;
            }
            self.used.pop_first();
            self.forgotten_before = self.forgotten_before.max(time + Duration::from_micros(1));
        }
    }

    pub fn remembered(&self) -> usize {
        self.used.len()
    }
}
