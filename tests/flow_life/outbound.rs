//! Calls that a flow sends out: an outside number is dialled, a customer is called back.

use std::time::Duration;

use hotline::call::event::{Direction, EndCause, EndedBy, What};
use hotline::driver::phone::Phone;
use hotline::store::{CallFilter, CallResult, CallRow, CallSort, Order, PageRequest, TicketFilter, TicketSort};

use crate::house::{House, LOW_HZ, PASSWORD, heard};

const PATIENCE: Duration = Duration::from_secs(60);
const AGENT_HZ: u32 = 880;
const OUTSIDE_HZ: u32 = 440;

/// It runs `flow`, and its trunk leads to a telephone that plays everybody outside.
async fn with_carrier(flow: &str) -> (House, Phone) {
    let house = House::open().await;
    house.publish(flow).await;
    // Only now, so that what publishing tried out does not reach it.
    let carrier = house.phone("carrier").await;
    let uri = format!("sip:{};transport=udp", carrier.local());
    house.apply(&format!("trunks: [{{ name: local, sources: [\"127.0.0.0/8\"], uri: \"{uri}\" }}]\n")).await;
    (house, carrier)
}

/// A caller whose flow has dialled the carrier; the switch learns of the trunk within a moment.
async fn dialling(house: &House, carrier: &mut Phone) -> Phone {
    for _ in 0..10 {
        let mut caller = house.caller().await;
        if carrier.answer(Duration::from_secs(2), Duration::ZERO).await.is_ok() {
            return caller;
        }
        // The flow may have ended it.
        let _ = caller.hang_up().await;
    }
    panic!("nothing is dialled");
}

/// A callback of so many attempts is booked, and agent 1001 is signed in.
async fn with_callback(attempts: u8) -> (House, Phone, Phone) {
    let booking = format!(
        "    type: callback\n    skill_group: presales\n    number: \"${{CallerNumber}}\"\n    attempts: {attempts}\n    \
         retry_after_s: 60\n    on_no_number: bye\n    next: said\n"
    );
    let (house, carrier) = with_carrier(&flow(&booking)).await;
    let mut agent = house.phone("1001").await;
    agent.register(PASSWORD).await.expect("registered");
    (house, carrier, agent)
}

fn flow(nodes: &str) -> String {
    format!(
        "ivr: 1\nid: main\nname: Main\nlanguages: [en-US]\nstart: first\nrequires: {{ skill_groups: [presales], audio: [low] }}\n\
         prompts:\n  said: {{ en-US: [{{ audio: low }}] }}\nnodes:\n  first:\n{nodes}  said: {{ type: play, prompt: said, next: bye }}\n  bye: {{ type: end }}\n"
    )
}

async fn calls(house: &House) -> Vec<CallRow> {
    let (filter, page) = (CallFilter::default(), PageRequest::default());
    house.running.store.calls(&filter, CallSort::Started, Order::Descending, &page).await.expect("listed").items
}

