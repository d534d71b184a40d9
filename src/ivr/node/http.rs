//! `http` 接口调用: asks a web service and takes typed results from its JSON answer. The caller hears music meanwhile.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::http_request;
use super::step::{Go, Step};
use crate::base::Instant;
use crate::ivr::flow::node::Http;
use crate::ivr::flow::{Value, VarName, VarType};
use crate::ivr::session::{Cx, FlowEvent, HttpResult, Input, MAX_HTTP_BODY_BYTES, MAX_VALUE_CHARS, Output, RequestId};

/// One attempt under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HttpStep {
    request: RequestId,
    /// From 1.
    attempt: u32,
    until: Instant,
}

impl HttpStep {
    pub fn enter<'a>(node: &'a Http, cx: &mut Cx<'a>) -> Go {
        let step = HttpStep::send(node, cx, 1);
        cx.fill_silence(node.hold_music.as_ref().map(|music| &music.value));
        Go::Wait(Step::Http(step))
    }

    pub fn handle<'a>(&mut self, node: &'a Http, cx: &mut Cx<'a>, input: &Input) -> Option<Go> {
        match input {
            Input::Http { request, result } if *request == self.request => self.on_result(node, cx, result),
            Input::Key { key } => {
                cx.keep_key(*key);
                None
            }
            _ => None,
        }
    }

    /// The service did not answer in time.
    pub fn time_out<'a>(&mut self, node: &'a Http, cx: &mut Cx<'a>) -> Option<Go> {
        cx.emit(Output::CancelHttp { request: self.request });
        self.on_result(node, cx, &HttpResult::TimedOut)
    }

    pub fn deadline(&self) -> Instant {
        self.until
    }

    pub fn abandon(&mut self, cx: &mut Cx) {
        cx.emit(Output::CancelHttp { request: self.request });
    }

    fn send(node: &Http, cx: &mut Cx, attempt: u32) -> Self {
        let request = RequestId(cx.fresh_id());
        let timeout_ms = u64::from(node.request.timeout_s) * 1000;
        let output = http_request::build(&node.request, cx, request, timeout_ms);
        cx.emit(output);
        HttpStep { request, attempt, until: cx.now.instant + Duration::from_millis(timeout_ms) }
    }

    fn on_result(&mut self, node: &Http, cx: &mut Cx, result: &HttpResult) -> Option<Go> {
        let taken = match result {
            HttpResult::Answer { status: 200..=299, body } => take_results(node, cx, body),
            _ => None,
        };
        let outcome = match (&taken, result) {
            (None, HttpResult::Answer { status: 200..=299, .. }) => "unusable_answer".to_owned(),
            (_, result) => outcome(result),
        };
        let node_name = cx.node_name();
        cx.event(FlowEvent::HttpEnded { node: node_name, attempt: self.attempt, outcome });
        if let Some(values) = taken {
            for (name, value) in values {
                cx.set_value(&name, Some(value));
            }
            return Some(cx.take("next", &node.next));
        }
        if self.attempt <= node.request.retries && may_succeed_later(result) {
            *self = HttpStep::send(node, cx, self.attempt + 1);
            return None;
        }
        Some(cx.take("on_failure", &node.on_failure))
    }
}

fn outcome(result: &HttpResult) -> String {
    match result {
        HttpResult::Answer { status, .. } => status.to_string(),
        HttpResult::TimedOut => "timed_out".to_owned(),
        HttpResult::Unreachable { .. } => "unreachable".to_owned(),
        HttpResult::NotAllowed => "not_allowed".to_owned(),
        HttpResult::TooLarge => "too_large".to_owned(),
    }
}

/// A refusal is not asked again; a fault of the service or the way to it is.
fn may_succeed_later(result: &HttpResult) -> bool {
    match result {
        HttpResult::Answer { status, .. } => matches!(status, 408 | 429 | 500..=599),
        HttpResult::TimedOut | HttpResult::Unreachable { .. } => true,
        HttpResult::NotAllowed | HttpResult::TooLarge => false,
    }
}

/// All results, each in its variable's type, or `None`: a flow never goes on with half an answer.
fn take_results(node: &Http, cx: &Cx, body: &str) -> Option<Vec<(VarName, Value)>> {
    if node.result.is_empty() {
        return Some(Vec::new());
    }
    if body.len() > MAX_HTTP_BODY_BYTES {
        return None;
    }
    let json: Json = serde_json::from_str(body).ok()?;
    let value = |name: &VarName, pointer: &str| typed(json.pointer(pointer)?, cx.var_type(name)?);
    node.result.iter().map(|(name, pointer)| Some((name.value.clone(), value(&name.value, &pointer.value)?))).collect()
}

/// A number may stand for a text, since many services answer ids as numbers; nothing else is converted.
fn typed(json: &Json, var_type: VarType) -> Option<Value> {
    match (json, var_type) {
        (Json::Bool(value), VarType::Bool) => Some(Value::Bool(*value)),
        (Json::Number(number), VarType::Int) => number.as_i64().map(Value::Int),
        (Json::Number(number), VarType::String) => Some(Value::Text(number.to_string())),
        (Json::Number(number), VarType::Digits) => var_type.parse(&number.as_u64()?.to_string()),
        (Json::String(text), VarType::String | VarType::Digits) => {
            var_type.parse(&text.chars().take(MAX_VALUE_CHARS).collect::<String>())
        }
        _ => None,
    }
}
