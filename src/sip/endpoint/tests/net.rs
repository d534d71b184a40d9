//! The link: messages travel with a delay, and get lost, doubled and out of order as the seed says.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use crate::base::{Instant, Now, Rng, UtcMillis};
use crate::sip::endpoint::*;
use crate::sip::{HeaderName, Message};

pub const SWITCH: usize = 0;
pub const PEER: usize = 1;

/// The address of a node: 192.0.2.1 is the switch, 198.51.100.N are peers.
pub fn address(node: usize) -> SocketAddr {
    let ip = if node == SWITCH { "192.0.2.1".to_owned() } else { format!("198.51.100.{node}") };
    SocketAddr::new(ip.parse().expect("an address written in this file"), 5060)
}

enum Party {
    Endpoint(Box<Endpoint>),
    /// Written by hand: what it receives is kept.
    Raw,
}

/// How bad the link is, in percent.
#[derive(Clone, Copy, Default)]
pub struct Faults {
    pub loss: u64,
    pub twice: u64,
    /// Up to this much later than others.
    pub jitter_ms: u64,
}

pub struct Net {
    pub now: Now,
    nodes: Vec<Party>,
    /// What has happened at each node and was not looked at yet.
    pub events: Vec<Vec<Event>>,
    pub received: Vec<Vec<Message>>,
    in_flight: BTreeMap<(Instant, u64), (usize, Flow, Bytes)>,
    sent: u64,
    pub faults: Faults,
    rng: Rng,
    pub transport: Transport,
    /// Every message that was sent, as `from>to first line`.
    pub trace: Vec<String>,
    /// This node hears and says nothing.
    pub dead: Option<usize>,
    pub resolves: Vec<(usize, ResolveId, String)>,
    /// What transports were told.
    pub gate: Vec<GateChange>,
}

pub fn config(node: usize) -> EndpointConfig {
    let listen = Transport::ALL.map(|transport| ListenAddr { transport, address: address(node) }).to_vec();
    EndpointConfig { listen, ..EndpointConfig::default() }
}

/// Accounts 1001 and 1002 with passwords, and a trunk at the networks.
pub fn directory(networks: &[&str]) -> Directory {
    let account = |password: &str| Account { credentials: Credentials::Clear(password.to_owned()), display_name: None };
    let networks = networks.iter().map(|n| n.parse().expect("a network written in this file")).collect();
    Directory {
        realm: "hotline.example".to_owned(),
        accounts: [("1001", account("one")), ("1002", account("two"))].map(|(u, a)| (u.to_owned(), a)).into(),
        trunks: vec![Trunk { name: "carrier".to_owned(), networks, ..Trunk::default() }],
        ..Directory::default()
    }
}

impl Net {
    /// The switch, and `peers` more nodes that are endpoints too.
    pub fn new(seed: u64, peers: usize) -> Net {
        let mut net = Net {
            now: Now::new(Instant::from_millis(1000), UtcMillis(1_800_000_000_000)),
            nodes: Vec::new(),
            events: Vec::new(),
            received: Vec::new(),
            in_flight: BTreeMap::new(),
            sent: 0,
            faults: Faults::default(),
            rng: Rng::from_number(seed),
            transport: Transport::Udp,
            trace: Vec::new(),
            dead: None,
            resolves: Vec::new(),
            gate: Vec::new(),
        };
        for node in 0..=peers {
            let mut endpoint = Endpoint::new(config(node), Rng::from_number(seed * 100 + node as u64));
            let trusted: &[&str] = if node == SWITCH { &["198.51.100.0/24"] } else { &["192.0.2.1"] };
            endpoint.set_directory(directory(trusted), net.now);
            net.add(Party::Endpoint(Box::new(endpoint)));
        }
        net
    }

    /// The switch, and one peer written by hand.
    pub fn raw(seed: u64) -> Net {
        let mut net = Net::new(seed, 0);
        net.add(Party::Raw);
        net
    }

    /// One more peer written by hand; its number.
    pub fn add_raw(&mut self) -> usize {
        self.add(Party::Raw);
        self.nodes.len() - 1
    }

    fn add(&mut self, party: Party) {
        self.nodes.push(party);
        self.events.push(Vec::new());
        self.received.push(Vec::new());
    }

    pub fn at(&mut self, node: usize) -> &mut Endpoint {
        match &mut self.nodes[node] {
            Party::Endpoint(endpoint) => endpoint,
            Party::Raw => panic!("node {node} is written by hand"),
        }
    }

