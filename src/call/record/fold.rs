//! Events into the record, one by one.

use std::collections::BTreeMap;

use super::super::event::{CallEvent, RingEnd, What};
use super::{
    Answer, CallRecord, Ended, FlowVersion, Key, MASKED_KEY, Message, Outcome, QueueExit, QueueVisit, Recording, Ring,
    Segment, SegmentKind, Span, Step, TicketRequest, Transfer, WrapUp,
};
use crate::call::event::{EndCause, EndedBy};

impl CallRecord {
    /// The record after its first event; `None` for any other than `Started`.
    pub fn begin(event: &CallEvent) -> Option<CallRecord> {
        let What::Started { direction, caller, called, source, sip_call_id } = &event.what else { return None };
        Some(CallRecord {
            call: event.call,
            last_seq: event.seq,
            started_at: event.at,
            direction: *direction,
            caller: caller.clone(),
            called: called.clone(),
            source: source.clone(),
            sip_call_id: sip_call_id.clone(),
            flow: None,
            path: Vec::new(),
            queue: Vec::new(),
            rings: Vec::new(),
            answers: Vec::new(),
            segments: Vec::new(),
            wrap_ups: Vec::new(),
            transfers: Vec::new(),
            recordings: Vec::new(),
            requested_tickets: Vec::new(),
            voicemail: None,
            callback: None,
            given_up: None,
            outcome: None,
            media: BTreeMap::new(),
            ended: None,
        })
    }

    /// Takes the next event; one that is in already, or of another call, changes nothing.
    pub fn apply(&mut self, event: &CallEvent) {
        if event.call != self.call || event.seq <= self.last_seq {
            return;
        }
        self.last_seq = event.seq;
        self.on_caller(event);
        self.on_flow(event);
        self.on_queue(event);
        self.on_agents(event);
        self.on_recording(event);
        self.on_end(event);
    }

    fn on_caller(&mut self, event: &CallEvent) {
        if let (What::CallerTold { caller }, None) = (&event.what, &self.caller) {
            self.caller = Some(caller.clone());
        }
    }

    fn on_flow(&mut self, event: &CallEvent) {
        match &event.what {
            What::FlowStarted { flow, version } => {
                self.flow = Some(FlowVersion { flow: flow.clone(), version: *version });
            }
            What::NodeEntered { node, kind, label } => self.path.push(Step {
                node: node.clone(),
                kind: kind.clone(),
                label: label.clone(),
                at: event.at,
                offset_ms: event.offset_us / 1000,
                keys: Vec::new(),
                outcome: None,
            }),
            What::Key { digit, by, masked } => {
                if let Some(step) = self.path.last_mut() {
                    let digit = if *masked { MASKED_KEY } else { *digit };
                    step.keys.push(Key { digit, at: event.at, by: *by });
                }
            }
            What::Branch { node, outcome } => {
                if let Some(step) = self.path.iter_mut().rfind(|step| step.node == *node) {
                    step.outcome = Some(outcome.clone());
                }
            }
            What::TicketRequested { subject, group } => {
                self.requested_tickets.push(TicketRequest { subject: subject.clone(), group: group.clone() });
            }
            What::CallbackGivenUp { group } => self.given_up = Some(group.clone()),
            What::CallbackBooked { number, .. } => self.callback = Some(number.clone()),
            What::Outcome { success, source } => self.outcome = Some(Outcome { success: *success, source: *source }),
            _ => {}
        }
    }

    fn on_queue(&mut self, event: &CallEvent) {
        match &event.what {
            What::Queued { group, priority, ahead } => self.queue.push(QueueVisit {
                group: group.clone(),
                overflow: Vec::new(),
                priority: *priority,
                ahead: *ahead,
                at: event.at,
                span: Span::from(event.offset_us),
                exit: None,
            }),
            What::Overflowed { group } => {
                if let Some(visit) = self.waiting() {
                    visit.overflow.push(group.clone());
                }
            }
            What::LeftQueue { reason } => self.leave_queue(QueueExit::Left { reason: *reason }, event.offset_us),
            What::Ringing { agent, group, .. } => self.rings.push(Ring {
                agent: agent.clone(),
                group: group.clone(),
                at: event.at,
                span: Span::from(event.offset_us),
                end: None,
            }),
            What::RingEnded { agent, why } => self.end_ring(agent, *why, event.offset_us),
            What::Answered { agent, waited_ms } => {
                self.end_ring(agent, RingEnd::Answered, event.offset_us);
                self.leave_queue(QueueExit::Answered { agent: agent.clone() }, event.offset_us);
                self.answers.push(Answer { agent: agent.clone(), at: event.at, waited_ms: *waited_ms });
            }
            _ => {}
        }
    }

