//! Sends a packet every 20 ms to every leg that wants one, and takes what the server sends, noting when it came.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};

const PACKET: usize = 172;
const FRAME: Duration = Duration::from_millis(20);
/// Packets are sent in so many bursts within a frame.
const BURSTS: usize = 10;
const BATCH: usize = 64;

pub struct Pump {
    socket: UdpSocket,
    sequence: u16,
    burst: usize,
    next: Instant,
    last_seen: HashMap<SocketAddr, (u16, u64)>,
    /// Microseconds between two packets of one stream, by the kernel's time stamps.
    pub intervals: Vec<u32>,
    pub received: u64,
    pub missing: u64,
    dropped_before: u64,
    /// When each leg's key was let go, in nanoseconds since 1970, until sound comes.
    pressed: HashMap<SocketAddr, u64>,
    /// Microseconds from the end of a key to the first packet with sound.
    pub reactions: Vec<u32>,
}

impl Pump {
    pub fn new() -> Pump {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).expect("a socket");
        widen(&socket);
        let any: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        socket.bind(&any.into()).expect("bound");
        socket.set_nonblocking(true).expect("set");
        let on: libc::c_int = 1;
        // SAFETY: four valid bytes.
        let set = unsafe {
            let size = size_of_val(&on) as libc::socklen_t;
            libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, (&raw const on).cast(), size)
        };
        assert_eq!(set, 0, "the kernel gives no time stamps");
        let (last_seen, intervals) = (HashMap::new(), Vec::new());
        Pump {
            socket: socket.into(),
            sequence: 0,
            burst: 0,
            next: Instant::now(),
            last_seen,
            intervals,
            received: 0,
            missing: 0,
            dropped_before: 0,
            pressed: HashMap::new(),
            reactions: Vec::new(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("bound")
    }

    pub fn forget(&mut self) {
        self.intervals.clear();
        (self.received, self.missing) = (0, 0);
        self.dropped_before = dropped(self.address().port());
    }

    /// Packets that came and found no room at our own socket.
    pub fn dropped(&self) -> u64 {
        dropped(self.address().port()) - self.dropped_before
    }

    /// The bursts whose time has come, and whatever was received.
    pub fn turn(&mut self, to: &[SocketAddr]) {
        while Instant::now() >= self.next {
            self.next += FRAME / BURSTS as u32;
            self.send(to);
        }
        self.receive();
    }

    /// Presses `1` on a leg: an RTP event (RFC 4733) of 100 ms whose end is told three times.
    pub fn press(&mut self, leg: SocketAddr) {
        self.sequence = self.sequence.wrapping_add(10);
        let mut packet = [0; 16];
        packet[..2].copy_from_slice(&[0x80, 0x80 | 101]);
        packet[4..8].copy_from_slice(&(u32::from(self.sequence) * 160).to_be_bytes());
        packet[8..12].copy_from_slice(&u32::from(leg.port()).to_be_bytes());
        packet[12] = 1;
        for (n, (flags, duration)) in [(10, 160_u16), (0x8a, 800), (0x8a, 800), (0x8a, 800)].into_iter().enumerate() {
            packet[2..4].copy_from_slice(&(self.sequence.wrapping_add(n as u16)).to_be_bytes());
            packet[13] = flags;
            packet[14..16].copy_from_slice(&duration.to_be_bytes());
            let _ = self.socket.send_to(&packet, leg);
            packet[1] = 101;
        }
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        self.pressed.insert(leg, u64::try_from(now.as_nanos()).expect("before 2554"));
    }

    /// Keys that nothing was heard after.
    pub fn unheard(&self) -> usize {
        self.pressed.len()
    }

    /// Sound is what is not the silence of A-law.
    fn hear(&mut self, from: SocketAddr, sound: &[u8], stamp: u64) {
        if sound.iter().any(|byte| !matches!(byte, 0xd5 | 0x55))
            && let Some(pressed) = self.pressed.remove(&from)
        {
            self.reactions.push(u32::try_from(stamp.saturating_sub(pressed) / 1000).unwrap_or(u32::MAX));
        }
    }

    fn send(&mut self, to: &[SocketAddr]) {
        let mut packet = [0xd5; PACKET];
        packet[..2].copy_from_slice(&[0x80, 8]);
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&(u32::from(self.sequence) * 160).to_be_bytes());
        for (at, address) in to.iter().enumerate().skip(self.burst).step_by(BURSTS) {
            packet[8..12].copy_from_slice(&(at as u32).to_be_bytes());
            let _ = self.socket.send_to(&packet, address);
        }
        self.burst = (self.burst + 1) % BURSTS;
        self.sequence = self.sequence.wrapping_add(u16::from(self.burst == 0));
    }

    fn receive(&mut self) {
        loop {
            let mut buffers = [[0u8; 256]; BATCH];
            let mut controls = [[0u64; 8]; BATCH];
            // SAFETY: both are plain C structures for which zeroes are valid.
            let mut names: [libc::sockaddr_in; BATCH] = unsafe { std::mem::zeroed() };
            // SAFETY: as above.
            let mut headers: [libc::mmsghdr; BATCH] = unsafe { std::mem::zeroed() };
            let mut parts: [libc::iovec; BATCH] =
                std::array::from_fn(|at| libc::iovec { iov_base: buffers[at].as_mut_ptr().cast(), iov_len: 256 });
            for (at, header) in headers.iter_mut().enumerate() {
                header.msg_hdr.msg_iov = &raw mut parts[at];
                header.msg_hdr.msg_iovlen = 1;
                header.msg_hdr.msg_name = (&raw mut names[at]).cast();
                header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_in>() as u32;
                header.msg_hdr.msg_control = controls[at].as_mut_ptr().cast();
                header.msg_hdr.msg_controllen = 64;
            }
            // SAFETY: every pointer above is valid until the end of this pass of the loop.
            let count = unsafe {
                libc::recvmmsg(self.socket.as_raw_fd(), headers.as_mut_ptr(), BATCH as u32, 0, std::ptr::null_mut())
            };
            let count = usize::try_from(count).unwrap_or(0);
            for at in 0..count {
                let from = SocketAddr::from((
                    u32::from_be(names[at].sin_addr.s_addr).to_be_bytes(),
                    u16::from_be(names[at].sin_port),
                ));
                // A control message is a header of 16 bytes and a timespec.
                let stamp = controls[at][2] * 1_000_000_000 + controls[at][3];
                self.note(from, u16::from_be_bytes([buffers[at][2], buffers[at][3]]), stamp);
                self.hear(from, &buffers[at][12..PACKET], stamp);
            }
            if count < BATCH {
                return;
            }
        }
    }

    fn note(&mut self, from: SocketAddr, sequence: u16, stamp: u64) {
        self.received += 1;
        if let Some((last, before)) = self.last_seen.insert(from, (sequence, stamp)) {
            let step = sequence.wrapping_sub(last);
            if step == 1 {
                self.intervals.push(u32::try_from(stamp.saturating_sub(before) / 1000).unwrap_or(u32::MAX));
            } else if step < 1000 {
                self.missing += u64::from(step.saturating_sub(1));
            }
        }
    }
}

/// Room for half a second of everything; past the system's limit where we may.
fn widen(socket: &socket2::Socket) {
    let bytes: libc::c_int = 32 << 20;
    // SAFETY: four valid bytes. A refusal leaves the ordinary size.
    let forced = unsafe {
        let size = size_of_val(&bytes) as libc::socklen_t;
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, (&raw const bytes).cast(), size)
    };
    if forced != 0 {
        socket.set_recv_buffer_size(bytes as usize).expect("a buffer");
    }
}

/// What the kernel dropped at the socket of `port` (the last column of its line).
fn dropped(port: u16) -> u64 {
    let table = std::fs::read_to_string("/proc/net/udp").expect("Linux tells it");
    let local = format!(":{port:04X}");
    let line = table.lines().find(|line| line.split_whitespace().nth(1).is_some_and(|at| at.ends_with(&local)));
    line.and_then(|line| line.split_whitespace().last()?.parse().ok()).unwrap_or(0)
}
