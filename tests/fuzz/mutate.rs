//! Inputs that are almost right: seeds with a few changes each.

use hotline::base::Rng;

/// Longer inputs are cut: what is longer than any limit teaches nothing new.
const MAX_BYTES: usize = 100_000;
/// Words that parsers stumble over.
const WORDS: &[&[u8]] = &[
    b"\r\n",
    b"\r\n\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b"\0",
    b"\"",
    b"\\",
    b"<",
    b">",
    b"<>",
    b";",
    b",",
    b"=",
    b":",
    b"@",
    b"%",
    b"%00",
    b"%zz",
    b"[",
    b"]",
    b"[::1]",
    b"*",
    b"-1",
    b"0",
    b"255",
    b"256",
    b"65536",
    b"2147483648",
    b"4294967295",
    b"4294967296",
    b"18446744073709551616",
    b"99999999999999999999999999999999999999999",
    b"\xff\xfe",
    b"\xe4\xb8\xad",
    b"sip:",
    b"sips:",
    b"tel:",
    b"SIP/2.0",
    b"Content-Length: 5\r\n",
    b"l:99999999999\r\n",
    b";tag=",
    b";branch=z9hG4bK",
    b"Via: ",
    b"\r\n ",
    b"multipart/mixed;boundary=",
    b"--",
    b"a=rtpmap:",
    b"m=audio ",
    b"c=IN IP4 ",
    b"Digest ",
    b"nonce=\"\"",
    b"INVITE ",
];

/// Makes inputs from seeds, the same ones for the same number.
pub struct Mutator {
    rng: Rng,
    seeds: Vec<Vec<u8>>,
}

impl Mutator {
    pub fn new(rng: Rng, seeds: Vec<Vec<u8>>) -> Self {
        Mutator { rng, seeds }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.rng.below(bound as u64)).expect("it is below a usize")
    }

    /// The next input: a seed with one to eight changes.
    pub fn next(&mut self) -> Vec<u8> {
        let which = self.below(self.seeds.len());
        let mut input = self.seeds[which].clone();
        for _ in 0..=self.below(8) {
            self.change(&mut input);
        }
        input.truncate(MAX_BYTES);
        input
    }

    /// A range of `len` bytes, most often a short one.
    fn range(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        let most = if self.below(8) == 0 { len } else { 16 };
        start..(start + self.below(most + 1)).min(len)
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let range = self.range(input.len());
        match self.below(9) {
            0 if !input.is_empty() => {
                let (at, bit) = (self.below(input.len()), self.below(8));
                input[at] ^= 1 << bit;
            }
            1 if !input.is_empty() => {
                let at = self.below(input.len());
                input[at] = self.below(256) as u8;
            }
            2 => drop(input.drain(range)),
            3 => {
                let piece = input[range.clone()].to_vec();
                let many = self.below(50) == 0 && piece.len() < MAX_BYTES / 300;
                let times = if many { 300 } else { 1 + self.below(3) };
                drop(input.splice(range.start..range.start, piece.repeat(times)));
            }
            4 | 5 => {
                let word = WORDS[self.below(WORDS.len())];
                drop(input.splice(range.start..range.start, word.iter().copied()));
            }
            6 => {
                let word = WORDS[self.below(WORDS.len())];
                drop(input.splice(range, word.iter().copied()));
            }
            7 => {
                let which = self.below(self.seeds.len());
                let from = self.range(self.seeds[which].len());
                let piece = self.seeds[which][from].to_vec();
                drop(input.splice(range, piece));
            }
            _ => input.truncate(range.end),
        }
    }
}
