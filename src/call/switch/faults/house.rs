//! A switch with a caller and two phones written by hand, and a media worker that keeps account of its ports.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;

use crate::acd::AgentState;
use crate::base::{CallId, LegId};
use crate::call::event::{EndCause, SuperviseMode, What};
use crate::call::live::Live;
use crate::call::switch::bench::Bench;
use crate::call::switch::{DeskCommand, Input, NumberRule, Published, Reply, Target, World};
use crate::ivr::check::{Environment, SourceFile, check};
use crate::media::{Command, Event, LegReport, RecordingId};
use crate::sip::digest::Credentials;
use crate::sip::endpoint::{Account, Directory, Flow, Transport, Trunk};
use crate::sip::message::{HeaderName, Message, Method};
use crate::sip::registrar::BindingRow;

pub const CALLER: &str = "192.0.2.10";
pub const AGENT: &str = "192.0.2.20";
pub const OTHER_AGENT: &str = "192.0.2.21";

pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
                       m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";

const FLOW: &str = "ivr: 1\nid: main\nname: Main\nlanguages: [en-US]\nstart: agent\n\
    requires: { skill_groups: [sales] }\nprompts: {}\n\
    nodes:\n  agent: { type: transfer, skill_group: sales, on_max_wait: bye, on_no_agents: bye, after_agent_hangup: bye }\n  \
    bye: { type: end }\n";

pub struct House {
    bench: Bench,
    pub number: &'static str,
    /// Legs that get no ports.
    pub no_ports_for: Vec<u16>,
    /// Ports are asked for and not given yet.
    pub holds_ports_back: bool,
    /// Legs with open ports.
    ports: Vec<LegId>,
    opened: usize,
    closed: usize,
    /// Recordings with the legs that are heard in them.
    recordings: Vec<(RecordingId, Vec<LegId>)>,
    mail: BTreeMap<IpAddr, Vec<Message>>,
    /// What the peers' requests have said so far.
    cseq: u32,
}

impl House {
    pub fn open() -> House {
        let bench = Bench::new(BTreeMap::new(), world(0));
        let mut house = House {
            bench,
            number: "400",
            no_ports_for: Vec::new(),
            holds_ports_back: false,
            ports: Vec::new(),
            opened: 0,
            closed: 0,
            recordings: Vec::new(),
            mail: BTreeMap::new(),
            cseq: 1,
        };
        let now = house.bench.now;
        let phones = [("a", AGENT), ("b", OTHER_AGENT)].map(|(user, ip)| binding(user, ip, now.utc));
        house.bench.switch.restore(Default::default(), phones.into(), now);
        house.ring_first(0);
        house
    }

    /// The caller hears ringing for so long before the switch answers; phones ring for 20 s.
    pub fn shut_down(&mut self) {
        self.bench.input(Input::ShutDown);
        self.settle();
    }

    pub fn is_silent(&self) -> bool {
        self.bench.switch.is_silent()
    }

    pub fn ring_first(&mut self, ms: u64) {
        let mut acd = self.bench.switch.world.acd.clone();
        acd.groups[0].answer_timeout_s = Some(20);
        self.bench.input(Input::Configure(Box::new(World { acd, ..world(ms) })));
    }

    pub fn call(&mut self) {
        self.call_with(SDP);
    }

    pub fn call_with(&mut self, offer: &str) {
        let text =
            request("INVITE", self.number, CALLER, ("<sip:139@192.0.2.10>;tag=c", &self.callee(), "call"), 1, offer);
        self.say(CALLER, text);
    }

    pub fn ack(&mut self, answer: &str) {
        let to = self.dialog_to();
        let text = request("ACK", self.number, CALLER, ("<sip:139@192.0.2.10>;tag=c", &to, "call"), 1, answer);
        self.say(CALLER, text);
    }

    pub fn call_and_ack(&mut self) {
        self.call();
        self.ack("");
        assert!(self.was_told(AGENT, "INVITE"), "the first phone rings: {:?}", self.mail);
    }

    /// Caller and agent are joined and recorded.
    pub fn talk(&mut self) {
        self.call_and_ack();
        self.answers(AGENT, 180, "");
        self.answers(AGENT, 200, SDP);
        assert_eq!(self.recordings.len(), 1, "they talk, and it is recorded");
    }

