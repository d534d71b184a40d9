//! The numbers of one stream (SSRC): how often its sequence numbers have begun anew, and which packets were seen.

/// Packets behind the newest that may still come (RFC 3711 3.3.2 asks for 64 at least).
const WINDOW: u64 = 128;

/// Which numbers were seen, up to [`WINDOW`] behind the highest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window {
    highest: u64,
    /// Bit `n`: `highest - n` was seen. Zero before the first.
    seen: u128,
}

impl Window {
    /// Whether `index` may come now: it is new, and not too old to know.
    pub(super) fn admits(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => true,
            Some(behind) if behind < WINDOW => self.seen >> behind & 1 == 0,
            Some(_) => false,
        }
    }

    /// `index` came.
    pub(super) fn mark(&mut self, index: u64) {
        match self.highest.checked_sub(index) {
            Some(behind) if behind < WINDOW => self.seen |= 1 << behind,
            Some(_) => {}
            None => {
                let ahead = index - self.highest;
                self.seen = if ahead < WINDOW { self.seen << ahead | 1 } else { 1 };
                self.highest = index;
            }
        }
    }

    /// Nothing was seen yet, and what comes first is expected near `index`.
    pub(super) fn from(index: u64) -> Window {
        Window { highest: index, seen: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.seen == 0
    }

    pub(super) fn highest(&self) -> u64 {
        self.highest
    }
}

/// The 48-bit index of the packet `seq` of a stream whose newest packet has the index `highest`: the one that is
/// nearest (RFC 3711 3.3.1 and appendix A). `None` for one before the first of all.
pub(super) fn nearest_index(highest: u64, seq: u16) -> Option<u64> {
    let step = i64::from(seq.wrapping_sub(highest as u16) as i16);
    highest.checked_add_signed(step).filter(|index| *index <= LAST_INDEX)
}

/// 2^48 packets, then the key is used up (RFC 3711 9.2).
pub(super) const LAST_INDEX: u64 = (1 << 48) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_the_nearest_one() {
        let check = |highest: u64, seq: u16, index: Option<u64>| {
            assert_eq!(nearest_index(highest, seq), index, "{highest:x} {seq:x}");
        };
        check(0x0000_0000_0001, 0x0002, Some(2));
        check(0x0000_0000_fffe, 0x0001, Some(0x1_0001));
        check(0x0000_0001_0001, 0xfffe, Some(0xfffe));
        check(0x0000_0003_8000, 0x7fff, Some(0x3_7fff));
        check(0x0000_0003_8000, 0xfffe, Some(0x3_fffe));
        check(0x0000_0003_8000, 0x0001, Some(0x3_0001));
        check(0x0000_0003_9000, 0x0001, Some(0x4_0001));
        check(0x0000_0000_0001, 0xffff, None);
        check(0xffff_ffff_ffff, 0x0000, None);
    }

    #[test]
    fn each_number_comes_once_however_they_are_ordered() {
        let mut window = Window::default();
        for index in [0u64, 5, 3, 4, 127, 128, 129, 400, 399, 273] {
            assert!(window.admits(index), "{index}");
            window.mark(index);
            assert!(!window.admits(index), "{index} again");
        }
        assert!(!window.admits(272), "too old to know");
        assert!(window.admits(1_000_000));
    }
}
