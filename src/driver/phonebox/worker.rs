//! The thread of one box: a port that comes and goes, the engine, and what is told of it.
//!
//! In written order: outputs of the engine, commands, bytes. Every wait ends within [`TURN`], so a command waits no
//! longer, and the thread never spins: it sleeps in `poll`, or between attempts to open.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use super::find::{PortName, Roots, places};
use super::limits::Allowance;
use super::link::{Link, LinkError, Place};
use super::status::{BoxState, BoxStatus};
use super::{BoxCommand, BoxEvent};
use crate::base::{Instant, Now};
use crate::driver::clock::Clock;
use crate::phonebox::{DeviceFault, Engine, EngineOptions, Event, EventKind, Output, Profile, Transport};

/// The longest wait for bytes: commands are looked for in between.
const TURN: Duration = Duration::from_millis(50);
/// Taken in one turn. At 115200 baud 50 ms bring 576 bytes.
const READ_BYTES: usize = 4096;
/// Between attempts to open: doubled from the first to the second. A port that is plugged in is found within it.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The same for a device that is there and does not answer.
const LONGEST_REFUSED_PAUSE: Duration = Duration::from_secs(30);
/// A port that stayed open for this long was all right.
const STEADY: Duration = Duration::from_secs(5);
/// After this time without excess a flooding device is an ordinary one again.
const CALM: Duration = Duration::from_secs(10);

/// What the thread is made of.
pub(super) struct Worker {
    pub id: String,
    pub port: PortName,
    pub profile: Arc<Profile>,
    pub roots: Roots,
    pub clock: Clock,
    pub engine: Engine,
    pub commands: Receiver<BoxCommand>,
    pub events: Sender<BoxEvent>,
    pub status: Arc<Mutex<BoxStatus>>,
    link: Option<Link>,
    opened_at: Instant,
    pause: Duration,
    allowance: Allowance,
    flooding_until: Option<Instant>,
    /// What the box was before it flooded or fell silent.
    ready: Option<BoxState>,
    /// The port was closed just now: a pause comes before the next attempt.
    must_rest: bool,
    /// The device is there and does not answer as its profile says; told once, true until it does.
    refused: Option<DeviceFault>,
}

/// Whether the thread goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Going {
    On,
    Stop,
}

/// The parts of a worker that its face chooses.
pub(super) struct WorkerParts {
    pub id: String,
    pub port: PortName,
    pub profile: Arc<Profile>,
    pub options: EngineOptions,
    pub roots: Roots,
    pub clock: Clock,
    pub commands: Receiver<BoxCommand>,
    pub events: Sender<BoxEvent>,
    pub status: Arc<Mutex<BoxStatus>>,
}

impl Worker {
    pub fn new(parts: WorkerParts) -> Self {
        let now = parts.clock.now();
        Worker {
            engine: Engine::new(parts.profile.clone(), parts.options, now),
            id: parts.id,
            port: parts.port,
            profile: parts.profile,
            roots: parts.roots,
            clock: parts.clock,
            commands: parts.commands,
            events: parts.events,
            status: parts.status,
            link: None,
            opened_at: now.instant,
            pause: FIRST_PAUSE,
            allowance: Allowance::new(now.instant),
            flooding_until: None,
            ready: None,
            must_rest: false,
            refused: None,
        }
    }

    /// Runs until its handle is dropped.
    pub fn run(mut self) {
        self.describe();
        loop {
            let going = if self.link.is_some() { self.turn() } else { self.try_to_open() };
            if going == Going::Stop {
                return;
            }
        }
    }

    fn describe(&self) {
        let mut status = self.status();
        status.profile = Some(self.profile.id.clone());
        status.can_dial = self.profile.dial.is_some();
        status.tells_hook = self.profile.session.hook_is_told;
    }

