//! The task that owns the switch: inputs in, outputs out, one at a time, in a written order.
//!
//! Every turn drains all outputs first, then takes what came in: SIP, media, wishes and answers, timers. Nothing here
//! waits for a disk, a database or a network: what does is handed to [`Effects`].

use std::future::pending;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use super::clock::Clock;
use super::media::MediaHandle;
use super::sip::{Inbound, SipCapture, SipTransports};
use crate::acd;
use crate::base::CallId;
use crate::call::event::{CallEvent, What};
use crate::call::live::Live;
use crate::call::switch::{HttpRequest, Input, LineSound, Output, Switch};
use crate::ivr::session::RequestId;
use crate::media;
use crate::sip::endpoint::{ConnectionId, ResolveId, Transport};
use crate::sip::registrar::BindingRow;

/// Messages taken in one turn before timers are looked at again.
const BUDGET: usize = 64;
/// How often the states of agents are stored while they change.
const STORE_AGENTS_EVERY: Duration = Duration::from_millis(250);
/// How often SIP that was kept long enough is forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(10);
/// How long an ACK that our BYE waits for, or an answer to it, may take when the switch stops: a BYE goes out three times.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How long calls may take to end when the switch stops.
const DRAIN_DEADLINE: Duration = Duration::from_secs(6);

/// What the switch wants of the rest of the process. No method waits.
pub trait Effects: Send + 'static {
    fn record(&mut self, events: Vec<CallEvent>);
    fn live(&mut self, live: Live);
    fn look_up_caller(&mut self, call: CallId, number: String, card: bool);
    fn http(&mut self, call: CallId, request: RequestId, http: HttpRequest);
    fn cancel_http(&mut self, call: CallId, request: RequestId);
    fn speak(&mut self, language: String, text: String);
    fn resolve(&mut self, id: ResolveId, host: String, port: Option<u16>, transport: Option<Transport>);
    fn store_bindings(&mut self, user: String, bindings: Vec<BindingRow>);
    fn store_agents(&mut self, snapshot: acd::Snapshot);
    fn dial_line(&mut self, device: String, line: Option<u32>, number: String);
    fn cancel_dial(&mut self, device: String);
    fn line_sound(&mut self, device: String, line: Option<u32>, what: LineSound);
    fn discard_recording(&mut self, path: PathBuf);
    fn alarm(&mut self, text: String);
}

/// Everything that the loop owns.
pub struct EventLoop<E> {
    pub switch: Switch,
    pub transports: SipTransports,
    pub inbound: mpsc::Receiver<Inbound>,
    pub media: MediaHandle,
    pub media_events: mpsc::Receiver<media::Event>,
    /// Wishes, answers, new set-ups. When every sender is gone the loop stops as after `ShutDown`.
    pub inputs: mpsc::Receiver<Input>,
    pub effects: E,
    pub clock: Clock,
    pub capture: SipCapture,
    /// Agents' states changed since they were stored last.
    pub agents_changed: bool,
}

