//! Web requests of flows: only hosts on the allow list, never a private address, never more than was agreed.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Method, Url};
use tokio::sync::Semaphore;

use crate::call::switch::HttpRequest;
use crate::ivr::session::{HeaderText, HttpHeader, HttpResult, MAX_HTTP_BODY_BYTES};

/// Requests under way at once for all calls together; further ones wait, each within its own time-out.
const MAX_AT_ONCE: usize = 256;

/// Sends the requests of flows. Clones share the allow list.
#[derive(Clone)]
pub struct WebClient {
    client: Client,
    allowed: Arc<RwLock<Vec<String>>>,
    places: Arc<Semaphore>,
    /// What `secret:` in a flow's header stands for, by name.
    secrets: Arc<BTreeMap<String, String>>,
}

/// Names the cryptography of this process, which TLS needs before its first use. A second naming is refused, which is
/// as good.
pub fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("failed to set up web requests: {0}")]
pub struct WebClientError(#[from] reqwest::Error);

impl WebClient {
    pub fn new(allowed: Vec<String>, secrets: BTreeMap<String, String>) -> Result<Self, WebClientError> {
        install_tls();
        let allowed = Arc::new(RwLock::new(allowed));
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .dns_resolver(Arc::new(PublicOnly { allowed: allowed.clone() }))
            .build()?;
        Ok(WebClient { client, allowed, places: Arc::new(Semaphore::new(MAX_AT_ONCE)), secrets: Arc::new(secrets) })
    }

    /// Replaces the allow list: host names, optionally with a port.
    pub fn allow(&self, hosts: Vec<String>) {
        if let Ok(mut allowed) = self.allowed.write() {
            *allowed = hosts;
        }
    }

    /// One attempt, complete or given up within its time-out.
    pub async fn send(&self, request: HttpRequest) -> HttpResult {
        let deadline = Duration::from_millis(request.timeout_ms);
        match tokio::time::timeout(deadline, self.attempt(request)).await {
            Ok(result) => result,
            Err(_) => HttpResult::TimedOut,
        }
    }

    async fn attempt(&self, request: HttpRequest) -> HttpResult {
        let Some(url) = self.permitted(&request.url) else { return HttpResult::NotAllowed };
        let Ok(method) = Method::from_bytes(request.method.as_bytes()) else { return HttpResult::NotAllowed };
        let Ok(_place) = self.places.acquire().await else { return HttpResult::TimedOut };
        let mut builder = self.client.request(method, url);
        for header in request.headers {
            let Some(value) = self.value(&header) else { return HttpResult::NotAllowed };
            builder = builder.header(header.name, value);
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        match builder.send().await {
            Ok(response) => read(response).await,
            Err(error) if error.is_timeout() => HttpResult::TimedOut,
            Err(error) => HttpResult::Unreachable { reason: without_url(error) },
        }
    }

    /// The text of a header; `None` when it needs a secret that nobody set.
    fn value(&self, header: &HttpHeader) -> Option<String> {
        match &header.value {
            HeaderText::Text(text) => Some(text.clone()),
            HeaderText::Secret { name, prefix } => self.secrets.get(name).map(|secret| format!("{prefix}{secret}")),
        }
    }

    /// The URL when its host is on the list and is no private address.
    fn permitted(&self, url: &str) -> Option<Url> {
        let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let host = url.host_str()?.to_ascii_lowercase();
        let with_port = url.port_or_known_default().map(|port| format!("{host}:{port}"));
        let allowed = self.allowed.read().ok()?;
        let listed = |entry: &&String| **entry == host || Some(*entry) == with_port.as_ref();
        let entry = allowed.iter().find(listed)?;
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        // A private address is reached only when the list names exactly that address with its port.
        let fine = literal.is_none_or(|address| is_public(address) || Some(entry) == with_port.as_ref());
        fine.then_some(url)
    }
}

async fn read(mut response: reqwest::Response) -> HttpResult {
    let status = response.status().as_u16();
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_HTTP_BODY_BYTES => return HttpResult::TooLarge,
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return HttpResult::Answer { status, body: String::from_utf8_lossy(&body).into_owned() },
            Err(error) => return HttpResult::Unreachable { reason: without_url(error) },
        }
    }
}

/// URLs carry callers' data: they stay out of records and logs.
fn without_url(error: reqwest::Error) -> String {
    error.without_url().to_string()
}

/// A name that is not itself on the list with its port must not lead into the company's own network.
struct PublicOnly {
    allowed: Arc<RwLock<Vec<String>>>,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_ascii_lowercase();
        let prefix = format!("{host}:");
        let named = self.allowed.read().is_ok_and(|list| list.iter().any(|entry| entry.starts_with(&prefix)));
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let usable: Vec<SocketAddr> = found.into_iter().filter(|at| named || is_public(at.ip())).collect();
            if usable.is_empty() {
                return Err("the name leads to no public address".into());
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

/// An address on the open network: no loopback, private, link-local, shared, documentation or multicast one.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_broadcast()
                || v4.is_multicast()
                || v4.is_documentation()
                || shared
                || a == 0
                || a >= 240
                || (a == 198 && (b == 18 || b == 19)))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => {
                let first = v6.segments()[0];
                !(v6.is_loopback() || v6.is_unspecified() || v6.is_multicast())
                    && first & 0xfe00 != 0xfc00
                    && first & 0xffc0 != 0xfe80
                    && first != 0x0064
                    && (first != 0x2001 || v6.segments()[1] != 0x0db8)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "0.0.0.0",
        ] {
            assert!(!is_public(private.parse().expect("an address")), "{private}");
        }
        for public in ["8.8.8.8", "2606:4700::1111", "100.128.0.1"] {
            assert!(is_public(public.parse().expect("an address")), "{public}");
        }
    }

    fn client(hosts: &[&str]) -> WebClient {
        WebClient::new(hosts.iter().map(|host| (*host).to_owned()).collect(), BTreeMap::new()).expect("a client")
    }

    #[test]
    fn only_listed_hosts_are_asked() {
        let client = client(&["erp.example.com", "127.0.0.1:9000", "10.0.0.1"]);
        assert!(client.permitted("https://erp.example.com/orders/1").is_some());
        assert!(client.permitted("https://erp.example.com.evil.org/").is_none());
        assert!(client.permitted("https://evil.org/?erp.example.com").is_none());
        assert!(client.permitted("file:///etc/passwd").is_none());
        assert!(client.permitted("http://127.0.0.1:9000/").is_some(), "named with its port");
        assert!(client.permitted("http://127.0.0.1/").is_none());
        assert!(client.permitted("http://10.0.0.1/").is_none(), "private, and not named with a port");
    }
}
