//! Telephones on the bench, written by hand: a caller at a trunk, and the registered phones of the agents.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use super::Bench;
use crate::acd::{self, AgentNo};
use crate::base::UtcMillis;
use crate::call::switch::{Input, World};
use crate::sip::digest::{Challenge, Challenged, Login};
use crate::sip::endpoint::{Account, BindingRow, Credentials, Directory, Flow, Transport, Trunk};
use crate::sip::{HeaderName, Message, Method, Wire as _};

pub const CALLER: &str = "203.0.113.9";

/// Where the phone of an agent is.
pub fn phone_of(agent: &str) -> String {
    format!("198.51.100.{}", agent.as_bytes()[0])
}

/// What a phone does when it is rung.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    Answers,
    Rings,
    Refuses(u16),
}

/// The bench with phones on it.
pub struct Phones {
    pub bench: Bench,
    /// By agent; one who is not in here answers.
    pub rung: BTreeMap<&'static str, Rung>,
    /// The last INVITE that each phone got.
    invited: BTreeMap<IpAddr, Message>,
    /// Methods and statuses that each phone got, those of NOTIFY with what it tells.
    pub heard: BTreeMap<IpAddr, Vec<String>>,
    /// Our 200 to the caller's INVITE.
    taken: Option<Message>,
    /// Our tag in the second call of an agent's phone.
    tag_of_second: String,
    cseq: u32,
}

impl Phones {
    /// Agents a and b are ready, with their phones registered.
    pub fn new(mut world: World) -> Phones {
        let account = || Account { credentials: Credentials::Clear("secret".to_owned()), display_name: None };
        let networks = vec![CALLER.parse().expect("a network")];
        world.directory = Directory {
            realm: "hotline.example".to_owned(),
            accounts: ["a", "b"].map(|no| (no.to_owned(), account())).into(),
            trunks: vec![Trunk { name: "carrier".to_owned(), networks, ..Trunk::default() }],
            ..Directory::default()
        };
        let mut bench = Bench::new(BTreeMap::new(), world);
        let rows = ["a", "b"].map(|no| binding(no, bench.now.utc)).to_vec();
        bench.switch.endpoint.restore_bindings(rows, bench.now);
        for agent in ["a", "b"] {
            let reachable = acd::Input::Reachable { agent: AgentNo::from(agent), reachable: true };
            bench.switch.acd.handle(reachable, bench.now);
        }
        bench.input(Input::Overloaded(false));
        Phones {
            bench,
            rung: BTreeMap::new(),
            invited: BTreeMap::new(),
            heard: BTreeMap::new(),
            taken: None,
            tag_of_second: String::new(),
            cseq: 100,
        }
    }

    /// The caller dials `number`, and what follows happens.
    pub fn call(&mut self, number: &str) {
        let invite = self.of_caller("INVITE", number, "", 1);
        self.say(CALLER, &with_sdp(&invite, CALLER));
        self.settle();
        let ack = self.of_caller("ACK", number, &self.tag_for_caller(), 1);
        self.say(CALLER, &ack);
        self.settle();
    }

    pub fn caller_hangs_up(&mut self) {
        let bye = self.of_caller("BYE", "400", &self.tag_for_caller(), 2);
        self.say(CALLER, &bye);
        self.settle();
    }

    /// A request of an agent's phone within its call, with its ACK where it has one.
    pub fn agent_says(&mut self, agent: &str, method: &str, extra: &str) {
        self.cseq += 1;
        self.agent_sends(agent, method, extra);
        if method == "INVITE" {
            self.agent_sends(agent, "ACK", "");
        }
    }

    fn agent_sends(&mut self, agent: &str, method: &str, extra: &str) {
        let at = phone_of(agent);
        let invite = &self.invited[&ip(&at)];
        let tag = |tag: Option<crate::sip::Text>| tag.unwrap_or_default().to_clean_string();
        let text = format!(
            "{method} sip:x@{switch} SIP/2.0\nVia: SIP/2.0/UDP {at}:5060;branch=z9hG4bK{method}{cseq}\n\
             From: <sip:{agent}@hotline.example>;tag={agent}\nTo: <sip:x@hotline.example>;tag={}\nCall-ID: {}\n\
             CSeq: {cseq} {method}\nMax-Forwards: 70\nContact: <sip:{agent}@{at}>\n{extra}Content-Length: 0\n\n",
            tag(invite.from_tag()),
            invite.call_id().unwrap_or_default().to_clean_string(),
            cseq = self.cseq,
            switch = Bench::ADDRESS,
        );
        self.say(&at, &text);
        self.settle();
    }

