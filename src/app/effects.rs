//! What the switch asks of the rest of the process: each answer comes back as an input.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{broadcast, mpsc};
use tokio::task::AbortHandle;

use crate::acd;
use crate::base::CallId;
use crate::call::event::CallEvent;
use crate::call::live::Live;
use crate::call::switch::{BoxTold, HttpRequest, Input, LineSound};
use crate::driver::clock::Clock;
use crate::driver::event_loop::Effects;
use crate::driver::phonebox::{BoxCommand, BoxSet};
use crate::driver::sip::Locator;
use crate::driver::sound::{SoundCommand, SoundSet};
use crate::driver::web::WebClient;
use crate::ivr::session::RequestId;
use crate::library::Sounds;
use crate::media;
use crate::phonebox::{DialFailure, Event, EventKind};
use crate::sip::endpoint::{ResolveId, Transport};
use crate::sip::registrar::BindingRow;
use crate::store::Store;
use crate::store::recorder::{Committed, Recorder};

/// The switch's hands.
pub(super) struct Hands {
    pub store: Store,
    pub recorder: Recorder,
    pub live: broadcast::Sender<Arc<Live>>,
    pub web: WebClient,
    pub sounds: Arc<Sounds>,
    pub inputs: mpsc::Sender<Input>,
    pub boxes: BoxSet,
    pub sounds_of_lines: SoundSet,
    pub locator: Locator,
    pub clock: Clock,
    pub requests: BTreeMap<(CallId, RequestId), AbortHandle>,
    /// Bindings that are stored, so that what is gone is forgotten.
    pub bound: HashMap<String, Vec<String>>,
    pub was_full: bool,
}

impl Hands {
    /// Sends an answer back without ever waiting; a full queue drops it, and the asker's deadline deals with that.
    fn answer(inputs: &mpsc::Sender<Input>, input: Input) {
        if inputs.try_send(input).is_err() {
            metrics::counter!("hotline_answers_dropped_total").increment(1);
        }
    }
}

impl Effects for Hands {
    fn record(&mut self, events: Vec<CallEvent>) {
        self.recorder.record(events);
        let full = self.recorder.is_full();
        if full != self.was_full {
            self.was_full = full;
            Self::answer(&self.inputs, Input::Overloaded(full));
        }
    }

    fn live(&mut self, live: Live) {
        // An error is that nobody listens.
        let _ = self.live.send(Arc::new(live));
    }

    fn look_up_caller(&mut self, call: CallId, number: String, card: bool) {
        let (store, inputs) = (self.store.clone(), self.inputs.clone());
        tokio::spawn(async move {
            let last_agent = store.last_agent(&number).await.ok().flatten();
            let card = if card { store.customer_card(&number).await.ok().flatten() } else { None };
            let last_agent =
                last_agent.map(|(agent, answered_at)| acd::LastAgent { agent: acd::AgentNo(agent), answered_at });
            Hands::answer(&inputs, Input::Caller { call, card, last_agent });
        });
    }

    fn http(&mut self, call: CallId, request: RequestId, http: HttpRequest) {
        self.requests.retain(|_, task| !task.is_finished());
        let (web, inputs) = (self.web.clone(), self.inputs.clone());
        let task = tokio::spawn(async move {
            let result = web.send(http).await;
            Hands::answer(&inputs, Input::Http { call, request, result });
        });
        self.requests.insert((call, request), task.abort_handle());
    }

    fn cancel_http(&mut self, call: CallId, request: RequestId) {
        if let Some(task) = self.requests.remove(&(call, request)) {
            task.abort();
        }
    }

    fn speak(&mut self, language: String, text: String) {
        let (sounds, inputs) = (self.sounds.clone(), self.inputs.clone());
        tokio::spawn(async move {
            let clip = sounds.speech(&language, &text).await.ok();
            Hands::answer(&inputs, Input::Spoken { language, text, clip });
        });
    }

    fn resolve(&mut self, id: ResolveId, host: String, port: Option<u16>, transport: Option<Transport>) {
        let (inputs, locator) = (self.inputs.clone(), self.locator.clone());
        tokio::spawn(async move {
            let targets = locator.targets(&host, port, transport).await;
            Hands::answer(&inputs, Input::SipResolved { id, targets });
        });
    }

    fn store_bindings(&mut self, user: String, bindings: Vec<BindingRow>) {
        let now: Vec<String> = bindings.iter().map(|binding| binding.contact.clone()).collect();
        for contact in self.bound.remove(&user).unwrap_or_default() {
            if !now.contains(&contact) {
                self.recorder.forget_registration(user.clone(), contact);
            }
        }
        for binding in bindings {
            self.recorder.save_registration(binding);
        }
        self.bound.insert(user, now);
    }

    fn store_agents(&mut self, snapshot: acd::Snapshot) {
        self.recorder.save_acd(snapshot, self.clock.now().utc);
    }

    fn dial_line(&mut self, device: String, line: Option<u32>, number: String) {
        if self.boxes.command(&device, BoxCommand::Dial { line, number }).is_err() {
            let failed = EventKind::DialFailed { reason: DialFailure::NotReady };
            let told = BoxTold { device, tells_hook: true, event: Event::told(line, failed) };
            Self::answer(&self.inputs, Input::PhoneBox(told));
        }
    }

    fn cancel_dial(&mut self, device: String) {
        // A box that takes no command dials nothing either.
        let _ = self.boxes.command(&device, BoxCommand::CancelDial);
    }

    fn line_sound(&mut self, device: String, line: Option<u32>, what: LineSound) {
        let (command, started) = match what {
            LineSound::Record { recording, path, hear_caller } => {
                (SoundCommand::Record { recording, path, hear_caller }, Some(recording))
            }
            LineSound::Stop { recording } => (SoundCommand::Stop { recording }, None),
        };
        let taken = self.sounds_of_lines.command(&device, line, command);
        if let (false, Some(recording)) = (taken, started) {
            let ended = media::Event::RecordingEnded { recording, duration_ms: 0, bytes: 0, complete: false };
            Self::answer(&self.inputs, Input::Media(ended));
        }
    }

    fn discard_recording(&mut self, path: PathBuf) {
        tokio::task::spawn_blocking(move || {
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), %error, "a recording of no call is left");
            }
        });
    }

    fn alarm(&mut self, text: String) {
        tracing::warn!("{text}");
        metrics::counter!("hotline_alarms_total").increment(1);
    }
}

/// Tells the switch who its callers are, and desks which tickets were made, as the record is written.
pub(super) async fn follow_record(
    mut committed: broadcast::Receiver<Arc<Committed>>,
    inputs: mpsc::Sender<Input>,
    live: broadcast::Sender<Arc<Live>>,
    clock: Clock,
) {
    loop {
        let record = match committed.recv().await {
            Ok(record) => record,
            Err(broadcast::error::RecvError::Lagged(_)) => continue,
            Err(broadcast::error::RecvError::Closed) => return,
        };
        if let Some(card) = record.customers.first() {
            Hands::answer(&inputs, Input::Caller { call: record.call, card: Some(card.clone()), last_agent: None });
        }
        for ticket in &record.tickets {
            let told = Live::Ticket {
                call: record.call,
                at: clock.now().utc,
                agent: ticket.agent.clone(),
                ticket: ticket.number,
            };
            let _ = live.send(Arc::new(told));
        }
    }
}
