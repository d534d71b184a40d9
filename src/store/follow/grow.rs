//! New events onto the calls that they belong to.

use std::collections::BTreeMap;

use super::cache::{Cache, Identity, Known, Ticketed};
use super::write::Followed;
use crate::base::CallId;
use crate::call::event::CallEvent;
use crate::call::record::CallRecord;
use crate::customer::NumberPlan;
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::sql::{Value, sql};

/// The events of one call in a batch, each once, in order.
type Fresh<'e> = BTreeMap<u32, &'e CallEvent>;

/// What the tables have of a call that nothing is remembered of.
#[derive(Clone, Copy, Default)]
struct There {
    events: i64,
    /// It has its row in `calls`.
    row: bool,
}

impl Tx<'_> {
    /// The calls that `events`, which are in the table already, belong to, grown by them. A call whose first event is
    /// not there yet is left out: its rows are made when it comes.
    pub(super) async fn grow(
        &mut self,
        events: &[CallEvent],
        cache: &Cache,
        numbers: &NumberPlan,
    ) -> Result<Vec<Followed>, StoreError> {
        let mut calls: BTreeMap<CallId, Fresh<'_>> = BTreeMap::new();
        for event in events {
            calls.entry(event.call).or_default().entry(event.seq).or_insert(event);
        }
        let unseen: Vec<CallId> = calls.keys().copied().filter(|call| cache.get(*call).is_none()).collect();
        let there = self.what_is_there(&unseen).await?;
        let mut followed = Vec::with_capacity(calls.len());
        for (call, fresh) in calls {
            let grown = match cache.get(call) {
                Some(known) => continued(known, &fresh, numbers),
                None => begun(&fresh, there.get(&call).copied().unwrap_or_default(), numbers),
            };
            match grown {
                Some(grown) => followed.extend(grown),
                None => followed.extend(self.read_call(call, numbers).await?),
            }
        }
        Ok(followed)
    }

    /// What the tables have of each of these calls.
    async fn what_is_there(&mut self, calls: &[CallId]) -> Result<BTreeMap<CallId, There>, StoreError> {
        if calls.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut statement = sql(
            "SELECT e.call, COUNT(*), COUNT(c.id) FROM events e LEFT JOIN calls c ON c.id = e.call WHERE e.call IN ",
        );
        statement.push_set(calls.iter().map(|call| Value::from(*call)));
        statement.push(" GROUP BY e.call");
        let rows: Vec<(CallId, i64, i64)> = self.all(statement).await?;
        Ok(rows.into_iter().map(|(call, events, rows)| (call, There { events, row: rows > 0 })).collect())
    }

    /// A call from its events and what was made of it before.
    pub(super) async fn read_call(
        &mut self,
        call: CallId,
        numbers: &NumberPlan,
    ) -> Result<Option<Followed>, StoreError> {
        let rows = self.all(crate::store::event::select_of(call)).await?;
        let events = crate::store::event::read(rows)?;
        let Some(record) = CallRecord::from_events(&events) else { return Ok(None) };
        let is_whole = u32::try_from(events.len()) == Ok(record.last_seq);
        let customer: Option<(Option<i64>,)> =
            self.optional(sql("SELECT customer FROM calls WHERE id = $1").bind(call)).await?;
        let customer = customer.and_then(|(id,)| id).map_or(Identity::Unknown, Identity::One);
        let tickets: Vec<(i64, i64)> =
            self.all(sql("SELECT n, number FROM tickets WHERE call = $1").bind(call)).await?;
        let ticketed = |(n, number)| Some((u16::try_from(n).ok()?, Ticketed { number, draft: None }));
        let tickets = tickets.into_iter().filter_map(ticketed).collect();
        Ok(Some(Followed::new(None, Known { record, customer, tickets }, is_whole, numbers)))
    }
}

/// The known call with what is new. `None` when events are missing in between: then the table knows better.
fn continued(known: &Known, fresh: &Fresh<'_>, numbers: &NumberPlan) -> Option<Option<Followed>> {
    let new: Vec<&CallEvent> = fresh.range(known.record.last_seq + 1..).map(|(_, event)| *event).collect();
    if new.is_empty() {
        return Some(None);
    }
    if !(known.record.last_seq + 1..).zip(&new).all(|(seq, event)| event.seq == seq) {
        return None;
    }
    let mut grown = known.clone();
    new.iter().for_each(|event| grown.record.apply(event));
    if known.record.caller.is_none() && grown.record.caller.is_some() && known.customer == Identity::Undecided {
        grown.customer = Identity::Unknown;
    }
    Some(Some(Followed::new(Some(known.record.clone()), grown, true, numbers)))
}

/// A call that this batch begins. `None` when the table has other events of it, or rows were made of these before: the
/// same batch was committed and its answer lost, or the spool is read a second time.
fn begun(fresh: &Fresh<'_>, there: There, numbers: &NumberPlan) -> Option<Option<Followed>> {
    let whole = (1..).zip(fresh.keys()).all(|(seq, key)| *key == seq);
    if !whole || there.row || i64::try_from(fresh.len()) != Ok(there.events) {
        return None;
    }
    let record = CallRecord::from_events(fresh.values().copied())?;
    let known = Known { record, customer: Identity::Unknown, tickets: BTreeMap::new() };
    Some(Some(Followed::new(None, known, true, numbers)))
}
