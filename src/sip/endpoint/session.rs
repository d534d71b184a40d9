//! One INVITE dialog of ours: its stages, and what each stage owns.

use super::command::{HangupReason, Invite};
use super::core::Core;
use super::event::{EndReason, Event, SessionId};
use super::refer::Refer;
use super::reliable::{Early, LatePrack, Reliability};
use super::send::{Dispatch, Hop, Owner, Sent};
use super::session_timer::SessionTimer;
use super::unacked::{AckOf, AckWait, SentAck, Unacked};
use crate::base::Instant;
use crate::sip::dialog::{Body, Dialog, Draft};
use crate::sip::transaction::{ClientTx, Flow, ServerTx, Transport};
use crate::sip::{HeaderName, Method, NameAddr, Reason, Scheme, Text, Uri, Wire};

/// Who is at the other end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Peer {
    Account(String),
    Trunk(String),
    Uri,
}

/// One call of ours with one other side.
#[derive(Debug)]
pub(super) struct Session {
    pub id: SessionId,
    /// Our tag: messages of the session are found by it.
    pub tag: String,
    pub peer: Peer,
    /// Where the other side's messages come from.
    pub flow: Option<Flow>,
    /// INVITEs of ours that may still bring something.
    pub branches: Vec<Branch>,
    pub stage: Stage,
}

/// How far a call is.
#[derive(Debug)]
pub(super) enum Stage {
    /// Their INVITE waits for our final response.
    Incoming(Incoming),
    /// Our INVITE waits for a 2xx.
    Calling(Calling),
    /// There was a 2xx.
    Up(Box<Up>),
    /// The switch has been told that the call is over; what is left is courtesy.
    Closing(Closing),
    /// Nothing is left.
    Over,
}

#[derive(Debug)]
pub(super) struct Incoming {
    pub tx: ServerTx,
    pub dialog: Dialog,
    /// When the caller, or our patience, gives up.
    pub until: Instant,
    /// When the last provisional response is sent again, so that no proxy gives up (RFC 3261 13.3.1.1).
    pub remind_at: Instant,
    pub reliability: Reliability,
}

#[derive(Debug)]
pub(super) struct Calling {
    /// Our INVITE has an offer, so a 2xx is acknowledged at once.
    pub offered: bool,
    pub ring_until: Instant,
    /// The failure to report if nobody answers.
    pub best: Option<(u16, String)>,
    /// Dialogs of provisional responses.
    pub early: Vec<Early>,
    /// How the call goes on by other trunks; `None` when it does not.
    pub fallback: Option<Fallback>,
}

/// What is needed to try another trunk.
#[derive(Debug)]
pub(super) struct Fallback {
    pub invite: Box<Invite>,
    pub call_id: Text,
    /// Trunks that were tried, or passed over.
    pub tried: Vec<String>,
    /// A trunk that says nothing at all until then is given up for the next.
    pub patience: Instant,
}

#[derive(Debug)]
pub(super) struct Up {
    pub dialog: Dialog,
    /// A 2xx of ours that waits for its ACK.
    pub unacked: Option<Unacked>,
    /// Our last ACK, to be sent again when its 2xx comes again.
    pub ack: Option<SentAck>,
    pub change: Change,
    /// A change that waits for its turn.
    pub wanted: Option<Wanted>,
    pub timer: Option<SessionTimer>,
    /// Our last session description that the other side took.
    pub sdp: Option<Body>,
    /// The other side takes UPDATE.
    pub peer_updates: bool,
    /// A provisional response of ours whose PRACK may still come.
    pub late_prack: Option<LatePrack>,
    pub refer: Refer,
}

/// A change that the switch wants: the offer, or `None` to ask the other side for one.
#[derive(Clone, Debug)]
pub(super) struct Wanted(pub Option<Body>);

/// A change of the session that is under way (RFC 3261 14).
#[derive(Debug)]
pub(super) enum Change {
    None,
    /// Our re-INVITE waits for its final response.
    Sent {
        wanted: Wanted,
    },
    /// A 2xx to our INVITE or re-INVITE carried an offer; its ACK waits for the switch's answer.
    Owed {
        cseq: u32,
    },
    /// Their re-INVITE waits for the switch.
    Asked {
        tx: ServerTx,
    },
    /// Both sides tried at once; ours is tried again then (RFC 3261 14.1).
    Backoff {
        at: Instant,
        wanted: Wanted,
    },
}

#[derive(Debug, Default)]
pub(super) struct Closing {
    /// The BYE must wait for this ACK (RFC 3261 15).
    pub unacked: Option<(Dialog, Unacked, HangupReason)>,
    /// A BYE waits for its response.
    pub bye: bool,
}