    fn status(&self) -> MutexGuard<'_, BoxStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One attempt at every place where the box may be, and a pause when it is at none.
    fn try_to_open(&mut self) -> Going {
        if std::mem::take(&mut self.must_rest) && self.rest() == Going::Stop {
            return Going::Stop;
        }
        let found = places(&self.port, &self.profile, &self.roots);
        let mut why = match self.port {
            PortName::Path(_) | PortName::Udp(_) => "there is no such port".to_owned(),
            PortName::Auto | PortName::Pattern(_) | PortName::Usb(_) => "not plugged in".to_owned(),
        };
        for place in found {
            match self.open(&place) {
                Ok(link) => {
                    self.on_opened(link, &place);
                    return Going::On;
                }
                Err(error) => why = format!("{place}: {error}"),
            }
        }
        let now = self.clock.now();
        {
            let mut status = self.status();
            status.counters.open_failures += 1;
            status.enter(BoxState::Absent { why }, now.utc);
        }
        self.engine.handle_timeout(now);
        self.rest()
    }

    fn open(&self, place: &Place) -> Result<Link, LinkError> {
        let serial = match &self.profile.transport {
            Transport::Serial(serial) => Some(serial),
            Transport::Udp { .. } | Transport::Hidraw => None,
        };
        Link::open(place, serial)
    }

    fn on_opened(&mut self, link: Link, place: &Place) {
        let now = self.clock.now();
        let shown = link.local_address().map_or_else(|| place.to_string(), |address| format!("udp:{address}"));
        tracing::info!(device = %self.id, port = %shown, profile = %self.profile.id, "phone box opened");
        {
            let mut status = self.status();
            status.open = Some(shown);
            status.enter(BoxState::Starting, now.utc);
        }
        self.link = Some(link);
        self.opened_at = now.instant;
        self.allowance = Allowance::new(now.instant);
        self.engine.handle_open(now);
        self.drain(now);
    }

    /// Waits before the next attempt; commands are answered meanwhile.
    fn rest(&mut self) -> Going {
        let until = self.clock.now().instant + self.pause;
        let longest = if self.refused.is_some() { LONGEST_REFUSED_PAUSE } else { LONGEST_PAUSE };
        self.pause = (self.pause * 2).min(longest);
        loop {
            let left = until.since(self.clock.now().instant);
            if left.is_zero() {
                return Going::On;
            }
            match self.commands.recv_timeout(left) {
                Ok(command) => self.on_command(command),
                Err(RecvTimeoutError::Timeout) => return Going::On,
                Err(RecvTimeoutError::Disconnected) => return Going::Stop,
            }
        }
    }

