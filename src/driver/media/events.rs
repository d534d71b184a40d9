//! Events on their way to the switch.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use crate::media::Event;

/// Events that wait here when the switch does not read. Keys beyond this are dropped and counted; the others, of which
/// there are a few a command, are kept.
const MOST_WAITING: usize = 16_384;

/// Hands events over without ever waiting.
#[derive(Debug)]
pub(super) struct EventSink {
    to: mpsc::Sender<Event>,
    waiting: VecDeque<Event>,
    lost: u64,
}

impl EventSink {
    pub(super) fn new(to: mpsc::Sender<Event>) -> Self {
        EventSink { to, waiting: VecDeque::new(), lost: 0 }
    }

    pub(super) fn push(&mut self, event: Event) {
        if matches!(event, Event::Key { .. }) && self.waiting.len() >= MOST_WAITING {
            self.lost += 1;
            return;
        }
        self.waiting.push_back(event);
        self.flush();
    }

    /// Hands over what there is room for.
    pub(super) fn flush(&mut self) {
        while let Some(event) = self.waiting.pop_front() {
            match self.to.try_send(event) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(event)) => {
                    self.waiting.push_front(event);
                    return;
                }
                // Nobody listens any more: the switch has shut down.
                Err(mpsc::error::TrySendError::Closed(_)) => self.waiting.clear(),
            }
        }
        if self.lost > 0 && self.to.try_send(Event::EventsLost { count: self.lost }).is_ok() {
            self.lost = 0;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::CallId;
    use crate::media::{KeySource, PlayEnd, PlayId};

    #[test]
    fn keeps_what_must_not_be_lost_and_counts_the_keys_that_are() {
        let leg = CallId::from_raw(1).leg(0);
        let (to, mut from) = mpsc::channel(1);
        let mut sink = EventSink::new(to);
        for _ in 0..MOST_WAITING + 11 {
            sink.push(Event::Key { leg, digit: '1', source: KeySource::Rfc4733, duration_ms: 100 });
        }
        sink.push(Event::PlayEnded { leg, play: PlayId(1), by: PlayEnd::Finished });
        let mut events = Vec::new();
        while let Ok(event) = from.try_recv() {
            events.push(event);
            sink.flush();
        }
        assert_eq!(events.len(), MOST_WAITING + 3);
        assert_eq!(events[MOST_WAITING + 1], Event::PlayEnded { leg, play: PlayId(1), by: PlayEnd::Finished });
        assert_eq!(events[MOST_WAITING + 2], Event::EventsLost { count: 10 });
    }
}
