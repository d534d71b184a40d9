//! After a crash: the calls that were up are closed, and their recordings, as far as they were repaired.

use std::collections::BTreeMap;

use serde::Serialize;

use super::handle::Recorder;
use crate::base::{CallId, UtcMillis};
use crate::call::event::{CallEvent, EndCause, EndedBy, What};
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::sql::sql;

/// A recording's file as the repair at start found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepairedRecording {
    pub duration_ms: u64,
    pub bytes: u64,
}

/// What was done for a call that a crash left behind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClosedCall {
    pub call: CallId,
    /// The call itself was still open.
    pub was_open: bool,
    /// Recordings that were closed.
    pub recordings: Vec<String>,
}

impl Recorder {
    /// Closes what an earlier run of this node left open, with cause `switch_restart`; tickets follow as for every call.
    /// To be called once, after the recordings in `repaired` were made whole and before the first call. The end of a
    /// call is the last moment that its events or its recordings know of.
    pub async fn close_open_calls(
        &self,
        store: &Store,
        node: u16,
        repaired: &BTreeMap<String, RepairedRecording>,
    ) -> Result<Vec<ClosedCall>, StoreError> {
        self.caught_up().await;
        let mut closed = Vec::new();
        for call in store.left_open().await?.into_iter().filter(|call| call.node() == node) {
            let events = store.events(call).await?;
            let missing = missing_events(&events, repaired);
            let recordings: Vec<String> = missing.iter().filter_map(recording_of).collect();
            let was_open = missing.iter().any(|event| matches!(event.what, What::Ended { .. }));
            if !missing.is_empty() {
                closed.push(ClosedCall { call, was_open, recordings });
                self.record(missing);
            }
        }
        self.settle().await;
        Ok(closed)
    }
}

impl Store {
    /// Calls that are open, or have a recording that is.
    async fn left_open(&self) -> Result<Vec<CallId>, StoreError> {
        let rows: Vec<(CallId,)> = self
            .db
            .all(sql("SELECT id FROM calls WHERE state = 'open' \
                 UNION SELECT call FROM recordings WHERE complete = FALSE AND bytes = 0 ORDER BY 1"))
            .await?;
        Ok(rows.into_iter().map(|(call,)| call).collect())
    }
}

fn recording_of(event: &CallEvent) -> Option<String> {
    match &event.what {
        What::RecordingEnded { recording, .. } => Some(recording.clone()),
        _ => None,
    }
}

/// What a crash kept from being recorded. Pure.
fn missing_events(events: &[CallEvent], repaired: &BTreeMap<String, RepairedRecording>) -> Vec<CallEvent> {
    let Some(last) = events.last() else { return Vec::new() };
    let mut missing: Vec<CallEvent> = Vec::new();
    let add = |missing: &mut Vec<CallEvent>, leg, at, offset_us, what| {
        let seq = last.seq.saturating_add(1 + u32::try_from(missing.len()).unwrap_or(u32::MAX));
        missing.push(CallEvent { call: last.call, seq, leg, at, offset_us, what });
    };
    let (mut end_at, mut end_us) = (last.at, last.offset_us);
    for event in events {
        let What::RecordingStarted { recording, .. } = &event.what else { continue };
        if events.iter().any(|other| recording_of(other).as_ref() == Some(recording)) {
            continue;
        }
        let RepairedRecording { duration_ms, bytes } =
            repaired.get(recording).copied().unwrap_or(RepairedRecording { duration_ms: 0, bytes: 0 });
        let at = UtcMillis(event.at.0.saturating_add(i64::try_from(duration_ms).unwrap_or(0)));
        let offset_us = event.offset_us.saturating_add(duration_ms.saturating_mul(1000));
        let what = What::RecordingEnded { recording: recording.clone(), duration_ms, bytes, complete: false };
        (end_at, end_us) = (end_at.max(at), end_us.max(offset_us));
        add(&mut missing, event.leg, at.max(last.at), offset_us.max(last.offset_us), what);
    }
    if !events.iter().any(|event| matches!(event.what, What::Ended { .. })) {
        let node = events.iter().rev().find_map(|event| match &event.what {
            What::NodeEntered { node, .. } => Some(node.clone()),
            _ => None,
        });
        let what = What::Ended { cause: EndCause::SwitchRestart, by: EndedBy::Switch, node };
        add(&mut missing, None, end_at, end_us, what);
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::event::{Direction, RecordingKind, Source};

    fn event(seq: u32, at_s: i64, what: What) -> CallEvent {
        let (at, offset_us) = (UtcMillis(at_s * 1000), at_s as u64 * 1_000_000);
        CallEvent { call: CallId::from_raw(1), seq, leg: None, at, offset_us, what }
    }

    fn started() -> What {
        let source = Source::Switch;
        What::Started { direction: Direction::Inbound, caller: None, called: "1".into(), source, sip_call_id: None }
    }

    fn recording(name: &str) -> What {
        What::RecordingStarted { recording: name.into(), kind: RecordingKind::Conversation }
    }

    #[test]
    fn an_open_call_ends_when_its_recording_does() {
        let node = What::NodeEntered { node: "menu".into(), kind: "branch".into(), label: None };
        let events = [event(1, 0, started()), event(2, 1, node), event(3, 2, recording("a"))];
        let repaired = BTreeMap::from([("a".to_owned(), RepairedRecording { duration_ms: 30_500, bytes: 99 })]);
        let missing = missing_events(&events, &repaired);
        let ended = What::Ended { cause: EndCause::SwitchRestart, by: EndedBy::Switch, node: Some("menu".into()) };
        let closed = What::RecordingEnded { recording: "a".into(), duration_ms: 30_500, bytes: 99, complete: false };
        assert_eq!(missing.iter().map(|event| event.what.clone()).collect::<Vec<_>>(), [closed, ended]);
        assert_eq!((missing[1].seq, missing[1].at, missing[1].offset_us), (5, UtcMillis(32_500), 32_500_000));
    }

    #[test]
    fn what_is_whole_gets_nothing_and_what_was_closed_by_hand_is_closed_once() {
        let ended = What::Ended { cause: EndCause::HungUp, by: EndedBy::Caller, node: None };
        let events = [event(1, 0, started()), event(2, 5, ended), event(3, 2, recording("a"))];
        let missing = missing_events(&events, &BTreeMap::new());
        assert_eq!(missing.len(), 1, "only the recording");
        let whole: Vec<CallEvent> = events.into_iter().chain(missing).collect();
        assert_eq!(missing_events(&whole, &BTreeMap::new()), []);
        assert_eq!(missing_events(&[], &BTreeMap::new()), []);
    }
}
