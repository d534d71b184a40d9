//! What people and the clock do to tickets.

use hotline::base::UtcMillis;
use hotline::store::{
    AuditFilter, NewTicket, Order, PageRequest, StoreError, TicketFilter, TicketRow, TicketSort, TicketUpdate,
};
use hotline::ticket::{Action, Pause, Policy, Reason, TicketState};

use crate::place::{Place, admin, at};

fn new() -> NewTicket {
    NewTicket { subject: "打印机".to_owned(), source: "agent".to_owned(), ..NewTicket::default() }
}

async fn act(place: &Place, action: Action, when: UtcMillis) -> Result<TicketRow, StoreError> {
    place.store.act_on_ticket(1, action, &Policy::default(), &admin(), when).await
}

on_both! {
    async fn a_ticket_goes_through_its_life_and_its_clocks_stand_while_it_is_paused(place: Place) {
        let made = place.store.create_ticket(&new(), &admin(), at(0)).await.expect("made");
        assert_eq!((made.number, made.state.0.name(), made.priority), (1, "unassigned", 3));
        assert_eq!(place.store.ticket(1).await.expect("kept"), made);
        let taken = place.store.add_note(1, "在看", false, &Policy::default(), &admin(), at(10)).await.expect("replied");
        assert!(!taken.private);
        assert_eq!(place.store.ticket(1).await.expect("there").first_open_at, Some(at(10)));
        let why = Pause::Condition(Reason::new("等零件").expect("a reason"));
        act(&place, Action::Pause(why), at(20)).await.expect("paused");
        act(&place, Action::Resume, at(50)).await.expect("resumed");
        let solved = act(&place, Action::Solve, at(60)).await.expect("solved");
        assert_eq!((solved.paused_ms, solved.solved_at), (30_000, Some(at(60))));
        let refused = act(&place, Action::Retrieve, at(61)).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        let filter = AuditFilter { kind: Some("ticket".to_owned()), ..AuditFilter::default() };
        let log = place.store.audit_log(&filter, &PageRequest::default()).await.expect("listed");
        let actions: Vec<&str> = log.items.iter().rev().map(|line| line.action.as_str()).collect();
        assert_eq!(actions, ["create", "state", "state", "state", "state"]);
    }

    async fn the_clock_closes_what_was_solved_and_deletes_what_stays_in_quarantine(place: Place) {
        const DAY_S: i64 = 24 * 3600;
        let store = &place.store;
        for _ in 0..3 {
            store.create_ticket(&new(), &admin(), at(0)).await.expect("made");
        }
        let policy = Policy::default();
        store.act_on_ticket(1, Action::Solve, &policy, &admin(), at(0)).await.expect("solved");
        store.act_on_ticket(2, Action::Quarantine, &policy, &admin(), at(0)).await.expect("in quarantine");
        assert_eq!(store.age_tickets(&policy, at(3 * DAY_S - 1)).await.expect("aged"), 0);
        assert_eq!(store.age_tickets(&policy, at(3 * DAY_S)).await.expect("aged"), 1);
        assert_eq!(store.ticket(1).await.expect("there").state.0, TicketState::Closed);
        assert_eq!(store.age_tickets(&policy, at(30 * DAY_S)).await.expect("aged"), 1);
        assert_eq!(store.ticket(2).await.expect("there").state.0.name(), "deleted");
        assert_eq!(store.age_tickets(&policy, at(90 * DAY_S)).await.expect("aged"), 0);
        assert_eq!(store.ticket(3).await.expect("there").state.0, TicketState::Unassigned);
    }

    async fn of_two_who_grab_a_ticket_the_first_gets_it(place: Place) {
        place.store.create_ticket(&new(), &admin(), at(0)).await.expect("made");
        let mut grabs = tokio::task::JoinSet::new();
        for n in 0..5 {
            let store = place.store.clone();
            grabs.spawn(async move {
                let update = TicketUpdate { agent: Some(format!("100{n}")), only_if_unassigned: true, ..Default::default() };
                store.update_ticket(1, &update, &Policy::default(), &admin(), at(1)).await
            });
        }
        let results = grabs.join_all().await;
        let won: Vec<&TicketRow> = results.iter().flatten().collect();
        assert_eq!(won.len(), 1, "{results:?}");
        assert!(results.iter().filter_map(|r| r.as_ref().err()).all(|error| matches!(error, StoreError::Refused(_))));
        let ticket = place.store.ticket(1).await.expect("there");
        assert_eq!((ticket.agent.as_ref(), ticket.state.0.name()), (won[0].agent.as_ref(), "open"));
    }

    async fn fields_are_checked_and_private_notes_change_no_state(place: Place) {
        let store = &place.store;
        let long = NewTicket { subject: "x".repeat(201), ..new() };
        assert!(matches!(store.create_ticket(&long, &admin(), at(0)).await, Err(StoreError::Invalid { field: "subject", .. })));
        let urgent = NewTicket { priority: Some(0), ..new() };
        assert!(matches!(store.create_ticket(&urgent, &admin(), at(0)).await, Err(StoreError::Invalid { field: "priority", .. })));
        store.create_ticket(&new(), &admin(), at(0)).await.expect("the first good one is number 1");
        store.add_note(1, "内部", true, &Policy::default(), &admin(), at(1)).await.expect("noted");
        assert!(store.add_note(1, "  ", true, &Policy::default(), &admin(), at(1)).await.is_err());
        assert!(matches!(store.add_note(9, "x", true, &Policy::default(), &admin(), at(1)).await, Err(StoreError::NotFound { .. })));
        assert_eq!(store.ticket(1).await.expect("there").state.0, TicketState::Unassigned);
        let notes = store.notes(1).await.expect("listed");
        assert_eq!((notes.len(), notes[0].private, notes[0].body.as_str()), (1, true, "内部"));
    }

    async fn a_subject_is_found_whatever_its_width_and_case(place: Place) {
        for subject in ["ＶＰＮ 连不上", "vpn slow", "100% of_it", "other"] {
            place.store.create_ticket(&NewTicket { subject: subject.to_owned(), ..new() }, &admin(), at(0)).await.expect("made");
        }
        for (text, expected) in [("Vpn", 2), ("100%", 1), ("0%o", 0), ("%", 1), ("_", 1), ("连不", 1), ("", 4)] {
            let filter = TicketFilter { text: Some(text.to_owned()), ..TicketFilter::default() };
            let found = place.store.tickets(&filter, TicketSort::Number, Order::Ascending, &PageRequest::default()).await.expect("listed");
            assert_eq!(found.items.len(), expected, "{text}");
        }
    }
}
