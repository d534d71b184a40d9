//! The other side of the calls: callers and agents on one SIP socket and one RTP socket, as cheap as they can be.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hotline::sip::digest::{Algorithm, Counted, Question, answer, user_hash};
use hotline::sip::header::Auth;
use hotline::sip::{HeaderName, Message};

/// A request without an answer for so long failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Counters of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub answered: u64,
    pub ended: u64,
    pub refused: u64,
    /// Final answers that came twice: the server sent again.
    pub repeated: u64,
}

/// What a caller's call has come to.
#[derive(Clone, Debug)]
struct Dialog {
    stage: Stage,
    to: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Calling,
    Up,
    Ending,
    Over,
}

pub struct Callers {
    socket: UdpSocket,
    server: SocketAddr,
    local: SocketAddr,
    rtp: SocketAddr,
    dialogs: Vec<Dialog>,
    by_call: HashMap<Vec<u8>, usize>,
    /// Where the server hears the media of each leg, callers' and agents'.
    pub media: Vec<SocketAddr>,
    /// End a call as soon as it is answered.
    pub hang_up_at_once: bool,
    pub counts: Counts,
}

impl Callers {
    pub fn new(server: SocketAddr, rtp: SocketAddr) -> Callers {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).expect("a socket");
        socket.set_recv_buffer_size(8 << 20).expect("a buffer");
        let any: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        socket.bind(&any.into()).expect("bound");
        let socket: UdpSocket = socket.into();
        socket.connect(server).expect("connected");
        socket.set_read_timeout(Some(Duration::from_millis(1))).expect("set");
        let local = socket.local_addr().expect("bound");
        let (dialogs, by_call, media) = (Vec::new(), HashMap::new(), Vec::new());
        Callers {
            socket,
            server,
            local,
            rtp,
            dialogs,
            by_call,
            media,
            hang_up_at_once: false,
            counts: Counts::default(),
        }
    }

    /// From now on [`Callers::drain`] does not wait: a wait of a millisecond takes four where the kernel ticks slowly,
    /// and the load would fall behind its frames.
    pub fn never_wait(&self) {
        self.socket.set_nonblocking(true).expect("set");
    }

    /// Registers agents 1000 and up; every one must succeed.
    pub fn register(&mut self, agents: usize, password: &str) {
        for no in 1000..1000 + agents {
            let uri = format!("sip:{}", self.server);
            let challenge = self.ask(&self.register_request(no, 1, ""));
            let value = challenge.first(HeaderName::WwwAuthenticate).expect("a challenge");
            let auth = Auth::parse(&value).expect("a challenge");
            let param = |name: &str| auth.get(name).map(|value| value.to_clean_string());
            let (realm, nonce) = (param("realm").expect("a realm"), param("nonce").expect("a nonce"));
            let algorithm = Algorithm::from_name(param("algorithm").as_deref()).expect("known");
            let secret = user_hash(algorithm, &no.to_string(), &realm, password);
            let counted = Some(Counted { qop: "auth", nc: "00000001", cnonce: "c" });
            let question = Question { method: "REGISTER", uri: &uri, nonce: &nonce, counted, body: b"" };
            let proof = answer(algorithm, &secret, &question);
            let line = format!(
                "Authorization: Digest username=\"{no}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
                 response=\"{proof}\", algorithm={}, qop=auth, nc=00000001, cnonce=\"c\"\r\n",
                algorithm.name()
            );
            let answer = self.ask(&self.register_request(no, 2, &line));
            assert_eq!(answer.status(), Some(200), "agent {no} cannot register");
        }
    }

    fn register_request(&self, no: usize, cseq: u32, extra: &str) -> String {
        let (server, local) = (self.server, self.local);
        format!(
            "REGISTER sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKr{no}-{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{no}@{server}>;tag=r{no}\r\nTo: <sip:{no}@{server}>\r\nCall-ID: r{no}\r\n\
             CSeq: {cseq} REGISTER\r\nContact: <sip:{no}@{local}>\r\nExpires: 3600\r\n{extra}Content-Length: 0\r\n\r\n"
        )
    }

    fn ask(&self, request: &str) -> Message {
        self.socket.send(request.as_bytes()).expect("sent");
        let until = Instant::now() + PATIENCE;
        let mut buffer = [0; 4096];
        while Instant::now() < until {
            let Ok(len) = self.socket.recv(&mut buffer) else { continue };
            let message = Message::parse(Bytes::copy_from_slice(&buffer[..len])).expect("SIP");
            if message.status().is_some_and(|status| status >= 200) {
                return message;
            }
        }
        panic!("no answer to a REGISTER");
    }

    pub fn call(&mut self, number: &str) {
        let at = self.dialogs.len();
        let to = format!("<sip:{number}@{}>", self.server);
        self.by_call.insert(format!("b{at}-{}", self.local.port()).into_bytes(), at);
        self.dialogs.push(Dialog { stage: Stage::Calling, to });
        let body = sdp(self.rtp);
        let head = self.head(at, "INVITE", 1);
        let local = self.local;
        let request = format!(
            "{head}Contact: <sip:c@{local}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let _ = self.socket.send(request.as_bytes());
    }

    pub fn hang_up(&mut self, at: usize) {
        let request = format!("{}Content-Length: 0\r\n\r\n", self.head(at, "BYE", 2));
        self.dialogs[at].stage = Stage::Ending;
        let _ = self.socket.send(request.as_bytes());
    }

    pub fn hang_up_all(&mut self) {
        (0..self.dialogs.len())
            .filter(|at| self.dialogs[*at].stage == Stage::Up)
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|at| self.hang_up(at));
    }

    fn head(&self, at: usize, method: &str, cseq: u32) -> String {
        let (server, local, to) = (self.server, self.local, &self.dialogs[at].to);
        let number = to.strip_prefix("<sip:").and_then(|to| to.split('@').next()).unwrap_or_default();
        format!(
            "{method} sip:{number}@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{method}{at};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:138{at:08}@{local}>;tag=b{at}\r\nTo: {to}\r\n\
             Call-ID: b{at}-{}\r\nCSeq: {cseq} {method}\r\n",
            local.port()
        )
    }

    /// Takes what came, until nothing is there.
    pub fn drain(&mut self) {
        let mut buffer = [0; 4096];
        while let Ok(len) = self.socket.recv(&mut buffer) {
            self.take(&buffer[..len]);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        match bytes.strip_prefix(b"SIP/2.0 ") {
            Some(rest) => {
                let status = std::str::from_utf8(&rest[..3]).ok().and_then(|code| code.parse().ok()).unwrap_or(0);
                self.on_response(status, bytes);
            }
            None => self.on_request(bytes),
        }
    }

    fn on_response(&mut self, status: u16, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let Some(at) = header(&text, "Call-ID").and_then(|id| self.by_call.get(id.as_bytes()).copied()) else { return };
        let is_invite = header(&text, "CSeq").is_some_and(|cseq| cseq.ends_with("INVITE"));
        match (status, is_invite, self.dialogs[at].stage) {
            (..200, ..) => {}
            (200..300, true, Stage::Calling) => {
                self.dialogs[at].to = header(&text, "To").unwrap_or_default().to_owned();
                self.dialogs[at].stage = Stage::Up;
                self.counts.answered += 1;
                self.media.extend(media_of(&text));
                let ack = format!("{}Content-Length: 0\r\n\r\n", self.head(at, "ACK", 1));
                let _ = self.socket.send(ack.as_bytes());
                if self.hang_up_at_once {
                    self.hang_up(at);
                }
            }
            (200..300, false, Stage::Ending) => {
                self.dialogs[at].stage = Stage::Over;
                self.counts.ended += 1;
            }
            (300.., true, _) => {
                self.counts.refused += 1;
                let ack = format!("{}Content-Length: 0\r\n\r\n", self.head(at, "ACK", 1));
                let _ = self.socket.send(ack.as_bytes());
            }
            _ => self.counts.repeated += 1,
        }
    }

    fn on_request(&mut self, bytes: &[u8]) {
        if bytes.starts_with(b"ACK") {
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        let is_invite = bytes.starts_with(b"INVITE");
        let body = if is_invite { sdp(self.rtp) } else { String::new() };
        let mut reply = String::from("SIP/2.0 200 OK\r\n");
        for line in text.lines().take_while(|line| !line.is_empty()) {
            let copied =
                ["Via:", "From:", "Call-ID:", "CSeq:", "Record-Route:"].iter().any(|name| line.starts_with(name));
            if copied {
                reply += &format!("{line}\r\n");
            } else if line.starts_with("To:") {
                reply += &if line.contains("tag=") { format!("{line}\r\n") } else { format!("{line};tag=agent\r\n") };
            }
        }
        if is_invite {
            self.media.extend(media_of(&text));
            reply += &format!("Contact: <sip:a@{}>\r\nContent-Type: application/sdp\r\n", self.local);
        }
        reply += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        let _ = self.socket.send(reply.as_bytes());
    }
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn media_of(text: &str) -> Option<SocketAddr> {
    let port: u16 = text.lines().find_map(|line| line.strip_prefix("m=audio "))?.split(' ').next()?.parse().ok()?;
    Some(SocketAddr::from(([127, 0, 0, 1], port)))
}

fn sdp(rtp: SocketAddr) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP 8 101\r\n\
         a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendrecv\r\n",
        rtp.port()
    )
}
