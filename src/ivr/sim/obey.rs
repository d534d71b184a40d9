//! What the world does when the session wants something, and when what it has planned comes.

use std::collections::BTreeMap;

use super::length;
use super::setup::{AgentSetup, Callbacks, HttpFailure, HttpMock};
use super::transcript::Happening;
use super::voice::Recording;
use super::world::{Coming, Place, World};
use crate::ivr::session::{
    DialId, DialResult, FlowEvent, HttpResult, Input, Output, PlayId, RequestId, Sound, VoicemailEnd,
};

impl World {
    pub(super) fn obey(&mut self, output: Output) {
        match output {
            Output::Play { play, prompt, language, segments, .. } => self.on_play(play, prompt, language, &segments),
            Output::StopPlay { .. } | Output::CancelHttp { .. } => {}
            Output::Music { audio } => self.tell(Happening::Music { audio }),
            Output::Enqueue { group, .. } => self.on_enqueue(group),
            Output::Widen { group } => self.on_widen(group),
            Output::LeaveQueue { .. } => {
                self.tell(Happening::LeftQueue);
                self.rest.place = Place::Flow;
            }
            Output::ConnectAgent { staff_no } => self.on_connect(staff_no),
            Output::Http { request, method, url, body, .. } => self.on_http(request, method, url, body),
            Output::RecordVoicemail { voicemail, min_ms, max_ms, silence_ms, .. } => {
                let started_ms = self.now_ms();
                let spoken_until_ms = None;
                self.on_record(Recording { voicemail, min_ms, max_ms, silence_ms, started_ms, spoken_until_ms });
            }
            Output::StopVoicemail { voicemail } if self.is_over() => self.end_message(voicemail, VoicemailEnd::Stopped),
            Output::StopVoicemail { voicemail } => self.plan(0, Coming::MessageStopped(voicemail)),
            Output::BookCallback { number, group, place_ms, .. } => {
                let booked = self.rest.setup.callbacks == Callbacks::Booked;
                if booked {
                    self.tell(Happening::Callback { number, group, keeps_place: place_ms.is_some() });
                }
                self.plan(0, Coming::Booked(booked));
            }
            Output::Dial { dial, number, .. } => self.on_dial(dial, number),
            Output::ConnectDialled { dial } => self.on_connect_dialled(dial),
            Output::HangUpDialled { .. } => {}
            Output::Ticket { subject, group, .. } => {
                self.rest.tickets += 1;
                self.tell(Happening::Ticket { subject, group });
            }
            Output::Event { event } => self.on_event(event),
            Output::End { reason, node } => self.tell(Happening::Ended { reason, node }),
        }
    }

    pub(super) fn on_coming(&mut self, coming: Coming) {
        match coming {
            Coming::PlayEnds(play) => self.input(Input::PlayEnded { play }),
            Coming::Answers { visit, staff_no, talks_for_s } if self.is_waiting(visit) => {
                self.tell(Happening::Answered { staff_no: staff_no.clone() });
                self.rest.place = Place::Agent { staff_no: staff_no.clone(), talks_for_s };
                self.input(Input::AgentAnswered { staff_no });
            }
            Coming::NobodySignedIn { visit } if self.is_waiting(visit) => self.input(Input::NoAgents),
            Coming::Position { visit } if self.is_waiting(visit) => self.tell_position(),
            Coming::Answers { .. } | Coming::NobodySignedIn { .. } | Coming::Position { .. } => {}
            Coming::AgentHangsUp => {
                self.agent_hangs_up();
            }
            Coming::Http { request, result } => self.input(Input::Http { request, result }),
            Coming::Booked(true) => self.input(Input::CallbackBooked),
            Coming::Booked(false) => {
                self.input(Input::CallbackRefused { reason: "the switch refused it".to_owned() });
            }
            Coming::Dialled { dial, result } => self.input(Input::Dialled { dial, result }),
            Coming::DialEnds(dial) => self.input(Input::DialEnded { dial }),
            Coming::Silence(voicemail) => self.on_silence(voicemail),
            Coming::MessageIsFull(voicemail) => self.end_message(voicemail, VoicemailEnd::MaxLength),
            Coming::MessageStopped(voicemail) => self.end_message(voicemail, VoicemailEnd::Stopped),
        }
    }