    /// An agent's phone calls `number` beside its call, and proves who it is.
    pub fn agent_calls(&mut self, agent: &str, number: &str) {
        let at = phone_of(agent);
        self.cseq += 1;
        self.say(&at, &with_sdp(&self.second("INVITE", agent, number, "", ""), &at));
        let (_, challenged) = self.bench.sent.pop().expect("a challenge");
        let challenged = Message::parse(challenged).expect("readable");
        let challenges = challenged.auths(HeaderName::WwwAuthenticate).flatten().filter_map(|c| Challenge::parse(&c));
        let challenge = Challenge::strongest(challenges, "hotline.example").expect("a challenge of ours");
        let uri = format!("sip:{number}@{}", Bench::ADDRESS);
        let asked = Challenged { method: "INVITE", uri: &uri, body: b"" };
        let proof = challenge.answer(Login { user: agent, password: "secret" }, asked, "c").to_text().to_clean_string();
        self.cseq += 1;
        let invite = self.second("INVITE", agent, number, "", &format!("Authorization: {proof}\n"));
        self.say(&at, &with_sdp(&invite, &at));
        self.settle();
    }

    /// A request of an agent's phone in its second call.
    pub fn in_second(&mut self, agent: &str, method: &str) {
        self.cseq += u32::from(method != "ACK");
        let text = self.second(method, agent, "x", &format!(";tag={}", self.tag_of_second), "");
        self.say(&phone_of(agent), &text);
        self.settle();
    }

    /// `Refer-To` with the second call of the agent behind the `?`.
    pub fn joins(&mut self, agent: &str) {
        let replaces = format!("second{agent}%3Bto-tag%3D{}%3Bfrom-tag%3Dsecond", self.tag_of_second);
        self.agent_says(agent, "REFER", &format!("Refer-To: <sip:x@hotline.example?Replaces={replaces}>\n"));
    }

    fn second(&self, method: &str, agent: &str, number: &str, tag: &str, extra: &str) -> String {
        let at = phone_of(agent);
        format!(
            "{method} sip:{number}@{switch} SIP/2.0\nVia: SIP/2.0/UDP {at}:5060;branch=z9hG4bK2{method}{cseq}\n\
             From: <sip:{agent}@hotline.example>;tag=second\nTo: <sip:{number}@hotline.example>{tag}\n\
             Call-ID: second{agent}\nCSeq: {cseq} {method}\nMax-Forwards: 70\nContact: <sip:{agent}@{at}>\n\
             {extra}Content-Length: 0\n\n",
            switch = Bench::ADDRESS,
            cseq = self.cseq,
        )
    }

    pub fn refers(&mut self, agent: &str, to: &str) {
        self.agent_says(agent, "REFER", &format!("Refer-To: <sip:{to}@hotline.example>\n"));
    }

    /// A phone that rings is answered now.
    pub fn answers(&mut self, agent: &str) {
        let at = phone_of(agent);
        let ok = with_sdp(&response(&self.invited[&ip(&at)], "200 OK", agent, &at), &at);
        self.say(&at, &ok);
        self.settle();
    }

    /// What an agent's phone has heard since it was last asked.
    pub fn heard_by(&mut self, agent: &str) -> Vec<String> {
        self.heard.remove(&ip(&phone_of(agent))).unwrap_or_default()
    }

    pub fn wait(&mut self, millis: u64) {
        self.bench.wait(millis);
        self.settle();
    }

    /// Answers what the switch wants until it wants nothing.
    pub fn settle(&mut self) {
        loop {
            for leg in std::mem::take(&mut self.bench.opening) {
                let address = Ok(SocketAddr::new(Bench::ADDRESS.ip(), 30_000 + 2 * leg.n));
                self.bench.input(Input::MediaOpened { leg, address });
            }
            let sent = std::mem::take(&mut self.bench.sent);
            if sent.is_empty() && self.bench.opening.is_empty() {
                return;
            }
            for (to, bytes) in sent {
                self.react(to.ip(), Message::parse(bytes).expect("we send what can be read"));
            }
        }
    }