    pub fn cancel(&mut self) {
        let to = self.callee();
        let text = request("CANCEL", self.number, CALLER, ("<sip:139@192.0.2.10>;tag=c", &to, "call"), 1, "");
        self.say(CALLER, text);
    }

    /// A request of the caller within the dialog.
    pub fn caller_says(&mut self, method: &str, body: &str) {
        self.cseq += 1;
        let to = self.dialog_to();
        let of = ("<sip:139@192.0.2.10>;tag=c", to.as_str(), "call");
        let text = request(method, self.number, CALLER, of, self.cseq, body);
        self.say(CALLER, text);
    }

    /// A request of the first agent's phone within the dialog.
    pub fn agent_says(&mut self, method: &str, body: &str) {
        self.cseq += 1;
        let invite = self.invite_at(AGENT);
        let value = |name| invite.first(name).map(|value| value.to_clean_string()).unwrap_or_default();
        let (us, them) = (format!("{};tag=phone", value(HeaderName::To)), value(HeaderName::From));
        let text = request(method, "x", AGENT, (&us, &them, &value(HeaderName::CallId)), self.cseq, body);
        self.say(AGENT, text);
    }

    /// A phone answers the INVITE that it got, whatever became of it since.
    pub fn answers(&mut self, phone: &str, status: u16, body: &str) {
        let invite = self.invite_at(phone);
        let mut answer = Message::response(&invite, status, "So", Some("phone"))
            .header(HeaderName::Contact, format!("<sip:x@{phone}>").as_str());
        if !body.is_empty() {
            answer = answer.body("application/sdp", body.to_owned());
        }
        let bytes = answer.finish().raw().clone();
        self.say_bytes(phone, bytes);
    }

    pub fn supervise(&mut self, agent: &str, mode: SuperviseMode) {
        let (call, agent) = (self.call_id(), agent.to_owned());
        let reply = Reply::new(|result| result.expect("the conversation can be listened to"));
        self.bench.input(Input::Desk(DeskCommand::Supervise { call, agent, mode, reply }));
        self.settle();
    }

    /// No packet came from a leg for too long.
    pub fn silence(&mut self, n: u16) {
        let leg = self.call_id().leg(n);
        self.media_says(Event::RtpTimeout { leg, silent_ms: 30_000 });
    }

    pub fn media_says(&mut self, event: Event) {
        self.bench.input(Input::Media(event));
        self.settle();
    }

    pub fn wait_s(&mut self, seconds: u64) {
        for _ in 0..seconds * 10 {
            self.bench.wait(100);
            self.settle();
        }
    }

    pub fn give_ports(&mut self) {
        self.holds_ports_back = false;
        self.settle();
    }

    pub fn open_ports(&self) -> usize {
        self.ports.len()
    }

    pub fn closed_ports(&self) -> usize {
        self.closed
    }

    pub fn mail(&self, ip: &str) -> &[Message] {
        self.mail.get(&address(ip).ip()).map(Vec::as_slice).unwrap_or_default()
    }

    pub fn was_told(&self, ip: &str, method: &str) -> bool {
        self.mail(ip).iter().any(|m| m.method().is_some_and(|m| m.as_bytes() == method.as_bytes()))
    }

    pub fn last_status(&self, ip: &str) -> Option<u16> {
        self.mail(ip).iter().filter_map(Message::status).next_back()
    }

    pub fn call_id(&self) -> CallId {
        self.bench.written.first().expect("there was a call").call
    }

