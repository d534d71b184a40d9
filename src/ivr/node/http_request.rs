//! A request with its variables put in, each in the way that its place demands.

use crate::ivr::flow::node::{Header, HeaderValue, Request};
use crate::ivr::flow::{Piece, Template};
use crate::ivr::session::{Cx, HeaderText, HttpHeader, Output, RequestId};

pub(super) fn build(request: &Request, cx: &Cx, id: RequestId, timeout_ms: u64) -> Output {
    let mut headers: Vec<HttpHeader> = request.headers.iter().map(|own| header(own, cx)).collect();
    let typed = headers.iter().any(|header| header.name.eq_ignore_ascii_case("content-type"));
    if request.body.is_some() && !typed {
        let value = HeaderText::Text("application/json".to_owned());
        headers.push(HttpHeader { name: "Content-Type".to_owned(), value });
    }
    Output::Http {
        request: id,
        method: request.method.as_str().to_owned(),
        url: fill(&request.url, cx, percent_encoded),
        headers,
        body: request.body.as_ref().map(|body| fill(body, cx, json_escaped)),
        timeout_ms,
    }
}

fn header(header: &Header, cx: &Cx) -> HttpHeader {
    let value = match &header.value {
        HeaderValue::Text(text) => HeaderText::Text(fill(text, cx, one_line)),
        HeaderValue::Secret { name, prefix } => HeaderText::Secret { name: name.value.clone(), prefix: prefix.clone() },
    };
    HttpHeader { name: header.name.value.clone(), value }
}

fn fill(template: &Template, cx: &Cx, quote: fn(&str) -> String) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Var(name) => quote(&cx.var(name).map(|value| value.to_string()).unwrap_or_default()),
    };
    template.pieces.iter().map(piece).collect()
}

/// RFC 3986 2.3: everything but the unreserved characters, so that a value stays within its part of the URL.
fn percent_encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The inside of a JSON string.
fn json_escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// A value cannot begin another header.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_place() {
        assert_eq!(percent_encoded("a b/../?x=1&y#中~"), "a%20b%2F..%2F%3Fx%3D1%26y%23%E4%B8%AD~");
        assert_eq!(json_escaped("a\"b\\\n中"), "a\\\"b\\\\\\n中");
        assert_eq!(one_line("a\r\nX-Evil: 1"), "aX-Evil: 1");
    }
}
