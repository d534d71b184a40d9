//! The task that writes: straight to the database while it answers, else by way of the spool.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::batch::Batch;
use super::catch_up::{CaughtUp, catch_up};
use super::handle::{Message, RecorderLimits};
use super::spooler::Spooler;
use super::told::Told;
use super::writer::{Writer, Written};
use crate::call::event::CallEvent;
use crate::store::open::Store;

/// Messages taken from the queue at once.
const MAX_MESSAGES: usize = 1024;
/// Events that wait in memory when the disk takes none either; then the queue is no longer read.
const MAX_HELD_EVENTS: usize = 20_000;

pub(super) struct Task {
    limits: RecorderLimits,
    inbox: mpsc::Receiver<Message>,
    spool: Spooler,
    told: Told,
    /// `None` while an attempt to catch up has it.
    writer: Option<Writer>,
    /// The database did not take the last batch.
    away: bool,
    /// How long the next transaction waits for more.
    linger: Duration,
    /// What found no place yet: states, and events that even the spool refused.
    held: Batch,
}

/// What was waiting in the queue.
struct Taken {
    batch: Batch,
    settle: Vec<oneshot::Sender<()>>,
}

impl Taken {
    fn of(messages: &mut Vec<Message>) -> Taken {
        let mut taken = Taken { batch: Batch::default(), settle: Vec::new() };
        for message in messages.drain(..) {
            match message {
                Message::Keep(work) => taken.batch.add(work),
                Message::Settle(done) => taken.settle.push(done),
            }
        }
        taken
    }

    fn settle(self) {
        for done in self.settle {
            // Whoever asked may have gone.
            let _ = done.send(());
        }
    }
}

impl Task {
    pub fn new(
        store: Store,
        spool: Spooler,
        limits: RecorderLimits,
        inbox: mpsc::Receiver<Message>,
        told: Told,
    ) -> Task {
        let writer = Some(Writer::new(store));
        let linger = limits.linger;
        Task { limits, inbox, spool, told, writer, away: false, linger, held: Batch::default() }
    }

    /// Until the last handle is gone.
    pub async fn run(mut self) {
        let mut open = true;
        while open {
            open = if self.away || !self.spool.is_empty() { self.catch_up().await } else { self.write_through().await };
        }
    }

    /// One batch straight to the database. False when nobody can send any more.
    async fn write_through(&mut self) -> bool {
        let mut messages = Vec::new();
        if self.held.events.is_empty() && self.inbox.recv_many(&mut messages, MAX_MESSAGES).await == 0 {
            return false;
        }
        if !messages.is_empty() && !self.linger.is_zero() {
            tokio::time::sleep(self.linger).await;
        }
        while messages.len() < MAX_MESSAGES
            && let Ok(message) = self.inbox.try_recv()
        {
            messages.push(message);
        }
        let mut taken = Taken::of(&mut messages);
        let held = std::mem::take(&mut self.held);
        taken.batch.states.or_older(held.states);
        // Held events were told when they came.
        let fresh = taken.batch.events.split_off(0);
        taken.batch.events = held.events;
        let told_before = taken.batch.events.len();
        taken.batch.events.extend(fresh);
        self.linger = linger(&self.limits, taken.batch.events.len());
        if !taken.batch.is_empty() {
            self.write(&mut taken.batch, told_before).await;
        }
        taken.settle();
        true
    }

