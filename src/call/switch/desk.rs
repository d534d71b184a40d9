//! What agents, supervisors and testers ask of the switch.

use super::core::Switch;
use super::line::LineKey;
use super::pause::RecordingWish;
use crate::acd::{self, AgentNo};
use crate::base::{CallId, Now};
use crate::call::event::{EndCause, EndedBy, SuperviseMode};
use crate::call::view::View;
use crate::sip::endpoint::Ban;

/// One wish, with a way to answer: a full channel or a gone asker is no matter.
#[derive(Debug)]
pub enum DeskCommand {
    SignIn {
        agent: String,
        reply: Reply,
    },
    SignOut {
        agent: String,
        reply: Reply,
    },
    SetReady {
        agent: String,
        reply: Reply,
    },
    SetNotReady {
        agent: String,
        reason: String,
        reply: Reply,
    },
    /// The agent refuses the ringing call at the desk.
    Decline {
        agent: String,
        call: CallId,
        reply: Reply,
    },
    /// A supervisor gives a waiting call to a free agent.
    Assign {
        call: CallId,
        agent: String,
        reply: Reply,
    },
    /// Ends a call.
    HangUp {
        call: CallId,
        reply: Reply,
    },
    /// Pauses or resumes the recording of a call; `only` is the agent whose calls may be touched.
    Recording {
        call: CallId,
        wish: RecordingWish,
        only: Option<String>,
        reply: Reply,
    },
    /// Rings a supervisor's phone for a conversation, or changes how one who is there takes part.
    Supervise {
        call: CallId,
        agent: String,
        mode: SuperviseMode,
        reply: Reply,
    },
    /// The switch as it is now.
    Look {
        reply: Reply<View>,
    },
    /// Silenced sources.
    Bans {
        reply: Reply<Vec<Ban>>,
    },
    /// An agent dials on a line of a phone box.
    DialLine {
        device: String,
        line: Option<u32>,
        number: String,
        agent: Option<String>,
        reply: Reply,
    },
    /// An agent says whether the call on a line succeeded (A6), or that an incoming one is theirs.
    LineOutcome {
        device: String,
        line: Option<u32>,
        success: bool,
        agent: Option<String>,
        reply: Reply,
    },
    /// Lets a silenced source speak again.
    ClearBan {
        source: std::net::IpAddr,
        reply: Reply,
    },
}

/// Where the answer goes.
pub struct Reply<T = ()>(Box<dyn FnOnce(Result<T, DeskError>) + Send>);

impl<T> Reply<T> {
    pub fn new(answer: impl FnOnce(Result<T, DeskError>) + Send + 'static) -> Self {
        Reply(Box::new(answer))
    }

    fn send(self, result: Result<T, DeskError>) {
        (self.0)(result);
    }
}

impl<T> std::fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reply")
    }
}

/// Why a wish cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    #[error("there is no agent {0}")]
    UnknownAgent(String),
    #[error("there is no call {0}, or it is over")]
    UnknownCall(CallId),
    #[error("there is no phone box {0}")]
    UnknownBox(String),
    #[error("the line is in use")]
    LineBusy,
    #[error("agent {0} is on a call: one at a time")]
    AgentBusy(String),
    #[error("nobody talks on call {0} now")]
    NotTalking(CallId),
    #[error("the phone of agent {0} is not registered")]
    NoPhone(String),
    #[error("enough supervisors are on call {0}")]
    TooManySupervisors(CallId),
    #[error("call {0} is another agent's")]
    NotYours(CallId),
    #[error("nothing is recorded of call {0} now")]
    NotRecorded(CallId),
    #[error("no call on this line waits for that")]
    NothingToSay,
    #[error("{0} is not silenced")]
    NotBanned(std::net::IpAddr),
}

impl Switch {
    pub(super) fn on_desk(&mut self, command: DeskCommand, now: Now) {
        match command {
            DeskCommand::SignIn { agent, reply } => {
                self.for_agent(agent, reply, now, |agent| acd::Input::SignIn { agent });
            }
            DeskCommand::SignOut { agent, reply } => {
                self.for_agent(agent, reply, now, |agent| acd::Input::SignOut { agent });
            }
            DeskCommand::SetReady { agent, reply } => {
                self.sign_in_first(&agent, now);
                self.for_agent(agent, reply, now, |agent| acd::Input::SetReady { agent });
            }
            DeskCommand::SetNotReady { agent, reason, reply } => {
                self.sign_in_first(&agent, now);
                self.for_agent(agent, reply, now, |agent| acd::Input::SetNotReady { agent, reason });
            }
            DeskCommand::Decline { agent, call, reply } => {
                let call = self.acd_call(call);
                self.for_agent(agent, reply, now, |agent| acd::Input::Refused {
                    call,
                    agent,
                    why: acd::Refusal::Declined,
                });
            }
            DeskCommand::Assign { call, agent, reply } => {
                self.for_agent(agent, reply, now, |agent| acd::Input::Assign { call, agent });
            }
            DeskCommand::HangUp { call, reply } => {
                let live = self.calls.get(&call).is_some_and(|call| call.ended.is_none());
                if live {
                    self.end_call(call, EndCause::HungUp, EndedBy::Supervisor, now);
                }
                reply.send(if live { Ok(()) } else { Err(DeskError::UnknownCall(call)) });
            }
            DeskCommand::Recording { call, wish, only, reply } => {
                reply.send(self.wish_recording(call, wish, only.as_deref(), now));
            }
            DeskCommand::Supervise { call, agent, mode, reply } => {
                reply.send(self.supervise(call, &agent, mode, now));
            }
            DeskCommand::Look { reply } => reply.send(Ok(self.view(now))),
            DeskCommand::Bans { reply } => reply.send(Ok(self.endpoint.bans(now))),
            DeskCommand::DialLine { device, line, number, agent, reply } => {
                reply.send(self.dial_line(&LineKey { device, line }, number, agent, now));
            }
            DeskCommand::LineOutcome { device, line, success, agent, reply } => {
                reply.send(self.line_outcome(&LineKey { device, line }, success, agent, now));
            }
            DeskCommand::ClearBan { source, reply } => {
                let cleared = self.endpoint.clear_ban(source);
                reply.send(if cleared { Ok(()) } else { Err(DeskError::NotBanned(source)) });
            }
        }
    }

    fn for_agent(&mut self, agent: String, reply: Reply, now: Now, input: impl FnOnce(AgentNo) -> acd::Input) {
        let no = AgentNo(agent);
        if self.acd.agent(&no, now).is_none() {
            return reply.send(Err(DeskError::UnknownAgent(no.0)));
        }
        self.acd.handle(input(no), now);
        reply.send(Ok(()));
    }

    fn sign_in_first(&mut self, agent: &str, now: Now) {
        let no = AgentNo::from(agent);
        let logged_out = self.acd.agent(&no, now).is_some_and(|view| matches!(view.state, acd::AgentState::LoggedOut));
        if logged_out {
            self.acd.handle(acd::Input::SignIn { agent: no }, now);
        }
    }
}