    fn waiting(&mut self) -> Option<&mut QueueVisit> {
        self.queue.last_mut().filter(|visit| visit.exit.is_none())
    }

    fn leave_queue(&mut self, exit: QueueExit, at_us: u64) {
        if let Some(visit) = self.waiting() {
            visit.span.close(at_us);
            visit.exit = Some(exit);
        }
    }

    fn end_ring(&mut self, agent: &str, why: RingEnd, at_us: u64) {
        if let Some(ring) = self.rings.iter_mut().rfind(|ring| ring.agent == agent && ring.end.is_none()) {
            ring.span.close(at_us);
            ring.end = Some(why);
        }
    }

    fn on_agents(&mut self, event: &CallEvent) {
        let at_us = event.offset_us;
        match &event.what {
            What::Bridged { agent } | What::Resumed { agent } => self.start_segment(agent, SegmentKind::Talk, event),
            What::Held { agent } => self.start_segment(agent, SegmentKind::Hold, event),
            What::Unbridged { agent } => self.end_segments(Some(agent), at_us),
            What::Transferred { from, to, kind } => {
                self.transfers.push(Transfer { from: from.clone(), to: to.clone(), kind: *kind, at: event.at });
            }
            What::WrapUpStarted { agent, until } => {
                // Counted in full until its end is told: a restart in between must not make it nothing.
                let duration_ms = u64::try_from(until.0.saturating_sub(event.at.0)).unwrap_or(0);
                self.wrap_ups.push(WrapUp { agent: agent.clone(), at: event.at, duration_ms });
            }
            What::WrapUpEnded { agent } => {
                if let Some(wrap_up) = self.wrap_ups.iter_mut().rfind(|wrap_up| wrap_up.agent == *agent) {
                    wrap_up.duration_ms = u64::try_from(event.at.0.saturating_sub(wrap_up.at.0)).unwrap_or(0);
                }
            }
            _ => {}
        }
    }

    fn start_segment(&mut self, agent: &str, kind: SegmentKind, event: &CallEvent) {
        let same = |segment: &Segment| segment.agent == agent && segment.kind == kind && segment.span.is_open();
        if self.segments.iter().any(same) {
            return;
        }
        self.end_segments(Some(agent), event.offset_us);
        self.segments.push(Segment { agent: agent.to_owned(), kind, at: event.at, span: Span::from(event.offset_us) });
    }

    /// Of one agent, or of all.
    fn end_segments(&mut self, agent: Option<&str>, at_us: u64) {
        let concerned = |segment: &&mut Segment| agent.is_none_or(|agent| segment.agent == agent);
        self.segments.iter_mut().filter(concerned).for_each(|segment| segment.span.close(at_us));
    }

    fn on_recording(&mut self, event: &CallEvent) {
        match &event.what {
            What::RecordingStarted { recording, kind } => self.recordings.push(Recording {
                recording: recording.clone(),
                kind: *kind,
                at: event.at,
                duration_ms: 0,
                bytes: 0,
                complete: false,
            }),
            What::RecordingEnded { recording, duration_ms, bytes, complete } => {
                if let Some(known) = self.recordings.iter_mut().rfind(|known| known.recording == *recording) {
                    known.duration_ms = *duration_ms;
                    known.bytes = *bytes;
                    known.complete = *complete;
                }
            }
            What::VoicemailEnded { duration_ms, kept } => {
                self.voicemail = Some(Message { duration_ms: *duration_ms, kept: *kept });
            }
            What::Media(report) => {
                self.media.insert(event.leg.unwrap_or(0), *report);
            }
            _ => {}
        }
    }

    fn on_end(&mut self, event: &CallEvent) {
        let What::Ended { cause, by, node } = &event.what else { return };
        if self.ended.is_some() {
            return;
        }
        let exit = match by {
            EndedBy::Caller => QueueExit::Abandoned,
            EndedBy::Agent | EndedBy::Flow | EndedBy::Supervisor | EndedBy::Switch => {
                QueueExit::Failed { cause: *cause }
            }
        };
        let why = match (cause, by) {
            (EndCause::NotTold, _) => RingEnd::Unknown,
            (_, EndedBy::Caller) => RingEnd::CallerGone,
            (_, EndedBy::Agent | EndedBy::Flow | EndedBy::Supervisor | EndedBy::Switch) => RingEnd::Withdrawn,
        };
        self.leave_queue(exit, event.offset_us);
        for ring in self.rings.iter_mut().filter(|ring| ring.end.is_none()) {
            ring.span.close(event.offset_us);
            ring.end = Some(why);
        }
        self.end_segments(None, event.offset_us);
        self.ended = Some(Ended {
            at: event.at,
            duration_ms: event.offset_us / 1000,
            cause: *cause,
            by: *by,
            node: node.clone(),
        });
    }
}
