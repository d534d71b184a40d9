//! `http` 接口调用: asks a web service and takes typed results from its JSON answer.

use super::{Edge, Pace};
use crate::ivr::flow::{At, AudioId, NodeName, Template, VarName};

#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    pub request: Request,
    /// Variable and the JSON pointer (RFC 6901) of its value in the answer. A value that is missing or does not fit
    /// the variable's type takes `on_failure`.
    pub result: Vec<(At<VarName>, At<String>)>,
    /// Looped while waiting.
    pub hold_music: Option<At<AudioId>>,
    /// After an answer 200 to 299 with every result in it.
    pub next: At<NodeName>,
    /// Anything else: time-out, refusal, another status, a body that is too large or no JSON.
    pub on_failure: At<NodeName>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: Method,
    /// Scheme and host are fixed text; variables are percent-encoded into the rest.
    pub url: Template,
    pub headers: Vec<Header>,
    /// JSON text; variables are put in as JSON strings' contents.
    pub body: Option<Template>,
    /// 1 to 30, for one attempt.
    pub timeout_s: u32,
    /// 0 to 3 further attempts.
    pub retries: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub const ALL: [Method; 5] = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];

    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    pub name: At<String>,
    pub value: HeaderValue,
}

#[derive(Clone, Debug, PartialEq)]
pub enum HeaderValue {
    Text(Template),
    /// `{ secret: erp_token, prefix: "Bearer " }`: a secret of the configuration, by name, never in the flow.
    Secret {
        name: At<String>,
        prefix: String,
    },
}

impl Http {
    pub(super) fn edges(&self) -> Vec<Edge> {
        let results = self.result.iter().map(|(var, _)| var.value.clone());
        vec![
            Edge::new("next", &self.next, Pace::Immediate).assigning(results),
            Edge::new("on_failure", &self.on_failure, Pace::Immediate),
        ]
    }
}
