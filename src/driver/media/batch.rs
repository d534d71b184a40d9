//! Packets that leave together: one `io_uring` submission for all that a pass has to send, or `send` one by one where
//! the kernel does not allow it.

use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsRawFd as _, RawFd};

use io_uring::{IoUring, opcode, types};

use crate::rtp::HEADER_BYTES;
use crate::rtp::codec::MAX_PAYLOAD;
use crate::rtp::srtp::MAX_TRAILER;

/// Packets of one submission.
const MOST: usize = 256;
/// The longest packet: a header, the longest payload of a codec, and room for an authentication tag.
const SLOT_BYTES: usize = HEADER_BYTES + MAX_PAYLOAD + MAX_TRAILER;

/// How packets leave.
pub(super) enum Batch {
    Uring(Box<UringBatch>),
    Plain { sent: u64, refused: u64 },
}

/// Packets wait in slots until they are submitted; a submission returns when the kernel has taken them all.
pub(super) struct UringBatch {
    ring: IoUring,
    slots: Box<[[u8; SLOT_BYTES]; MOST]>,
    waiting: usize,
    sent: u64,
    refused: u64,
}

impl Batch {
    /// `io_uring` where the kernel allows it.
    pub(super) fn new(allow_uring: bool) -> Batch {
        let plain = Batch::Plain { sent: 0, refused: 0 };
        if !allow_uring {
            return plain;
        }
        match UringBatch::new() {
            Ok(batch) => Batch::Uring(Box::new(batch)),
            Err(error) => {
                tracing::info!(%error, "io_uring is not allowed here: packets are sent one by one");
                plain
            }
        }
    }

    pub(super) fn is_uring(&self) -> bool {
        matches!(self, Batch::Uring(_))
    }

    /// Packets that the kernel took, and that it refused.
    pub(super) fn counts(&self) -> (u64, u64) {
        match self {
            Batch::Uring(batch) => (batch.sent, batch.refused),
            Batch::Plain { sent, refused } => (*sent, *refused),
        }
    }

    /// Sends both parts as one packet on a connected socket, now or at the next flush.
    pub(super) fn send(&mut self, socket: &UdpSocket, header: &[u8], payload: &[u8]) {
        match self {
            Batch::Uring(batch) => batch.push(socket.as_raw_fd(), header, payload),
            Batch::Plain { sent, refused } => {
                let mut packet = [0; SLOT_BYTES];
                match socket.send(join(&mut packet, header, payload)) {
                    Ok(_) => *sent += 1,
                    Err(_) => *refused += 1,
                }
            }
        }
    }

    /// Sends what waits.
    pub(super) fn flush(&mut self) {
        if let Batch::Uring(batch) = self {
            batch.flush();
        }
    }
}

impl UringBatch {
    fn new() -> io::Result<UringBatch> {
        let ring = IoUring::builder().setup_single_issuer().setup_coop_taskrun().build(MOST as u32)?;
        let slots = vec![[0; SLOT_BYTES]; MOST].into_boxed_slice();
        let slots = slots.try_into().map_err(|_| io::Error::other("slots of another size"))?;
        Ok(UringBatch { ring, slots, waiting: 0, sent: 0, refused: 0 })
    }

    fn push(&mut self, fd: RawFd, header: &[u8], payload: &[u8]) {
        if self.waiting == MOST {
            self.flush();
        }
        let packet = join(&mut self.slots[self.waiting], header, payload);
        let send = opcode::Send::new(types::Fd(fd), packet.as_ptr(), packet.len() as u32)
            .flags(libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL)
            .build();
        // SAFETY: the slot is boxed and is not written again before `flush` has seen this entry's completion, and the
        // socket is closed only between passes.
        let pushed = unsafe { self.ring.submission().push(&send) };
        match pushed {
            Ok(()) => self.waiting += 1,
            Err(_) => self.refused += 1,
        }
    }

    fn flush(&mut self) {
        let mut left = self.waiting;
        while left > 0 {
            // A UDP send that may not wait completes while it is submitted; nothing is waited for in practice.
            match self.ring.submit_and_wait(left) {
                Ok(_) => {}
                Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
                Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {}
                Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {}
                Err(error) => panic!("io_uring broke down: {error}"),
            }
            for completion in self.ring.completion() {
                left -= 1;
                match completion.result() {
                    0.. => self.sent += 1,
                    _ => self.refused += 1,
                }
            }
        }
        self.waiting = 0;
    }
}

/// Both parts one after the other in `buffer`; what is longer than a slot is cut (no codec makes it).
fn join<'a>(buffer: &'a mut [u8; SLOT_BYTES], header: &[u8], payload: &[u8]) -> &'a [u8] {
    let head = header.len().min(SLOT_BYTES);
    let body = payload.len().min(SLOT_BYTES - head);
    buffer[..head].copy_from_slice(&header[..head]);
    buffer[head..head + body].copy_from_slice(&payload[..body]);
    &buffer[..head + body]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sends_all(mut batch: Batch) {
        let (from, to) =
            (UdpSocket::bind("127.0.0.1:0").expect("bound"), UdpSocket::bind("127.0.0.1:0").expect("bound"));
        from.connect(to.local_addr().expect("bound")).expect("connected");
        from.set_nonblocking(true).expect("set");
        to.set_nonblocking(true).expect("set");
        let mut received = 0u32;
        for round in 0..10 {
            for i in 0..100u32 {
                batch.send(&from, &(round * 100 + i).to_be_bytes(), &[9; 100]);
            }
            batch.flush();
            let mut buffer = [0; 200];
            while let Ok(len) = to.recv(&mut buffer) {
                assert_eq!(len, 104);
                assert_eq!(buffer[..4], received.to_be_bytes());
                received += 1;
            }
        }
        assert_eq!(received, 1000);
        assert_eq!(batch.counts(), (1000, 0));
    }

    #[test]
    fn sends_one_by_one_in_order() {
        sends_all(Batch::new(false));
    }

    #[test]
    fn sends_through_io_uring_in_order() {
        let batch = Batch::new(true);
        if batch.is_uring() {
            sends_all(batch);
        }
    }

    #[test]
    fn the_longest_packet_leaves_whole() {
        for allow_uring in [false, true] {
            let (from, to) =
                (UdpSocket::bind("127.0.0.1:0").expect("bound"), UdpSocket::bind("127.0.0.1:0").expect("bound"));
            from.connect(to.local_addr().expect("bound")).expect("connected");
            let mut batch = Batch::new(allow_uring);
            batch.send(&from, &[1; HEADER_BYTES], &[2; MAX_PAYLOAD + MAX_TRAILER]);
            batch.flush();
            let mut buffer = [0; 2000];
            assert_eq!(to.recv(&mut buffer).expect("a packet"), SLOT_BYTES);
            assert_eq!(buffer[SLOT_BYTES - 1], 2);
        }
    }

    #[test]
    fn more_than_a_submission_holds_is_sent_in_several() {
        let (from, to) =
            (UdpSocket::bind("127.0.0.1:0").expect("bound"), UdpSocket::bind("127.0.0.1:0").expect("bound"));
        from.connect(to.local_addr().expect("bound")).expect("connected");
        let mut batch = Batch::new(true);
        (0..MOST + 1).for_each(|_| batch.send(&from, &[1], &[2]));
        batch.flush();
        let (sent, refused) = batch.counts();
        assert_eq!(sent + refused, MOST as u64 + 1);
    }
}
