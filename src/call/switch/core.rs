//! The face of the switch, and the loop that drains the cores into each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::budget::Budgets;
use super::callback::Callbacks;
use super::calls::Call;
use super::deadlines::Deadlines;
use super::input::Input;
use super::line::{BoxRules, LineKey, Lines};
use super::output::Output;
use super::srtp::SrtpUse;
use super::world::World;
use crate::acd::{self, Acd, AgentNo};
use crate::base::{CallId, IdSource, Instant, LegId, Now, Rng};
use crate::ivr::session as ivr;
use crate::sip::endpoint::{self, Endpoint, EndpointConfig, SessionId};

/// Turns of the draining loop for one input. Far more than any chain of consequences; a fault ends here, not in a hang.
const MAX_TURNS: usize = 10_000;
/// How long the last words of a call that is over are waited for.
pub(super) const LINGER: Duration = Duration::from_secs(5);

/// How one switch behaves.
#[derive(Clone, Debug)]
pub struct SwitchConfig {
    pub endpoint: EndpointConfig,
    /// 0 to 1023, different on each node that shares a store.
    pub node: u16,
    /// More calls at once get 503.
    pub max_calls: usize,
    /// Whose sound is encrypted.
    pub srtp: SrtpUse,
    /// Folder of recordings.
    pub recordings: std::path::PathBuf,
    /// Opus is offered beside a caller who does not speak it.
    pub offer_opus: bool,
    /// Phone boxes by id.
    pub boxes: BTreeMap<String, BoxRules>,
}

/// Every call of this node.
pub struct Switch {
    pub(super) config: SwitchConfig,
    pub(super) ids: IdSource,
    pub(super) endpoint: Endpoint,
    pub(super) acd: Acd,
    pub(super) world: World,
    pub(super) calls: BTreeMap<CallId, Call>,
    pub(super) sessions: BTreeMap<SessionId, LegId>,
    /// Which call an agent's wrap-up belongs to.
    pub(super) wrap_ups: BTreeMap<AgentNo, CallId>,
    pub(super) callbacks: Callbacks,
    pub(super) budgets: Budgets,
    /// Analog lines on which something happens.
    pub(super) lines: Lines,
    /// Sound cards that hear a line, or all lines of a box.
    pub(super) cards: BTreeSet<LineKey>,
    /// Boxes that cannot tell the hook.
    pub(super) hookless: BTreeSet<String>,
    /// Agents who are taken to be on a call of a box that cannot tell, and until when.
    pub(super) busy_lines: Vec<(Instant, CallId, AgentNo)>,
    pub(super) rng: Rng,
    pub(super) next_recording: u64,
    pub(super) overloaded: bool,
    pub(super) closing: bool,
    pub(super) outputs: VecDeque<Output>,
    touched: BTreeSet<CallId>,
    /// Deadlines of calls: flows, voicemails, ringing before the answer, last words.
    deadlines: Deadlines,
}

impl Switch {
    pub fn new(config: SwitchConfig, mut rng: Rng) -> Self {
        Switch {
            ids: IdSource::new(config.node),
            endpoint: Endpoint::new(config.endpoint.clone(), rng.fork()),
            acd: Acd::new(),
            world: World::default(),
            calls: BTreeMap::new(),
            sessions: BTreeMap::new(),
            wrap_ups: BTreeMap::new(),
            callbacks: Callbacks::default(),
            budgets: Budgets::default(),
            lines: Lines::new(),
            cards: BTreeSet::new(),
            hookless: BTreeSet::new(),
            busy_lines: Vec::new(),
            next_recording: 1,
            rng,
            overloaded: false,
            closing: false,
            outputs: VecDeque::new(),
            touched: BTreeSet::new(),
            deadlines: Deadlines::default(),
            config,
        }
    }

    /// Takes back what a former run stored: agents and wrap-ups, registrations. No call of then exists any more.
    pub fn restore(&mut self, agents: acd::Snapshot, bindings: Vec<crate::sip::registrar::BindingRow>, now: Now) {
        self.acd = Acd::restore(self.world.acd.clone(), agents, &acd::Live::default(), now);
        self.endpoint.restore_bindings(bindings, now);
        self.reach_everyone(now);
        self.look_at_hours(now);
        self.settle(now);
    }

