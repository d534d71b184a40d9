//! What trunks have carried out, read from the records of calls.

use std::collections::BTreeMap;

use super::error::StoreError;
use super::event;
use super::open::Store;
use super::sql::sql;
use crate::base::{CallId, UtcMillis};
use crate::call::event::{CallEvent, EndCause, What};
use crate::call::switch::Spent;

/// No call lasts longer: one that ends today began yesterday at the earliest.
const LONGEST_CALL_MS: i64 = 24 * 3_600_000;

impl Store {
    /// Every outgoing call since `since`, and every end of one. A call that a crash cut off counts up to the end that
    /// the next start gave its record.
    pub async fn spent(&self, since: UtcMillis) -> Result<Vec<Spent>, StoreError> {
        let oldest = CallId::first_at(UtcMillis(since.0.saturating_sub(LONGEST_CALL_MS)));
        let statement = sql("SELECT body FROM events WHERE call >= $1 AND at >= $2 \
             AND type IN ('trunk_taken', 'trunk_left', 'ended') ORDER BY call, seq");
        let rows = self.db.all(statement.bind(oldest).bind(since)).await?;
        Ok(fold(&event::read(rows)?))
    }
}

fn fold(events: &[CallEvent]) -> Vec<Spent> {
    let mut spent = Vec::new();
    let mut open: BTreeMap<(CallId, Option<u16>), (String, UtcMillis)> = BTreeMap::new();
    for event in events {
        match &event.what {
            What::TrunkTaken { trunk } => {
                open.insert((event.call, event.leg), (trunk.clone(), event.at));
                spent.push(Spent { trunk: trunk.clone(), at: event.at, calls: 1, talk_ms: 0 });
            }
            What::TrunkLeft { trunk, talk_ms } => {
                open.remove(&(event.call, event.leg));
                spent.push(Spent { trunk: trunk.clone(), at: event.at, calls: 0, talk_ms: *talk_ms });
            }
            What::Ended { cause: EndCause::SwitchRestart, .. } => {
                let cut = open.iter().filter(|((call, _), _)| *call == event.call).map(|(_, taken)| taken);
                spent.extend(cut.map(|(trunk, since)| {
                    let talk_ms = u64::try_from(event.at.0.saturating_sub(since.0)).unwrap_or(0);
                    Spent { trunk: trunk.clone(), at: event.at, calls: 0, talk_ms }
                }));
            }
            _ => {}
        }
    }
    spent
}
