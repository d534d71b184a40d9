use super::*;

const MAIN: &str = r##"
  first: { type: subflow, flow: ask, with: { question: hello, limit: "3" }, result: { count: mark }, next: bye }
  bye: { type: play, prompt: said, next: end }
  end: { type: end }
"##;

const ASK: &str = r##"
ivr: 1
id: ask
languages: [zh-CN, en-US]
start: ask
params: { question: { type: prompt }, limit: { type: int } }
vars: { mark: { type: digits, default: "" } }
prompts:
  own: { zh-CN: { tts: "评分最高${limit}" }, en-US: { tts: "Up to ${limit}" } }
nodes:
  ask: { type: branch, prompt: question, options: [ { name: good, keywords: ["1"], set: { mark: "5" }, next: own }, { name: stop, keywords: ["0"], next: stop } ] }
  own: { type: play, prompt: own, next: back }
  back: { type: return, values: { mark: "${mark}" } }
  stop: { type: end }
"##;

fn both() -> Flows {
    Flows::new(flow(MAIN), [whole(ASK, "ask")])
}

fn begun() -> (Call, Vec<Output>) {
    Call::over(both(), CallFacts { call_id: "c".to_owned(), ..CallFacts::default() })
}

#[test]
fn a_prompt_handed_over_is_the_callers_and_values_come_back() {
    let (mut call, out) = begun();
    assert_eq!(nodes(&out), ["first", "ask"]);
    assert_eq!(prompts(&out), ["hello"], "told by its own name");
    assert_eq!(call.session.node(), "first/ask");
    let out = call.key('1');
    assert_eq!(sounds(&out), ["zh-CN:评分最高", "num/zh-CN/3"]);
    let out = call.played();
    assert_eq!(edges(&out), ["own: next", "first: next"]);
    assert_eq!(call.session.value("count").as_deref(), Some("5"));
    assert_eq!(call.session.value("limit"), None, "its own variables go with it");
}

#[test]
fn an_end_in_a_subflow_ends_the_call() {
    let (mut call, _) = begun();
    assert_eq!(end(&call.key('0')), Some((&EndReason::FlowEnd, Some("first/stop"))));
}

#[test]
fn a_session_is_not_restored_over_flows_without_its_nodes() {
    let (call, _) = begun();
    let saved = call.session.save();
    let without = Flows::new(flow(MAIN), []);
    assert!(Session::restore(saved, without).is_err());
}
