//! The rows that follow from events.

use hotline::call::event::{EndCause, EndedBy, LeaveReason, RecordingKind, What};
use hotline::store::recorder::RepairedRecording;
use hotline::store::{
    CallFilter, CallResult, CallSort, CallState, Order, PageRequest, SegmentKind, TicketFilter, TicketSort,
    TicketStateName,
};

use crate::place::{admin, at, dump, running};
use crate::story::{Story, abandoned, answered, ended, node, recording_ended, recording_started, refused, started};

const CALLER: &str = "13800138000";

on_both! {
    async fn an_answered_call_has_its_rows_its_customer_and_its_ticket(place: Place) {
        let recorder = running(&place).await;
        let events = answered(1, Some(CALLER));
        let id = events[0].call;
        recorder.record(events.clone());
        recorder.settle().await;

        let call = place.store.call(id).await.expect("recorded");
        assert_eq!((call.state, call.result, call.agent.as_deref()), (CallState::Closed, CallResult::Answered, Some("1001")));
        assert_eq!((call.wait_ms, call.talk_ms, call.wrap_up_ms, call.duration_ms), (4000, 20_000, 10_000, 29_000));
        assert_eq!((call.remote.as_deref(), call.customer, call.last_seq), (Some("+8613800138000"), Some(1), 14));
        assert_eq!((call.flow.as_deref(), call.flow_version, call.end_cause), (Some("main"), Some(3), Some(EndCause::HungUp)));
        assert_eq!(place.store.events(id).await.expect("kept"), events);

        let kinds: Vec<SegmentKind> = place.store.segments(id).await.expect("kept").iter().map(|s| s.kind).collect();
        assert_eq!(kinds, [SegmentKind::Queue, SegmentKind::Ring, SegmentKind::Talk, SegmentKind::WrapUp]);
        let recording = &place.store.recordings(id).await.expect("kept")[0];
        assert_eq!((recording.id.as_str(), recording.duration_ms, recording.complete), ("call-1.wav", 20_000, true));

        let ticket = place.store.ticket(1).await.expect("made");
        assert_eq!((ticket.call, ticket.customer, ticket.agent.as_deref()), (Some(id), Some(1), Some("1001")));
        assert_eq!((ticket.state.0.name(), ticket.subject.0.zh.as_str()), ("open", "来电：13800138000"));
        assert_eq!((ticket.path.0[0].node.as_str(), ticket.path.0[0].keys.as_str()), ("menu", "1"));
        assert_eq!(ticket.recordings.0, ["call-1.wav"]);
        assert_eq!(place.store.customer(1).await.expect("made").numbers, ["+8613800138000"]);
    }

    async fn the_live_feed_tells_what_is_in_the_store(place: Place) {
        let recorder = running(&place).await;
        let mut feed = recorder.subscribe();
        for (n, known) in [(1, false), (2, true)] {
            let events = answered(n, Some(CALLER));
            recorder.record(events[..6].to_vec());
            let told = feed.recv().await.expect("told");
            assert!(told.committed && told.tickets.is_empty());
            assert_eq!(told.events, events[..6]);
            assert_eq!(place.store.events(events[0].call).await.expect("read").len(), 6, "told after the commit");
            let card = &told.customers[0];
            let expected = if known { (1, false, 1, 1) } else { (1, true, 0, 0) };
            assert_eq!((card.id, card.new, card.calls, card.open_tickets), expected);
            recorder.record(events[6..].to_vec());
            let told = feed.recv().await.expect("told");
            assert_eq!((told.customers.len(), told.tickets[0].number), (0, n));
        }
    }

    async fn calls_refused_at_the_door_are_recorded_but_make_no_customer_and_no_ticket(place: Place) {
        let recorder = running(&place).await;
        recorder.record(refused(1));
        recorder.record(abandoned(2, None));
        recorder.settle().await;
        let calls = place.store.calls(&CallFilter::default(), CallSort::Started, Order::Ascending, &PageRequest::default()).await.expect("listed").items;
        assert_eq!([calls[0].result, calls[1].result], [CallResult::Failed, CallResult::Abandoned]);
        assert_eq!([calls[0].customer, calls[1].customer], [None, None], "neither a stranger nor a withheld number");
        assert_eq!(place.store.ticket(1).await.expect("of the abandoned call").call, Some(calls[1].id));
        assert!(place.store.ticket(2).await.is_err());
    }

    async fn events_twice_and_out_of_order_give_the_same_rows(place: Place) {
        let other = crate::place::Place::like(&place).await;
        let (straight, tangled) = (running(&place).await, running(&other).await);
        for n in 1..=3 {
            let events = answered(n, Some(CALLER));
            straight.record(events.clone());
            // Late halves first, single events again, everything once more.
            tangled.record(events[8..].to_vec());
            tangled.settle().await;
            tangled.record(events[3..9].to_vec());
            tangled.record(vec![events[5].clone(), events[5].clone()]);
            tangled.settle().await;
            tangled.record(events[..4].to_vec());
            tangled.record(events.clone());
            tangled.settle().await;
            tangled.record(events);
        }
        straight.settle().await;
        tangled.settle().await;
        assert_eq!(dump(&other.store).await, dump(&place.store).await);
    }

    async fn a_rebuild_gives_the_same_rows_and_repairs_wrong_ones(place: Place) {
        let recorder = running(&place).await;
        let calls = [answered(1, Some(CALLER)), abandoned(2, Some(CALLER)), refused(3), answered(4, None)];
        // In pieces, so that the rows grew step by step.
        for events in &calls {
            for event in events {
                recorder.record(vec![event.clone()]);
            }
            recorder.settle().await;
        }
        let before = dump(&place.store).await;
        for events in &calls {
            place.store.rebuild(events[0].call).await.expect("rebuilt");
        }
        assert_eq!(dump(&place.store).await, before);
        for wrong in [
            "UPDATE calls SET talk_ms = 9999, result = 'abandoned', agent = NULL",
            "DELETE FROM segments WHERE kind = 'talk'",
            "UPDATE segments SET duration_ms = 1",
            "UPDATE recordings SET bytes = 0, complete = FALSE",
            "UPDATE tickets SET recordings = '[]'",
        ] {
            place.run(wrong).await;
        }
        assert_ne!(dump(&place.store).await, before);
        for events in &calls {
            place.store.rebuild(events[0].call).await.expect("rebuilt");
        }
        assert_eq!(dump(&place.store).await, before);
    }

    async fn a_recording_that_is_closed_after_the_end_still_reaches_the_ticket(place: Place) {
        let recorder = running(&place).await;
        let events = Story::new(1)
            .then(0, started(Some(CALLER)))
            .then(1, What::Queued { group: "presales".to_owned(), priority: 0, ahead: 0 })
            .then(9, What::LeftQueue { reason: LeaveReason::MaxWait })
            .then(10, recording_started("vm.wav", RecordingKind::Voicemail))
            .then(30, ended(EndCause::HungUp, EndedBy::Caller))
            .then(30, recording_ended("vm.wav", true))
            .events();
        recorder.record(events[..5].to_vec());
        recorder.settle().await;
        assert_eq!(place.store.ticket(1).await.expect("made").kind, Some(hotline::ticket::Kind::UnservedCall));
        recorder.record(events[5..].to_vec());
        recorder.settle().await;
        let ticket = place.store.ticket(1).await.expect("the same");
        assert_eq!(ticket.kind, Some(hotline::ticket::Kind::Voicemail));
        assert!(ticket.subject.0.en.contains("Voicemail"), "{:?}", ticket.subject);
        assert!(place.store.ticket(2).await.is_err());
    }

    async fn what_somebody_changed_on_a_ticket_stays_when_the_call_goes_on(place: Place) {
        let recorder = running(&place).await;
        let events = answered(1, Some(CALLER));
        recorder.record(events[..13].to_vec());
        recorder.settle().await;
        let update = hotline::store::TicketUpdate { subject: Some("发票".to_owned()), ..Default::default() };
        place.store.update_ticket(1, &update, &Default::default(), &admin(), at(100)).await.expect("changed");
        recorder.record(events[13..].to_vec());
        recorder.settle().await;
        place.store.rebuild(events[0].call).await.expect("rebuilt");
        assert_eq!(place.store.ticket(1).await.expect("there").subject.0.zh, "发票");
    }

    async fn a_call_that_was_linked_to_an_older_ticket_makes_no_other(place: Place) {
        let recorder = running(&place).await;
        recorder.record(answered(1, Some(CALLER)));
        let events = answered(2, Some(CALLER));
        recorder.record(events[..10].to_vec());
        recorder.settle().await;
        place.store.link_call(events[0].call, 1, &admin(), at(125)).await.expect("linked");
        recorder.record(events[10..].to_vec());
        recorder.settle().await;
        assert!(place.store.ticket(2).await.is_err());
        assert_eq!(place.store.linked_calls(1).await.expect("listed"), [events[0].call]);
        let filter = TicketFilter { call: Some(events[0].call), ..TicketFilter::default() };
        let found = place.store.tickets(&filter, TicketSort::Number, Order::Ascending, &PageRequest::default()).await.expect("listed");
        assert_eq!(found.items.len(), 1);
    }

    async fn after_a_crash_open_calls_are_closed_with_their_recordings_and_tickets(place: Place) {
        let crashed = running(&place).await;
        let (talking, queued, over) = (answered(1, Some(CALLER)), abandoned(2, None), answered(3, None));
        let other_node = Story { call: hotline::base::CallId::from_raw((9 << 22) | (7 << 12)), ..Story::new(9) }.then(0, started(None)).events();
        for events in [&talking[..11], &queued[..3], &over[..], &other_node[..]] {
            crashed.record(events.to_vec());
        }
        crashed.settle().await;
        drop(crashed);

        let store = place.again().await;
        let recorder = crate::place::recorder(&store, &place).await;
        let repaired = [("call-1.wav".to_owned(), RepairedRecording { duration_ms: 12_000, bytes: 384_044 })].into();
        let closed = recorder.close_open_calls(&store, 0, &repaired).await.expect("closed");
        assert_eq!(closed.iter().map(|call| call.call).collect::<Vec<_>>(), [talking[0].call, queued[0].call]);
        assert_eq!(closed[0].recordings, ["call-1.wav"]);

        let call = store.call(talking[0].call).await.expect("there");
        assert_eq!((call.end_cause, call.result, call.talk_ms), (Some(EndCause::SwitchRestart), CallResult::Answered, 12_000));
        assert_eq!(store.recording("call-1.wav").await.expect("there").duration_ms, 12_000);
        let lost = store.call(queued[0].call).await.expect("there");
        assert_eq!((lost.end_cause, lost.result), (Some(EndCause::SwitchRestart), CallResult::Failed));
        let tickets = store.tickets(&TicketFilter::default(), TicketSort::Number, Order::Ascending, &PageRequest::default()).await.expect("listed").items;
        assert_eq!(tickets.iter().map(|t| t.call).collect::<Vec<_>>(), [Some(over[0].call), Some(talking[0].call), Some(queued[0].call)]);
        assert_eq!(store.call(other_node[0].call).await.expect("there").state, CallState::Open, "another node's call goes on");
        assert_eq!(recorder.close_open_calls(&store, 0, &repaired).await.expect("nothing left"), []);
    }

    async fn lists_are_filtered_sorted_and_paged_without_loss(place: Place) {
        let recorder = running(&place).await;
        for n in 0..7 {
            recorder.record(if n % 2 == 0 { answered(n, Some(CALLER)) } else { abandoned(n, Some("021 5555 6666")) });
        }
        recorder.settle().await;
        for sort in CallSort::ALL {
            for order in [Order::Ascending, Order::Descending] {
                let mut request = PageRequest { limit: Some(2), after: None };
                let mut ids = Vec::new();
                loop {
                    let page = place.store.calls(&CallFilter::default(), *sort, order, &request).await.expect("listed");
                    ids.extend(page.items.iter().map(|call| call.id));
                    request.after = page.next;
                    if request.after.is_none() {
                        break;
                    }
                }
                let mut each = ids.clone();
                each.sort_unstable();
                each.dedup();
                assert_eq!((ids.len(), each.len()), (7, 7), "{} {order:?}", sort.name());
            }
        }
        let count = |filter: CallFilter| {
            let store = place.store.clone();
            async move { store.calls(&filter, CallSort::Started, Order::Descending, &PageRequest::default()).await.expect("listed").items.len() }
        };
        assert_eq!(count(CallFilter { remote: Some("+86 138-0013-8000".to_owned()), ..Default::default() }).await, 4);
        assert_eq!(count(CallFilter { result: Some(CallResult::Abandoned), ..Default::default() }).await, 3);
        assert_eq!(count(CallFilter { from: Some(at(60)), to: Some(at(180)), ..Default::default() }).await, 2);
        assert_eq!(count(CallFilter { agent: Some("1001".to_owned()), skill_group: Some("presales".to_owned()), ..Default::default() }).await, 4);
        assert_eq!(count(CallFilter { state: Some(CallState::Open), ..Default::default() }).await, 0);
        let open = TicketFilter { state: Some(TicketStateName::Unassigned), ..TicketFilter::default() };
        let tickets = place.store.tickets(&open, TicketSort::Priority, Order::Ascending, &PageRequest::default()).await.expect("listed");
        assert_eq!(tickets.items.len(), 3);
    }

    async fn the_record_has_every_event_also_of_kinds_without_rows(place: Place) {
        let recorder = running(&place).await;
        let events = Story::new(1).then(0, started(None)).then(1, node("menu"))
            .then(2, What::VariableSet { name: "x\0'\"".to_owned(), value: "';DROP TABLE calls;--".to_owned() })
            .then(3, ended(EndCause::FlowEnded, EndedBy::Flow)).events();
        recorder.record(events.clone());
        recorder.settle().await;
        assert_eq!(place.store.events(events[0].call).await.expect("kept"), events);
        assert_eq!(place.store.call_record(events[0].call).await.expect("computed").path.len(), 1);
    }
}
