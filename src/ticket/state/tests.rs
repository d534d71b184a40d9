use super::*;

const NOW: UtcMillis = UtcMillis(1_800_000_000_000);

fn days(n: i64) -> UtcMillis {
    UtcMillis(NOW.0 + n * 86_400_000)
}

fn reason() -> Reason {
    Reason::new("nuisance").expect("a reason")
}

fn condition() -> Pause {
    Pause::Condition(Reason::new("part ordered").expect("a reason"))
}

fn paused(pause: Pause) -> TicketState {
    TicketState::Paused { pause }
}

fn deleted(before: TicketState) -> TicketState {
    TicketState::Deleted { at: NOW, why: Deletion::Reason(reason()), before: Box::new(before) }
}

/// Every state, in the order of the table.
fn states() -> [TicketState; 8] {
    [
        TicketState::Unassigned,
        TicketState::Open,
        paused(Pause::Customer),
        paused(condition()),
        TicketState::Solved { at: NOW },
        TicketState::Closed,
        deleted(TicketState::Open),
        TicketState::Quarantined { at: NOW },
    ]
}

/// What each action leads to from each of `states()`; `-` is refused.
#[test]
fn the_whole_table_of_states_and_actions() {
    let table = [
        (Action::AssignAgent, "open open paused paused solved - - -"),
        (Action::Reply, "open open open open open - - -"),
        (Action::CustomerReply, "unassigned open open paused open - - quarantined"),
        (Action::Pause(condition()), "- paused paused paused - - - -"),
        (Action::Resume, "- - open open - - - -"),
        (Action::Solve, "solved solved solved solved - - - -"),
        (Action::Reopen, "- - - - open - - -"),
        (Action::Close, "- - - - closed - - -"),
        (Action::Delete(reason()), "deleted deleted deleted deleted deleted deleted - deleted"),
        (Action::Restore, "- - - - - - open -"),
        (Action::Quarantine, "quarantined - - - - - - -"),
        (Action::Retrieve, "- - - - - - - unassigned"),
    ];
    for (action, row) in table {
        let found: Vec<&str> = states()
            .iter()
            .map(|state| state.apply(action.clone(), NOW, &Policy::default()).map_or("-", |state| state.name()))
            .collect();
        assert_eq!(found.join(" "), row, "{action:?}");
    }
}

#[test]
fn a_refusal_says_what_cannot_be_done_to_what() {
    let refused = TicketState::Closed.apply(Action::Solve, NOW, &Policy::default());
    let text = refused.map_err(|error| error.to_string());
    assert_eq!(text, Err("a ticket that is closed has no \"solve\" action".to_owned()));
}

#[test]
fn solved_closes_by_itself_after_three_days() {
    let policy = Policy::default();
    let solved = TicketState::Solved { at: NOW };
    assert_eq!(solved.due_at(&policy), Some(days(3)));
    assert_eq!(solved.after_clock(UtcMillis(days(3).0 - 1), &policy), solved);
    assert_eq!(solved.after_clock(days(3), &policy), TicketState::Closed);
    assert!(solved.apply(Action::Reopen, days(3), &policy).is_err(), "the clock comes first");
    let week = Policy { auto_close_after: 7 * DAY, ..policy };
    assert_eq!(solved.apply(Action::Reopen, days(3), &week), Ok(TicketState::Open));
}

#[test]
fn deleted_is_restored_as_it_was_within_thirty_days() {
    let policy = Policy::default();
    for before in [TicketState::Unassigned, paused(condition()), TicketState::Closed] {
        let ticket = deleted(before.clone());
        assert_eq!(ticket.apply(Action::Restore, UtcMillis(days(30).0 - 1), &policy), Ok(before));
        let late = ticket.apply(Action::Restore, days(30), &policy);
        assert_eq!(late, Err(TransitionError::TooLate { days: 30 }));
    }
}

#[test]
fn what_stays_in_quarantine_is_deleted_after_thirty_days_and_may_be_fetched_back() {
    let policy = Policy::default();
    let quarantined = TicketState::Quarantined { at: NOW };
    let gone = quarantined.after_clock(days(31), &policy);
    let expected =
        TicketState::Deleted { at: days(30), why: Deletion::QuarantineIgnored, before: Box::new(quarantined.clone()) };
    assert_eq!(gone, expected);
    assert_eq!(gone.due_at(&policy), Some(days(60)));
    let back = gone.apply(Action::Restore, days(45), &policy);
    assert_eq!(back, Ok(TicketState::Quarantined { at: days(45) }), "not deleted again at once");
}

#[test]
fn a_paused_ticket_waits_for_the_customer_or_for_what_was_named() {
    let policy = Policy::default();
    let reply = |pause| paused(pause).apply(Action::CustomerReply, NOW, &policy);
    assert_eq!(reply(Pause::Customer), Ok(TicketState::Open));
    assert_eq!(reply(condition()), Ok(paused(condition())));
}

#[test]
fn a_reason_must_be_one() {
    for blank in ["", "  \n", "\u{3000}"] {
        assert_eq!(Reason::new(blank), Err(ReasonError::Missing));
    }
    assert_eq!(Reason::new(&"x".repeat(501)), Err(ReasonError::TooLong(501)));
    assert_eq!(Reason::new(" 骚扰 ").map(String::from), Ok("骚扰".to_owned()));
    assert!(serde_json::from_str::<Reason>("\" \"").is_err());
}

#[test]
fn a_state_reads_back_from_json() {
    for state in states() {
        let text = serde_json::to_string(&state).expect("plain data");
        assert_eq!(serde_json::from_str::<TicketState>(&text).ok(), Some(state), "{text}");
    }
}
