//! One seeded source of randomness: tags, branches, SSRCs and nonces come from here, so that the same inputs and seed
//! give the same outputs. Drivers seed it from the operating system.

use rand::{Rng as _, SeedableRng};
use rand_chacha::ChaCha12Rng;

/// A cryptographically strong generator (ChaCha12) that a test seeds with a number.
#[derive(Clone, Debug)]
pub struct Rng(ChaCha12Rng);

impl Rng {
    /// For production: `seed` is 32 bytes from the operating system.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Rng(ChaCha12Rng::from_seed(seed))
    }

    /// For tests: replayable from one number.
    pub fn from_number(seed: u64) -> Self {
        Rng(ChaCha12Rng::seed_from_u64(seed))
    }

    pub fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64 }
    }

    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    /// `len` letters and digits: a tag, branch, Call-ID or nonce (5 bits of randomness each).
    pub fn token(&mut self, len: usize) -> String {
        const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        (0..len).map(|_| char::from(ALPHABET[(self.next_u32() >> 27) as usize])).collect()
    }

    /// A child generator, so that one consumer's draws do not shift another's.
    pub fn fork(&mut self) -> Rng {
        let mut seed = [0; 32];
        self.fill(&mut seed);
        Rng::from_seed(seed)
    }
}
