//! The phone's signalling.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use super::dialog::{Dialog, branch, new_branch, text};
use crate::base::Rng;
use crate::driver::media;
use crate::media::{Remote, Segment};
use crate::rtp::Codec;
use crate::sdp;
use crate::sip::digest::{Algorithm, Counted, Question, answer, user_hash};
use crate::sip::header::Auth;
use crate::sip::message::{HeaderName, Message, Method};

/// An unanswered request is sent again this often (RFC 3261 timer A's start; no back-off for so small a network).
const RESEND: Duration = Duration::from_millis(500);
const DTMF_PAYLOAD_TYPE: u8 = 101;
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    #[error("no answer to {0}")]
    NoAnswer(&'static str),
    #[error("{what} was answered {status}")]
    Refused { what: &'static str, status: u16 },
    #[error("the answer to {0} cannot be used")]
    Unusable(&'static str),
    #[error("nothing happened in time: {0} was expected")]
    Nothing(&'static str),
    #[error(transparent)]
    Media(#[from] media::PhoneError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// One telephone.
pub struct Phone {
    user: String,
    server: SocketAddr,
    socket: UdpSocket,
    local: SocketAddr,
    audio: media::Phone,
    rng: Rng,
    dialog: Option<Dialog>,
    cseq: u32,
    /// The address in its SDP.
    said: IpAddr,
    /// What it speaks, best first.
    codecs: Vec<Codec>,
    /// Whether it says in its SDP that it sends keys as telephone events.
    events: bool,
}

impl Phone {
    /// A phone of `user` that talks to the switch at `server`, on a free port of the same address.
    pub async fn bind(user: &str, server: SocketAddr, rng: Rng) -> Result<Self, PhoneError> {
        let socket = UdpSocket::bind((server.ip(), 0)).await?;
        let local = socket.local_addr()?;
        let audio = media::Phone::start(SocketAddr::new(server.ip(), 0))?;
        let (user, said, codecs) = (user.to_owned(), local.ip(), vec![Codec::Pcma]);
        Ok(Phone { user, server, socket, local, audio, rng, dialog: None, cseq: 0, said, codecs, events: true })
    }

    /// Offers and takes `codecs` only, the first before the others. A new phone speaks A-law.
    pub fn speak_only(&mut self, codecs: &[Codec]) {
        self.codecs = codecs.to_vec();
    }

    /// Sends keys as tones only, from now on: it neither offers nor takes telephone events.
    pub fn press_by_tones(&mut self) {
        self.events = false;
    }

    /// Says `address` in its SDP from now on, as a phone behind NAT does that does not know better.
    pub fn believe_in(&mut self, address: IpAddr) {
        self.said = address;
    }

    /// Where it hears SIP.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Says a tone of -10 dBm0 until told otherwise.
    pub fn say_tone(&self, hz: u32) {
        self.audio.say(vec![Segment::Tone { hz, level_dbm0: -10.0, ms: 1000 }], true);
    }

    /// Presses keys: 100 ms each, 100 ms apart; `,` is a pause of half a second.
    pub fn press(&self, keys: &str) {
        self.audio.press(keys);
    }

    /// The codec of the call.
    pub fn codec(&self) -> Option<Codec> {
        self.audio.codec()
    }

    /// What was heard so far, at 8000 samples a second.
    pub fn heard(&self) -> Vec<i16> {
        self.audio.samples()
    }

    /// Registers, answering the challenge.
    pub async fn register(&mut self, password: &str) -> Result<(), PhoneError> {
        let uri = format!("sip:{}", self.server);
        let aor = format!("<sip:{}@{}>", self.user, self.server);
        let call_id = self.rng.token(20);
        let from = format!("{aor};tag={}", self.rng.token(8));
        let mut proof = String::new();
        for _ in 0..2 {
            let request = self.request("REGISTER", &uri, &from, &aor, &call_id, &proof, "Expires: 600\r\n", "");
            let response = self.exchange("REGISTER", request).await?;
            match response.status() {
                Some(200) => return Ok(()),
                Some(401) => proof = self.proof(&response, "REGISTER", &uri, password)?,
                status => return Err(refused("REGISTER", status)),
            }
        }
        Err(refused("REGISTER", Some(401)))
    }

    /// Calls a number; returns when it is answered and sound flows.
    pub async fn call(&mut self, number: &str) -> Result<(), PhoneError> {
        self.place(number, None).await
    }

    /// The same as a signed-in agent: answers the challenge.
    pub async fn call_as_agent(&mut self, number: &str, password: &str) -> Result<(), PhoneError> {
        self.place(number, Some(password)).await
    }

    async fn place(&mut self, number: &str, password: Option<&str>) -> Result<(), PhoneError> {
        let uri = format!("sip:{number}@{}", self.server);
        let from = format!("<sip:{}@{}>;tag={}", self.user, self.local.ip(), self.rng.token(8));
        let call_id = self.rng.token(20);
        let mut response = self.invite(&uri, &from, &call_id, "").await?;
        if let (Some(password), Some(401)) = (password, response.status()) {
            let proof = self.proof(&response, "INVITE", &uri, password)?;
            response = self.invite(&uri, &from, &call_id, &proof).await?;
        }
        if !response.status().is_some_and(|status| (200..300).contains(&status)) {
            return Err(refused("INVITE", response.status()));
        }
        self.start_audio(&response)?;
        self.dialog = Dialog::of_answer(&response, uri, self.cseq);
        Ok(())
    }

    /// Sends an INVITE and acknowledges its final response.
    async fn invite(&mut self, uri: &str, from: &str, call_id: &str, proof: &str) -> Result<Message, PhoneError> {
        let offer = self.sdp(&self.codecs);
        let extra = "Content-Type: application/sdp\r\n";
        let request = self.request("INVITE", uri, from, &format!("<{uri}>"), call_id, proof, extra, &offer);
        let invite_branch = branch_of(&request);
        let response = self.exchange("INVITE", request).await?;
        let dialog = Dialog::of_answer(&response, uri.to_owned(), self.cseq).ok_or(PhoneError::Unusable("INVITE"))?;
        let accepted = response.status().is_some_and(|status| (200..300).contains(&status));
        // The ACK of a refusal belongs to the INVITE's transaction (RFC 3261 17.1.1.3), that of a 2xx does not.
        let branch = if accepted { new_branch(&mut self.rng) } else { invite_branch.unwrap_or_default() };
        let target = if accepted { dialog.target.clone() } else { uri.to_owned() };
        let ack = self.in_dialog("ACK", &dialog, &target, &branch, self.cseq);
        self.socket.send_to(&ack, self.server).await?;
        Ok(response)
    }

    /// Waits for a call, lets it ring for `ringing`, answers it and returns the caller's number when sound flows.
    pub async fn answer(&mut self, within: Duration, ringing: Duration) -> Result<String, PhoneError> {
        let invite = self.wait_for(&Method::Invite, within).await?.ok_or(PhoneError::Nothing("a call"))?;
        let tag = self.rng.token(8);
        let ring = self.response(&invite, 180, "Ringing", &tag, None);
        self.socket.send_to(&ring, self.server).await?;
        tokio::time::sleep(ringing).await;
        let codec = self.agreed(&invite)?;
        let answer = self.sdp(&[codec]);
        let accept = self.response(&invite, 200, "OK", &tag, Some(&answer));
        self.socket.send_to(&accept, self.server).await?;
        let to = text(&invite, HeaderName::To).map(|to| format!("{to};tag={tag}")).unwrap_or_default();
        self.dialog = Dialog::of_request(&invite, to);
        self.start_audio(&invite)?;
        Ok(caller(&invite))
    }

    /// Ends the call.
    pub async fn hang_up(&mut self) -> Result<(), PhoneError> {
        let Some(dialog) = self.dialog.take() else { return Ok(()) };
        self.cseq = self.cseq.max(dialog.cseq) + 1;
        let branch = new_branch(&mut self.rng);
        let bye = self.in_dialog("BYE", &dialog, &dialog.target, &branch, self.cseq);
        let response = self.exchange("BYE", bye).await?;
        match response.status() {
            Some(200) => Ok(()),
            status => Err(refused("BYE", status)),
        }
    }

    /// Waits for a call and refuses it; returns the caller's number.
    pub async fn refuse(&mut self, within: Duration, status: u16, reason: &str) -> Result<String, PhoneError> {
        let invite = self.wait_for(&Method::Invite, within).await?.ok_or(PhoneError::Nothing("a call"))?;
        let tag = self.rng.token(8);
        let refusal = self.response(&invite, status, reason, &tag, None);
        self.socket.send_to(&refusal, self.server).await?;
        Ok(caller(&invite))
    }

    /// Waits until the other side ends the call.
    pub async fn wait_for_end(&mut self, within: Duration) -> Result<(), PhoneError> {
        self.wait_for(&Method::Bye, within).await?.ok_or(PhoneError::Nothing("the end of the call"))?;
        self.dialog = None;
        Ok(())
    }

    /// The next request of this method; BYE and CANCEL are answered, retransmissions of an answered INVITE passed by.
    async fn wait_for(&mut self, method: &Method, within: Duration) -> Result<Option<Message>, PhoneError> {
        let deadline = Instant::now() + within;
        while let Some(message) = self.receive(deadline).await? {
            if matches!(message.method(), Some(Method::Bye | Method::Options | Method::Cancel | Method::Info)) {
                let ok = self.response(&message, 200, "OK", "", None);
                self.socket.send_to(&ok, self.server).await?;
            }
            if message.method() == Some(method) {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    /// Sends a request, again and again, until its final answer comes.
    async fn exchange(&mut self, what: &'static str, request: Bytes) -> Result<Message, PhoneError> {
        let wanted = branch_of(&request);
        let deadline = Instant::now() + ANSWER;
        let mut heard = false;
        self.socket.send_to(&request, self.server).await?;
        while Instant::now() < deadline {
            let Some(message) = self.receive((Instant::now() + RESEND).min(deadline)).await? else {
                if !heard {
                    self.socket.send_to(&request, self.server).await?;
                }
                continue;
            };
            if message.is_request() || branch(&message) != wanted {
                continue;
            }
            heard = true;
            if message.status().is_some_and(|status| status >= 200) {
                return Ok(message);
            }
        }
        Err(PhoneError::NoAnswer(what))
    }

    async fn receive(&self, deadline: Instant) -> Result<Option<Message>, PhoneError> {
        let mut buffer = vec![0; 65_535];
        loop {
            match timeout_at(deadline, self.socket.recv(&mut buffer)).await {
                Ok(received) => {
                    let bytes = Bytes::copy_from_slice(buffer.get(..received?).unwrap_or_default());
                    if let Ok(message) = Message::parse(bytes) {
                        return Ok(Some(message));
                    }
                }
                Err(_) => return Ok(None),
            }
        }
    }

    /// The first codec of their description that this phone speaks.
    fn agreed(&self, message: &Message) -> Result<Codec, PhoneError> {
        let session = sdp::Session::parse(message.body()).map_err(|_| PhoneError::Unusable("SDP"))?;
        let spoken = |pt: u8| self.codecs.iter().copied().find(|codec| codec.usual_payload_type() == pt);
        let media = session.media.first().ok_or(PhoneError::Unusable("SDP"))?;
        media.payload_types().find_map(spoken).ok_or(PhoneError::Unusable("SDP"))
    }

    fn start_audio(&mut self, message: &Message) -> Result<(), PhoneError> {
        let session = sdp::Session::parse(message.body()).map_err(|_| PhoneError::Unusable("SDP"))?;
        let port = session.media.first().map(|media| media.port).ok_or(PhoneError::Unusable("SDP"))?;
        let remote = Remote {
            dtmf_payload_type: self.events.then_some(DTMF_PAYLOAD_TYPE),
            dtmf_receive_payload_type: self.events.then_some(DTMF_PAYLOAD_TYPE),
            dtmf_clock_hz: 8000,
            ..Remote::plain(SocketAddr::new(self.server.ip(), port), self.agreed(message)?)
        };
        self.audio.call(remote);
        Ok(())
    }

    fn sdp(&self, codecs: &[Codec]) -> String {
        let (ip, port) = (self.said, self.audio.address().port());
        let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
        let (mut formats, mut lines) = (String::new(), String::new());
        for codec in codecs {
            let (number, name) = (codec.usual_payload_type(), name(*codec));
            formats.push_str(&format!(" {number}"));
            lines.push_str(&format!("a=rtpmap:{number} {name}\r\n"));
        }
        if self.events {
            formats.push_str(&format!(" {DTMF_PAYLOAD_TYPE}"));
            lines.push_str(&format!("a=rtpmap:{DTMF_PAYLOAD_TYPE} telephone-event/8000\r\n"));
            lines.push_str(&format!("a=fmtp:{DTMF_PAYLOAD_TYPE} 0-15\r\n"));
        }
        format!(
            "v=0\r\no=- 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP{formats}\r\n{lines}a=ptime:20\r\n"
        )
    }

    #[expect(clippy::too_many_arguments, reason = "the lines of a request, in their order")]
    fn request(
        &mut self,
        method: &str,
        uri: &str,
        from: &str,
        to: &str,
        call_id: &str,
        proof: &str,
        extra: &str,
        body: &str,
    ) -> Bytes {
        self.cseq += 1;
        let (local, cseq, user) = (self.local, self.cseq, &self.user);
        let branch = new_branch(&mut self.rng);
        Bytes::from(format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch={branch};rport\r\nMax-Forwards: 70\r\n\
             From: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n\
             Contact: <sip:{user}@{local}>\r\n{proof}{extra}Content-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    fn in_dialog(&self, method: &str, dialog: &Dialog, target: &str, branch: &str, cseq: u32) -> Bytes {
        let Dialog { call_id, local: from, remote: to, .. } = dialog;
        let local = self.local;
        Bytes::from(format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch={branch};rport\r\nMax-Forwards: 70\r\n\
             From: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n"
        ))
    }

    fn response(&self, request: &Message, status: u16, reason: &str, tag: &str, body: Option<&str>) -> Bytes {
        let tag = Some(tag).filter(|tag| !tag.is_empty());
        let mut builder = Message::response(request, status, reason, tag);
        if status < 300 && request.method() == Some(&Method::Invite) {
            builder = builder.header(HeaderName::Contact, format!("<sip:{}@{}>", self.user, self.local).as_str());
        }
        if let Some(body) = body {
            builder = builder.body("application/sdp", body.to_owned());
        }
        builder.finish().raw().clone()
    }

    /// The Authorization line for a challenge.
    fn proof(&mut self, response: &Message, method: &str, uri: &str, password: &str) -> Result<String, PhoneError> {
        let unusable = || PhoneError::Unusable("challenge");
        let value = response.first(HeaderName::WwwAuthenticate).ok_or_else(unusable)?;
        let challenge = Auth::parse(&value).map_err(|_| unusable())?;
        let param = |name: &str| challenge.get(name).map(|value| value.to_clean_string());
        let (realm, nonce) = (param("realm").ok_or_else(unusable)?, param("nonce").ok_or_else(unusable)?);
        let algorithm = Algorithm::from_name(param("algorithm").as_deref()).ok_or_else(unusable)?;
        let secret = user_hash(algorithm, &self.user, &realm, password);
        let cnonce = self.rng.token(12);
        let counted = Counted { qop: "auth", nc: "00000001", cnonce: &cnonce };
        let question = Question { method, uri, nonce: &nonce, counted: Some(counted), body: b"" };
        let proof = answer(algorithm, &secret, &question);
        Ok(format!(
            "Authorization: Digest username=\"{}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
             response=\"{proof}\", algorithm={}, qop=auth, nc=00000001, cnonce=\"{cnonce}\"\r\n",
            self.user,
            algorithm.name()
        ))
    }
}

fn name(codec: Codec) -> &'static str {
    match codec {
        Codec::Pcmu => "PCMU/8000",
        Codec::Pcma => "PCMA/8000",
        Codec::G722 => "G722/8000",
        Codec::Opus => "opus/48000/2",
    }
}

fn branch_of(request: &Bytes) -> Option<String> {
    Message::parse(request.clone()).ok().as_ref().and_then(branch)
}

fn caller(invite: &Message) -> String {
    let from = invite.first(HeaderName::From).and_then(|from| crate::sip::header::NameAddr::parse(&from).ok());
    from.and_then(|from| from.uri.user_str()).unwrap_or_default()
}

fn refused(what: &'static str, status: Option<u16>) -> PhoneError {
    status.map_or(PhoneError::Unusable(what), |status| PhoneError::Refused { what, status })
}