    async fn write(&mut self, batch: &mut Batch, told_before: usize) {
        let Some(writer) = self.writer.as_mut() else { return };
        let failed = match timeout(self.limits.write_timeout, writer.write(batch)).await {
            Ok(Ok(written)) => return self.tell(std::mem::take(&mut batch.events), told_before, written).await,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} ms", self.limits.write_timeout.as_millis()),
        };
        self.go_away(&failed);
        self.told.waiting(batch.events.get(told_before..).unwrap_or_default());
        self.held.states.or_older(std::mem::take(&mut batch.states));
        self.spool_events(std::mem::take(&mut batch.events)).await;
    }

    async fn tell(&mut self, mut events: Vec<CallEvent>, told_before: usize, mut written: Written) {
        for (events, why) in std::mem::take(&mut written.rejected) {
            self.told.alarm(format!("the database refuses {} events of a call: {why}", events.len()));
            self.spool.reject(events, why).await;
        }
        self.told.count(events.len());
        events.drain(..told_before);
        self.told.committed(events, written);
    }

    /// Writes what waits, while new events go to the spool. False when nobody can send any more.
    async fn catch_up(&mut self) -> bool {
        let Some(writer) = self.writer.take() else { return false };
        let delay = if self.away { self.limits.retry } else { Duration::ZERO };
        let states = std::mem::take(&mut self.held.states);
        let attempt = catch_up(writer, self.spool.reader(), states, delay, self.spool.clone(), self.told.clone());
        tokio::pin!(attempt);
        let mut open = true;
        let mut messages = Vec::new();
        let caught_up = loop {
            let takes = open && self.held.events.len() < MAX_HELD_EVENTS;
            tokio::select! {
                caught_up = &mut attempt => break caught_up,
                count = self.inbox.recv_many(&mut messages, MAX_MESSAGES), if takes => {
                    open = count > 0;
                    let mut taken = Taken::of(&mut messages);
                    let Batch { events, states } = std::mem::take(&mut taken.batch);
                    let older = std::mem::replace(&mut self.held.states, states);
                    self.held.states.or_older(older);
                    self.told.waiting(&events);
                    self.spool_events(events).await;
                    taken.settle();
                }
            }
        };
        self.after(caught_up).await;
        // Nobody is left to wait for: what remains is written at the next start.
        open
    }

    async fn after(&mut self, caught_up: CaughtUp) {
        self.writer = Some(caught_up.writer);
        self.held.states.or_older(caught_up.states);
        if let Some(mark) = caught_up.mark {
            self.spool.release(mark).await;
        }
        match caught_up.failed {
            Some(failed) => self.go_away(&failed),
            None => {
                self.away = false;
                if self.told.set_away(false) {
                    self.told.all_clear("the database takes events again".to_owned());
                }
            }
        }
        let held = std::mem::take(&mut self.held.events);
        if self.away {
            self.spool_events(held).await;
        } else {
            self.held.events = held;
        }
    }

    fn go_away(&mut self, why: &str) {
        self.away = true;
        if self.told.set_away(true) {
            let dir = self.spool.dir().display();
            self.told.alarm(format!("the database takes no events ({why}): they wait in {dir} until it does"));
        }
    }

    /// To the disk; what it refuses is held in memory, after what is held already.
    async fn spool_events(&mut self, events: Vec<CallEvent>) {
        if events.is_empty() {
            return;
        }
        // In order: nothing goes to the disk before what is held.
        let was_held = !self.held.events.is_empty();
        self.held.events.extend(events);
        match self.spool.append(&self.held.events).await {
            Ok(()) => self.held.events.clear(),
            Err(_) if was_held => {}
            Err(error) => {
                let count = self.held.events.len();
                self.told.alarm(format!("{count} events wait in memory, new calls are refused: {error}"));
            }
        }
    }
}

/// The more came together, the longer is waited for the next: a millisecond an event.
fn linger(limits: &RecorderLimits, events: usize) -> Duration {
    let more = Duration::from_millis(u64::try_from(events).unwrap_or(u64::MAX));
    limits.linger.saturating_add(more).min(limits.most_linger.max(limits.linger))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_the_more_there_is_and_never_too_long() {
        let limits = RecorderLimits::default();
        assert_eq!(linger(&limits, 0), limits.linger);
        assert_eq!(linger(&limits, 7), limits.linger + Duration::from_millis(7));
        assert_eq!(linger(&limits, usize::MAX), limits.most_linger);
        let at_once = RecorderLimits { linger: Duration::ZERO, most_linger: Duration::ZERO, ..limits };
        assert_eq!(linger(&at_once, 1000), Duration::ZERO);
    }
}
