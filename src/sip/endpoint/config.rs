//! What an endpoint is told once, at its start.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::sip::digest::Algorithm;
use crate::sip::registrar::RegistrationPolicy;
use crate::sip::transaction::{TimerTable, Transport};

/// One address that the driver listens on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListenAddr {
    pub transport: Transport,
    /// With the real port, after binding.
    pub address: SocketAddr,
}

/// How one endpoint behaves.
#[derive(Clone, Debug)]
pub struct EndpointConfig {
    pub listen: Vec<ListenAddr>,
    /// The address to write in Via and Contact when the peer is outside this machine (`sip.advertise`).
    pub advertise: Option<IpAddr>,
    /// `Server` and `User-Agent`.
    pub product: String,
    /// What accounts are challenged with, in this order, and what their answers may use.
    pub digest: Vec<Algorithm>,
    pub timers: TimerTable,
    pub limits: Limits,
    pub registration: RegistrationPolicy,
    /// What we ask for as session interval (RFC 4028); `None` never asks, but honours the peer's wish.
    pub session_expires: Option<Duration>,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        EndpointConfig {
            listen: Vec::new(),
            advertise: None,
            product: concat!("Hotline/", env!("CARGO_PKG_VERSION")).to_owned(),
            digest: Algorithm::ALL.to_vec(),
            timers: TimerTable::default(),
            limits: Limits::default(),
            registration: RegistrationPolicy::default(),
            session_expires: Some(Duration::from_secs(1800)),
        }
    }
}

/// What bounds every table.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Sessions at once; above it new INVITEs get 503 with Retry-After.
    pub sessions: usize,
    /// Server transactions at once; above it new requests get a stateless 503.
    pub server_transactions: usize,
    /// Client transactions at once; above it outgoing requests fail with 503.
    pub client_transactions: usize,
    /// Requests outside a dialog per second and source address, with a burst of the same size; what is above is dropped.
    pub requests_per_source_s: u32,
    /// The same for sources in a trunk's network.
    pub requests_per_trunk_source_s: u32,
    /// Source addresses that are remembered for rates and bans.
    pub sources: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            sessions: 10_000,
            server_transactions: 300_000,
            client_transactions: 300_000,
            requests_per_source_s: 100,
            requests_per_trunk_source_s: 20_000,
            sources: 20_000,
        }
    }
}