    /// False when no agent is there to hang up.
    pub(super) fn agent_hangs_up(&mut self) -> bool {
        let speaks = matches!(self.rest.place, Place::Agent { .. });
        if speaks {
            self.rest.place = Place::Flow;
            self.tell(Happening::AgentHungUp);
            self.input(Input::AgentEnded);
        }
        speaks
    }

    /// The ACD says that so many are ahead now. False when the caller does not wait.
    pub(super) fn set_ahead(&mut self, count: u32) -> bool {
        match &mut self.rest.place {
            Place::Queue { ahead, .. } => {
                *ahead = count;
                self.tell_position();
                true
            }
            Place::Flow | Place::Agent { .. } => false,
        }
    }

    fn on_play(&mut self, play: PlayId, prompt: String, language: String, segments: &[Sound]) {
        let ms = length::length_ms(segments, &self.rest.setup.audio_s);
        self.plan(ms, Coming::PlayEnds(play));
        // A beep is told as the recording that follows it.
        let is_prompt = self.session.flows().all().any(|flow| flow.prompts.contains_key(prompt.as_str()));
        if is_prompt {
            let values = self.values(&prompt);
            self.tell(Happening::Heard { prompt, language, text: length::heard(segments), values });
        }
    }

    fn values(&self, prompt: &str) -> BTreeMap<String, String> {
        let flows = self.session.flows();
        let wordings = flows.all().filter_map(|flow| flow.prompts.get(prompt)).flat_map(|own| own.wording.values());
        let templates = wordings.flat_map(|wording| wording.parts.iter().filter_map(|part| part.template()));
        let names = templates.flat_map(|template| template.variables());
        names.filter_map(|name| Some((name.to_string(), self.session.value(name.as_str())?))).collect()
    }

    fn on_enqueue(&mut self, group: String) {
        let visit = self.rest.lines.len().try_into().unwrap_or(u32::MAX);
        let found = self.rest.setup.groups.get(&group);
        let ahead = found.map_or(0, |group| group.waiting);
        let anyone = found.is_some_and(|group| !group.agents.is_empty());
        self.rest.tickets += 1;
        self.tell(Happening::Queued { group: group.clone(), ahead });
        self.rest.place = Place::Queue { visit, groups: vec![group.clone()], ahead };
        self.plan(0, Coming::Position { visit });
        self.offer(visit, &group);
        if !anyone {
            self.plan(0, Coming::NobodySignedIn { visit });
        }
    }

    fn on_widen(&mut self, group: String) {
        self.tell(Happening::Widened { group: group.clone() });
        if let Place::Queue { visit, groups, .. } = &mut self.rest.place {
            groups.push(group.clone());
            let visit = *visit;
            self.offer(visit, &group);
        }
    }

    /// Plans the answer of every idle agent; the first one takes the caller.
    fn offer(&mut self, visit: u32, group: &str) {
        let agents = self.rest.setup.groups.get(group).map(|group| group.agents.clone()).unwrap_or_default();
        for AgentSetup { no, answers_after_s, talks_for_s, .. } in agents.into_iter().filter(|agent| agent.idle) {
            let coming = Coming::Answers { visit, staff_no: no, talks_for_s };
            self.plan(u64::from(answers_after_s) * 1000, coming);
        }
    }

    fn is_waiting(&self, which: u32) -> bool {
        matches!(self.rest.place, Place::Queue { visit, .. } if visit == which)
    }

    fn tell_position(&mut self) {
        if let Place::Queue { groups, ahead, .. } = &self.rest.place {
            let ahead = *ahead;
            let estimate_s = groups.first().and_then(|group| self.rest.setup.groups.get(group)?.estimate_s);
            self.input(Input::QueuePosition { ahead, estimate_s });
        }
    }

    fn on_connect(&mut self, staff_no: String) {
        self.tell(Happening::Connected { with: format!("agent {staff_no}") });
        if let Place::Agent { talks_for_s: Some(seconds), .. } = self.rest.place {
            self.plan(u64::from(seconds) * 1000, Coming::AgentHangsUp);
        }
    }

    fn on_http(&mut self, request: RequestId, method: String, url: String, body: Option<String>) {
        self.tell(Happening::Request { method, url, body });
        let node = self.rest.node.clone();
        let count = self.attempt(&node);
        let mock = self.rest.setup.http.get(&node).and_then(|answers| answers.nth(count));
        if let Some((after_ms, result)) = http_result(mock) {
            self.plan(after_ms, Coming::Http { request, result });
        }
    }

