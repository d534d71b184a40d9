use std::net::{IpAddr, SocketAddr};

use super::scan::{take_token, trim, trim_end, trim_start};
use super::{Header, HeaderError, Params, Wire};
use crate::sip::transaction::{ServerKey, Transport};
use crate::sip::uri::host_port;
use crate::sip::{HeaderName, Host, Text};

/// One hop of a message's way (RFC 3261 20.42).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// None for SCTP and whatever else is not spoken here.
    pub transport: Option<Transport>,
    /// The transport as written.
    pub transport_text: Text,
    pub host: Host,
    pub port: Option<u16>,
    pub params: Params,
}

impl Via {
    /// A Via for a request of our own.
    pub fn new(transport: Transport, host: Host, port: Option<u16>, branch: &str) -> Via {
        let mut params = Params::default();
        params.push("branch", branch);
        let transport_text = Text::from_static(transport.via_name());
        Via { transport: Some(transport), transport_text, host, port, params }
    }

    /// The `branch` parameter.
    pub fn branch(&self) -> Option<Text> {
        self.params.get("branch").filter(|branch| !branch.is_empty())
    }

    /// The branch, if it identifies a transaction: it begins with the magic cookie and goes on behind it
    /// (RFC 3261 17.2.3, RFC 4475 3.2.1). None: match as RFC 2543 did.
    pub fn rfc3261_branch(&self) -> Option<Text> {
        self.branch().filter(|branch| ServerKey::is_unique(branch.as_bytes()))
    }

    /// The address that the receiver saw; IPv6 with or without brackets (RFC 5118 4.5).
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params.get("received")?;
        let text = text.to_str()?;
        let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
        text.parse().ok()
    }

    /// The port that the receiver saw (RFC 3581); None when the parameter is missing or has no value.
    pub fn rport(&self) -> Option<u16> {
        self.params.get("rport")?.to_str()?.parse().ok()
    }

    /// Whether the sender asks for `rport` (RFC 3581 3), with or without a value.
    pub fn wants_rport(&self) -> bool {
        self.params.has("rport")
    }

    pub fn maddr(&self) -> Option<Host> {
        Host::parse(&self.params.get("maddr")?)
    }

    /// 0 to 255.
    pub fn ttl(&self) -> Option<u8> {
        self.params.get("ttl")?.to_str()?.parse().ok()
    }

    /// The port, or the transport's own.
    pub fn port_or_default(&self) -> u16 {
        self.port.unwrap_or(self.transport.unwrap_or(Transport::Udp).default_port())
    }

    /// Where a response goes on a datagram transport (RFC 3261 18.2.2, RFC 3581 4), as far as it is an address:
    /// None when only a name is known.
    pub fn response_addr(&self) -> Option<SocketAddr> {
        if let Some(maddr) = self.maddr() {
            return maddr.socket_addr(self.port_or_default());
        }
        match self.received() {
            Some(ip) => Some(SocketAddr::new(ip, self.rport().unwrap_or(self.port_or_default()))),
            None => self.host.socket_addr(self.port_or_default()),
        }
    }
}

impl Header for Via {
    const NAME: HeaderName = HeaderName::Via;

    /// White space is allowed around the slashes, the colon and the equals signs (RFC 4475 3.1.1.1).
    fn parse_in(text: &Text, bytes: &[u8]) -> Result<Via, HeaderError> {
        let rest = protocol_part(bytes, b"SIP").and_then(|rest| protocol_part(rest, b"2.0"));
        let (transport, rest) = take_token(trim_start(rest.ok_or(HeaderError::Protocol)?));
        if transport.is_empty() || !matches!(rest, [b' ' | b'\t', ..]) {
            return Err(HeaderError::Protocol);
        }
        let rest = trim(rest);
        let end = rest.iter().position(|byte| *byte == b';').unwrap_or(rest.len());
        let (sent_by, params) = rest.split_at(end);
        let (host, port) = sent_by_parts(text, trim_end(sent_by))?;
        Ok(Via {
            transport: transport_of(transport),
            transport_text: transport_text(text, transport),
            host,
            port,
            params: Params::parse_in(text, params)?,
        })
    }
}

fn transport_of(name: &[u8]) -> Option<Transport> {
    std::str::from_utf8(name).ok().and_then(Transport::from_name)
}

/// The usual spelling needs no piece of the message.
fn transport_text(text: &Text, name: &[u8]) -> Text {
    match transport_of(name) {
        Some(known) if known.via_name().as_bytes() == name => Text::from_static(known.via_name()),
        _ => text.slice_ref(name),
    }
}

/// `name` and the slash behind it, with white space around both.
fn protocol_part<'a>(bytes: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (token, rest) = take_token(trim_start(bytes));
    token.eq_ignore_ascii_case(name).then_some(())?;
    trim_start(rest).strip_prefix(b"/")
}

fn sent_by_parts(value: &Text, sent_by: &[u8]) -> Result<(Host, Option<u16>), HeaderError> {
    if !sent_by.iter().any(|byte| matches!(byte, b' ' | b'\t')) {
        return host_port(value, sent_by).map_err(|_| HeaderError::Host);
    }
    let compact: Vec<u8> = sent_by.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\t')).collect();
    let colons_only = sent_by.split(|byte| *byte == b':').all(|part| !trim(part).contains(&b' '));
    if !colons_only {
        return Err(HeaderError::Host);
    }
    let compact = Text::from(bytes::Bytes::from(compact));
    host_port(&compact, compact.as_bytes()).map_err(|_| HeaderError::Host)
}

impl Wire for Via {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"SIP/2.0/");
        out.extend_from_slice(self.transport_text.as_bytes());
        out.push(b' ');
        match &self.host {
            Host::Name(name) => out.extend_from_slice(name.as_bytes()),
            address => out.extend_from_slice(address.to_string().as_bytes()),
        }
        if let Some(port) = self.port {
            out.extend_from_slice(format!(":{port}").as_bytes());
        }
        out.extend_from_slice(self.params.as_text().as_bytes());
    }
}