impl<E: Effects> EventLoop<E> {
    /// Runs until every call has ended after [`Input::ShutDown`].
    pub async fn run(mut self) {
        let mut ticks = interval(STORE_AGENTS_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut prunes = interval(PRUNE_EVERY);
        prunes.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut stop_at = None;
        loop {
            self.drain();
            if let Some(stop_at) = stop_at
                && self.may_stop(stop_at)
            {
                break;
            }
            let timer = self.switch.poll_timeout().map(|at| self.clock.deadline(at));
            tokio::select! {
                biased;
                Some(inbound) = self.inbound.recv() => self.on_inbound_batch(inbound),
                Some(event) = self.media_events.recv() => self.switch.handle(Input::Media(event), self.clock.now()),
                input = self.inputs.recv() => {
                    let input = input.unwrap_or(Input::ShutDown);
                    if matches!(input, Input::ShutDown) && stop_at.is_none() {
                        stop_at = Some(tokio::time::Instant::now() + DRAIN_DEADLINE);
                    }
                    self.switch.handle(input, self.clock.now());
                }
                () = at(timer) => self.switch.handle_timeout(self.clock.now()),
                _ = prunes.tick() => self.capture.prune(&self.switch.calls_up(), self.clock.now()),
                _ = ticks.tick() => {
                    let now = self.clock.now();
                    if std::mem::take(&mut self.agents_changed) {
                        self.effects.store_agents(self.switch.agents_snapshot(now));
                    }
                }
            }
        }
        self.drain();
        self.effects.store_agents(self.switch.agents_snapshot(self.clock.now()));
    }

    /// Calls have ended, or had long enough for it; those whom a BYE does not reach are waited for a moment only.
    fn may_stop(&self, stop_at: tokio::time::Instant) -> bool {
        let now = tokio::time::Instant::now();
        let said = self.switch.is_silent() || now >= stop_at - DRAIN_DEADLINE + LAST_WORDS;
        (self.switch.is_idle() && said) || now >= stop_at
    }

    /// Takes what is waiting, up to the budget, draining outputs after each.
    fn on_inbound_batch(&mut self, first: Inbound) {
        self.on_inbound(first);
        for _ in 1..BUDGET {
            let Ok(next) = self.inbound.try_recv() else { break };
            self.drain();
            self.on_inbound(next);
        }
    }

    fn on_inbound(&mut self, inbound: Inbound) {
        let now = self.clock.now();
        match inbound {
            Inbound::Message { flow, bytes } => {
                self.capture.heard(&flow, &bytes, now);
                self.switch.handle(Input::Sip { from: flow, bytes }, now);
            }
            Inbound::Opened { connection, flow, writer, permit } => {
                self.transports.opened(connection, flow, writer, permit);
            }
            Inbound::Closed { connection } => {
                self.transports.closed(connection);
                self.switch.handle(Input::SipClosed { connection }, now);
            }
            Inbound::SendFailed { target } => self.switch.handle(Input::SipSendFailed { target }, now),
        }
    }

    /// Does everything that the switch wants.
    fn drain(&mut self) {
        while let Some(output) = self.switch.poll_output() {
            match output {
                Output::SendSip { to, bytes } => {
                    self.capture.sent(&to, self.transports.local_of(&to), &bytes, self.clock.now());
                    self.transports.send(to, bytes);
                }
                Output::SipDialog { call, sip_call_id } => self.capture.claim(call, &sip_call_id),
                Output::CloseConnection { connection } => self.close(connection),
                Output::SipGate(change) => self.transports.gate(change),
                Output::Resolve { id, host, port, transport } => self.effects.resolve(id, host, port, transport),
                Output::OpenMedia { leg } => {
                    let address = self.media.open(leg).map_err(|error| error.to_string());
                    self.switch.handle(Input::MediaOpened { leg, address }, self.clock.now());
                }
                Output::Media(command) => {
                    if self.media.send(command).is_err() {
                        metrics::counter!("hotline_media_commands_dropped_total").increment(1);
                        self.effects.alarm("a media worker does not keep up: a command was lost".to_owned());
                    }
                }
                Output::Record(events) => self.record(events),
                Output::Live(live) => self.effects.live(live),
                Output::LookUpCaller { call, number, card } => self.effects.look_up_caller(call, number, card),
                Output::Http { call, request, http } => self.effects.http(call, request, http),
                Output::CancelHttp { call, request } => self.effects.cancel_http(call, request),
                Output::Speak { language, text } => self.effects.speak(language, text),
                Output::StoreBindings { user } => {
                    let rows =
                        self.switch.bindings(self.clock.now()).into_iter().filter(|row| row.user == user).collect();
                    self.effects.store_bindings(user, rows);
                }
                Output::DialLine { device, line, number } => self.effects.dial_line(device, line, number),
                Output::LineSound { device, line, what } => self.effects.line_sound(device, line, what),
                Output::DiscardRecording { path } => self.effects.discard_recording(path),
                Output::CancelDial { device } => self.effects.cancel_dial(device),
                Output::StoreAgents => self.agents_changed = true,
                Output::Alarm(text) => self.effects.alarm(text),
            }
        }
    }

    fn record(&mut self, events: Vec<CallEvent>) {
        for event in events.iter().filter(|event| matches!(event.what, What::Ended { .. })) {
            self.capture.end(event.call, self.clock.now());
        }
        self.effects.record(events);
    }

    fn close(&mut self, connection: ConnectionId) {
        self.transports.closed(connection);
        self.switch.handle(Input::SipClosed { connection }, self.clock.now());
    }
}

async fn at(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => pending().await,
    }
}
