//! What the task tells: the live feed, alarms, counters.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::broadcast;

use super::batch::Batch;
use super::handle::{Alarm, Committed, Shared};
use super::writer::Written;
use crate::base::CallId;
use crate::call::event::CallEvent;
use crate::store::follow::Followed;

#[derive(Clone)]
pub(super) struct Told {
    pub live: broadcast::Sender<Arc<Committed>>,
    pub alarms: broadcast::Sender<Alarm>,
    pub shared: Arc<Shared>,
}

impl Told {
    /// Events that are in the database now, with all that followed. Those that were told when they waited are not among
    /// `fresh`; what followed from them is told without events.
    pub fn committed(&self, fresh: Vec<CallEvent>, written: Written) {
        let mut followed: BTreeMap<CallId, Followed> =
            written.followed.into_iter().map(|call| (call.call(), call)).collect();
        for (call, events) in Batch::by_call(fresh) {
            let (customers, tickets) =
                followed.remove(&call).map(|call| (call.cards, call.tickets)).unwrap_or_default();
            self.send(Committed { call, events, customers, tickets, committed: true });
        }
        for (call, Followed { cards, tickets, .. }) in followed {
            if !cards.is_empty() || !tickets.is_empty() {
                self.send(Committed { call, events: Vec::new(), customers: cards, tickets, committed: true });
            }
        }
    }

    /// Events that wait for the database.
    pub fn waiting(&self, events: &[CallEvent]) {
        for (call, events) in Batch::by_call(events.to_vec()) {
            self.send(Committed { call, events, customers: Vec::new(), tickets: Vec::new(), committed: false });
        }
    }

    fn send(&self, committed: Committed) {
        // An error only means that nobody listens.
        let _ = self.live.send(Arc::new(committed));
    }

    /// One transaction more.
    pub fn count(&self, events: usize) {
        let count = events as u64;
        self.shared.written.fetch_add(count, Ordering::Relaxed);
        metrics::counter!("hotline_recorder_events_written_total").increment(count);
        metrics::counter!("hotline_recorder_transactions_total").increment(1);
    }

    pub fn alarm(&self, text: String) {
        tracing::error!(alarm = true, "{text}");
        metrics::counter!("hotline_recorder_alarms_total").increment(1);
        let _ = self.alarms.send(Alarm { text, over: false });
    }

    pub fn all_clear(&self, text: String) {
        tracing::info!("{text}");
        let _ = self.alarms.send(Alarm { text, over: true });
    }

    /// Whether the database takes events; true when that is news.
    pub fn set_away(&self, away: bool) -> bool {
        metrics::gauge!("hotline_recorder_database_up").set(if away { 0.0 } else { 1.0 });
        self.shared.away.swap(away, Ordering::Relaxed) != away
    }
}
