//! `http` 接口调用: asks a web service and takes typed results from its JSON answer.

use super::{Edge, Pace};
use crate::ivr::check::{Code, say};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, Shape, Table, opt, req};
use crate::ivr::flow::{At, AudioId, NodeName, Template, VarName};
use crate::ivr::yaml::{Entry, Kind, Tree};

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

pub static TABLE: Table = Table {
    en: "an http node",
    zh: "http 节点",
    fields: &[
        req("request", Shape::Map(&REQUEST), "What is asked."),
        opt("result", Shape::Values, "Variables and the JSON pointers of their values."),
        opt("hold_music", Shape::Name(NameOf::Audio), "Looped while waiting for the answer."),
        req("next", Shape::Name(NameOf::Node), "Where a good answer leads."),
        opt("on_failure", Shape::Name(NameOf::Node), "Where anything else leads. Required."),
    ],
    shared: &[COMMON],
};

impl Http {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        let music = fields.reader.defaults.hold_music.clone();
        let request = fields.map("request", Request::read).unwrap_or_else(Request::missing);
        Http {
            request,
            result: read_result(fields),
            hold_music: fields.opt_name("hold_music").or(music),
            next: fields.name("next"),
            on_failure: read_on_failure(fields),
        }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        let results = self.result.iter().map(|(var, _)| var.value.clone());
        vec![
            Edge::new("next", &self.next, Pace::Immediate).assigning(results),
            Edge::new("on_failure", &self.on_failure, Pace::Immediate),
        ]
    }
}

fn read_on_failure(fields: &mut Fields<'_, '_, '_>) -> At<NodeName> {
    if fields.tree("on_failure").is_none() {
        let message = say!("this request has no `on_failure`", "请求没有 `on_failure`");
        let help = say!("say where the caller goes when the service does not answer", "请写明服务不应答时来电去哪里");
        fields.reader.error_help(Code::E150, fields.span, message, help);
    }
    fields.name("on_failure")
}

fn read_result(fields: &mut Fields<'_, '_, '_>) -> Vec<(At<VarName>, At<String>)> {
    let pairs = fields.pairs("result");
    for (_, pointer) in pairs.iter().filter(|(_, pointer)| !is_pointer(&pointer.value)) {
        let help = say!("write the path from the top, as /order/eta", "请从顶层写起，如 /order/eta");
        fields.reader.error_help(Code::E117, pointer.span, say!("this is no JSON pointer", "这不是 JSON 指针"), help);
    }
    pairs.into_iter().map(|(var, pointer)| (At::new(VarName::new(&var.value), var.span), pointer)).collect()
}

/// RFC 6901 3: empty, or tokens that each begin with `/`; `~` only as `~0` or `~1`.
fn is_pointer(text: &str) -> bool {
    let tildes = text.split('~').skip(1).all(|after| after.starts_with(['0', '1']));
    tildes && (text.is_empty() || text.starts_with('/'))
}

static REQUEST: Table = Table {
    en: "`request`",
    zh: "`request` ",
    fields: &[
        opt("method", Shape::Word(&["GET", "POST", "PUT", "PATCH", "DELETE"]), "GET without it."),
        req("url", Shape::Template, "https://host/path; the host must be on the allow list."),
        opt("headers", Shape::Headers(&SECRET), "Texts, or { secret: name } for a secret of the configuration."),
        opt("body", Shape::Template, "JSON text."),
        opt("timeout_s", Shape::Int { min: 1, max: 30 }, "Seconds for one attempt. Required."),
        opt("retries", Shape::Int { min: 0, max: 3 }, "Further attempts."),
    ],
    shared: &[],
};

impl Request {
    fn missing() -> Self {
        Request {
            method: Method::Get,
            url: Template::default(),
            headers: Vec::new(),
            body: None,
            timeout_s: 1,
            retries: 0,
        }
    }

    fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        if fields.tree("timeout_s").is_none() {
            let message = say!("this request has no `timeout_s`", "请求没有 `timeout_s`");
            let help = say!("write timeout_s: 3; the caller waits so long", "请写 timeout_s: 3；来电会等这么久");
            fields.reader.error_help(Code::E150, fields.span, message, help);
        }
        Request {
            method: read_method(fields),
            url: fields.template("url").unwrap_or_default(),
            headers: read_headers(fields),
            body: fields.template("body"),
            timeout_s: fields.int("timeout_s").unwrap_or(1),
            retries: fields.int("retries").unwrap_or(0),
        }
    }
}

fn read_method(fields: &mut Fields<'_, '_, '_>) -> Method {
    let Some(text) = fields.text("method") else { return Method::Get };
    let named = Method::ALL.into_iter().find(|method| method.as_str() == text.value);
    named.unwrap_or_else(|| {
        let method = &text.value;
        let help = say!("write GET, POST, PUT, PATCH or DELETE", "请写 GET、POST、PUT、PATCH 或 DELETE");
        let message = say!("there is no method `{method}`", "没有方法 `{method}`");
        fields.reader.error_help(Code::E117, text.span, message, help);
        Method::Get
    })
}

static SECRET: Table = Table {
    en: "a secret header",
    zh: "保密的请求头",
    fields: &[
        req("secret", Shape::Text, "The name of a secret of the configuration."),
        opt("prefix", Shape::Template, "Put before it, as in `Bearer `."),
    ],
    shared: &[],
};

fn read_headers(fields: &mut Fields<'_, '_, '_>) -> Vec<Header> {
    let Some(tree) = fields.tree("headers") else { return Vec::new() };
    let entries = fields.reader.entries(tree, &say!("`headers`", "`headers` "));
    let header = |Entry { key, value }: &Entry| {
        let value = read_header_value(value, fields)?;
        Some(Header { name: At::new(key.text.clone(), key.span), value })
    };
    entries.iter().filter_map(header).collect()
}

fn read_header_value(tree: &Tree, fields: &mut Fields<'_, '_, '_>) -> Option<HeaderValue> {
    if !matches!(tree.kind, Kind::Map(_)) {
        let text = fields.reader.text(tree, &say!("a header", "请求头"))?;
        return Some(HeaderValue::Text(fields.reader.template(&text.value, text.span)));
    }
    let mut secret = Fields::open(tree, &SECRET, tree.span, fields.reader);
    let prefix = secret.template("prefix").and_then(|prefix| prefix.literal().map(str::to_owned));
    Some(HeaderValue::Secret { name: secret.text("secret")?, prefix: prefix.unwrap_or_default() })
}
