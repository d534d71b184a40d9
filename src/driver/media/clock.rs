//! The machine's clocks, read once a pass.

use std::time::Duration;

use chrono::Utc;

use crate::base::{Instant, Now, UtcMillis};

/// The monotonic clock in microseconds.
pub(super) fn instant() -> Instant {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    Instant::from_micros(time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1000)
}

/// Both clocks.
pub(super) fn now() -> Now {
    Now::new(instant(), UtcMillis(Utc::now().timestamp_millis()))
}

/// Sleeps until `at`; at once when it has passed.
pub(super) fn sleep_until(at: Instant) {
    let micros = at.as_micros();
    let time = libc::timespec { tv_sec: (micros / 1_000_000) as i64, tv_nsec: (micros % 1_000_000 * 1000) as i64 };
    // SAFETY: `time` is valid; a signal only makes the sleep shorter, and the caller looks at the clock again.
    unsafe { libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &time, std::ptr::null_mut()) };
}

/// `duration` for `epoll_pwait2` and its like.
pub(super) fn timespec(duration: Duration) -> libc::timespec {
    libc::timespec { tv_sec: duration.as_secs() as i64, tv_nsec: i64::from(duration.subsec_nanos()) }
}