    pub fn command(&mut self, node: usize, command: Command) {
        let now = self.now;
        self.at(node).command(command, now);
        self.drain(node);
    }

    /// A peer written by hand sends `text` to the switch; lines end with a plain line feed here.
    pub fn send(&mut self, node: usize, text: &str) {
        let bytes = Bytes::from(text.replace('\n', "\r\n"));
        let to = Target {
            transport: self.transport,
            remote: address(SWITCH),
            local: None,
            connection: None,
            server_name: None,
        };
        self.transmit(node, &to, bytes);
    }

    fn transmit(&mut self, from: usize, to: &Target, bytes: Bytes) {
        let Some(node) = (0..self.nodes.len()).find(|node| address(*node).ip() == to.remote.ip()) else { return };
        let line = String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned();
        self.trace.push(format!("{from}>{node} {line}"));
        // One connection for each pair of nodes.
        let pair = (from.min(node) * 100 + from.max(node)) as u64;
        let connection = to.transport.is_reliable().then_some(ConnectionId(pair));
        let flow = Flow { transport: to.transport, local: address(node), remote: address(from), connection };
        let faults = if to.transport.is_reliable() { Faults::default() } else { self.faults };
        if self.dead == Some(node) || self.dead == Some(from) {
            return;
        }
        let copies = if self.rng.below(100) < faults.twice { 2 } else { 1 };
        for _ in 0..copies {
            if self.rng.below(100) < faults.loss {
                continue;
            }
            self.sent += 1;
            let delay = Duration::from_millis(10 + self.rng.below(faults.jitter_ms + 1));
            self.in_flight.insert((self.now.instant + delay, self.sent), (node, flow, bytes.clone()));
        }
    }

    pub fn drain(&mut self, node: usize) {
        while let Party::Endpoint(endpoint) = &mut self.nodes[node] {
            match endpoint.poll_output() {
                None => return,
                Some(Output::Transmit { to, bytes }) => self.transmit(node, &to, bytes),
                Some(Output::Event(event)) => self.events[node].push(event),
                Some(Output::Resolve { id, host, .. }) => self.resolves.push((node, id, host)),
                Some(Output::Close { .. }) => {}
                Some(Output::Gate(change)) => self.gate.push(change),
            }
        }
    }

    /// The next thing that happens, message or time-out; false when nothing more will.
    pub fn step(&mut self) -> bool {
        let arrival = self.in_flight.first_key_value().map(|((at, _), _)| *at);
        let timeout = |party: &Party| match party {
            Party::Endpoint(endpoint) => endpoint.poll_timeout(),
            Party::Raw => None,
        };
        let due = self.nodes.iter().filter_map(timeout).min();
        let Some(at) = arrival.into_iter().chain(due).min() else { return false };
        self.advance(at);
        if arrival.is_some_and(|arrival| arrival <= at) {
            if let Some((_, (node, flow, bytes))) = self.in_flight.pop_first() {
                self.deliver(node, flow, bytes);
            }
        } else {
            for node in 0..self.nodes.len() {
                let now = self.now;
                if let Party::Endpoint(endpoint) = &mut self.nodes[node]
                    && endpoint.poll_timeout().is_some_and(|due| due <= now.instant)
                {
                    endpoint.handle_timeout(now);
                    self.drain(node);
                }
            }
        }
        true
    }

    fn advance(&mut self, at: Instant) {
        self.now = self.now.plus(at.since(self.now.instant));
    }

    fn deliver(&mut self, node: usize, flow: Flow, bytes: Bytes) {
        let now = self.now;
        match &mut self.nodes[node] {
            Party::Endpoint(endpoint) => {
                endpoint.handle_message(flow, bytes, now);
                self.drain(node);
            }
            Party::Raw => self.received[node].extend(Message::parse(bytes)),
        }
    }

    /// Lets `time` pass.
    pub fn run(&mut self, time: Duration) {
        let end = self.now.instant + time;
        let next = |net: &Net| {
            let timeout = |party: &Party| match party {
                Party::Endpoint(endpoint) => endpoint.poll_timeout(),
                Party::Raw => None,
            };
            let due = net.nodes.iter().filter_map(timeout).min();
            net.in_flight.first_key_value().map(|((at, _), _)| *at).into_iter().chain(due).min()
        };
        while next(self).is_some_and(|at| at <= end) {
            self.step();
        }
        self.advance(end);
    }

    pub fn run_ms(&mut self, ms: u64) {
        self.run(Duration::from_millis(ms));
    }

