//! Outgoing requests: their way, their Via and Contact, and their look-up.

use std::collections::VecDeque;

use super::core::Core;
use super::event::{Output, ResolveId, SessionId};
use crate::base::Instant;
use crate::sip::dialog::Draft;
use crate::sip::transaction::{ClientKey, ClientKind, ClientTx, MAGIC_COOKIE, Target, Transport};
use crate::sip::{HeaderName, Host, Message, Method, Scheme, Uri, Via};

/// What an outgoing request is for: who is told of its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Owner {
    /// The INVITE of a session's branch.
    Invite {
        session: SessionId,
        branch: usize,
    },
    /// The ACK of a 2xx to our INVITE with this number: no transaction, but it may need a look-up.
    Ack {
        session: SessionId,
        cseq: u32,
    },
    /// A re-INVITE.
    Reoffer {
        session: SessionId,
    },
    /// The PRACK of a provisional response.
    Prack {
        session: SessionId,
    },
    /// An UPDATE that refreshes the session timer.
    Refresh {
        session: SessionId,
    },
    Bye {
        session: SessionId,
    },
    Info {
        session: SessionId,
    },
    /// How we get on with a REFER of theirs.
    Notify {
        session: SessionId,
    },
    TrunkRegister {
        trunk: String,
    },
    TrunkOptions {
        trunk: String,
    },
    /// Nobody waits for the answer: CANCEL, and BYE of a call that nobody wanted.
    Nobody,
}

/// A request as it was sent, so that it can be sent again elsewhere or with credentials.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub owner: Owner,
    pub draft: Draft,
    /// Where it can go when this target fails (RFC 3263 4.3).
    pub alternatives: VecDeque<Target>,
    /// Challenges that were answered.
    pub challenges: u8,
}

impl Sent {
    pub(super) fn new(owner: Owner, draft: Draft) -> Self {
        Sent { owner, draft, alternatives: VecDeque::new(), challenges: 0 }
    }
}

/// A request whose host is being looked up.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub sent: Sent,
}

/// How a request travels.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Hop {
    /// A way that is known.
    Target(Target),
    /// To the next hop's URI (RFC 3263).
    Uri,
}

/// What became of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Dispatch {
    Sent(ClientTx),
    /// An ACK, which has no transaction: where it went, to be sent again.
    SentAck(Target, bytes::Bytes),
    /// Its host is being looked up; the owner is told when it has been sent.
    Resolving,
    /// No room, or no way to the URI.
    Failed,
}

/// Look-ups at once.
const MAX_WAITING: usize = 10_000;

/// What a URI says of its way (RFC 3263 4.1).
enum Way {
    Target(Target),
    Name {
        host: String,
        port: Option<u16>,
        transport: Option<Transport>,
    },
    /// Not a SIP URI, or a transport that is not spoken.
    Nowhere,
}

fn way(uri: &Uri) -> Way {
    let secure = uri.scheme() == Scheme::Sips;
    let named = match uri.param_str("transport") {
        Some(name) => match Transport::from_name(&name) {
            Some(transport) => Some(transport),
            None => return Way::Nowhere,
        },
        None => None,
    };
    let transport = match (named, secure) {
        (Some(Transport::Ws), true) => Some(Transport::Wss),
        (Some(Transport::Tcp) | None, true) => Some(Transport::Tls),
        (named, _) => named,
    };
    let host = match uri.param("maddr") {
        Some(maddr) => Host::parse(&maddr.as_ref().into()),
        None => uri.host().cloned(),
    };
    match host.filter(|_| uri.is_sip()) {
        Some(Host::Name(name)) => Way::Name { host: name.to_string(), port: uri.port(), transport },
        Some(address) => {
            let transport = transport.unwrap_or(Transport::Udp);
            let remote = address.socket_addr(uri.port().unwrap_or(transport.default_port()));
            remote.map_or(Way::Nowhere, |remote| {
                Way::Target(Target { transport, remote, local: None, connection: None, server_name: None })
            })
        }
        None => Way::Nowhere,
    }
}

/// Methods whose requests name our Contact (RFC 3261 8.1.1.8, RFC 3311, RFC 3515, RFC 6665).
fn names_contact(method: &Method) -> bool {
    matches!(
        method,
        Method::Invite | Method::Register | Method::Update | Method::Refer | Method::Subscribe | Method::Notify
    )
}