/// One INVITE of ours: to one contact, or to one place after another.
#[derive(Debug)]
pub(super) struct Branch {
    /// `None` while its host is looked up.
    pub tx: Option<ClientTx>,
    /// As it was sent last.
    pub draft: Draft,
    pub cancel: Cancel,
    /// It has its final response, or never will.
    pub over: bool,
    /// When a cancelled one is forgotten (RFC 3261 9.1).
    pub give_up: Option<Instant>,
    /// The registered contact that it rings.
    pub contact: Option<Uri>,
    /// Any response at all has come.
    pub heard: bool,
}

/// Whether a branch is to be cancelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cancel {
    No,
    /// As soon as a provisional response allows it (RFC 3261 9.1).
    Wanted,
    Sent,
}

impl Session {
    pub(super) fn is_over(&self) -> bool {
        match &self.stage {
            Stage::Over => self.branches.iter().all(|branch| branch.over),
            Stage::Closing(closing) => {
                closing.unacked.is_none() && !closing.bye && self.branches.iter().all(|branch| branch.over)
            }
            Stage::Incoming(_) | Stage::Calling(_) | Stage::Up(_) => false,
        }
    }

    /// The earliest moment at which [`Session::on_timeout`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let own = match &self.stage {
            Stage::Calling(calling) => {
                let patience = calling.fallback.as_ref().map(|fallback| fallback.patience);
                Some(patience.map_or(calling.ring_until, |patience| patience.min(calling.ring_until)))
            }
            Stage::Up(up) => up.deadline(),
            Stage::Closing(closing) => closing.unacked.as_ref().map(|(_, unacked, _)| unacked.deadline()),
            Stage::Incoming(incoming) => {
                let prack = incoming.reliability.deadline();
                [Some(incoming.until), Some(incoming.remind_at), prack].into_iter().flatten().min()
            }
            Stage::Over => None,
        };
        let branches = self.branches.iter().filter(|branch| !branch.over).filter_map(|branch| branch.give_up);
        own.into_iter().chain(branches).min()
    }

    pub(super) fn on_timeout(&mut self, core: &mut Core, now: Instant) {
        self.forget_silent_branches(core, now);
        match &mut self.stage {
            Stage::Calling(calling) if calling.ring_until <= now => self.ring_timeout(core, now),
            Stage::Calling(_) => self.lose_patience(core, now),
            Stage::Up(_) => self.up_timeout(core, now),
            Stage::Closing(closing) => {
                let Some((mut dialog, mut unacked, reason)) = closing.unacked.take() else { return };
                match unacked.on_timeout(core, now) {
                    AckWait::Waiting => closing.unacked = Some((dialog, unacked, reason)),
                    AckWait::GivenUp => self.send_bye(core, &mut dialog, reason, now),
                }
            }
            Stage::Incoming(_) => self.incoming_timeout(core, now),
            Stage::Over => {}
        }
    }

    fn up_timeout(&mut self, core: &mut Core, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        if let Some(unacked) = &mut up.unacked
            && unacked.on_timeout(core, now) == AckWait::GivenUp
        {
            let event = match unacked.of {
                AckOf::Reinvite => Event::Ended { session: self.id, by_remote: false, reason: EndReason::NoAck },
                AckOf::Invite => Event::AckTimeout { session: self.id },
            };
            up.unacked = None;
            core.emit(event);
            return self.bye(core, HangupReason::Normal, now);
        }
        if let Change::Backoff { at, .. } = up.change
            && at <= now
        {
            self.retry_change(core, now);
        }
        self.refer_timeout(core, now);
        self.session_timeout(core, now);
    }

    pub(super) fn hop(&self, dialog: &Dialog) -> Hop {
        hop(&self.peer, self.flow, dialog)
    }

    /// A request of the dialog was sent again with a higher number.
    pub(super) fn sent(&mut self, cseq: u32) {
        match &mut self.stage {
            Stage::Up(up) => up.dialog.sent(cseq),
            Stage::Calling(calling) => calling.early.iter_mut().for_each(|early| early.dialog.sent(cseq)),
            Stage::Incoming(_) | Stage::Closing(_) | Stage::Over => {}
        }
    }

    /// Sends the ACK of a 2xx, with the answer when the 2xx had the offer.
    pub(super) fn acknowledge(&mut self, core: &mut Core, cseq: u32, body: Option<Body>, now: Instant) {
        let Stage::Up(up) = &self.stage else { return };
        let (draft, hop) = (up.dialog.ack(cseq).body(body), self.hop(&up.dialog));
        let sent = Sent::new(Owner::Ack { session: self.id, cseq }, draft);
        let dispatch = core.send(sent, hop, now);
        self.ack_sent(cseq, dispatch);
    }

    pub(super) fn ack_sent(&mut self, cseq: u32, dispatch: Dispatch) {
        if let (Stage::Up(up), Dispatch::SentAck(to, bytes)) = (&mut self.stage, dispatch) {
            up.ack = Some(SentAck { cseq, to, bytes });
        }
    }

    /// Ends an answered call from our side: the switch has been told. The BYE waits for the ACK of our 2xx.
    pub(super) fn bye(&mut self, core: &mut Core, reason: HangupReason, now: Instant) {
        let Stage::Up(up) = std::mem::replace(&mut self.stage, Stage::Over) else { return };
        let Up { mut dialog, unacked, change, refer, .. } = *up;
        refer.abandon(core, now);
        if let Change::Asked { tx, .. } = change {
            core.answer(tx, 487, now);
        }
        if let Some(unacked) = unacked {
            self.stage = Stage::Closing(Closing { unacked: Some((dialog, unacked, reason)), bye: false });
            return;
        }
        if let Change::Owed { cseq } = change {
            let hop = self.hop(&dialog);
            core.send(Sent::new(Owner::Nobody, dialog.ack(cseq)), hop, now);
        }
        self.send_bye(core, &mut dialog, reason, now);
    }

    /// Sends the BYE and waits for its response.
    pub(super) fn send_bye(&mut self, core: &mut Core, dialog: &mut Dialog, reason: HangupReason, now: Instant) {
        let mut draft = dialog.request(Method::Bye);
        if let Some(reason) = reason_header(reason) {
            draft = draft.header(HeaderName::Reason, reason.to_text());
        }
        let hop = self.hop(dialog);
        let sent = core.send(Sent::new(Owner::Bye { session: self.id }, draft), hop, now);
        let bye = sent != Dispatch::Failed;
        self.stage = Stage::Closing(Closing { unacked: None, bye });
    }
}

