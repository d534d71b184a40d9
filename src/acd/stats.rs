//! Each figure of the call centre, defined once, as a function of segments.
//!
//! | figure | formula |
//! |---|---|
//! | offered | visits to a queue |
//! | answered | visits that an agent ended by answering |
//! | abandoned | visits that the caller ended by hanging up, the short ones among them |
//! | short abandon | abandoned within [`Targets::short_abandon_ms`] |
//! | service level SL(T) | answered within T / (answered + abandoned − short) |
//! | Asterisk SL | answered within T / answered |
//! | Asterisk SL2 | (answered within T + abandoned within T) / (answered + abandoned) |
//! | ASA | mean wait of the answered |
//! | AHT | (talk + hold + wrap-up) / handled |
//! | occupancy | (talk + hold + wrap-up) / (that + idle) |
//!
//! A callback that was booked, and a call that left for voicemail, another group or the end of the longest wait, was
//! offered but neither answered nor abandoned. A share of nothing is `None`, never zero.

use serde::{Deserialize, Serialize};

/// One visit of a call to a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub waited_ms: u64,
    pub exit: OfferExit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferExit {
    Answered,
    Abandoned,
    /// Callback, voicemail, longest wait, nobody there, a key, a failure of the switch.
    Other,
}

/// What one agent spent on one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handled {
    pub talk_ms: u64,
    pub hold_ms: u64,
    pub wrap_up_ms: u64,
}

impl Handled {
    pub fn total_ms(self) -> u64 {
        self.talk_ms.saturating_add(self.hold_ms).saturating_add(self.wrap_up_ms)
    }
}

/// The thresholds of the queue's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Targets {
    /// T of the service level.
    pub service_level_ms: u64,
    /// Who hangs up within this is not counted against the service level.
    pub short_abandon_ms: u64,
}

impl Default for Targets {
    fn default() -> Self {
        Targets { service_level_ms: 20_000, short_abandon_ms: 5_000 }
    }
}

/// The figures of a set of visits. Sums of two sets are sums of their fields, so days add up to weeks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueFigures {
    pub offered: u64,
    pub answered: u64,
    pub abandoned: u64,
    pub short_abandoned: u64,
    pub answered_in_target: u64,
    pub abandoned_in_target: u64,
    pub answered_wait_ms: u64,
}

impl QueueFigures {
    pub fn of(offers: impl IntoIterator<Item = Offer>, targets: Targets) -> Self {
        offers.into_iter().fold(QueueFigures::default(), |figures, offer| figures.plus(offer, targets))
    }

    fn plus(mut self, offer: Offer, targets: Targets) -> Self {
        let in_target = u64::from(offer.waited_ms <= targets.service_level_ms);
        self.offered += 1;
        match offer.exit {
            OfferExit::Answered => {
                self.answered += 1;
                self.answered_in_target += in_target;
                self.answered_wait_ms = self.answered_wait_ms.saturating_add(offer.waited_ms);
            }
            OfferExit::Abandoned => {
                self.abandoned += 1;
                self.abandoned_in_target += in_target;
                self.short_abandoned += u64::from(offer.waited_ms <= targets.short_abandon_ms);
            }
            OfferExit::Other => {}
        }
        self
    }

    /// SL(T), 0 to 1.
    pub fn service_level(&self) -> Option<f64> {
        let abandoned = self.abandoned.saturating_sub(self.short_abandoned);
        share(self.answered_in_target, self.answered + abandoned)
    }

    /// `ServicelevelPerf` of Asterisk's `app_queue`, 0 to 1.
    pub fn asterisk_sl(&self) -> Option<f64> {
        share(self.answered_in_target, self.answered)
    }

    /// `ServicelevelPerf2` of Asterisk's `app_queue`, 0 to 1.
    pub fn asterisk_sl2(&self) -> Option<f64> {
        share(self.answered_in_target + self.abandoned_in_target, self.answered + self.abandoned)
    }

    /// Average speed of answer in milliseconds.
    pub fn asa_ms(&self) -> Option<f64> {
        share(self.answered_wait_ms, self.answered)
    }
}

/// Average handle time in milliseconds.
pub fn aht_ms(handled: impl IntoIterator<Item = Handled>) -> Option<f64> {
    let (total_ms, count) = handled
        .into_iter()
        .fold((0u64, 0u64), |(total_ms, count), one| (total_ms.saturating_add(one.total_ms()), count + 1));
    share(total_ms, count)
}

/// The share of an agent's available time spent on calls, 0 to 1. Breaks (not ready) are in neither part.
pub fn occupancy(handled: impl IntoIterator<Item = Handled>, idle_ms: u64) -> Option<f64> {
    let busy_ms = handled.into_iter().fold(0u64, |sum, one| sum.saturating_add(one.total_ms()));
    share(busy_ms, busy_ms.saturating_add(idle_ms))
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(waited_s: u64, exit: OfferExit) -> Offer {
        Offer { waited_ms: waited_s * 1000, exit }
    }

    fn day() -> QueueFigures {
        use OfferExit::{Abandoned, Answered, Other};
        let offers = [
            offer(0, Answered),
            offer(20, Answered),
            offer(21, Answered),
            offer(59, Answered),
            offer(5, Abandoned),
            offer(6, Abandoned),
            offer(40, Abandoned),
            offer(300, Other),
        ];
        QueueFigures::of(offers, Targets::default())
    }

    #[test]
    fn counts_every_visit_once() {
        let day = day();
        assert_eq!((day.offered, day.answered, day.abandoned, day.short_abandoned), (8, 4, 3, 1));
    }

    #[test]
    fn service_level_leaves_short_abandons_out() {
        assert_eq!(day().service_level(), Some(2.0 / 6.0));
    }

    #[test]
    fn asterisks_levels_are_its_own() {
        assert_eq!(day().asterisk_sl(), Some(2.0 / 4.0));
        assert_eq!(day().asterisk_sl2(), Some(4.0 / 7.0));
    }

    #[test]
    fn asa_is_the_mean_wait_of_the_answered_alone() {
        assert_eq!(day().asa_ms(), Some(25_000.0));
    }

    #[test]
    fn aht_and_occupancy_count_talk_hold_and_wrap_up() {
        let handled = [
            Handled { talk_ms: 60_000, hold_ms: 10_000, wrap_up_ms: 20_000 },
            Handled { talk_ms: 30_000, ..Handled::default() },
        ];
        assert_eq!(aht_ms(handled), Some(60_000.0));
        assert_eq!(occupancy(handled, 40_000), Some(0.75));
    }

    #[test]
    fn a_share_of_nothing_is_not_zero() {
        let none = QueueFigures::default();
        assert_eq!(
            (none.service_level(), none.asterisk_sl(), none.asterisk_sl2(), none.asa_ms()),
            (None, None, None, None)
        );
        assert_eq!((aht_ms([]), occupancy([], 0)), (None, None));
    }
}
