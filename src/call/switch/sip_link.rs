//! What the SIP endpoint tells.

use std::net::IpAddr;
use std::time::Duration;

use super::core::Switch;
use super::leg::{LegState, Party};
use super::output::Output;
use super::transfer::told;
use crate::acd::{self, AgentNo, Refusal};
use crate::base::{LegId, Now};
use crate::call::event::{EndCause, EndedBy, KeySource, What};
use crate::ivr::session::{DialResult, Input as FlowInput};
use crate::sip::endpoint::{Body, Command, EndReason, Event, FailedBy, SessionId};

impl Switch {
    pub(super) fn on_sip(&mut self, event: Event, now: Now) {
        match event {
            Event::Incoming(incoming) => self.on_incoming(*incoming, now),
            Event::TrunkTaken { session, trunk } => self.on_trunk_taken(session, trunk, now),
            Event::Provisional { session, status, .. } => {
                self.with_leg(session, |s, leg| {
                    s.on_target_rings(leg, status, now);
                    s.on_asked_rings(leg, status, now);
                });
            }
            Event::Answered { session, body, remote } => {
                self.with_leg(session, |s, leg| s.on_answered_from(leg, remote.ip(), body, now));
            }
            Event::Failed { session, status, by, .. } => {
                self.with_leg(session, |s, leg| s.on_failed_or_again(leg, status, by, now));
            }
            Event::Cancelled { session, .. } => self.with_leg(session, |s, leg| match leg.n {
                0 => s.end_call(leg.call, EndCause::Cancelled, EndedBy::Caller, now),
                _ => s.end_consult(leg.call, 487, now),
            }),
            Event::Acked { session, body } => self.with_leg(session, |s, leg| s.on_acked(leg, body, now)),
            Event::AckTimeout { session } => self.with_leg(session, |s, leg| match leg.n {
                0 => s.end_call(leg.call, EndCause::NoAck, EndedBy::Switch, now),
                _ => s.on_hung_up(leg, EndCause::NoAck, false, now),
            }),
            Event::Ended { session, by_remote, reason } => {
                self.with_leg(session, |s, leg| s.on_hung_up(leg, cause_of(&reason), by_remote, now));
            }
            Event::Reoffer { session, body } => self.with_leg(session, |s, leg| s.on_reoffer(leg, body, now)),
            Event::ReofferAnswered { session, result } => {
                self.with_leg(session, |s, leg| s.on_reoffer_answered(leg, result, now));
            }
            Event::ReofferAcked { session, body } => {
                self.with_leg(session, |s, leg| s.on_reoffer_acked(leg, body, now))
            }
            Event::Info { session, body } => self.with_leg(session, |s, leg| s.on_info(leg, &body, now)),
            Event::ReferRequested { session, called, replaces } => self.on_refer(session, &called, replaces, now),
            Event::ReferOver { session } => self.with_leg(session, |s, leg| s.on_refer_over(leg, now)),
            Event::Registered { user, .. } => {
                let reachable = self.has_phone(&user, now);
                self.on_reachable(&user, reachable, now);
            }
            Event::Unregistered { user } => self.on_reachable(&user, false, now),
            Event::AccountUnreachable { user } => self.on_reachable(&user, false, now),
            Event::BindingsChanged { user } => self.outputs.push_back(Output::StoreBindings { user }),
            Event::AuthFailed { user, source } => {
                tracing::info!(%source, user_len = user.len(), "authentication refused");
                metrics::counter!("hotline_sip_auth_failures_total").increment(1);
            }
            Event::Banned { source, for_s } => {
                self.alarm(format!("{source} is silenced for {for_s} s: it guesses or scans"), now);
            }
            Event::TrunkState { trunk, available, why } => {
                let state = if available { "works" } else { "is out of order" };
                self.alarm(format!("trunk {trunk} {state}: {why}"), now);
            }
        }
    }

    /// Where the answer came from is where a phone behind NAT will speak from.
    fn on_answered_from(&mut self, leg: LegId, signalling: IpAddr, body: Option<Body>, now: Now) {
        if let Some(leg) = self.leg_mut(leg) {
            leg.signalling = Some(signalling);
        }
        self.on_answered(leg, body, now);
    }

    /// A phone that takes no encryption is called again without.
    fn on_failed_or_again(&mut self, leg: LegId, status: u16, by: FailedBy, now: Now) {
        if !self.call_again_plain(leg, status, by, now) {
            self.on_failed(leg, status, by, now);
        }
    }

    fn with_leg(&mut self, session: SessionId, act: impl FnOnce(&mut Self, LegId)) {
        if let Some(leg) = self.sessions.get(&session).copied() {
            act(self, leg);
        }
    }

    /// A phone of ours registered, or is gone. A phone that registers signs its agent in; an agent who chose to be not
    /// ready stays so.
    fn on_reachable(&mut self, user: &str, reachable: bool, now: Now) {
        let agent = AgentNo::from(user);
        self.acd.handle(acd::Input::Reachable { agent: agent.clone(), reachable }, now);
        let logged_out =
            self.acd.agent(&agent, now).is_some_and(|view| matches!(view.state, acd::AgentState::LoggedOut));
        if reachable && logged_out {
            self.acd.handle(acd::Input::SignIn { agent: agent.clone() }, now);
            self.acd.handle(acd::Input::SetReady { agent }, now);
        }
    }

    /// After a restart: whose phones are still registered.
    pub(super) fn reach_everyone(&mut self, now: Now) {
        let agents: Vec<String> = self.world.directory.accounts.keys().cloned().collect();
        for agent in agents {
            let reachable = self.has_phone(&agent, now);
            self.on_reachable(&agent, reachable, now);
        }
    }

