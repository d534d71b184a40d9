//! Where a host takes SIP (RFC 3263): NAPTR, then SRV, then addresses.
//!
//! The choice is pure ([`services`], [`in_order`]); asking is bounded in time and in what is taken from an answer, so that
//! a hostile name server costs a few seconds of one request.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::{RData, RecordType};
use tokio::time::timeout;

use crate::sip::endpoint::{Target, Transport};

/// NAPTR and SRV together; a name server that says nothing must not hold a call longer.
const RECORDS_DEADLINE: Duration = Duration::from_secs(3);
/// Addresses of all hosts together.
const ADDRESSES_DEADLINE: Duration = Duration::from_secs(5);
/// Records of one answer that are looked at.
const MAX_RECORDS: usize = 32;
/// Places that one request tries.
const MAX_TARGETS: usize = 16;

/// A NAPTR record (RFC 3403 4.1), of what SIP needs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Naptr {
    order: u16,
    preference: u16,
    flags: String,
    service: String,
    replacement: String,
}

/// An SRV record (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Srv {
    priority: u16,
    weight: u16,
    host: String,
    port: u16,
}

/// Asks the system's name servers.
#[derive(Clone)]
pub struct Locator {
    /// `None` when the system names no server: then there are addresses only.
    resolver: Option<TokioResolver>,
}

impl Locator {
    /// With the servers of `/etc/resolv.conf`.
    pub fn system() -> Self {
        let built = TokioResolver::builder_tokio().and_then(|mut builder| {
            builder.options_mut().timeout = Duration::from_secs(2);
            builder.options_mut().attempts = 1;
            builder.build()
        });
        Locator { resolver: built.inspect_err(|error| tracing::info!(%error, "no SRV look-ups")).ok() }
    }

    /// Where to send a request for `host`, in the order to try; a name that leads nowhere gives none.
    pub async fn targets(&self, host: &str, port: Option<u16>, transport: Option<Transport>) -> Vec<Target> {
        let places = match (port, host.contains('.')) {
            (None, true) => timeout(RECORDS_DEADLINE, self.places(host, transport)).await.unwrap_or_default(),
            // RFC 3263 4.2: a port that is named is meant for addresses; a plain name is one of this network.
            (_, _) => Vec::new(),
        };
        let transport = transport.unwrap_or(Transport::Udp);
        let places = match places.is_empty() {
            true => vec![(transport, host.to_owned(), port.unwrap_or(transport.default_port()))],
            false => places,
        };
        let mut targets = Vec::new();
        let found = timeout(ADDRESSES_DEADLINE, addresses(host, places, &mut targets)).await;
        if targets.is_empty() {
            tracing::info!(host, in_time = found.is_ok(), "no address");
        }
        targets
    }

    /// Transport, host and port of each service, best first (RFC 3263 4.1 and 4.2).
    async fn places(&self, host: &str, transport: Option<Transport>) -> Vec<(Transport, String, u16)> {
        let named = match transport {
            Some(transport) => Vec::from_iter(srv_name(host, transport).map(|name| (transport, name))),
            None => services(self.naptr(host).await),
        };
        let asked = match named.is_empty() && transport.is_none() {
            true => [Transport::Udp, Transport::Tcp]
                .into_iter()
                .filter_map(|transport| Some((transport, srv_name(host, transport)?)))
                .collect(),
            false => named,
        };
        let mut places = Vec::new();
        for (transport, name) in asked {
            let ordered = in_order(self.srv(&name).await, |most| rand::random_range(0..=most));
            places.extend(ordered.into_iter().map(|srv| (transport, srv.host, srv.port)));
        }
        places.truncate(MAX_TARGETS);
        places
    }

    async fn records(&self, name: &str, kind: RecordType) -> Vec<RData> {
        let Some(resolver) = &self.resolver else { return Vec::new() };
        // Fully qualified: the search list is for people.
        match resolver.lookup(format!("{}.", name.trim_end_matches('.')), kind).await {
            Ok(found) => found.answers().iter().take(MAX_RECORDS).map(|record| record.data.clone()).collect(),
            Err(_) => Vec::new(),
        }
    }

    async fn naptr(&self, host: &str) -> Vec<Naptr> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let read = |data| match data {
            RData::NAPTR(found) => Some(Naptr {
                order: found.order,
                preference: found.preference,
                flags: text(&found.flags),
                service: text(&found.services),
                replacement: found.replacement.to_ascii(),
            }),
            _ => None,
        };
        self.records(host, RecordType::NAPTR).await.into_iter().filter_map(read).collect()
    }

    async fn srv(&self, name: &str) -> Vec<Srv> {
        let read = |data| match data {
            RData::SRV(found) => Some(Srv {
                priority: found.priority,
                weight: found.weight,
                host: found.target.to_ascii().trim_end_matches('.').to_owned(),
                port: found.port,
            }),
            _ => None,
        };
        self.records(name, RecordType::SRV).await.into_iter().filter_map(read).collect()
    }
}