    fn react(&mut self, to: IpAddr, message: Message) {
        let at = to.to_string();
        let heard = match (message.method(), message.status()) {
            (Some(Method::Notify), _) => format!("NOTIFY {}", String::from_utf8_lossy(message.body()).trim_end()),
            (Some(method), _) => method.to_string(),
            (None, status) => status.unwrap_or_default().to_string(),
        };
        self.heard.entry(to).or_default().push(heard);
        let agent = ["a", "b"].into_iter().find(|agent| phone_of(agent) == at);
        match (message.method(), agent) {
            (None, None) if message.status() == Some(200) && message.sdp().is_some() => self.taken = Some(message),
            (None, Some(_)) if message.call_id().is_some_and(|id| id.as_bytes().starts_with(b"second")) => {
                self.tag_of_second = message.to_tag().unwrap_or_default().to_clean_string();
            }
            (None, _) | (Some(Method::Ack), _) => {}
            (Some(Method::Invite), Some(agent)) => {
                self.invited.insert(to, message.clone());
                let text = match self.rung.get(agent).copied().unwrap_or(Rung::Answers) {
                    Rung::Answers => with_sdp(&response(&message, "200 OK", agent, &at), &at),
                    Rung::Rings => response(&message, "180 Ringing", agent, &at),
                    Rung::Refuses(status) => response(&message, &format!("{status} No"), agent, &at),
                };
                self.say(&at, &text);
            }
            (Some(_), _) => {
                let text = response(&message, "200 OK", agent.unwrap_or("caller"), &at);
                self.say(&at, &text);
            }
        }
    }

    fn say(&mut self, from: &str, text: &str) {
        let from = Flow {
            transport: Transport::Udp,
            local: Bench::ADDRESS,
            remote: SocketAddr::new(ip(from), 5060),
            connection: None,
        };
        self.bench.input(Input::Sip { from, bytes: Bytes::from(text.replace('\n', "\r\n")) });
    }

    fn tag_for_caller(&self) -> String {
        let tag = self.taken.as_ref().and_then(Message::to_tag).expect("the call was answered");
        format!(";tag={}", tag.to_clean_string())
    }

    fn of_caller(&self, method: &str, number: &str, tag: &str, cseq: u32) -> String {
        let switch = Bench::ADDRESS;
        format!(
            "{method} sip:{number}@{switch} SIP/2.0\nVia: SIP/2.0/UDP {CALLER}:5060;branch=z9hG4bKc{method}{cseq}\n\
             From: <sip:13800138000@carrier.example>;tag=caller\nTo: <sip:{number}@{switch}>{tag}\nCall-ID: c@caller\n\
             CSeq: {cseq} {method}\nMax-Forwards: 70\nContact: <sip:c@{CALLER}>\nContent-Length: 0\n\n"
        )
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn binding(no: &str, now: UtcMillis) -> BindingRow {
    let remote = SocketAddr::new(ip(&phone_of(no)), 5060);
    BindingRow {
        user: no.to_owned(),
        contact: format!("sip:{no}@{remote}"),
        flow: Flow { transport: Transport::Udp, local: Bench::ADDRESS, remote, connection: None },
        path: Vec::new(),
        call_id: format!("registered {no}"),
        cseq: 1,
        q_milli: 1000,
        expires_at: UtcMillis(now.0 + 24 * 3_600_000),
        user_agent: None,
        instance: None,
    }
}

fn response(request: &Message, status: &str, tag: &str, at: &str) -> String {
    let all = |name| {
        let values: Vec<String> = request.header(name).map(|value| value.to_clean_string()).collect();
        values.join(", ")
    };
    let tag = if request.to_tag().is_some() { String::new() } else { format!(";tag={tag}") };
    format!(
        "SIP/2.0 {status}\nVia: {}\nFrom: {}\nTo: {}{tag}\nCall-ID: {}\nCSeq: {}\nContact: <sip:{at}>\n\
         Content-Length: 0\n\n",
        all(HeaderName::Via),
        all(HeaderName::From),
        all(HeaderName::To),
        all(HeaderName::CallId),
        all(HeaderName::CSeq),
    )
}

/// The same with a session description of a phone at `at` that speaks A-law.
fn with_sdp(text: &str, at: &str) -> String {
    let sdp = format!("v=0\no=- 1 1 IN IP4 {at}\ns=-\nc=IN IP4 {at}\nt=0 0\nm=audio 4000 RTP/AVP 8\n");
    let length = sdp.replace('\n', "\r\n").len();
    text.replace("Content-Length: 0\n\n", &format!("Content-Type: application/sdp\nContent-Length: {length}\n\n{sdp}"))
}
