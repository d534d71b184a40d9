use super::*;

const NODES: &str = r##"
  first:
    type: transfer
    skill_group: sales
    priority: 3
    hold_music: moh
    keys: [ { name: 回呼, keywords: ["1"], next: book } ]
    max_wait_s: 60
    on_no_agents: book
  book: { type: callback, number: "${CallerNumber}", keep_position: true, attempts: 3, retry_after_s: 600, calendar: office, on_no_number: none, next: done }
  done: { type: end }
  none: { type: end }
"##;

fn over(caller: Option<&str>) -> Call {
    let facts =
        CallFacts { caller: caller.map(str::to_owned), called: "4008123602".to_owned(), call_id: "c1".to_owned() };
    Call::over(Flows::new(flow(NODES), []), facts).0
}

#[test]
fn the_place_in_the_queue_is_kept() {
    let mut call = over(Some("138-0013 8000"));
    call.wait_s(20);
    let out = call.key('1');
    assert_eq!(commands(&out), ["leave_queue", "book_callback"]);
    assert_eq!(
        out.iter().find(|output| matches!(output, Output::BookCallback { .. })),
        Some(&Output::BookCallback {
            number: "13800138000".to_owned(),
            group: "sales".to_owned(),
            priority: 3,
            attempts: 3,
            retry_after_s: 600,
            calendar: Some("office".to_owned()),
            place_ms: Some(20_000),
        })
    );
    assert_eq!(edges(&call.input(Input::CallbackBooked)), ["book: next"]);
}

#[test]
fn a_withheld_number_takes_its_edge() {
    for caller in [None, Some(""), Some("anonymous"), Some("12"), Some("+")] {
        let mut call = over(caller);
        let out = call.key('1');
        assert_eq!(edges(&out), ["first: keys.回呼", "book: on_no_number"], "{caller:?}");
    }
}

#[test]
fn a_refusal_and_a_switch_that_does_not_answer_take_it_too() {
    let mut call = over(Some("13800138000"));
    call.key('1');
    let out = call.input(Input::CallbackRefused { reason: "not allowed".to_owned() });
    assert_eq!(edges(&out), ["book: on_no_number"]);
    let mut call = over(Some("13800138000"));
    call.key('1');
    assert_eq!(call.wait_ms(4_999), []);
    assert_eq!(edges(&call.wait_ms(1)), ["book: on_no_number"]);
}

#[test]
fn without_a_queue_there_is_no_place_to_keep() {
    let nodes = r##"
  first: { type: callback, skill_group: support, keep_position: true, on_no_number: end, next: end }
  end: { type: end }
"##;
    let (_, out) = Call::start(nodes);
    let booked = out.iter().find_map(|output| match output {
        Output::BookCallback { group, place_ms, .. } => Some((group.as_str(), *place_ms)),
        _ => None,
    });
    assert_eq!(booked, Some(("support", None)));
}