async fn addresses(host: &str, places: Vec<(Transport, String, u16)>, targets: &mut Vec<Target>) {
    for (transport, place, port) in places {
        let Ok(found) = tokio::net::lookup_host((place.as_str(), port)).await else { continue };
        let found: Vec<SocketAddr> = found.take(MAX_RECORDS).collect();
        // RFC 5922 7.1: the certificate is for the name that was asked for, not for what the name service made of it.
        let target =
            |remote| Target { transport, remote, local: None, connection: None, server_name: Some(host.to_owned()) };
        targets.extend(found.into_iter().map(target));
        targets.truncate(MAX_TARGETS);
    }
}

/// RFC 3263 4.2; there are no SRV records for WebSocket (RFC 7118 5).
fn srv_name(host: &str, transport: Transport) -> Option<String> {
    match transport {
        Transport::Udp => Some(format!("_sip._udp.{host}")),
        Transport::Tcp => Some(format!("_sip._tcp.{host}")),
        Transport::Tls => Some(format!("_sips._tcp.{host}")),
        Transport::Ws | Transport::Wss => None,
    }
}

/// The services that we speak, best first: the name of the SRV records of each (RFC 3263 4.1).
fn services(mut records: Vec<Naptr>) -> Vec<(Transport, String)> {
    records.sort_by_key(|record| (record.order, record.preference));
    let spoken = |record: Naptr| {
        let transport = match record.service.to_ascii_uppercase().as_str() {
            "SIP+D2U" => Transport::Udp,
            "SIP+D2T" => Transport::Tcp,
            "SIPS+D2T" => Transport::Tls,
            _ => return None,
        };
        let named = record.flags.eq_ignore_ascii_case("s") && !record.replacement.trim_end_matches('.').is_empty();
        named.then_some((record.order, (transport, record.replacement)))
    };
    let found: Vec<_> = records.into_iter().filter_map(spoken).collect();
    // RFC 3403 4.1: once one of an order fits, those of a later order are not for us.
    let order = found.first().map(|(order, _)| *order);
    found.into_iter().filter(|(of, _)| Some(*of) == order).map(|(_, service)| service).collect()
}