    /// An outgoing leg answered.
    fn on_answered(&mut self, leg: LegId, body: Option<Body>, now: Now) {
        let Some(outgoing) = self.leg_mut(leg) else { return };
        let session = outgoing.session;
        let answer = body.map(|body| body.bytes).unwrap_or_default();
        let agreed = outgoing.sdp.as_mut().is_some_and(|sdp| sdp.read_answer(&answer).is_ok());
        if !agreed {
            self.endpoint.command(Command::Hangup { session, reason: Default::default() }, now);
            return self.on_failed(leg, 488, FailedBy::Remote, now);
        }
        outgoing.state = LegState::Up;
        let party = outgoing.party.clone();
        self.set_remote(leg);
        self.count_minutes(leg, now);
        match party {
            Party::Agent { no, .. } => {
                let call = self.acd_call(leg.call);
                self.acd.handle(acd::Input::Answered { call, agent: AgentNo(no) }, now);
            }
            Party::Target { .. } => self.on_target_answered(leg, now),
            Party::Asked { .. } => self.on_asked_answered(leg, now),
            Party::Customer => self.customer_reached(leg, now),
            Party::Supervisor { .. } => self.note_supervised(leg, now),
            Party::Outside { dial, .. } => {
                self.tell_flow(leg.call, FlowInput::Dialled { dial, result: DialResult::Answered }, now);
            }
            Party::Caller | Party::Asker { .. } => {}
        }
    }

    /// An outgoing leg was not answered.
    fn on_failed(&mut self, leg: LegId, status: u16, by: FailedBy, now: Now) {
        let Some(outgoing) = self.leg_mut(leg) else { return };
        let party = outgoing.party.clone();
        let already_gone = outgoing.is_gone();
        self.drop_leg(leg, now);
        if already_gone {
            return;
        }
        if let (FailedBy::Barred, Party::Outside { .. }, Some(call)) = (by, &party, self.call_mut(leg.call)) {
            let (cause, by) = (EndCause::BudgetSpent, EndedBy::Switch);
            call.record(Some(leg.n), What::LegEnded { cause, by }, now);
        }
        match party {
            Party::Agent { no, .. } => {
                let why = refusal(status, by);
                let call = self.acd_call(leg.call);
                self.acd.handle(acd::Input::Refused { call, agent: AgentNo(no), why }, now);
            }
            Party::Target { .. } => self.on_target_failed(leg, told(status, by), now),
            Party::Asked { .. } => self.end_consult(leg.call, told(status, by), now),
            Party::Customer => self.customer_not_reached(leg, not_reached(status, by), now),
            Party::Outside { dial, .. } => {
                let result = dial_result(status, by);
                self.tell_flow(leg.call, FlowInput::Dialled { dial, result }, now);
            }
            Party::Caller | Party::Asker { .. } | Party::Supervisor { .. } => {}
        }
    }

    /// SIP INFO with a key: `application/dtmf-relay` (`Signal=5`) or `application/dtmf` (`5`).
    fn on_info(&mut self, leg: LegId, body: &Body, now: Now) {
        let text = String::from_utf8_lossy(&body.bytes);
        let kind = body.content_type.to_ascii_lowercase();
        let digit = if kind.starts_with("application/dtmf-relay") {
            text.lines().find_map(|line| {
                let (name, value) = line.split_once('=')?;
                name.trim().eq_ignore_ascii_case("signal").then(|| value.trim().chars().next())?
            })
        } else if kind.starts_with("application/dtmf") {
            text.trim().chars().next()
        } else {
            None
        };
        if let Some(digit) = digit.filter(|digit| "0123456789*#ABCDabcd".contains(*digit)) {
            // Its `Duration` is a wish of the sender, often a fixed one: the moment is what counts.
            self.on_key(leg, digit.to_ascii_uppercase(), KeySource::SipInfo, Duration::ZERO, now);
        }
    }
}

fn cause_of(reason: &EndReason) -> EndCause {
    match reason {
        EndReason::Bye | EndReason::Replaced => EndCause::HungUp,
        EndReason::SessionExpired => EndCause::SessionExpired,
        EndReason::DialogLost => EndCause::Unreachable,
        EndReason::NoAck => EndCause::NoAck,
        EndReason::Rejected => EndCause::Unreachable,
    }
}

/// What an agent's phone said by its status.
fn refusal(status: u16, by: FailedBy) -> Refusal {
    match (by, status) {
        (FailedBy::Unreachable, _) => Refusal::Unreachable,
        (FailedBy::Timeout, _) | (_, 408 | 480 | 487) => Refusal::NoAnswer,
        (_, 486 | 600) => Refusal::Busy,
        (_, 603 | 403) => Refusal::Declined,
        _ => Refusal::Unreachable,
    }
}

/// Why a customer was not called back.
fn not_reached(status: u16, by: FailedBy) -> EndCause {
    match (by, dial_result(status, by)) {
        (FailedBy::Barred, _) => EndCause::BudgetSpent,
        (_, DialResult::Busy) => EndCause::Busy,
        (_, DialResult::NoAnswer) => EndCause::NoAnswer,
        (_, DialResult::Failed | DialResult::Answered) => EndCause::Unreachable,
    }
}

fn dial_result(status: u16, by: FailedBy) -> DialResult {
    match (by, status) {
        (FailedBy::Unreachable, _) => DialResult::Failed,
        (FailedBy::Timeout, _) | (_, 408 | 480 | 487) => DialResult::NoAnswer,
        (_, 486 | 600) => DialResult::Busy,
        _ => DialResult::Failed,
    }
}
