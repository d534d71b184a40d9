use super::*;
use crate::ticket::Voicemail;

fn facts(result: CallResult) -> CallFacts {
    CallFacts {
        call: CallId::from_raw(7),
        caller: Some("13800138000".into()),
        called: "4008123602".into(),
        outgoing: false,
        result,
        group: Some("sales".into()),
        waited_ms: 48_900,
        recordings: vec!["r1".into()],
        voicemail: None,
        requested: vec![],
        phone_box: None,
        callback_given_up: None,
        linked: None,
    }
}

fn answered() -> CallResult {
    CallResult::Answered { agent: "1001".into() }
}

fn failed() -> CallResult {
    CallResult::Failed { cause: "switch_restart".into() }
}

fn only(facts: &CallFacts) -> Option<Draft> {
    match tickets_for(facts).as_slice() {
        [] => None,
        [TicketRule::Create(draft)] => Some(draft.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_call_that_reached_a_queue_has_one_ticket() {
    for (result, kind, state, agent) in [
        (answered(), Kind::AnsweredCall, TicketState::Open, Some("1001")),
        (CallResult::Abandoned, Kind::AbandonedCall, TicketState::Unassigned, None),
        (CallResult::Unserved, Kind::UnservedCall, TicketState::Unassigned, None),
        (failed(), Kind::FailedCall, TicketState::Unassigned, None),
    ] {
        let draft = only(&facts(result)).expect("a ticket");
        assert_eq!((draft.n, draft.kind, draft.state, draft.agent.as_deref()), (0, kind, state, agent));
        assert_eq!((draft.group.as_deref(), draft.number.as_deref()), (Some("sales"), Some("13800138000")));
        assert_eq!(draft.recordings, ["r1"]);
    }
}

#[test]
fn a_call_that_asked_for_nobody_and_one_that_will_be_called_back_have_none() {
    assert_eq!(only(&facts(CallResult::NoAgentAsked)), None);
    assert_eq!(only(&facts(CallResult::CallbackBooked)), None);
}

#[test]
fn a_callback_that_was_given_up_has_one() {
    let facts = CallFacts {
        outgoing: true,
        called: "+8613800138000".into(),
        callback_given_up: Some("help".into()),
        ..facts(CallResult::NoAgentAsked)
    };
    let draft = only(&facts).expect("a ticket");
    assert_eq!(
        (draft.kind, draft.state, draft.group.as_deref(), draft.number.as_deref()),
        (Kind::CallbackGivenUp, TicketState::Unassigned, Some("help"), Some("+8613800138000"))
    );
    assert_eq!(draft.subject.zh, "回电未接通：+8613800138000");
}

#[test]
fn a_message_becomes_a_ticket_of_its_group_whether_the_caller_queued_or_not() {
    for result in [CallResult::NoAgentAsked, CallResult::Unserved, CallResult::Abandoned] {
        let voicemail = |group: Option<&str>| {
            Some(Voicemail { recording: "r1".into(), duration_ms: 9_500, group: group.map(str::to_owned) })
        };
        let facts = CallFacts { voicemail: voicemail(Some("help")), ..facts(result.clone()) };
        let draft = only(&facts).expect("a ticket");
        assert_eq!((draft.kind, draft.group.as_deref()), (Kind::Voicemail, Some("help")));
        assert_eq!(draft.subject.zh, "语音留言：13800138000（9 秒）");
        let facts = CallFacts { voicemail: voicemail(None), ..facts };
        assert_eq!(only(&facts).and_then(|draft| draft.group).as_deref(), Some("sales"));
    }
}

#[test]
fn an_answered_call_stays_one_even_with_a_message() {
    let voicemail = Some(Voicemail { recording: "r2".into(), duration_ms: 9_500, group: Some("help".into()) });
    let draft = only(&CallFacts { voicemail, ..facts(answered()) }).expect("a ticket");
    assert_eq!((draft.kind, draft.group.as_deref()), (Kind::AnsweredCall, Some("sales")));
}

#[test]
fn a_phone_box_call_that_succeeded_has_a_ticket_and_one_that_did_not_has_none() {
    for (outcome, expected) in [
        (PhoneBoxOutcome::Success, Some(Kind::OutgoingCall)),
        (PhoneBoxOutcome::Failure, None),
        (PhoneBoxOutcome::Unknown, None),
    ] {
        for result in [answered(), CallResult::NoAgentAsked] {
            let facts = CallFacts { outgoing: true, phone_box: Some(outcome), ..facts(result) };
            assert_eq!(only(&facts).map(|draft| draft.kind), expected);
        }
    }
    let incoming = CallFacts { phone_box: Some(PhoneBoxOutcome::Unknown), ..facts(CallResult::Abandoned) };
    assert_eq!(only(&incoming).map(|draft| draft.kind), Some(Kind::AbandonedCall));
}

#[test]
fn an_outgoing_call_belongs_to_whom_it_called() {
    let draft =
        only(&CallFacts { outgoing: true, called: "02161234567".into(), ..facts(answered()) }).expect("a ticket");
    assert_eq!((draft.kind, draft.number.as_deref()), (Kind::OutgoingCall, Some("02161234567")));
    assert_eq!(draft.subject.en, "Call to 02161234567");
}

#[test]
fn a_call_that_an_agent_linked_makes_no_second_ticket() {
    let linked = CallFacts { linked: Some(1042), ..facts(answered()) };
    assert_eq!(tickets_for(&linked), [TicketRule::Link { ticket: 1042 }]);
}

#[test]
fn tickets_that_the_flow_asked_for_come_beside_the_automatic_one_and_are_numbered() {
    let asked = |subject: &str, group: Option<&str>| RequestedTicket {
        subject: subject.into(),
        group: group.map(str::to_owned),
    };
    let facts =
        CallFacts { requested: vec![asked("发票", Some("help")), asked("退货", None)], ..facts(answered()) };
    let drafts: Vec<(u16, Kind, String, Option<String>)> = tickets_for(&facts)
        .into_iter()
        .map(|rule| match rule {
            TicketRule::Create(draft) => (draft.n, draft.kind, draft.subject.zh, draft.group),
            TicketRule::Link { .. } => panic!("nothing is linked"),
        })
        .collect();
    let expected = [
        (0, Kind::AnsweredCall, "来电：13800138000", "sales"),
        (1, Kind::Flow, "发票", "help"),
        (2, Kind::Flow, "退货", "sales"),
    ];
    assert_eq!(drafts, expected.map(|(n, kind, subject, group)| (n, kind, subject.to_owned(), Some(group.to_owned()))));
}

#[test]
fn a_withheld_number_is_named_in_both_languages() {
    let draft = only(&CallFacts { caller: None, ..facts(CallResult::Abandoned) }).expect("a ticket");
    assert_eq!(draft.subject.zh, "未接来电：匿名号码（等待 48 秒后挂断）");
    assert_eq!(draft.subject.en, "Missed call from a withheld number (hung up after waiting 48 s)");
    assert_eq!(draft.number, None);
}
