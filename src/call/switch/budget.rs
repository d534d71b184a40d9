//! What a trunk may cost in a day: outgoing calls and minutes, counted as they are spent.
//!
//! A call counts when its INVITE goes out, whatever becomes of it; its minutes count from the answer on and belong to
//! the day on which it ends. Calls that are up are not cut off.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike as _;
use chrono_tz::Tz;

use super::core::Switch;
use crate::base::{Instant, LegId, Now, UtcMillis};
use crate::call::event::What;
use crate::sip::endpoint::SessionId;

/// The most that a trunk may carry out in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyBudget {
    pub calls: Option<u32>,
    pub minutes: Option<u32>,
    /// Whose midnight begins a day.
    pub timezone: Tz,
}

/// What the records of a former run say that a trunk has carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    pub trunk: String,
    pub at: UtcMillis,
    pub calls: u32,
    pub talk_ms: u64,
}

/// One trunk's day.
#[derive(Debug, Default)]
struct Day {
    /// Days since the beginning of the common era.
    number: i32,
    calls: u32,
    talk_ms: u64,
    /// It was told that nothing is left.
    told: bool,
}

/// What all trunks have carried out today.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    limits: BTreeMap<String, DailyBudget>,
    days: BTreeMap<String, Day>,
    /// Calls that are up by a trunk, with their answer.
    talking: BTreeMap<LegId, (String, Instant)>,
    /// Records were counted in.
    counted: bool,
}

impl Budgets {
    /// New limits. What was spent stays; the records of a former run are counted in once.
    pub fn configure(&mut self, limits: BTreeMap<String, DailyBudget>, spent: Option<&[Spent]>, now: Now) {
        self.limits = limits;
        let Some(spent) = spent.filter(|_| !std::mem::replace(&mut self.counted, true)) else { return };
        let mut before: BTreeMap<&str, (u32, u64)> = BTreeMap::new();
        for part in spent {
            let zone = self.zone(&part.trunk);
            if day(zone, part.at) == day(zone, now.utc) {
                let (calls, talk_ms) = before.entry(&part.trunk).or_default();
                *calls = calls.saturating_add(part.calls);
                *talk_ms = talk_ms.saturating_add(part.talk_ms);
            }
        }
        for (trunk, (calls, talk_ms)) in before {
            // Of this run too, when a budget was set later than the start.
            let today = self.today(trunk, now.utc);
            (today.calls, today.talk_ms) = (today.calls.max(calls), today.talk_ms.max(talk_ms));
        }
    }

    fn zone(&self, trunk: &str) -> Tz {
        self.limits.get(trunk).map_or(Tz::UTC, |budget| budget.timezone)
    }

    fn today(&mut self, trunk: &str, utc: UtcMillis) -> &mut Day {
        let number = day(self.zone(trunk), utc);
        let today = self.days.entry(trunk.to_owned()).or_default();
        if today.number != number {
            *today = Day { number, ..Day::default() };
        }
        today
    }

    /// Calls and milliseconds of today, calls that are up included.
    pub fn spent(&self, trunk: &str, now: Now) -> (u32, u64) {
        let number = day(self.zone(trunk), now.utc);
        let past = self.days.get(trunk).filter(|day| day.number == number);
        let (calls, talk_ms) = past.map_or((0, 0), |day| (day.calls, day.talk_ms));
        let up = self.talking.values().filter(|(by, _)| by == trunk);
        let up_ms: u64 = up.map(|(_, since)| millis(*since, now.instant)).sum();
        (calls, talk_ms.saturating_add(up_ms))
    }

    fn is_spent(&self, trunk: &str, budget: &DailyBudget, now: Now) -> bool {
        let (calls, talk_ms) = self.spent(trunk, now);
        let too_long = |minutes: u32| talk_ms >= u64::from(minutes) * 60_000;
        budget.calls.is_some_and(|most| calls >= most) || budget.minutes.is_some_and(too_long)
    }

    /// Trunks that may carry nothing more today.
    fn barred(&self, now: Now) -> BTreeSet<String> {
        let spent = self.limits.iter().filter(|(trunk, budget)| self.is_spent(trunk, budget, now));
        spent.map(|(trunk, _)| trunk.clone()).collect()
    }

    /// Trunks of `barred` of which it has not been told today.
    fn untold(&mut self, barred: &BTreeSet<String>, now: Now) -> Vec<String> {
        let mut untold = Vec::new();
        for trunk in barred {
            if !std::mem::replace(&mut self.today(trunk, now.utc).told, true) {
                untold.push(trunk.clone());
            }
        }
        untold
    }
}

fn day(zone: Tz, utc: UtcMillis) -> i32 {
    let utc = chrono::DateTime::from_timestamp_millis(utc.0).unwrap_or_default();
    utc.with_timezone(&zone).num_days_from_ce()
}

fn millis(since: Instant, now: Instant) -> u64 {
    u64::try_from(now.since(since).as_millis()).unwrap_or(u64::MAX)
}

impl Switch {
    /// Trunks that the next call may not go out by; what is new is told.
    pub(super) fn barred_trunks(&mut self, now: Now) -> BTreeSet<String> {
        let barred = self.budgets.barred(now);
        for trunk in self.budgets.untold(&barred, now) {
            let (calls, talk_ms) = self.budgets.spent(&trunk, now);
            let zone = self.budgets.zone(&trunk);
            metrics::counter!("hotline_trunk_budgets_spent_total", "trunk" => trunk.clone()).increment(1);
            let text = format!(
                "trunk {trunk} has spent its daily budget ({calls} calls, {} minutes): until midnight ({zone}) outgoing \
                 calls take the next trunk, or are refused; see `daily` of the trunk",
                talk_ms / 60_000
            );
            self.alarm(text, now);
        }
        barred
    }

    /// An INVITE of a leg went out by a trunk.
    pub(super) fn on_trunk_taken(&mut self, session: SessionId, trunk: String, now: Now) {
        let today = self.budgets.today(&trunk, now.utc);
        today.calls = today.calls.saturating_add(1);
        let Some(leg) = self.sessions.get(&session).copied() else { return };
        let Some(call) = self.call_mut(leg.call) else { return };
        if let Some(leg) = call.legs.get_mut(&leg.n) {
            leg.trunk = Some(trunk.clone());
        }
        call.record(Some(leg.n), What::TrunkTaken { trunk }, now);
    }

    /// An outgoing leg was answered: its minutes count from here.
    pub(super) fn count_minutes(&mut self, id: LegId, now: Now) {
        let leg = self.calls.get(&id.call).and_then(|call| call.legs.get(&id.n));
        if let Some(trunk) = leg.and_then(|leg| leg.trunk.clone()) {
            self.budgets.talking.insert(id, (trunk, now.instant));
        }
    }

    /// A leg is over: its minutes are spent.
    pub(super) fn spend_minutes(&mut self, id: LegId, now: Now) {
        let Some((trunk, since)) = self.budgets.talking.remove(&id) else { return };
        let talk_ms = millis(since, now.instant);
        let today = self.budgets.today(&trunk, now.utc);
        today.talk_ms = today.talk_ms.saturating_add(talk_ms);
        if let Some(call) = self.call_mut(id.call) {
            call.record(Some(id.n), What::TrunkLeft { trunk, talk_ms }, now);
        }
    }
}

#[cfg(test)]
mod tests;