/// By priority, and within one by chance as their weights say (RFC 2782). `draw` gives a number from 0 to what it is
/// given, both included. A host `.` says that the service is not there.
fn in_order(mut records: Vec<Srv>, mut draw: impl FnMut(u32) -> u32) -> Vec<Srv> {
    records.retain(|record| !record.host.is_empty() && record.port != 0);
    records.sort_by_key(|record| (record.priority, record.weight));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(priority) = records.first().map(|record| record.priority) {
        let same = records.iter().take_while(|record| record.priority == priority);
        let drawn = draw(same.clone().map(|record| u32::from(record.weight)).sum());
        let mut sum = 0;
        let place = same.clone().position(|record| {
            sum += u32::from(record.weight);
            sum >= drawn
        });
        ordered.push(records.remove(place.unwrap_or(0)));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use hickory_resolver::config::{NameServerConfig, ResolverConfig};
    use hickory_resolver::net::runtime::TokioRuntimeProvider;

    use super::*;

    fn naptr(order: u16, preference: u16, service: &str) -> Naptr {
        let (flags, replacement) = ("s".to_owned(), format!("{service}.example."));
        Naptr { order, preference, flags, service: service.to_owned(), replacement }
    }

    fn srv(priority: u16, weight: u16, host: &str) -> Srv {
        Srv { priority, weight, host: host.to_owned(), port: 5060 }
    }

    #[test]
    fn services_come_by_order_and_preference_and_only_those_that_we_speak() {
        let records = vec![
            naptr(50, 70, "SIP+D2U"),
            naptr(50, 60, "sips+d2t"),
            naptr(10, 1, "SIP+D2S"),
            naptr(90, 1, "SIP+D2T"),
            Naptr { flags: "u".to_owned(), ..naptr(50, 1, "SIP+D2T") },
            Naptr { replacement: ".".to_owned(), ..naptr(50, 1, "SIP+D2T") },
        ];
        let found = services(records);
        let expected = [(Transport::Tls, "sips+d2t.example."), (Transport::Udp, "SIP+D2U.example.")];
        assert_eq!(found.iter().map(|(transport, name)| (*transport, name.as_str())).collect::<Vec<_>>(), expected);
        assert_eq!(services(Vec::new()), []);
    }

    #[test]
    fn servers_come_by_priority_and_by_weight_within_one() {
        let records = vec![srv(2, 0, "spare"), srv(1, 30, "b"), srv(1, 10, "a"), srv(1, 0, "never"), srv(0, 5, "")];
        let hosts = |drawn: u32| {
            let ordered = in_order(records.clone(), |most| drawn.min(most));
            ordered.into_iter().map(|record| record.host).collect::<Vec<_>>()
        };
        assert_eq!(hosts(0), ["never", "a", "b", "spare"]);
        assert_eq!(hosts(10), ["a", "b", "never", "spare"]);
        assert_eq!(hosts(40), ["b", "a", "never", "spare"]);
    }

    #[tokio::test]
    async fn addresses_need_no_name_service() {
        let locator = Locator { resolver: None };
        let targets = locator.targets("localhost", Some(5070), Some(Transport::Tls)).await;
        assert!(!targets.is_empty());
        for target in targets {
            assert_eq!((target.transport, target.remote.port()), (Transport::Tls, 5070));
            assert!(target.remote.ip().is_loopback());
            assert_eq!(target.server_name.as_deref(), Some("localhost"));
        }
        assert_eq!(locator.targets("nowhere.invalid", None, None).await, []);
    }

    /// A name server that answers each question with the records of its name and type, or with `noise`.
    async fn name_server(records: Vec<(&'static str, u16, Vec<u8>)>, noise: Option<&'static [u8]>) -> Locator {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("bound");
        tokio::spawn(async move {
            let mut query = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut query).await {
                let answer = noise.map_or_else(|| answer(&query[..length], &records), <[u8]>::to_vec);
                let _ = socket.send_to(&answer, from).await;
            }
        });
        let mut server = NameServerConfig::udp(address.ip());
        server.connections[0].port = address.port();
        let config = ResolverConfig::from_name_servers(vec![server]);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        builder.options_mut().timeout = Duration::from_millis(500);
        builder.options_mut().attempts = 1;
        Locator { resolver: Some(builder.build().expect("a resolver")) }
    }

    /// RFC 1035 4: the question again, then what there is.
    fn answer(query: &[u8], records: &[(&str, u16, Vec<u8>)]) -> Vec<u8> {
        let mut end = 12;
        let mut name = String::new();
        while query[end] != 0 {
            let label = &query[end + 1..=end + usize::from(query[end])];
            name = format!("{name}{}.", String::from_utf8_lossy(label).to_lowercase());
            end += 1 + label.len();
        }
        let kind = u16::from_be_bytes([query[end + 1], query[end + 2]]);
        let found: Vec<_> = records.iter().filter(|(of, is, _)| *of == name && *is == kind).collect();
        // Authoritative; "no such name" where there is nothing.
        let code = if found.is_empty() { 0x83 } else { 0x80 };
        let mut text =
            [&query[..2], &[0x85, code, 0, 1, 0, found.len() as u8, 0, 0, 0, 0], &query[12..end + 5]].concat();
        for (_, _, data) in found {
            text.extend([0xc0, 12]);
            text.extend(kind.to_be_bytes());
            text.extend([0, 1, 0, 0, 0, 60]);
            text.extend((data.len() as u16).to_be_bytes());
            text.extend(data);
        }
        text
    }

    fn dns_name(name: &str) -> Vec<u8> {
        let labels = name.split('.').flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat());
        labels.chain([0]).collect()
    }

    fn srv_data(priority: u8, port: u16, host: &str) -> Vec<u8> {
        [&[0, priority, 0, 0], &port.to_be_bytes()[..], &dns_name(host)].concat()
    }

    async fn found(locator: &Locator, transport: Option<Transport>) -> Vec<(Transport, u16)> {
        let targets = locator.targets("carrier.example", None, transport).await;
        assert!(targets.iter().all(|target| target.server_name.as_deref() == Some("carrier.example")));
        let mut found: Vec<_> = targets.iter().map(|target| (target.transport, target.remote.port())).collect();
        found.dedup();
        found
    }

    const SRV: u16 = 33;
    const NAPTR: u16 = 35;

    #[tokio::test]
    async fn naptr_chooses_the_transport_and_srv_the_server() {
        let naptr =
            [&[0, 1, 0, 1, 1, b's', 8][..], b"SIPS+D2T", &[0], &dns_name("_sips._tcp.carrier.example")].concat();
        let records = vec![
            ("carrier.example.", NAPTR, naptr),
            ("_sips._tcp.carrier.example.", SRV, srv_data(2, 5072, "localhost")),
            ("_sips._tcp.carrier.example.", SRV, srv_data(1, 5071, "localhost")),
            ("_sip._udp.carrier.example.", SRV, srv_data(1, 5073, "localhost")),
        ];
        let locator = name_server(records, None).await;
        assert_eq!(found(&locator, None).await, [(Transport::Tls, 5071), (Transport::Tls, 5072)]);
        assert_eq!(
            found(&locator, Some(Transport::Udp)).await,
            [(Transport::Udp, 5073)],
            "a named transport needs no NAPTR"
        );
    }

    #[tokio::test]
    async fn without_naptr_srv_is_asked_for_udp_and_tcp() {
        let records = vec![("_sip._tcp.carrier.example.", SRV, srv_data(1, 5074, "localhost"))];
        assert_eq!(found(&name_server(records, None).await, None).await, [(Transport::Tcp, 5074)]);
    }

    #[tokio::test]
    async fn a_hostile_name_server_costs_a_moment_and_gives_nothing() {
        for noise in [&b""[..], b"x", &[0xff; 600], &[0xc0; 64]] {
            let locator = name_server(Vec::new(), Some(noise)).await;
            assert_eq!(locator.targets("carrier.invalid", None, None).await, []);
        }
    }
}