impl Core {
    /// Sends a request, or begins the look-up of its host.
    pub(super) fn send(&mut self, sent: Sent, hop: Hop, now: Instant) -> Dispatch {
        match hop {
            Hop::Target(target) => self.dispatch(sent, target, now),
            Hop::Uri => match way(&sent.draft.next_hop) {
                Way::Target(target) => self.dispatch(sent, target, now),
                Way::Name { host, port, transport } if self.waiting.len() < MAX_WAITING => {
                    self.last_resolve += 1;
                    let id = ResolveId(self.last_resolve);
                    self.waiting.insert(id, Waiting { sent });
                    self.outputs.push_back(Output::Resolve { id, host, port, transport });
                    Dispatch::Resolving
                }
                Way::Name { .. } | Way::Nowhere => Dispatch::Failed,
            },
        }
    }

    /// Writes a request for `target` and sends it.
    pub(super) fn dispatch(&mut self, sent: Sent, target: Target, now: Instant) -> Dispatch {
        let branch = format!("{MAGIC_COOKIE}{}", self.rng.token(24));
        let message = self.write(&sent.draft, &target, &branch);
        let bytes = message.raw().clone();
        let method = sent.draft.method.clone();
        let kind = match method {
            Method::Ack => {
                self.outputs.push_back(Output::Transmit { to: target.clone(), bytes: bytes.clone() });
                return Dispatch::SentAck(target, bytes);
            }
            Method::Invite => ClientKind::Invite,
            _ => ClientKind::NonInvite,
        };
        let key = ClientKey::new(branch.as_bytes(), method.as_bytes());
        match self.transactions.request(key, kind, target, bytes, sent, now) {
            Ok(tx) => Dispatch::Sent(tx),
            Err(_) => Dispatch::Failed,
        }
    }

    fn write(&self, draft: &Draft, target: &Target, branch: &str) -> Message {
        let address = self.local_address(target.transport, target.local, target.remote);
        let mut via = Via::new(target.transport, Host::from(address.ip()), Some(address.port()), branch);
        // RFC 3581 3.
        via.params.push("rport", "");
        let user = draft.from.uri.user_str();
        let contact = names_contact(&draft.method)
            .then(|| self.contact(user.as_deref(), target.transport, target.local, target.remote))
            .flatten();
        let mut draft = draft.clone();
        draft.headers.push((HeaderName::UserAgent, self.config.product.as_str().into()));
        draft.write(&via, contact.as_ref())
    }

    /// CANCEL for the INVITE of `tx` (RFC 3261 9.1): same branch, same way.
    pub(super) fn cancel(&mut self, tx: ClientTx, reason: Option<crate::sip::Reason>, now: Instant) {
        let (Some(bytes), Some(target)) = (self.transactions.client_request(tx), self.transactions.client_target(tx))
        else {
            return;
        };
        let (target, invite) = (target.clone(), Message::parse(bytes.clone()));
        let Ok(invite) = invite else { return };
        let Some(draft) = self.transactions.client(tx).map(|sent| sent.draft.clone()) else { return };
        let Some(branch) = invite.top_via().ok().and_then(|via| via.branch()) else { return };
        let Some(uri) = invite.uri().cloned() else { return };
        let request = Message::request(Method::Cancel, uri)
            .copy(&invite, HeaderName::Via)
            .copy(&invite, HeaderName::MaxForwards)
            .copy(&invite, HeaderName::Route)
            .copy(&invite, HeaderName::From)
            .copy(&invite, HeaderName::To)
            .copy(&invite, HeaderName::CallId)
            .header(HeaderName::CSeq, crate::sip::CSeq { number: draft.cseq, method: Method::Cancel })
            .maybe(HeaderName::Reason, reason)
            .finish();
        let key = ClientKey::new(branch.as_bytes(), b"CANCEL");
        let bytes = request.raw().clone();
        let _full =
            self.transactions.request(key, ClientKind::NonInvite, target, bytes, Sent::new(Owner::Nobody, draft), now);
    }

    /// The ACK of a 300 to 699 to the INVITE of `tx` (RFC 3261 17.1.1.3): same branch, same way.
    pub(super) fn acknowledge_failure(&mut self, tx: ClientTx, response: &Message) {
        let Some(invite) = self.transactions.client_request(tx).and_then(|bytes| Message::parse(bytes.clone()).ok())
        else {
            return;
        };
        let (Some(uri), Ok(cseq)) = (invite.uri().cloned(), invite.cseq()) else { return };
        let ack = Message::request(Method::Ack, uri)
            .copy(&invite, HeaderName::Via)
            .copy(&invite, HeaderName::MaxForwards)
            .copy(&invite, HeaderName::Route)
            .copy(&invite, HeaderName::From)
            .copy(response, HeaderName::To)
            .copy(&invite, HeaderName::CallId)
            .header(HeaderName::CSeq, crate::sip::CSeq { number: cseq.number, method: Method::Ack })
            .finish();
        self.transactions.acknowledge(tx, ack.raw().clone());
    }
}