    /// Everything is as before the call, and the one record is closed once, with this cause.
    pub fn leaves_nothing(&mut self, cause: EndCause) {
        // Longer than wrap-up, last words and any transaction.
        self.wait_s(120);
        let switch = &self.bench.switch;
        let endpoint = (switch.endpoint.session_count(), switch.endpoint.transaction_count());
        assert_eq!(endpoint, (0, 0), "sessions and transactions of SIP");
        assert_eq!((self.ports.as_slice(), self.opened), ([].as_slice(), self.closed), "ports");
        assert_eq!(self.recordings, [], "recordings");
        assert_eq!((switch.calls.len(), switch.sessions.len(), switch.wrap_ups.len()), (0, 0, 0), "calls");
        let view = switch.view(self.bench.now);
        assert!(view.queue.is_empty(), "{:?}", view.queue);
        // One who refused or did not answer is not ready until the agent says otherwise.
        let free = |state: &AgentState<_>| matches!(state, AgentState::Ready { .. } | AgentState::NotReady { .. });
        assert!(view.agents.iter().all(|agent| free(&agent.state)), "{:?}", view.agents);
        let ends: Vec<_> = self
            .bench
            .written
            .iter()
            .filter_map(|event| match &event.what {
                What::Ended { cause, .. } => Some((event.call, *cause)),
                _ => None,
            })
            .collect();
        assert_eq!(ends, [(self.call_id(), cause)], "one record, closed once");
        assert_eq!(self.bench.records().len(), 1);
        let told = self.bench.live.iter().filter(|live| matches!(live, Live::Ended { .. })).count();
        assert_eq!(told, 1, "the desks are told once");
    }

    fn callee(&self) -> String {
        format!("<sip:{}@{}>", self.number, Bench::ADDRESS.ip())
    }

    /// The To of the caller's dialog, with the switch's tag.
    fn dialog_to(&self) -> String {
        let tag = self.mail(CALLER).iter().filter_map(Message::to_tag).next_back().expect("an answer");
        format!("{};tag={}", self.callee(), tag.to_clean_string())
    }

    fn invite_at(&self, phone: &str) -> Message {
        let mut invites = self.mail(phone).iter().filter(|m| m.method() == Some(&Method::Invite));
        invites.next_back().expect("the phone was rung").clone()
    }

    fn say(&mut self, ip: &str, text: String) {
        self.say_bytes(ip, Bytes::from(text));
    }

    fn say_bytes(&mut self, ip: &str, bytes: Bytes) {
        let from = flow(ip);
        self.bench.input(Input::Sip { from, bytes });
        self.settle();
    }

    /// Lets the media worker and the network do what the switch wants, until it wants nothing more.
    fn settle(&mut self) {
        loop {
            for (to, bytes) in std::mem::take(&mut self.bench.sent) {
                let message = Message::parse(bytes).expect("the switch sends SIP");
                self.acknowledge(to, &message);
                self.mail.entry(to.ip()).or_default().push(message);
            }
            let media = std::mem::take(&mut self.bench.media);
            let opening = if self.holds_ports_back { Vec::new() } else { std::mem::take(&mut self.bench.opening) };
            if media.is_empty() && opening.is_empty() && self.bench.sent.is_empty() {
                return;
            }
            opening.into_iter().for_each(|leg| self.open_port(leg));
            media.into_iter().for_each(|command| self.obey(command));
        }
    }

    /// What every peer does: BYE, CANCEL and the like are answered, a refusal is acknowledged.
    fn acknowledge(&mut self, from: SocketAddr, message: &Message) {
        let bytes = match (message.method(), message.status()) {
            (Some(Method::Invite | Method::Ack), _) => return,
            (Some(_), _) => Message::response(message, 200, "OK", Some("phone")).finish().raw().clone(),
            (None, Some(300..)) if message.cseq().is_ok_and(|cseq| cseq.method == Method::Invite) => {
                let tag = message.to_tag().map(|tag| format!(";tag={}", tag.to_clean_string())).unwrap_or_default();
                let to = format!("{}{tag}", self.callee());
                let seq = message.cseq().map(|cseq| cseq.number).unwrap_or(1);
                let of = ("<sip:139@192.0.2.10>;tag=c", to.as_str(), "call");
                // The branch is the INVITE's (RFC 3261 17.1.1.3).
                let ack = request("ACK", self.number, CALLER, of, seq, "");
                Bytes::from(ack.replace(&format!("z9hG4bKACK{seq}"), &format!("z9hG4bKINVITE{seq}")))
            }
            (None, _) => return,
        };
        self.bench.input(Input::Sip { from: flow(&from.ip().to_string()), bytes });
    }

