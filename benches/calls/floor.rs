//! The floor: what the kernel alone asks for the same packets, with nothing of the switch in between.

use std::net::UdpSocket;
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use io_uring::{IoUring, opcode, types};

use super::cpu;

/// An RTP packet of 20 ms of G.711.
pub const PACKET: usize = 172;
const ROUNDS: u32 = 100;
const TICK: Duration = Duration::from_millis(20);

/// Microseconds of processor time for one packet.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    pub send: f64,
    /// `None` where the kernel does not allow `io_uring`.
    pub uring: Option<f64>,
    pub receive_each: f64,
    pub receive_drained: f64,
}

impl Floor {
    pub fn best_send(&self) -> f64 {
        self.uring.map_or(self.send, |uring| uring.min(self.send))
    }

    /// Milliseconds for one call-second of `sends` packets out and `receives` in every 20 ms.
    pub fn call_second(&self, sends: f64, receives: f64) -> f64 {
        50.0 * (sends * self.best_send() + receives * self.receive_drained) / 1000.0
    }
}

/// Measures all four on `streams` pairs of connected sockets, each a packet every 20 ms.
pub fn measure(streams: usize) -> std::io::Result<Floor> {
    let pairs = (0..streams).map(|_| pair()).collect::<std::io::Result<Vec<_>>>()?;
    Ok(Floor {
        send: paced(&pairs, |pairs| pairs.iter().for_each(|(from, _)| drop(from.send(&[0; PACKET])))),
        uring: uring(&pairs).ok(),
        receive_each: receive(&pairs, 1)?,
        receive_drained: receive(&pairs, pairs.len())?,
    })
}

fn pair() -> std::io::Result<(UdpSocket, UdpSocket)> {
    let (from, to) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    from.connect(to.local_addr()?)?;
    to.connect(from.local_addr()?)?;
    from.set_nonblocking(true)?;
    to.set_nonblocking(true)?;
    Ok((from, to))
}

/// The cost of `send` for each packet; the packets are taken away outside the measurement.
fn paced(pairs: &[(UdpSocket, UdpSocket)], mut send: impl FnMut(&[(UdpSocket, UdpSocket)])) -> f64 {
    let mut spent = Duration::ZERO;
    for _ in 0..ROUNDS {
        let before = cpu::thread();
        send(pairs);
        spent += cpu::thread() - before;
        empty(pairs);
        std::thread::sleep(TICK / 4);
    }
    spent.as_secs_f64() * 1e6 / f64::from(ROUNDS) / pairs.len() as f64
}

fn empty(pairs: &[(UdpSocket, UdpSocket)]) {
    let mut buffer = [0; 2048];
    for (_, to) in pairs {
        while to.recv(&mut buffer).is_ok() {}
    }
}

fn uring(pairs: &[(UdpSocket, UdpSocket)]) -> std::io::Result<f64> {
    const BATCH: usize = 256;
    let mut ring: IoUring = IoUring::builder().setup_single_issuer().setup_coop_taskrun().build(BATCH as u32)?;
    let packet = [0; PACKET];
    Ok(paced(pairs, |pairs| {
        for batch in pairs.chunks(BATCH) {
            for (from, _) in batch {
                let send = opcode::Send::new(types::Fd(from.as_raw_fd()), packet.as_ptr(), PACKET as u32).build();
                // SAFETY: the packet and the sockets outlive the submission, which is waited for below.
                unsafe { ring.submission().push(&send) }.expect("room for a batch");
            }
            ring.submit_and_wait(batch.len()).expect("the kernel takes the batch");
            ring.completion().for_each(drop);
        }
    }))
}

/// The cost of `epoll_wait` and `recv`, when `at_once` packets wait at every look.
fn receive(pairs: &[(UdpSocket, UdpSocket)], at_once: usize) -> std::io::Result<f64> {
    // SAFETY: gives a descriptor or -1, which every later call refuses.
    let epoll = unsafe { libc::epoll_create1(0) };
    for (at, (_, to)) in pairs.iter().enumerate() {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: at as u64 };
        // SAFETY: `event` is valid for the call.
        unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, to.as_raw_fd(), &mut event) };
    }
    let mut spent = Duration::ZERO;
    let mut taken = 0u64;
    for _ in 0..ROUNDS / 4 {
        for group in pairs.chunks(at_once) {
            group.iter().for_each(|(from, _)| drop(from.send(&[0; PACKET])));
            let before = cpu::thread();
            taken += take(epoll, pairs, group.len());
            spent += cpu::thread() - before;
        }
    }
    // SAFETY: ours, and not used again.
    unsafe { libc::close(epoll) };
    Ok(spent.as_secs_f64() * 1e6 / taken as f64)
}

fn take(epoll: i32, pairs: &[(UdpSocket, UdpSocket)], wanted: usize) -> u64 {
    let mut events = [libc::epoll_event { events: 0, u64: 0 }; 1024];
    let mut buffer = [0; 2048];
    let most = events.len().min(wanted) as i32;
    // SAFETY: the buffer has room for `most` events.
    let count = unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), most, 0) };
    let ready = &events[..usize::try_from(count).unwrap_or(0)];
    ready.iter().filter(|event| pairs[event.u64 as usize].1.recv(&mut buffer).is_ok()).count() as u64
}