    fn on_dial(&mut self, dial: DialId, number: String) {
        let count = self.attempt(&number);
        let mock = self.rest.setup.dial.get(&number).and_then(|answers| answers.nth(count)).cloned();
        self.tell(Happening::Dialled { number });
        let (after_s, result) = mock.map_or((20, DialResult::NoAnswer), |mock| (mock.after_s, mock.result));
        self.plan(u64::from(after_s) * 1000, Coming::Dialled { dial, result });
    }

    fn on_connect_dialled(&mut self, dial: DialId) {
        let number = self.rest.lines.iter().rev().find_map(|line| match &line.what {
            Happening::Dialled { number } => Some(number.clone()),
            _ => None,
        });
        let number = number.unwrap_or_default();
        let count = self.rest.attempts.get(&number).map_or(0, |count| count.saturating_sub(1));
        let mock = self.rest.setup.dial.get(&number).and_then(|answers| answers.nth(count));
        let talks_for_s = mock.and_then(|mock| mock.talks_for_s);
        self.tell(Happening::Connected { with: number });
        if let Some(seconds) = talks_for_s {
            self.plan(u64::from(seconds) * 1000, Coming::DialEnds(dial));
        }
    }

    fn attempt(&mut self, what: &str) -> usize {
        let count = self.rest.attempts.entry(what.to_owned()).or_default();
        *count += 1;
        *count - 1
    }

    fn on_event(&mut self, event: FlowEvent) {
        match event {
            FlowEvent::NodeEntered { flow, node, kind, label } => {
                self.rest.node.clone_from(&node);
                let label = label.unwrap_or_else(|| node.clone());
                self.tell(Happening::Node { flow, node, kind, label });
            }
            FlowEvent::Branch { flow, node, outcome } => self.tell(Happening::Edge { flow, node, outcome }),
            FlowEvent::PromptEnded { prompt, by } if by != crate::ivr::session::PromptEnd::Played => {
                self.tell(Happening::Stopped { prompt });
            }
            FlowEvent::VariableSet { name, value } => self.tell(Happening::Set { name, value }),
            FlowEvent::LanguageSet { language } => {
                self.tell(Happening::Set { name: "language".to_owned(), value: language });
            }
            FlowEvent::HttpEnded { outcome, .. } => self.tell(Happening::Reply { outcome }),
            FlowEvent::CallbackRefused { reason } => self.tell(Happening::CallbackRefused { reason }),
            FlowEvent::DialEnded { outcome, .. } => self.tell(Happening::DialEnded { outcome }),
            // The world tells these itself, or they say nothing that the lines around them do not say.
            FlowEvent::PromptStarted { .. }
            | FlowEvent::PromptEnded { .. }
            | FlowEvent::Key { .. }
            | FlowEvent::WrongEntry { .. }
            | FlowEvent::NoEntry { .. }
            | FlowEvent::Queued { .. }
            | FlowEvent::Widened { .. }
            | FlowEvent::LeftQueue { .. }
            | FlowEvent::VoicemailEnded { .. }
            | FlowEvent::CallbackBooked { .. }
            | FlowEvent::TicketRequested { .. } => {}
        }
    }
}

/// When and what a service answers; `None` when it never does.
fn http_result(mock: Option<&HttpMock>) -> Option<(u64, HttpResult)> {
    let Some(mock) = mock else {
        let reason = "the test gives no answer for this node".to_owned();
        return Some((0, HttpResult::Unreachable { reason }));
    };
    let result = match mock.fails {
        Some(HttpFailure::TimedOut) => return None,
        Some(HttpFailure::Unreachable) => HttpResult::Unreachable { reason: "as the test says".to_owned() },
        Some(HttpFailure::NotAllowed) => HttpResult::NotAllowed,
        Some(HttpFailure::TooLarge) => HttpResult::TooLarge,
        None => {
            let json = mock.json.as_ref().map(ToString::to_string);
            let body = mock.body.clone().or(json).unwrap_or_default();
            HttpResult::Answer { status: mock.status.unwrap_or(200), body }
        }
    };
    Some((mock.after_ms, result))
}
