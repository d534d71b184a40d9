//! Waits for packets and commands: `epoll`, and an `eventfd` by which the signalling task wakes a worker that sleeps.

use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::clock;

/// Sockets that one call of `epoll_wait` tells of.
const MOST: usize = 1024;
const WAKER: u64 = u64::MAX;

/// What has something to read.
pub(super) struct Poller {
    epoll: OwnedFd,
    events: Vec<libc::epoll_event>,
    waker: Waker,
}

/// Wakes a worker. Cheap when it is awake.
#[derive(Clone, Debug)]
pub(super) struct Waker {
    eventfd: Arc<OwnedFd>,
    asleep: Arc<AtomicBool>,
}

impl Poller {
    pub(super) fn new() -> io::Result<Poller> {
        // SAFETY: both calls give a new descriptor or -1.
        let epoll = unsafe { own(libc::epoll_create1(libc::EPOLL_CLOEXEC)) }?;
        let eventfd = unsafe { own(libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK)) }?;
        let waker = Waker { eventfd: Arc::new(eventfd), asleep: Arc::new(AtomicBool::new(false)) };
        let poller = Poller { epoll, events: Vec::with_capacity(MOST), waker };
        poller.add(poller.waker.eventfd.as_raw_fd(), WAKER)?;
        Ok(poller)
    }

    pub(super) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Tells of `fd` under `token` whenever it can be read. Closing it removes it.
    pub(super) fn add(&self, fd: RawFd, token: u64) -> io::Result<()> {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: token };
        // SAFETY: `event` is valid for the call.
        let result = unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, fd, &mut event) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Waits for something to read, for `timeout` at most (`None`: for ever), and puts its tokens into `tokens`.
    ///
    /// `may_sleep` is asked after other threads were told that we sleep: false when there is work after all.
    pub(super) fn wait(&mut self, timeout: Option<Duration>, may_sleep: impl FnOnce() -> bool, tokens: &mut Vec<u64>) {
        let mut timeout = timeout;
        if timeout != Some(Duration::ZERO) {
            self.waker.asleep.store(true, Ordering::SeqCst);
            if !may_sleep() {
                timeout = Some(Duration::ZERO);
            }
        }
        let time = timeout.map(clock::timespec);
        let time_pointer = time.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        self.events.clear();
        // SAFETY: the buffer has room for `MOST` events; the kernel says how many of them it filled.
        unsafe {
            let epoll = self.epoll.as_raw_fd();
            let (events, most) = (self.events.as_mut_ptr(), MOST as i32);
            let none: *const libc::sigset_t = std::ptr::null();
            let count = libc::syscall(libc::SYS_epoll_pwait2, epoll, events, most, time_pointer, none, 8usize);
            self.events.set_len(usize::try_from(count).unwrap_or(0));
        }
        self.waker.asleep.store(false, Ordering::SeqCst);
        tokens.clear();
        for event in &self.events {
            match event.u64 {
                WAKER => self.waker.clear(),
                token => tokens.push(token),
            }
        }
    }
}

impl Waker {
    /// Ends the sleep of the worker, if it sleeps.
    pub(super) fn wake(&self) {
        if self.asleep.swap(false, Ordering::SeqCst) {
            let one = 1u64.to_ne_bytes();
            // SAFETY: eight valid bytes. It fails only when the counter is full, and then the worker wakes anyway.
            unsafe { libc::write(self.eventfd.as_raw_fd(), one.as_ptr().cast(), one.len()) };
        }
    }

    fn clear(&self) {
        let mut count = [0; 8];
        // SAFETY: room for eight bytes.
        unsafe { libc::read(self.eventfd.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
    }
}

/// # Safety
/// `fd` is new and nobody else's, or -1.
unsafe fn own(fd: RawFd) -> io::Result<OwnedFd> {
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: see above.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleeper_is_woken_and_a_packet_is_told() {
        let mut poller = Poller::new().expect("a poller");
        let waker = poller.waker();
        let thread = std::thread::spawn(move || {
            while !waker.asleep.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            waker.wake();
        });
        let mut tokens = Vec::new();
        poller.wait(Some(Duration::from_secs(30)), || true, &mut tokens);
        assert!(tokens.is_empty());
        thread.join().expect("woke it");

        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("bound");
        poller.add(socket.as_raw_fd(), 7).expect("added");
        socket.send_to(b"x", socket.local_addr().expect("bound")).expect("sent");
        poller.wait(Some(Duration::from_secs(30)), || true, &mut tokens);
        assert_eq!(tokens, [7]);
    }

    #[test]
    fn does_not_sleep_when_there_is_work() {
        let mut poller = Poller::new().expect("a poller");
        let mut tokens = vec![1];
        poller.wait(None, || false, &mut tokens);
        assert!(tokens.is_empty());
    }
}
