//! What every part of the endpoint shares: who is known, what is under way, and what is to be done.

use std::collections::{BTreeMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};

use super::ban::Sources;
use super::config::EndpointConfig;
use super::directory::Directory;
use super::event::{Event, Output, ResolveId, SessionId};
use super::send::{Sent, Waiting};
use super::trunks::Trunks;
use crate::base::Rng;
use crate::sip::digest::Verifier;
use crate::sip::registrar::Registrar;
use crate::sip::transaction::{Flow, ServerTx, Transactions, Transport};
use crate::sip::{Host, Message, NameAddr, Text, Uri};

/// A request that we have not answered finally yet.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub request: Message,
    pub flow: Flow,
    pub session: Option<SessionId>,
    /// Our tag in To when the request has none.
    pub tag: String,
}

/// Everything but the sessions.
pub(super) struct Core {
    pub config: EndpointConfig,
    pub directory: Directory,
    pub rng: Rng,
    pub transactions: Transactions<Sent, Received>,
    pub registrar: Registrar,
    pub verifier: Verifier,
    pub sources: Sources,
    pub trunks: Trunks,
    pub waiting: BTreeMap<ResolveId, Waiting>,
    pub outputs: VecDeque<Output>,
    pub last_resolve: u64,
    /// For tags of responses without a transaction.
    pub tag_key: [u8; 32],
}

impl Core {
    pub(super) fn new(config: EndpointConfig, mut rng: Rng) -> Self {
        let limits = config.limits;
        let mut tag_key = [0; 32];
        rng.fill(&mut tag_key);
        Core {
            transactions: Transactions::new(config.timers, limits.client_transactions, limits.server_transactions),
            registrar: Registrar::new(config.registration),
            verifier: Verifier::new(config.registration.nonce_lifetime, &mut rng),
            sources: Sources::new(limits.sources),
            directory: Directory::default(),
            trunks: Trunks::default(),
            waiting: BTreeMap::new(),
            outputs: VecDeque::new(),
            last_resolve: 0,
            tag_key,
            config,
            rng,
        }
    }

    pub(super) fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// A new tag.
    pub(super) fn tag(&mut self) -> String {
        self.rng.token(16)
    }

    /// The host part of our addresses of record: the realm when it is a host name, else a domain or address of ours.
    pub(super) fn domain(&self) -> Host {
        let names = [&self.directory.realm].into_iter().chain(&self.directory.domains);
        let named = names.filter_map(|name| Host::parse(&Text::from(name.as_str()))).next();
        let addresses = self.config.advertise.into_iter().chain(self.config.listen.iter().map(|l| l.address.ip()));
        named.or_else(|| addresses.map(Host::from).next()).unwrap_or(Host::V4(Ipv4Addr::LOCALHOST))
    }

    /// The request that `tx` is to answer.
    pub(super) fn request(&self, tx: ServerTx) -> Option<&Message> {
        self.transactions.owner(tx).map(|received| &received.request)
    }

    /// The address that `remote` can reach us at.
    pub(super) fn local_address(
        &self,
        transport: Transport,
        local: Option<SocketAddr>,
        remote: SocketAddr,
    ) -> SocketAddr {
        let fits = |address: &SocketAddr| address.is_ipv4() == remote.is_ipv4();
        let mut ours = self.config.listen.iter().filter(|l| l.transport == transport).map(|l| l.address);
        let listening = match ours.clone().find(|address| Some(*address) == local) {
            Some(address) => address,
            None => ours.clone().find(fits).or_else(|| ours.next()).or(local).unwrap_or(remote),
        };
        let inside = remote.ip().is_loopback();
        let ip = match self.config.advertise {
            Some(advertised) if !inside => advertised,
            _ if !listening.ip().is_unspecified() => listening.ip(),
            _ => local.map(|l| l.ip()).filter(|ip| !ip.is_unspecified()).unwrap_or(if inside {
                remote.ip()
            } else {
                listening.ip()
            }),
        };
        SocketAddr::new(ip, listening.port())
    }

    /// Our Contact for a peer at `remote`.
    pub(super) fn contact(
        &self,
        user: Option<&str>,
        transport: Transport,
        local: Option<SocketAddr>,
        remote: SocketAddr,
    ) -> Option<NameAddr> {
        let address = self.local_address(transport, local, remote);
        let uri = Uri::sip(user, &Host::from(address.ip()), Some(address.port())).ok()?;
        let uri = match transport {
            Transport::Udp => uri,
            other => uri.with_param("transport", other.param()).ok()?,
        };
        Some(NameAddr::new(uri))
    }

    /// Whether a URI's host and port are ours: a configured domain, or an address that we listen on.
    pub(super) fn is_ours(&self, uri: &Uri) -> bool {
        let Some(host) = uri.host() else { return false };
        let name = host.to_string();
        let named = |domain: &str| domain.eq_ignore_ascii_case(name.trim_end_matches('.'));
        if named(&self.directory.realm) || self.directory.domains.iter().any(|domain| named(domain)) {
            return true;
        }
        let Some(ip) = host.ip() else { return false };
        let our_ip = |l: &super::config::ListenAddr| l.address.ip() == ip || l.address.ip().is_unspecified();
        let our_port = |l: &super::config::ListenAddr| uri.port().is_none_or(|port| port == l.address.port());
        self.config.listen.iter().any(|l| our_port(l) && (our_ip(l) || self.config.advertise == Some(ip)))
    }
}