/// The last call of this direction once its record is closed.
async fn closed(house: &House, direction: Direction) -> CallRow {
    for _ in 0..200 {
        let found = calls(house).await.into_iter().find(|call| call.direction == direction && call.ended_at.is_some());
        if let Some(call) = found {
            return call;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no closed call: {:?}", calls(house).await);
}

async fn events(house: &House, call: &CallRow) -> Vec<What> {
    house.running.store.events(call.id).await.expect("events").into_iter().map(|event| event.what).collect()
}

async fn tickets(house: &House) -> Vec<(String, Option<String>)> {
    let (filter, page) = (TicketFilter::default(), PageRequest::default());
    let rows = house.running.store.tickets(&filter, TicketSort::Number, Order::Ascending, &page).await.expect("listed");
    rows.items.into_iter().map(|row| (row.subject.0.en, row.skill_group)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_dials_an_outside_number_and_goes_on_when_it_hangs_up() {
    let dial = "    type: dial\n    number: \"02112345678\"\n    trunk: local\n    next: said\n    on_failure: bye\n";
    let (house, mut carrier) = with_carrier(&flow(dial)).await;
    let mut caller = dialling(&house, &mut carrier).await;
    caller.say_tone(AGENT_HZ);
    carrier.say_tone(OUTSIDE_HZ);
    assert_eq!(heard(&caller, &[f64::from(OUTSIDE_HZ)]).await, f64::from(OUTSIDE_HZ));
    assert_eq!(heard(&carrier, &[f64::from(AGENT_HZ)]).await, f64::from(AGENT_HZ));
    carrier.hang_up().await.expect("hung up");
    assert_eq!(heard(&caller, &[LOW_HZ]).await, LOW_HZ, "the flow goes on");
    caller.hang_up().await.expect("hung up");

    let refused = house.caller().await;
    carrier.refuse(PATIENCE, 486, "Busy Here").await.expect("it is dialled");
    let mut refused = refused;
    refused.wait_for_end(PATIENCE).await.expect("by on_failure to the end");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_called_back_by_an_agent_and_the_call_has_its_record_and_ticket() {
    let (house, mut carrier, mut agent) = with_callback(2).await;
    // The number is booked once however often it calls: publishing has called it before.
    let shown = agent.answer(PATIENCE, Duration::ZERO).await.expect("the agent is rung first");
    assert_eq!(shown, "13800138000");
    let from = carrier.answer(PATIENCE, Duration::from_millis(500)).await.expect("then the customer");
    assert_eq!(from, "400", "the customer sees the number that was called");
    agent.say_tone(AGENT_HZ);
    carrier.say_tone(OUTSIDE_HZ);
    assert_eq!(heard(&agent, &[f64::from(OUTSIDE_HZ)]).await, f64::from(OUTSIDE_HZ));
    assert_eq!(heard(&carrier, &[f64::from(AGENT_HZ)]).await, f64::from(AGENT_HZ));
    agent.hang_up().await.expect("hung up");
    carrier.wait_for_end(PATIENCE).await.expect("the customer's call ends too");

    let call = closed(&house, Direction::Outbound).await;
    assert_eq!((call.result, call.agent.as_deref()), (CallResult::Answered, Some("1001")), "{call:?}");
    assert_eq!(
        (call.remote.as_deref(), call.end_cause, call.ended_by),
        (Some("+8613800138000"), Some(EndCause::HungUp), Some(EndedBy::Agent))
    );
    let events = events(&house, &call).await;
    assert!(events.iter().any(|what| matches!(what, What::RecordingStarted { .. })), "{events:?}");
    let tickets = tickets(&house).await;
    assert_eq!(tickets.len(), 1, "{tickets:?}");
    let again = agent.answer(Duration::from_secs(3), Duration::ZERO).await;
    assert!(again.is_err(), "a customer who was reached is not called again: {again:?}");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_reaches_nobody_in_its_last_attempt_becomes_a_ticket() {
    let (house, mut carrier, mut agent) = with_callback(1).await;
    agent.answer(PATIENCE, Duration::ZERO).await.expect("the agent is rung first");
    carrier.refuse(PATIENCE, 486, "Busy Here").await.expect("then the customer");
    agent.wait_for_end(PATIENCE).await.expect("the agent is let go");
    let call = closed(&house, Direction::Outbound).await;
    assert_eq!((call.end_cause, call.ended_by), (Some(EndCause::Busy), Some(EndedBy::Switch)), "{call:?}");
    let events = events(&house, &call).await;
    assert!(
        events.iter().any(|what| matches!(what, What::CallbackGivenUp { group } if group == "presales")),
        "{events:?}"
    );
    let tickets = tickets(&house).await;
    assert_eq!(tickets.len(), 1, "{tickets:?}");
    assert!(tickets[0].0.contains("13800138000") && tickets[0].1.as_deref() == Some("presales"), "{tickets:?}");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_trunk_stands_is_told_by_the_api_and_counted() {
    let (house, _carrier) = with_carrier(&crate::house::flow("low")).await;
    let _caller = house.caller().await;
    let gauges = ["hotline_trunk_calls{trunk=\"local\"} 1", "hotline_trunk_available{trunk=\"local\"} 1"];
    let (mut told, mut metrics) = (serde_json::Value::Null, String::new());
    // Until the switch has taken the new set-up, and the call.
    for _ in 0..100 {
        told = house.api("GET", "/trunks", serde_json::Value::Null).await.1;
        metrics = house.metrics().await;
        if told[0]["status"]["calls"] == 1 && gauges.iter().all(|gauge| metrics.contains(gauge)) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let status = &told[0]["status"];
    assert_eq!((&status["calls"], &status["registration"]), (&1.into(), &"none".into()), "{told}");
    assert!(gauges.iter().all(|gauge| metrics.contains(gauge)), "{metrics}");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trunk_that_has_spent_its_daily_budget_carries_nothing_more_also_after_a_restart() {
    let dial = "    type: dial\n    number: \"02112345678\"\n    trunk: local\n    next: said\n    on_failure: said\n";
    let (house, mut carrier) = with_carrier(&flow(dial)).await;
    let limited = |calls: u32| {
        let uri = format!("sip:{};transport=udp", carrier.local());
        format!("trunks: [{{ name: local, uri: \"{uri}\", daily: {{ calls: {calls}, timezone: Asia/Shanghai }} }}]\n")
    };
    let (generous, mean) = (limited(1000), limited(1));
    house.apply(&generous).await;
    let mut caller = dialling(&house, &mut carrier).await;
    carrier.hang_up().await.expect("hung up");
    caller.hang_up().await.expect("hung up");

    house.apply(&mean).await;
    let house = house.restart().await;
    let mut alarms = house.running.live.subscribe();
    let caller = house.caller().await;
    assert_eq!(heard(&caller, &[LOW_HZ]).await, LOW_HZ, "the flow goes on by on_failure");
    assert!(carrier.answer(Duration::from_secs(1), Duration::ZERO).await.is_err(), "nothing is dialled");
    let mut caller = caller;
    caller.hang_up().await.expect("hung up");
    let mut told = false;
    while let Ok(live) = alarms.try_recv() {
        told |= matches!(&*live, hotline::call::live::Live::Alarm { text, .. } if text.contains("daily budget"));
    }
    assert!(told, "it is told");
    let spent = |what: &What| matches!(what, What::LegEnded { cause: EndCause::BudgetSpent, by: EndedBy::Switch });
    let mut last = Vec::new();
    for _ in 0..200 {
        last = match calls(&house).await.first() {
            Some(call) => events(&house, call).await,
            None => Vec::new(),
        };
        if last.iter().any(spent) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(last.iter().any(spent), "{last:?}");
    house.running.stop().await;
}
