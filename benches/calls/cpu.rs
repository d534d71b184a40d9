//! Clocks of processor time.

use std::time::Duration;

/// Of the calling thread.
pub fn thread() -> Duration {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// Of all threads of another process, living and dead, in nanoseconds (`clock_getcpuclockid(3)`).
pub fn process(pid: u32) -> Duration {
    let mut clock = 0;
    // SAFETY: `clock` is valid for the call.
    let failed = unsafe { libc::clock_getcpuclockid(pid as libc::pid_t, &mut clock) };
    assert_eq!(failed, 0, "process {pid} is gone");
    read(clock)
}

fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is valid for the call.
    assert_eq!(unsafe { libc::clock_gettime(clock, &mut time) }, 0, "the clock cannot be read");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