    /// One turn with an open port.
    fn turn(&mut self) -> Going {
        loop {
            match self.commands.try_recv() {
                Ok(command) => self.on_command(command),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.link = None;
                    return Going::Stop;
                }
            }
        }
        let now = self.clock.now();
        if self.link.is_none() {
            return Going::On;
        }
        if let Some(pause) = self.allowance.must_rest(now.instant) {
            self.flood(now);
            std::thread::sleep(pause.min(TURN));
            return Going::On;
        }
        let due = self.engine.poll_timeout().map_or(TURN, |due| due.since(now.instant));
        let mut buffer = [0; READ_BYTES];
        let read = self.link.as_mut().map(|link| link.read(&mut buffer, due.min(TURN)));
        let now = self.clock.now();
        match read {
            Some(Ok(0)) | None => self.engine.handle_timeout(now),
            Some(Ok(count)) => self.on_bytes(buffer.get(..count).unwrap_or_default(), now),
            Some(Err(error)) => return self.on_lost(&error, now),
        }
        self.calm_down(now);
        self.drain(now);
        self.update();
        Going::On
    }

    fn on_bytes(&mut self, bytes: &[u8], now: Now) {
        self.allowance.take_bytes(bytes.len());
        {
            let mut status = self.status();
            status.last_heard = Some(now.utc);
            status.note_raw(bytes, false, now.utc);
            if status.state == BoxState::Silent {
                status.enter(self.ready.clone().unwrap_or(BoxState::Starting), now.utc);
            }
        }
        self.engine.handle_bytes(bytes, now);
    }

    fn on_command(&mut self, command: BoxCommand) {
        let now = self.clock.now();
        match command {
            BoxCommand::Dial { line, number } => self.engine.handle_dial(line, &number, now),
            BoxCommand::CancelDial => self.engine.handle_dial_cancel(now),
        }
        self.drain(now);
    }

    /// Does what the engine says, until it says nothing more.
    fn drain(&mut self, now: Now) {
        let mut lost: VecDeque<LinkError> = VecDeque::new();
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Event(event) => self.tell(event, now),
                Output::Write(bytes) => {
                    self.status().note_raw(&bytes, true, now.utc);
                    if let Some(Err(error)) = self.link.as_mut().map(|link| link.write(&bytes)) {
                        lost.push_back(error);
                    }
                }
                Output::Reopen => self.give_up(now),
            }
        }
        if let Some(error) = lost.pop_front() {
            self.on_lost(&error, now);
        }
    }

    fn on_lost(&mut self, error: &LinkError, now: Now) -> Going {
        tracing::warn!(device = %self.id, %error, "phone box lost");
        if matches!(error, LinkError::Stuck) {
            self.status().counters.stuck += 1;
        }
        // Closed before anything else, or a device that comes back gets another name.
        self.close();
        self.engine.handle_lost(now);
        while let Some(output) = self.engine.poll_output() {
            if let Output::Event(event) = output {
                self.tell(event, now);
            }
        }
        self.status().enter(BoxState::Absent { why: error.to_string() }, now.utc);
        self.update();
        Going::On
    }

    /// The device does not answer: it may after the port was opened anew.
    fn give_up(&mut self, now: Now) {
        self.close();
        let state = match self.refused {
            Some(reason) => BoxState::Refused { reason },
            None => BoxState::Absent { why: "it does not answer any more".to_owned() },
        };
        self.status().enter(state, now.utc);
        self.update();
    }

    fn close(&mut self) {
        let now = self.clock.now();
        if self.link.take().is_some() && now.instant.since(self.opened_at) > STEADY && self.refused.is_none() {
            self.pause = FIRST_PAUSE;
        }
        self.must_rest = true;
        self.status().open = None;
        self.ready = None;
        self.flooding_until = None;
    }

    /// Passes an event on. One that nobody takes is counted, not waited for.
    fn tell(&mut self, event: Event, now: Now) {
        self.status().note_event(&event, now.utc);
        match &event.kind {
            EventKind::DeviceReady { caller_id } => {
                self.ready = Some(BoxState::Ready { caller_id: *caller_id });
                self.refused = None;
            }
            EventKind::DeviceError { reason } => self.refused = Some(*reason),
            EventKind::DeviceFlooding => self.flooding_until = Some(now.instant + CALM),
            _ => {}
        }
        let allowed = self.allowance.take_event(now.instant);
        if !allowed || self.events.try_send(self.event(event, now)).is_err() {
            self.status().counters.events_dropped += 1;
        }
        if !allowed {
            self.flood(now);
        }
    }

    fn event(&self, event: Event, now: Now) -> BoxEvent {
        BoxEvent { device: self.id.clone(), at: now, tells_hook: self.profile.session.hook_is_told, event }
    }

    /// More came than a line can cause: told once, until it is calm.
    fn flood(&mut self, now: Now) {
        if self.flooding_until.replace(now.instant + CALM).is_none() {
            tracing::warn!(device = %self.id, "phone box floods");
            let event = Event::told(None, EventKind::DeviceFlooding);
            self.status().note_event(&event, now.utc);
            let _ = self.events.try_send(self.event(event, now));
        }
    }

    fn calm_down(&mut self, now: Now) {
        if self.flooding_until.is_some_and(|until| until <= now.instant) {
            self.flooding_until = None;
            let state = self.ready.clone().unwrap_or(BoxState::Starting);
            self.status().enter(state, now.utc);
        }
    }

    fn update(&mut self) {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.counters.set_engine(self.engine.counters());
        status.set_lines(self.engine.lines());
    }
}