    /// Lets everything come to its end, two minutes at most.
    pub fn finish(&mut self) {
        self.run(Duration::from_secs(120));
    }

    /// What has happened at `node` since it was last asked, but for the trunks that calls took.
    pub fn take(&mut self, node: usize) -> Vec<Event> {
        let mut events = std::mem::take(&mut self.events[node]);
        events.retain(|event| !matches!(event, Event::TrunkTaken { .. }));
        events
    }

    /// What a peer written by hand has received since it was last asked.
    pub fn mail(&mut self, node: usize) -> Vec<Message> {
        std::mem::take(&mut self.received[node])
    }

    /// The incoming call that `node` has been told of.
    pub fn incoming(&mut self, node: usize) -> Incoming {
        let calls: Vec<Incoming> = self
            .take(node)
            .into_iter()
            .filter_map(|event| match event {
                Event::Incoming(call) => Some(*call),
                _ => None,
            })
            .collect();
        assert_eq!(calls.len(), 1, "one incoming call at node {node}: {:?}", self.trace);
        calls.into_iter().next().expect("there is one")
    }

    /// The node calls the switch (or the other way round) and rings there; both sessions.
    pub fn ring(&mut self, from: usize, to: usize) -> (SessionId, SessionId) {
        let session = self.at(from).new_session();
        let uri = format!("sip:4008123602@{}", address(to));
        self.command(from, Command::Invite(Box::new(invite(session, Destination::Uri(uri)))));
        self.run_ms(50);
        let call = self.incoming(to);
        self.command(to, Command::Provisional { session: call.session, status: 180, body: None });
        self.run_ms(50);
        (session, call.session)
    }

    /// A call that is answered and acknowledged; both sessions, and all events taken.
    pub fn connect(&mut self, from: usize, to: usize) -> (SessionId, SessionId) {
        let (caller, callee) = self.ring(from, to);
        self.command(to, Command::Accept { session: callee, body: Some(sdp("answer")) });
        self.run_ms(100);
        self.take(from);
        self.take(to);
        (caller, callee)
    }

    /// How many sent messages begin with `start`, as in the trace.
    pub fn count(&self, start: &str) -> usize {
        self.trace.iter().filter(|line| line.starts_with(start)).count()
    }

    /// No session and no transaction is left anywhere.
    pub fn assert_empty(&mut self) {
        for node in 0..self.nodes.len() {
            if let Party::Endpoint(endpoint) = &self.nodes[node] {
                assert_eq!(
                    (endpoint.session_count(), endpoint.transaction_count()),
                    (0, 0),
                    "node {node}: {:?}",
                    self.trace
                );
            }
        }
    }
}

pub fn sdp(text: &str) -> Body {
    Body::sdp(Bytes::copy_from_slice(text.as_bytes()))
}

pub fn invite(session: SessionId, to: Destination) -> Invite {
    Invite {
        session,
        to,
        from: CallerId { user: "02155555555".to_owned(), ..CallerId::default() },
        body: Some(sdp("offer")),
        headers: Vec::new(),
        ring_timeout: Some(Duration::from_secs(20)),
        replaces: None,
        barred: Default::default(),
        secure_only: false,
    }
}

/// The value of a header, for assertions.
pub fn value(message: &Message, name: HeaderName) -> String {
    message.first(name).map(|value| value.to_clean_string()).unwrap_or_default()
}

/// All values of a header.
pub fn values(message: &Message, name: HeaderName) -> Vec<String> {
    message.header(name).map(|value| value.to_clean_string()).collect()
}

/// `INVITE sip:100@192.0.2.1` with these extra lines, from a peer written by hand.
pub fn raw_request(method: &str, node: usize, cseq: u32, branch: &str, extra: &str) -> String {
    let ip = address(node).ip();
    format!(
        "{method} sip:4008123602@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP {ip}:5060;branch={branch}\n\
         From: \"A B\" <sip:02155555555@carrier.example>;tag=raw\nTo: <sip:4008123602@192.0.2.1>\n\
         Call-ID: raw{node}@carrier.example\nCSeq: {cseq} {method}\nMax-Forwards: 70\n\
         Contact: <sip:02155555555@{ip}:5060>\n{extra}Content-Length: 0\n\n"
    )
}

/// The statuses of the responses in `mail`.
pub fn statuses(mail: &[Message]) -> Vec<u16> {
    mail.iter().filter_map(Message::status).collect()
}