    pub fn handle(&mut self, input: Input, now: Now) {
        match input {
            Input::Sip { from, bytes } => self.endpoint.handle_message(from, bytes, now),
            Input::SipClosed { connection } => self.endpoint.handle_closed(connection, now),
            Input::SipSendFailed { target } => self.endpoint.handle_send_failed(&target, now),
            Input::SipResolved { id, targets } => self.endpoint.handle_resolved(id, targets, now),
            Input::MediaOpened { leg, address } => self.on_media_opened(leg, address, now),
            Input::Media(event) => self.on_media(event, now),
            Input::Http { call, request, result } => {
                self.tell_flow(call, ivr::Input::Http { request, result }, now);
            }
            Input::Spoken { language, text, clip } => self.on_spoken(&language, &text, clip.as_ref(), now),
            Input::Caller { call, card, last_agent } => self.on_caller_known(call, card, last_agent, now),
            Input::PhoneBox(told) => self.on_box(told, now),
            Input::Sound(told) => self.on_sound(told, now),
            Input::Desk(command) => self.on_desk(command, now),
            Input::Configure(world) => self.configure(*world, now),
            Input::Overloaded(overloaded) => self.overloaded = overloaded,
            Input::ShutDown => self.shut_down(now),
        }
        self.settle(now);
    }

    pub fn handle_timeout(&mut self, now: Now) {
        if self.endpoint.poll_timeout().is_some_and(|at| at <= now.instant) {
            self.endpoint.handle_timeout(now);
        }
        if self.acd.poll_timeout().is_some_and(|at| at <= now.instant) {
            self.acd.handle_timeout(now);
        }
        if self.callbacks.poll_timeout().is_some_and(|at| at <= now.instant) {
            self.look_at_hours(now);
        }
        if self.lines_timeout().is_some_and(|at| at <= now.instant) {
            self.on_lines_timeout(now);
        }
        for call in self.deadlines.due(now.instant) {
            self.on_call_deadline(call, now);
        }
        self.settle(now);
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let calls = self.deadlines.first();
        let cores = [self.endpoint.poll_timeout(), self.acd.poll_timeout()];
        let own = [self.lines_timeout(), self.callbacks.poll_timeout()];
        cores.into_iter().chain(own).chain([calls]).flatten().min()
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// No call is up: a closing switch may stop.
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty()
    }

    /// Nothing more is to be said to anybody: every BYE has its answer, and who must acknowledge first has done so.
    pub fn is_silent(&self) -> bool {
        self.is_idle() && self.endpoint.session_count() == 0
    }

    /// Agents, wrap-ups and queue places, to be stored.
    pub fn agents_snapshot(&self, now: Now) -> acd::Snapshot {
        self.acd.snapshot(now)
    }

    /// SIP registrations, to be stored.
    pub fn bindings(&self, now: Now) -> Vec<crate::sip::registrar::BindingRow> {
        self.endpoint.bindings(now)
    }

    fn configure(&mut self, world: World, now: Now) {
        self.endpoint.set_directory(world.directory.clone(), now);
        self.budgets.configure(world.budgets.clone(), world.spent.as_deref(), now);
        self.acd.configure(world.acd.clone(), now);
        self.world = world;
        self.look_at_hours(now);
    }

    /// Notes that the record and deadline of a call may have changed.
    pub(super) fn touch(&mut self, id: CallId) {
        self.touched.insert(id);
    }

    /// The call at `id`, noting that its record and deadline may have changed.
    pub(super) fn call_mut(&mut self, id: CallId) -> Option<&mut Call> {
        self.touched.insert(id);
        self.calls.get_mut(&id)
    }

    /// Drains endpoint and skill groups until nothing follows from anything, then saves what was recorded.
    fn settle(&mut self, now: Now) {
        for _ in 0..MAX_TURNS {
            if let Some(output) = self.endpoint.poll_output() {
                match output {
                    endpoint::Output::Transmit { to, bytes } => self.outputs.push_back(Output::SendSip { to, bytes }),
                    endpoint::Output::Close { connection } => {
                        self.outputs.push_back(Output::CloseConnection { connection });
                    }
                    endpoint::Output::Gate(change) => self.outputs.push_back(Output::SipGate(change)),
                    endpoint::Output::Resolve { id, host, port, transport } => {
                        self.outputs.push_back(Output::Resolve { id, host, port, transport });
                    }
                    endpoint::Output::Event(event) => self.on_sip(event, now),
                }
            } else if let Some(output) = self.acd.poll_output() {
                self.on_acd(output, now);
            } else {
                break;
            }
        }
        self.save_touched();
    }

    /// Sends the new events of every call that changed to the record and notes the calls' deadlines.
    fn save_touched(&mut self) {
        let mut batch = Vec::new();
        for id in std::mem::take(&mut self.touched) {
            let Some(call) = self.calls.get_mut(&id) else { continue };
            if !call.held {
                batch.extend(call.take_events());
            }
            let is_finished = call.is_finished();
            self.deadlines.set(id, call.next_deadline().filter(|_| !is_finished));
            if is_finished && let Some(call) = self.calls.remove(&id) {
                // Nobody said that there was a call: its sound is forgotten with it.
                for name in call.unsaved_recordings() {
                    self.outputs.push_back(Output::DiscardRecording { path: self.config.recordings.join(name) });
                }
                self.callbacks.forget_attempt(&call);
            }
        }
        if !batch.is_empty() {
            self.outputs.push_back(Output::Record(batch));
        }
    }
}