    fn open_port(&mut self, leg: LegId) {
        let address = if self.no_ports_for.contains(&leg.n) {
            Err("all in use".to_owned())
        } else {
            self.ports.push(leg);
            self.opened += 1;
            Ok(SocketAddr::new(Bench::ADDRESS.ip(), 20_000 + 2 * leg.n))
        };
        self.bench.input(Input::MediaOpened { leg, address });
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Close { leg } => {
                let at = self.ports.iter().position(|open| *open == leg).expect("a port is closed once");
                self.ports.remove(at);
                self.closed += 1;
                self.recordings.iter_mut().for_each(|(_, legs)| legs.retain(|heard| *heard != leg));
                self.end_recordings();
                self.bench.input(Input::Media(Event::LegClosed { leg, report: LegReport::default() }));
            }
            Command::Record { recording, left, right, .. } => {
                self.recordings.push((recording, std::iter::once(left).chain(right).collect()));
            }
            Command::StopRecord { recording } => {
                self.recordings.iter_mut().filter(|(id, _)| *id == recording).for_each(|(_, legs)| legs.clear());
                self.end_recordings();
            }
            _ => {}
        }
    }

    fn end_recordings(&mut self) {
        let (over, on): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.recordings).into_iter().partition(|(_, legs)| legs.is_empty());
        self.recordings = on;
        for (recording, _) in over {
            let ended = Event::RecordingEnded { recording, duration_ms: 1000, bytes: 32_000, complete: true };
            self.bench.input(Input::Media(ended));
        }
    }
}

fn world(answer_after_ms: u64) -> World {
    let environment = Environment::from_requires();
    let checked = check(&SourceFile::new("main.yaml", FLOW.as_bytes()), &environment);
    let flow = Arc::new(checked.flow.expect("the flow is right"));
    let published = Published { version: 1, flow, subflows: BTreeMap::new() };
    let rule = NumberRule { target: Target::Flow("main".into()), answer_after_ms, internal: false, takes_calls: true };
    let account = Account { credentials: Credentials::Clear("secret".into()), display_name: None };
    let carrier =
        Trunk { name: "carrier".into(), networks: vec![CALLER.parse().expect("a network")], ..Trunk::default() };
    World {
        numbers: BTreeMap::from([("400".to_owned(), rule)]),
        flows: BTreeMap::from([("main".to_owned(), Arc::new(published))]),
        directory: Directory {
            realm: "hotline".into(),
            accounts: ["a", "b"].map(|user| (user.to_owned(), account.clone())).into(),
            trunks: vec![carrier],
            ..Directory::default()
        },
        ..World::default()
    }
}

fn binding(user: &str, ip: &str, now: crate::base::UtcMillis) -> BindingRow {
    BindingRow {
        user: user.to_owned(),
        contact: format!("sip:{user}@{ip}"),
        flow: flow(ip),
        path: Vec::new(),
        call_id: "registration".into(),
        cseq: 1,
        q_milli: 1000,
        expires_at: crate::base::UtcMillis(now.0 + 3_600_000),
        user_agent: None,
        instance: None,
    }
}

fn address(ip: &str) -> SocketAddr {
    SocketAddr::new(ip.parse().expect("an address"), 5060)
}

fn flow(ip: &str) -> Flow {
    Flow { transport: Transport::Udp, local: Bench::ADDRESS, remote: address(ip), connection: None }
}

/// A request `of` (From, To, Call-ID); the body of a REFER is whom it names.
fn request(method: &str, user: &str, ip: &str, of: (&str, &str, &str), cseq: u32, body: &str) -> String {
    let (from, to, call_id) = of;
    // A CANCEL has the branch of what it cancels (RFC 3261 9.1).
    let branch = if method == "CANCEL" { "INVITE" } else { method };
    let (refer, body) = match method {
        "REFER" => (format!("Refer-To: <sip:{body}@192.0.2.1>\r\n"), ""),
        _ => (String::new(), body),
    };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} sip:{user}@{} SIP/2.0\r\nVia: SIP/2.0/UDP {ip}:5060;branch=z9hG4bK{branch}{cseq}\r\nFrom: {from}\r\n\
         To: {to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\nContact: <sip:x@{ip}>\r\n\
         {refer}{kind}Content-Length: {}\r\n\r\n{body}",
        Bench::ADDRESS,
        body.len()
    )
}
