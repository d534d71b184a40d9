//! Whether a caller ID is news: boxes repeat it on every ring, and some send number and name apart.

use crate::phonebox::event::{CallerId, NumberStatus};

/// What a caller ID is to the one that came before it in the same ringing phase.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum News {
    Repetition,
    /// Both together say more than the first alone.
    Update(Box<CallerId>),
    /// Another caller: a new call.
    Other,
}

/// `may_be_next_call`: a ring came between the two, or only the caller ID tells of calls.
pub(super) fn compare(before: &CallerId, new: &CallerId, may_be_next_call: bool) -> News {
    match (&before.number, &new.number) {
        (Some(held), Some(number)) if held != number => News::Other,
        // Some exchanges give the number and then "not available" for it; after a ring it is the next caller's.
        (Some(_), None) if may_be_next_call && new.number_status != NumberStatus::Absent => News::Other,
        // A number after "nothing said" completes it; after "withheld" it is somebody else.
        (None, Some(_)) if before.number_status != NumberStatus::Absent => News::Other,
        (None, Some(_)) => News::Update(Box::new(join(before, new))),
        (None, None) if is_more(before.number_status, new.number_status) => News::Update(Box::new(join(before, new))),
        _ if before.name.is_none() && new.name.is_some() => News::Update(Box::new(join(before, new))),
        _ => News::Repetition,
    }
}

fn is_more(before: NumberStatus, new: NumberStatus) -> bool {
    before == NumberStatus::Absent && new != NumberStatus::Absent
}

/// `new` where it says something, `before` elsewhere.
fn join(before: &CallerId, new: &CallerId) -> CallerId {
    let from_new = new.number.is_some() || before.number.is_none();
    let number_status = match (from_new, new.number_status) {
        (true, NumberStatus::Absent) | (false, _) => before.number_status,
        (true, status) => status,
    };
    let name = new.name.clone().or_else(|| before.name.clone());
    CallerId {
        number: new.number.clone().or_else(|| before.number.clone()),
        number_status,
        name_status: if name.is_some() { None } else { new.name_status.or(before.name_status) },
        name,
        ts: new.ts.clone().or_else(|| before.ts.clone()),
        called: new.called.clone().or_else(|| before.called.clone()),
        redirected_from: if new.redirected_from.is_empty() { &before.redirected_from } else { &new.redirected_from }
            .clone(),
        call_type: new.call_type.or(before.call_type),
        long_distance: new.long_distance || before.long_distance,
        update: true,
        verified: if new.number.is_some() { new.verified } else { before.verified },
    }
}