impl Up {
    pub(super) fn new(dialog: Dialog) -> Self {
        Up {
            dialog,
            unacked: None,
            ack: None,
            change: Change::None,
            wanted: None,
            timer: None,
            sdp: None,
            peer_updates: false,
            late_prack: None,
            refer: Refer::default(),
        }
    }

    /// A change that waits for its second try waits for its turn instead.
    pub(super) fn put_back(&mut self) {
        match std::mem::replace(&mut self.change, Change::None) {
            Change::Backoff { wanted, .. } => {
                self.wanted.get_or_insert(wanted);
            }
            other => self.change = other,
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let backoff = match self.change {
            Change::Backoff { at, .. } => Some(at),
            Change::None | Change::Sent { .. } | Change::Owed { .. } | Change::Asked { .. } => None,
        };
        let unacked = self.unacked.as_ref().map(Unacked::deadline);
        let timer = self.timer.as_ref().map(SessionTimer::deadline);
        [unacked, backoff, timer, self.refer.deadline()].into_iter().flatten().min()
    }
}

/// The way of requests within a dialog: back to where the other side's messages come from when that is the only sure way
/// (a phone behind NAT, a connection that only it can open), else where its Contact and routes say.
pub(super) fn hop(peer: &Peer, flow: Option<Flow>, dialog: &Dialog) -> Hop {
    let Some(flow) = flow else { return Hop::Uri };
    let first = match dialog.routes().first() {
        Some(route) => NameAddr::parse(route).ok().map(|address| address.uri),
        None => Some(dialog.target().clone()),
    };
    let host = first.as_ref().and_then(Uri::host).and_then(crate::sip::Host::ip);
    let source = flow.remote.ip().to_canonical();
    let unreachable = host.is_some_and(|ip| is_private(ip) && !is_private(source));
    let phone = matches!(peer, Peer::Account(_)) && dialog.routes().is_empty();
    let connected = flow.connection.is_some() && (host == Some(source) || flow.transport.is_websocket());
    // What was said in private stays so: keys may be in it.
    let private = flow.transport.is_secure() && !first.as_ref().is_some_and(is_by_tls);
    match phone || connected || unreachable || private {
        true => Hop::Target(flow.reply_target()),
        false => Hop::Uri,
    }
}

fn is_by_tls(uri: &Uri) -> bool {
    let transport = uri.param_str("transport").and_then(|name| Transport::from_name(&name));
    uri.scheme() == Scheme::Sips || transport.is_some_and(Transport::is_secure)
}

/// RFC 3326.
pub(super) fn reason_header(reason: HangupReason) -> Option<Reason> {
    match reason {
        HangupReason::Normal => None,
        HangupReason::CompletedElsewhere => Some(Reason::new("SIP", 200, "Call completed elsewhere")),
        HangupReason::Q850(cause) => Some(Reason::new("Q.850", cause.into(), "")),
    }
}

/// Addresses that mean nothing outside their site (RFC 1918, RFC 4193, and what is no host's address).
fn is_private(ip: std::net::IpAddr) -> bool {
    match ip {
        std::net::IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified(),
        std::net::IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
    }
}
