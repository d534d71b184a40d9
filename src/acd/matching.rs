//! Who is rung for whom.

use std::collections::{BTreeMap, BTreeSet};

use super::machine::Acd;
use super::queue::{Entry, Stage};
use super::seat::Seat;
use super::stamp::Stamp;
use super::{AgentNo, GroupId, Strategy};
use crate::base::CallId;

/// The rings to start now: every waiting call, in the order of the queue, takes the best of the agents still free.
pub(super) fn pairs(acd: &Acd) -> Vec<(CallId, AgentNo, GroupId)> {
    let mut free: BTreeMap<&AgentNo, &Seat> =
        acd.idle.iter().filter_map(|agent| acd.seats.get_key_value(agent)).collect();
    let mut pairs = Vec::new();
    for entry in acd.queue.iter().filter(|entry| may_ring(entry, &acd.callbacks_closed)) {
        if free.is_empty() {
            break;
        }
        if let Some((agent, group)) = best(acd, entry, &free) {
            free.remove(&agent);
            pairs.push((entry.call, agent, group));
        }
    }
    pairs
}

fn may_ring(entry: &Entry, closed: &BTreeSet<String>) -> bool {
    let rests = match &entry.callback {
        Some(callback) => {
            callback.not_before.is_some() || callback.hours.as_ref().is_some_and(|hours| closed.contains(hours))
        }
        None => false,
    };
    entry.stage == Stage::Waiting && !rests
}

/// The least of these wins: rung least often for this call (P16), then who answered this caller last (A15), then by the
/// strategy of the group where the call was queued (A13, A14), then the lower staff number.
type Rank<'a> = (u32, bool, u32, Stamp, &'a AgentNo);

fn best(acd: &Acd, entry: &Entry, free: &BTreeMap<&AgentNo, &Seat>) -> Option<(AgentNo, GroupId)> {
    let home = acd.groups.get(&entry.home).map(|group| &group.config);
    let strategy = home.map(|home| home.strategy).unwrap_or_default();
    let preferred = entry.preferred.as_ref().filter(|_| home.is_some_and(|home| home.last_agent_first));
    let rank = |seat: &&Seat| -> Option<Rank<'_>> {
        let tried = entry.tried.get(&seat.no).copied().unwrap_or(0);
        let answered = match strategy {
            Strategy::LongestIdle => 0,
            Strategy::FewestCalls => seat.answered,
        };
        Some((tried, preferred != Some(&seat.no), answered, seat.idle_since()?, free.get_key_value(&seat.no)?.0))
    };
    let candidates = free.values().filter_map(|seat| Some((rank(seat)?, common_group(entry, seat)?)));
    let ((_, _, _, _, agent), group) = candidates.min_by_key(|(rank, _)| *rank)?;
    Some((agent.clone(), group.clone()))
}

/// The group that the agent takes this call for: where it was queued if the agent is there, else the first overflow.
pub(super) fn common_group<'a>(entry: &'a Entry, seat: &Seat) -> Option<&'a GroupId> {
    entry.groups().find(|group| seat.groups.contains(*group))
}
