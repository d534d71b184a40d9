//! Text from outside is a value, never SQL (security.md 27, 28).

use hotline::call::event::{EndCause, EndedBy, What};
use hotline::store::{
    Answer, AuditFilter, CallFilter, CallSort, CustomerFilter, CustomerUpdate, NewDraft, NewTicket, Order, PageRequest,
    StoreError, TicketFilter, TicketSort,
};
use hotline::ticket::Policy;

use crate::place::{admin, at, dump, running};
use crate::story::{Story, answered, ended, node, started};

const HOSTILE: &[&str] = &[
    "' OR '1'='1",
    "'; DROP TABLE calls; --",
    "\" OR \"\"=\"",
    "1) OR (1=1",
    "$1",
    "?",
    "%",
    "_",
    "\\",
    "a\0b",
    "' UNION SELECT hash FROM tokens --",
    "\u{202e}\u{1f600}'",
    "{\"$gt\":\"\"}",
];

on_both! {
    async fn no_filter_lets_text_become_sql(place: Place) {
        let recorder = running(&place).await;
        recorder.record(answered(1, Some("13800138000")));
        recorder.settle().await;
        let before = dump(&place.store).await;
        let (store, page) = (&place.store, PageRequest::default());
        for hostile in HOSTILE {
            let text = Some((*hostile).to_owned());
            let calls = CallFilter { remote: text.clone(), called: text.clone(), flow: text.clone(), skill_group: text.clone(), agent: text.clone(), ..CallFilter::default() };
            for filter in [
                calls.clone(),
                CallFilter { remote: text.clone(), ..CallFilter::default() },
                CallFilter { called: text.clone(), ..CallFilter::default() },
                CallFilter { flow: text.clone(), ..CallFilter::default() },
                CallFilter { skill_group: text.clone(), ..CallFilter::default() },
                CallFilter { agent: text.clone(), ..CallFilter::default() },
            ] {
                let found = store.calls(&filter, CallSort::Started, Order::Ascending, &page).await.expect("a value");
                assert_eq!(found.items, [], "{filter:?}");
            }
            for filter in [
                TicketFilter { agent: text.clone(), ..TicketFilter::default() },
                TicketFilter { skill_group: text.clone(), ..TicketFilter::default() },
                TicketFilter { source: text.clone(), ..TicketFilter::default() },
                TicketFilter { text: text.clone(), ..TicketFilter::default() },
            ] {
                let found = store.tickets(&filter, TicketSort::Number, Order::Ascending, &page).await.expect("a value");
                assert_eq!(found.items, [], "{filter:?}");
            }
            for filter in [
                CustomerFilter { text: text.clone(), ..CustomerFilter::default() },
                CustomerFilter { number: text.clone(), ..CustomerFilter::default() },
                CustomerFilter { customer_group: text.clone(), ..CustomerFilter::default() },
            ] {
                assert_eq!(store.customers(&filter, &page).await.expect("a value").items, [], "{filter:?}");
            }
            for filter in [
                AuditFilter { who: text.clone(), ..AuditFilter::default() },
                AuditFilter { action: text.clone(), ..AuditFilter::default() },
                AuditFilter { kind: text.clone(), ..AuditFilter::default() },
                AuditFilter { subject: text.clone(), ..AuditFilter::default() },
            ] {
                assert_eq!(store.audit_log(&filter, &page).await.expect("a value").items, [], "{filter:?}");
            }
            let text = (*hostile).to_owned();
            assert!(matches!(store.recording(&text).await, Err(StoreError::NotFound { .. })));
            assert!(matches!(store.agent(&text).await, Err(StoreError::NotFound { .. })));
            assert!(matches!(store.flow(&text).await, Err(StoreError::NotFound { .. })));
            assert!(matches!(store.audio_item(&text).await, Err(StoreError::NotFound { .. })));
            assert!(matches!(store.bind_number(&text, &Answer::Nothing, None, &admin(), at(1)).await, Err(StoreError::NotFound { .. })));
            assert!(store.setting::<i64>(&text).await.expect("a value").is_none());
            assert!(store.token(&text, at(1)).await.expect("a value").is_none());
        }
        assert_eq!(dump(store).await, before);
    }

    async fn what_callers_and_agents_write_comes_back_as_it_was(place: Place) {
        let recorder = running(&place).await;
        for (n, text) in (1..).zip(HOSTILE) {
            let kept = text.replace('\0', "\u{fffd}");
            let what = What::Queued { group: (*text).to_owned(), priority: 0, ahead: 0 };
            let events = Story::new(n).then(0, started(Some(text))).then(1, node(text)).then(2, what)
                .then(9, ended(EndCause::HungUp, EndedBy::Caller)).events();
            recorder.record(events.clone());
            recorder.settle().await;
            let call = place.store.call(events[0].call).await.expect("recorded");
            assert_eq!((call.caller.as_deref(), call.skill_group.as_deref()), (Some(kept.as_str()), Some(kept.as_str())));
            assert_eq!(place.store.events(events[0].call).await.expect("kept"), events, "events are kept to the letter");
            let ticket = NewTicket { subject: format!("x{text}"), source: "api".to_owned(), ..NewTicket::default() };
            let number = place.store.create_ticket(&ticket, &admin(), at(0)).await.expect("made").number;
            let note = place.store.add_note(number, &format!("x{text}"), true, &Policy::default(), &admin(), at(0)).await;
            assert_eq!(note.expect("kept").body, format!("x{kept}"));
            let update = CustomerUpdate { name: Some(format!("x{text}")), ..CustomerUpdate::default() };
            let customer = place.store.create_customer(&update, &admin(), at(0)).await.expect("made");
            assert_eq!(customer.name, Some(format!("x{kept}")));
        }
    }

    async fn only_listed_columns_sort_and_only_our_own_places_continue(place: Place) {
        for text in HOSTILE.iter().chain(&["id; DROP TABLE calls", "caller", "", "STARTED_AT", "started_at desc"]) {
            assert!(text.parse::<CallSort>().is_err(), "{text}");
            assert!(text.parse::<TicketSort>().is_err(), "{text}");
            assert!(text.parse::<Order>().is_err(), "{text}");
            let page = PageRequest { limit: None, after: Some((*text).to_owned()) };
            let refused = place.store.calls(&CallFilter::default(), CallSort::Started, Order::Ascending, &page).await;
            assert!(matches!(refused, Err(StoreError::Invalid { field: "after", .. })), "{refused:?}");
        }
        for sort in CallSort::ALL {
            assert_eq!(sort.name().parse(), Ok(*sort));
        }
    }

    async fn hostile_ids_of_flows_are_refused(place: Place) {
        for text in HOSTILE.iter().chain(&["../etc/passwd", "a b", ""]) {
            let draft = NewDraft { flow: (*text).to_owned(), name: "x".to_owned(), content: "y".to_owned(), over: None };
            if text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && !text.is_empty() {
                continue;
            }
            let refused = place.store.save_draft(&draft, &admin(), at(0)).await;
            assert!(matches!(refused, Err(StoreError::Invalid { field: "flow", .. })), "{text}: {refused:?}");
        }
    }
}
