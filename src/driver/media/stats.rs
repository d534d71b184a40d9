//! What a worker does, for the metrics: written once a pass, read at any time.

use std::sync::atomic::{AtomicU64, Ordering};

/// The counters of one worker since it started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WorkerStats {
    /// Legs that are open now.
    pub legs: u64,
    pub packets_received: u64,
    pub packets_sent: u64,
    /// Packets that the kernel would not take.
    pub packets_refused: u64,
    /// The longest that a tick came too late in the last second, in microseconds.
    pub latest_tick_us: u64,
    /// Passes that began more than 200 ms late: the process or the machine stood still.
    pub stalls: u64,
    /// Blocks of recordings that the writer could not take.
    pub blocks_lost: u64,
    /// Whether packets leave through `io_uring`.
    pub uring: bool,
}

#[derive(Debug, Default)]
pub(super) struct SharedStats([AtomicU64; 8]);

impl SharedStats {
    pub(super) fn set(&self, stats: &WorkerStats) {
        let values = [
            stats.legs,
            stats.packets_received,
            stats.packets_sent,
            stats.packets_refused,
            stats.latest_tick_us,
            stats.stalls,
            stats.blocks_lost,
            u64::from(stats.uring),
        ];
        for (shared, value) in self.0.iter().zip(values) {
            shared.store(value, Ordering::Relaxed);
        }
    }

    pub(super) fn get(&self) -> WorkerStats {
        let [legs, packets_received, packets_sent, packets_refused, latest_tick_us, stalls, blocks_lost, uring] =
            std::array::from_fn(|i| self.0[i].load(Ordering::Relaxed));
        WorkerStats {
            legs,
            packets_received,
            packets_sent,
            packets_refused,
            latest_tick_us,
            stalls,
            blocks_lost,
            uring: uring != 0,
        }
    }
}
