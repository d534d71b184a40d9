use super::*;
use crate::ivr::session::{HeaderText, HttpHeader, HttpResult, RequestId};

const NODES: &str = r##"
  first:
    type: collect
    prompt: menu
    into: code
    digits: { min: 2, max: 2 }
    next: ask
  ask:
    type: http
    request: { method: GET, url: "https://erp.example.com/o/${code}?q=${name}", timeout_s: 3, retries: 1 }
    result: { good: /found, count: /n, name: /who/0 }
    hold_music: moh
    next: yes
    on_failure: no
  yes: { type: play, prompt: said, next: end }
  no: { type: end }
  end: { type: end }
"##;

fn asked() -> (Call, Vec<Output>) {
    let (mut call, _) = Call::start(NODES);
    let out = call.keys("12");
    (call, out)
}

fn request(out: &[Output]) -> Option<RequestId> {
    out.iter().find_map(|output| match output {
        Output::Http { request, .. } => Some(*request),
        _ => None,
    })
}

fn answer(out: &[Output], status: u16, body: &str) -> Input {
    let request = request(out).expect("a request");
    Input::Http { request, result: HttpResult::Answer { status, body: body.to_owned() } }
}

#[test]
fn typed_results_are_taken_from_the_answer() {
    let (mut call, asked) = asked();
    let out = call.input(answer(&asked, 200, r#"{"found":true,"n":41,"who":["张三",1]}"#));
    assert_eq!(edges(&out), ["ask: next"]);
    for (name, value) in [("good", "true"), ("count", "41"), ("name", "张三")] {
        assert_eq!(call.session.value(name).as_deref(), Some(value));
    }
    assert_eq!(music(&out), [], "a quick answer needs no music");
}

#[test]
fn an_answer_that_does_not_fit_takes_the_failure_edge_and_sets_nothing() {
    for body in [
        "",
        "no json",
        "{}",
        r#"{"found":"yes","n":1,"who":["a"]}"#,
        r#"{"found":true,"n":1.5,"who":["a"]}"#,
        r#"{"found":true,"n":99999999999999999999,"who":["a"]}"#,
        r#"{"found":true,"n":1,"who":[]}"#,
        &"[".repeat(10_000),
        &format!(r#"{{"found":true,"n":1,"who":["{}"]}}"#, "x".repeat(70_000)),
    ] {
        let (mut call, asked) = asked();
        let out = call.input(answer(&asked, 200, body));
        assert_eq!(edges(&out), ["ask: on_failure"], "{}", body.get(..40).unwrap_or(body));
        assert_eq!(call.session.value("good").as_deref(), Some("false"));
    }
}

#[test]
fn a_service_that_hangs_is_given_up_and_asked_again_as_often_as_allowed() {
    let (mut call, first) = asked();
    assert_eq!(music(&call.wait_ms(2_999)), [Some("moh")]);
    let out = call.wait_ms(1);
    assert_eq!(commands(&out), ["cancel_http", "http"]);
    let second = request(&out);
    assert_ne!(second, request(&first));
    let out = call.wait_ms(3_000);
    assert_eq!(commands(&out), ["cancel_http", "end"]);
    assert_eq!(edges(&out), ["ask: on_failure"]);
}

#[test]
fn a_late_answer_is_dropped() {
    let (mut call, first) = asked();
    let out = call.wait_s(3);
    assert_eq!(call.input(answer(&first, 200, r#"{"found":true,"n":1,"who":["a"]}"#)), []);
    let taken = call.input(answer(&out, 200, r#"{"found":true,"n":1,"who":["a"]}"#));
    assert_eq!(edges(&taken), ["ask: next"]);
    assert_eq!(call.input(answer(&out, 500, "")), []);
}

#[test]
fn faults_of_the_service_are_tried_again_and_refusals_are_not() {
    for (result, again) in [
        (HttpResult::Answer { status: 500, body: String::new() }, true),
        (HttpResult::Answer { status: 429, body: String::new() }, true),
        (HttpResult::Unreachable { reason: "refused".to_owned() }, true),
        (HttpResult::TimedOut, true),
        (HttpResult::Answer { status: 404, body: String::new() }, false),
        (HttpResult::Answer { status: 302, body: String::new() }, false),
        (HttpResult::NotAllowed, false),
        (HttpResult::TooLarge, false),
    ] {
        let (mut call, asked) = asked();
        let request_id = request(&asked).expect("a request");
        let out = call.input(Input::Http { request: request_id, result: result.clone() });
        assert_eq!(request(&out).is_some(), again, "{result:?}");
        assert_eq!(edges(&out).is_empty(), again, "{result:?}");
    }
}

#[test]
fn variables_are_quoted_for_their_place() {
    let nodes = r##"
  first: { type: set, set: { name: "a&b/\"ü" }, next: ask }
  ask:
    type: http
    request:
      method: POST
      url: "https://erp.example.com/o?q=${name}"
      headers: { X-Name: "${name}", Authorization: { secret: erp, prefix: "Bearer " } }
      body: "{\"who\": \"${name}\"}"
      timeout_s: 2
    next: end
    on_failure: end
  end: { type: end }
"##;
    let (_, out) = Call::start(nodes);
    let Some(Output::Http { method, url, headers, body, timeout_ms, .. }) =
        out.iter().find(|output| matches!(output, Output::Http { .. }))
    else {
        panic!("a request: {out:?}")
    };
    assert_eq!((method.as_str(), *timeout_ms), ("POST", 2000));
    assert_eq!(url, "https://erp.example.com/o?q=a%26b%2F%22%C3%BC");
    assert_eq!(body.as_deref(), Some(r#"{"who": "a&b/\"ü"}"#));
    let header = |name: &str, value| HttpHeader { name: name.to_owned(), value };
    let secret = HeaderText::Secret { name: "erp".to_owned(), prefix: "Bearer ".to_owned() };
    assert!(headers.contains(&header("X-Name", HeaderText::Text("a&b/\"ü".to_owned()))));
    assert!(headers.contains(&header("Authorization", secret)));
    assert!(headers.contains(&header("Content-Type", HeaderText::Text("application/json".to_owned()))));
}

#[test]
fn nobody_hears_nothing_for_two_seconds() {
    let nodes = r##"
  first: { type: play, prompt: hello, next: one }
  one: { type: http, request: { method: GET, url: "https://a.example.com/", timeout_s: 1 }, next: two, on_failure: two }
  two: { type: http, request: { method: GET, url: "https://a.example.com/", timeout_s: 1 }, next: three, on_failure: three }
  three: { type: http, request: { method: GET, url: "https://a.example.com/", timeout_s: 30 }, next: end, on_failure: end }
  end: { type: play, prompt: bye, next: over }
  over: { type: end }
"##;
    let (mut call, _) = Call::start(nodes);
    call.listen();
    assert_eq!(music(&call.wait_ms(1_499)), []);
    assert_eq!(music(&call.wait_ms(1)), [Some("tone/waiting")], "silence is counted over several nodes");
    let out = call.wait_s(40);
    assert_eq!(music(&out), [None], "it goes on until something else is heard");
    assert_eq!(prompts(&out), ["bye"]);
}

#[test]
fn keys_pressed_meanwhile_are_kept() {
    let nodes = NODES.replace("next: yes", "next: menu")
        + r##"
  menu: { type: branch, prompt: menu, options: [ { name: a, keywords: ["7"], next: yes } ] }
"##;
    let (mut call, _) = Call::start(&nodes);
    let asked = call.keys("12");
    call.key('7');
    let out = call.input(answer(&asked, 200, r#"{"found":true,"n":1,"who":["a"]}"#));
    assert_eq!(edges(&out), ["ask: next", "menu: options.a"]);
}

#[test]
fn hang_up_cancels_the_request() {
    let (mut call, _) = asked();
    let out = call.input(Input::CallerHungUp);
    assert_eq!(commands(&out), ["cancel_http", "end"]);
}
