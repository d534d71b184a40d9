//! A switch in virtual time for the tests of its parts: what it says is kept by kind.

pub(super) mod phones;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;

use super::{BoxRules, DeskCommand, Input, LineSound, Output, Reply, SrtpUse, Switch, SwitchConfig, World};
use crate::acd::{AcdConfig, AgentConfig, AgentNo, AgentState, GroupConfig, GroupId, Strategy};
use crate::base::{Instant, LegId, Now, Rng, UtcMillis};
use crate::call::event::CallEvent;
use crate::call::live::Live;
use crate::call::record::CallRecord;
use crate::media;
use crate::sip::endpoint::{EndpointConfig, ListenAddr, Transport};

/// Two agents, a and b, of the group sales, both ready.
pub(super) struct Bench {
    pub switch: Switch,
    pub now: Now,
    pub live: Vec<Live>,
    pub written: Vec<CallEvent>,
    pub dialled: Vec<String>,
    pub cancelled: usize,
    pub sound: Vec<LineSound>,
    pub discarded: Vec<PathBuf>,
    /// Legs that wait for their RTP ports.
    pub opening: Vec<LegId>,
    pub media: Vec<media::Command>,
    pub sent: Vec<(SocketAddr, Bytes)>,
    /// The box on the bench tells the hook.
    pub tells_hook: bool,
}

impl Bench {
    /// Where the switch listens.
    pub const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5060);

    pub fn new(boxes: BTreeMap<String, BoxRules>, mut world: World) -> Bench {
        let config = SwitchConfig {
            endpoint: EndpointConfig {
                listen: vec![ListenAddr { transport: Transport::Udp, address: Bench::ADDRESS }],
                ..EndpointConfig::default()
            },
            node: 1,
            max_calls: 10,
            srtp: SrtpUse::default(),
            recordings: "recordings".into(),
            offer_opus: false,
            boxes,
        };
        world.acd = acd();
        let now = Now::new(Instant::from_millis(1000), UtcMillis(1_786_190_400_000));
        let mut bench = Bench {
            switch: Switch::new(config, Rng::from_number(1)),
            now,
            live: Vec::new(),
            written: Vec::new(),
            dialled: Vec::new(),
            cancelled: 0,
            sound: Vec::new(),
            discarded: Vec::new(),
            opening: Vec::new(),
            media: Vec::new(),
            sent: Vec::new(),
            tells_hook: true,
        };
        bench.input(Input::Configure(Box::new(world)));
        for agent in ["a", "b"] {
            let agent = agent.to_owned();
            bench.input(Input::Desk(DeskCommand::SetReady { agent, reply: Reply::new(|_| {}) }));
        }
        bench.live.clear();
        bench
    }

    pub fn input(&mut self, input: Input) {
        self.switch.handle(input, self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.switch.poll_output() {
            match output {
                Output::Live(live) => self.live.push(live),
                Output::Record(events) => self.written.extend(events),
                Output::DialLine { number, .. } => self.dialled.push(number),
                Output::CancelDial { .. } => self.cancelled += 1,
                Output::LineSound { what, .. } => self.sound.push(what),
                Output::DiscardRecording { path } => self.discarded.push(path),
                Output::OpenMedia { leg } => self.opening.push(leg),
                Output::Media(command) => self.media.push(command),
                Output::SendSip { to, bytes } => self.sent.push((to.remote, bytes)),
                _ => {}
            }
        }
    }

    pub fn wait(&mut self, millis: u64) {
        let end = self.now.plus(Duration::from_millis(millis));
        while let Some(due) = self.switch.poll_timeout().filter(|due| *due <= end.instant) {
            self.now = self.now.plus(due.since(self.now.instant));
            self.switch.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// The agents whose desks popped, with the caller they saw.
    pub fn pops(&self) -> Vec<(String, Option<String>)> {
        let pop = |live: &'_ Live| match live {
            Live::Ringing { agent, pop, .. } => Some((agent.clone(), pop.caller.clone())),
            _ => None,
        };
        self.live.iter().filter_map(pop).collect()
    }

    pub fn records(&self) -> Vec<CallRecord> {
        let mut calls: BTreeMap<_, Vec<&CallEvent>> = BTreeMap::new();
        self.written.iter().for_each(|event| calls.entry(event.call).or_default().push(event));
        calls.into_values().filter_map(CallRecord::from_events).collect()
    }

    pub fn state(&self, agent: &str) -> &'static str {
        match self.switch.view(self.now).agents.iter().find(|view| view.no.0 == agent).expect("there").state {
            AgentState::LoggedOut => "logged out",
            AgentState::NotReady { .. } => "not ready",
            AgentState::Ready { .. } => "ready",
            AgentState::Ringing { .. } => "ringing",
            AgentState::OnCall { .. } => "on call",
            AgentState::WrapUp { .. } => "wrap-up",
        }
    }
}

fn acd() -> AcdConfig {
    let agent =
        |no: &str| AgentConfig { no: AgentNo::from(no), name: no.to_owned(), groups: [GroupId::from("sales")].into() };
    let group = GroupConfig {
        id: GroupId::from("sales"),
        name: "Sales".into(),
        strategy: Strategy::default(),
        answer_timeout_s: None,
        wrap_up_s: Some(10),
        last_agent_first: false,
    };
    AcdConfig { groups: vec![group], agents: vec![agent("a"), agent("b")] }
}
