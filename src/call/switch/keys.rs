//! One press of a key, told in up to three ways: by RTP event when it is released, by SIP INFO at any moment, and as
//! tones a little later.

use std::time::Duration;

use crate::base::Instant;
use crate::call::event::KeySource;

/// Two ways may tell of one press this far apart.
const SLACK: Duration = Duration::from_millis(400);
/// A slow way may tell of a key when the next ones were pressed already.
const REMEMBERED: usize = 4;

/// The last presses of one leg.
#[derive(Clone, Debug, Default)]
pub(super) struct Presses {
    last: [Option<Press>; REMEMBERED],
    next: usize,
}

#[derive(Clone, Copy, Debug)]
struct Press {
    digit: char,
    from: Instant,
    to: Instant,
    /// The ways that have told of it.
    ways: [bool; 3],
}

impl Presses {
    /// A way tells of `digit`, which was down for `held` and is up (or, by INFO, perhaps still down) at `now`. Says
    /// whether it is a press of its own: not one that another way has told of, the two overlapping but for the slack.
    pub fn is_new(&mut self, digit: char, by: KeySource, held: Duration, now: Instant) -> bool {
        let from = now - held;
        let way = place(by);
        let same = |press: &&mut Press| {
            press.digit == digit && !press.ways[way] && from <= press.to + SLACK && press.from <= now + SLACK
        };
        if let Some(press) = self.last.iter_mut().flatten().find(same) {
            press.ways[way] = true;
            press.from = press.from.min(from);
            press.to = press.to.max(now);
            return false;
        }
        let mut ways = [false; 3];
        ways[way] = true;
        self.last[self.next] = Some(Press { digit, from, to: now, ways });
        self.next = (self.next + 1) % REMEMBERED;
        true
    }
}

const fn place(by: KeySource) -> usize {
    match by {
        KeySource::Rfc4733 => 0,
        KeySource::SipInfo => 1,
        KeySource::Inband => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KeySource::{Inband, Rfc4733, SipInfo};

    /// What is counted of keys told at `ms` after having been down for `held` ms.
    fn counted(told: &[(char, KeySource, u64, u64)]) -> String {
        let mut presses = Presses::default();
        let is_new = |(digit, by, held, ms): &&(char, KeySource, u64, u64)| {
            presses.is_new(*digit, *by, Duration::from_millis(*held), Instant::from_millis(50_000 + *ms))
        };
        told.iter().filter(is_new).map(|(digit, ..)| *digit).collect()
    }

    #[test]
    fn a_press_told_in_three_ways_is_one() {
        assert_eq!(counted(&[('5', Rfc4733, 100, 100), ('5', SipInfo, 0, 130), ('5', Inband, 100, 190)]), "5");
        assert_eq!(counted(&[('5', SipInfo, 0, 0), ('5', Rfc4733, 100, 350)]), "5");
    }

    #[test]
    fn a_long_press_is_one_whenever_the_other_way_tells_of_it() {
        // INFO when it goes down, the event when it comes up three seconds later.
        assert_eq!(counted(&[('5', SipInfo, 0, 0), ('5', Rfc4733, 3000, 3000)]), "5");
        assert_eq!(counted(&[('5', Rfc4733, 3000, 3000), ('5', SipInfo, 250, 3200)]), "5");
    }

    #[test]
    fn the_same_key_again_is_another_press_also_when_each_is_told_twice() {
        let told = [('5', Rfc4733, 80, 80), ('5', SipInfo, 0, 100), ('5', Rfc4733, 80, 240), ('5', SipInfo, 0, 260)];
        assert_eq!(counted(&told), "55");
        assert_eq!(counted(&[('5', Rfc4733, 80, 80), ('5', Rfc4733, 80, 240)]), "55");
        assert_eq!(counted(&[('5', Rfc4733, 100, 100), ('5', SipInfo, 0, 1000)]), "55");
    }

    #[test]
    fn a_slow_way_does_not_repeat_the_keys_before() {
        let told = [('1', Rfc4733, 80, 80), ('2', Rfc4733, 80, 240), ('1', SipInfo, 0, 260), ('2', SipInfo, 0, 400)];
        assert_eq!(counted(&told), "12");
    }
}
