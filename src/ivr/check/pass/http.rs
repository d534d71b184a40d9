//! E150: a web request is safe to make: fixed host on the allow list, no private address, no secret in the file.
//! (A request without time-out or `on_failure` is told by the reader.)

use std::net::IpAddr;

use crate::ivr::check::run::Context;
use crate::ivr::check::{Code, Diagnostic, Text, say};
use crate::ivr::flow::node::{Header, HeaderValue, Request};
use crate::ivr::flow::{NodeKind, Piece, Span, Template};

/// Headers and parameters whose value opens a door.
const SECRET_WORDS: [&str; 8] =
    ["authorization", "api-key", "apikey", "api_key", "token", "secret", "password", "cookie"];

pub fn check(cx: &mut Context<'_>) {
    for node in cx.flow.nodes.values() {
        if let NodeKind::Http(http) = &node.kind {
            check_url(cx, &http.request.url);
            check_secrets(cx, &http.request);
        }
    }
}

fn tell(cx: &mut Context<'_>, span: Span, message: Text, help: Text) {
    cx.findings.add(Diagnostic::new(Code::E150, span, message).help(help));
}

fn check_url(cx: &mut Context<'_>, url: &Template) {
    if url.pieces.is_empty() {
        return;
    }
    let Some(authority) = authority(url) else {
        let message = say!("the scheme and host of a URL must be fixed text", "网址的协议和主机必须是固定文本");
        let help = say!("begin it with https://host/", "请以 https://主机/ 开头");
        return tell(cx, url.span, message, help);
    };
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    if place.len() != authority.len() {
        let message = say!("a password in a URL is seen by everyone", "网址中的密码会被所有人看到");
        tell(cx, url.span, message, keep_secret());
    }
    let port = if url.pieces.first().is_some_and(is_https) { 443 } else { 80 };
    check_host(cx, place, port, url.span);
}

/// `host:port` with anything before an `@`, when no variable is in it.
fn authority(url: &Template) -> Option<&str> {
    let Some(Piece::Text(first)) = url.pieces.first() else { return None };
    let rest = first.strip_prefix("https://").or_else(|| first.strip_prefix("http://"))?;
    let end = rest.find(['/', '?', '#']);
    let whole = end.is_some() || url.pieces.len() == 1;
    let authority = &rest[..end.unwrap_or(rest.len())];
    (whole && !authority.is_empty() && !authority.contains([' ', '\\'])).then_some(authority)
}

fn check_host(cx: &mut Context<'_>, place: &str, default_port: u16, span: Span) {
    let host = host_of(place);
    let full = if has_port(place) { place.to_owned() } else { format!("{place}:{default_port}") };
    let private = is_private(host);
    if cx.env.http_allow.allow(place, host, &full, private) {
        return;
    }
    if private {
        let message = say!("`{host}` is a private address", "`{host}` 是内网地址");
        let help = say!(
            "if it is meant, have `{full}` added to http_allow, with its port",
            "如确需访问，请在配置的 http_allow 中加入 `{full}`（含端口）"
        );
        return tell(cx, span, message, help);
    }
    let message = say!("host `{host}` is not on the allow list", "主机 `{host}` 不在允许列表中");
    let help = say!("have it added to http_allow of the set-up", "请在配置的 http_allow 中加入它");
    tell(cx, span, message, help);
}

fn is_https(piece: &Piece) -> bool {
    matches!(piece, Piece::Text(text) if text.starts_with("https://"))
}

/// The last colon is not one of an IPv6 address in brackets.
fn has_port(place: &str) -> bool {
    place.rsplit_once(':').is_some_and(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn host_of(place: &str) -> &str {
    if let Some(v6) = place.strip_prefix('[') {
        return v6.split(']').next().unwrap_or(v6);
    }
    place.split(':').next().unwrap_or(place)
}

/// Names and addresses that lead into the house: RFC 1918, RFC 6890, RFC 4193, RFC 6761 6.3.
fn is_private(host: &str) -> bool {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    if name == "localhost" || [".localhost", ".local", ".internal", ".home.arpa"].iter().any(|end| name.ends_with(end))
    {
        return true;
    }
    // `127.1`, `0x7f000001` and `2130706433` are addresses to some resolvers: no public name is all digits.
    let numeric = |part: &str| {
        let hex = part.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        hex || (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    match name.parse::<IpAddr>() {
        Ok(address) => is_private_address(address),
        Err(_) => name.rsplit('.').next().is_some_and(numeric),
    }
}

fn is_private_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || a == 0 || a >= 224 || shared
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private_address(IpAddr::V4(v4)),
            None => {
                let first = v6.segments()[0];
                v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.is_multicast()
                    || first & 0xfe00 == 0xfc00
                    || first & 0xffc0 == 0xfe80
            }
        },
    }
}

fn check_secrets(cx: &mut Context<'_>, request: &Request) {
    for Header { name, value } in &request.headers {
        let HeaderValue::Text(text) = value else { continue };
        if is_secret(&name.value) && text.literal().is_none_or(|text| !text.is_empty()) {
            let name = &name.value;
            let message =
                say!("the secret of header `{name}` is written in the flow", "请求头 `{name}` 的密钥写在了流程里");
            tell(cx, text.span, message, keep_secret());
        }
    }
    let texts = request.url.pieces.iter().filter_map(|piece| match piece {
        Piece::Text(text) => Some(text.as_str()),
        Piece::Var(_) => None,
    });
    if let Some(name) = texts.flat_map(|text| text.split(['?', '&'])).find_map(secret_parameter) {
        let message = say!("the secret `{name}` is written in the URL", "密钥 `{name}` 写在了网址里");
        tell(cx, request.url.span, message, keep_secret());
    }
}

/// `token=abc`: a parameter whose value stands in the file.
fn secret_parameter(text: &str) -> Option<&str> {
    let (name, value) = text.split_once('=')?;
    (is_secret(name) && !value.is_empty()).then_some(name)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

fn keep_secret() -> Text {
    say!(
        "write {{ secret: name }} in `headers:`; the configuration keeps its value",
        "请在 `headers:` 中写 {{ secret: 名称 }}，由配置保存密钥"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_house_are_private() {
        let private = [
            "localhost",
            "LOCALHOST.",
            "erp.local",
            "db.internal",
            "127.0.0.1",
            "127.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
            "2130706433",
            "0x7f000001",
            "255.255.255.255",
        ];
        for host in private {
            assert!(is_private(host), "{host}");
        }
        for host in ["erp.example.com", "8.8.8.8", "2001:4860:4860::8888", "172.32.0.1", "3com.com", "100.128.0.1"] {
            assert!(!is_private(host), "{host}");
        }
    }

    #[test]
    fn the_host_of_a_url_must_be_fixed() {
        let authority_of = |url: &str| authority(&Template::parse(url, Span::default())).map(str::to_owned);
        assert_eq!(authority_of("https://erp.example.com/orders/${no}").as_deref(), Some("erp.example.com"));
        assert_eq!(authority_of("http://a:8080").as_deref(), Some("a:8080"));
        assert_eq!(authority_of("https://a?x=${y}").as_deref(), Some("a"));
        for url in
            ["${url}", "https://${host}/", "https://a.${zone}/", "ftp://a/", "a/b", "https:///x", "https://a${x}"]
        {
            assert_eq!(authority_of(url), None, "{url}");
        }
    }
}
