//! The signalling side of the workers.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::mpsc;

use super::batch::Batch;
use super::clock;
use super::events::EventSink;
use super::poller::{Poller, Waker};
use super::ports::PortPool;
use super::sink::RecordingSink;
use super::socket::SocketPair;
use super::sockets::Sockets;
use super::stats::{SharedStats, WorkerStats};
use super::worker::{Order, Worker, WriterLink};
use super::writer::Writer;
use crate::base::{CallId, LegId, Rng};
use crate::media::{Command, Event, Plane, PlaneConfig};

/// Orders that wait for a worker; it takes 512 every 2 ms.
const ORDER_QUEUE: usize = 16_384;
/// Events that wait for the switch.
const EVENT_QUEUE: usize = 8192;
/// Blocks of 200 ms that wait for the writer: ten seconds of 200 recordings, 64 MB.
const WRITER_QUEUE: usize = 10_000;
/// Blocks on their way back.
const RETURN_QUEUE: usize = 1024;
/// Ports of other programs that `open` passes over before it gives up.
const MAX_TAKEN_PORTS: usize = 64;

/// How the media plane is set up.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// The address that RTP is bound to.
    pub bind: IpAddr,
    /// Ports of RTP (even) and RTCP (the one above).
    pub ports: RangeInclusive<u16>,
    /// Threads; 0 is one for each core.
    pub workers: usize,
    /// A peer that should speak and sends nothing for this long is told of.
    pub rtp_timeout: Duration,
    /// The same while the peer is held.
    pub hold_timeout: Duration,
    /// Sends through `io_uring` where the kernel allows it.
    pub uring: bool,
}

impl Default for MediaConfig {
    fn default() -> Self {
        MediaConfig {
            bind: IpAddr::from([127, 0, 0, 1]),
            ports: 16_384..=32_767,
            workers: 0,
            rtp_timeout: Duration::from_secs(30),
            hold_timeout: Duration::from_secs(3600),
            uring: true,
        }
    }
}

/// The queue of a worker is full, or its worker is gone: answer 503.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the media worker takes no more commands")]
pub struct Full;

/// A leg that cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("all RTP ports are in use: widen `rtp.ports`")]
    NoPorts,
    #[error(transparent)]
    Full(#[from] Full),
    #[error("no socket for RTP port {port}: {source}")]
    Socket { port: u16, source: io::Error },
}

/// The media plane. Clones share it; when the last is dropped all legs are closed and all recordings finished.
#[derive(Clone)]
pub struct MediaHandle(Arc<Inner>);

struct Inner {
    bind: IpAddr,
    ports: Arc<Mutex<PortPool>>,
    workers: Vec<WorkerLink>,
    writer: Option<JoinHandle<()>>,
    recordings: RecordingSink,
}

struct WorkerLink {
    /// `None` only while it is shut down.
    orders: Option<SyncSender<Order>>,
    waker: Waker,
    stats: Arc<SharedStats>,
    thread: Option<JoinHandle<()>>,
}

impl MediaHandle {
    /// Starts the threads. Events come out of the receiver; see [`Event`].
    pub fn start(config: MediaConfig) -> io::Result<(MediaHandle, mpsc::Receiver<Event>)> {
        let mut rng = Rng::from_seed(rand::random());
        let (events, receiver) = mpsc::channel(EVENT_QUEUE);
        let ports = Arc::new(Mutex::new(PortPool::new(config.ports.clone(), &mut rng)));
        let count = match config.workers {
            0 => thread::available_parallelism().map_or(1, usize::from),
            count => count,
        };
        let (to_writer, orders) = sync_channel(WRITER_QUEUE);
        let (mut workers, mut returns) = (Vec::new(), Vec::new());
        for worker in 0..count {
            let (home, returned) = sync_channel(RETURN_QUEUE);
            returns.push(home);
            let writer =
                WriterLink { to: to_writer.clone(), returned, waiting: VecDeque::new(), worker, blocks_lost: 0 };
            let events = EventSink::new(events.clone());
            workers.push(WorkerLink::start(worker, &config, writer, events, Arc::clone(&ports), rng.fork())?);
        }
        let recordings = RecordingSink::new(to_writer);
        let writer = Writer::new(orders, returns, EventSink::new(events));
        let writer = thread::Builder::new().name("media-writer".into()).spawn(|| writer.run())?;
        let inner = Inner { bind: config.bind, ports, workers, writer: Some(writer), recordings };
        Ok((MediaHandle(Arc::new(inner)), receiver))
    }

    /// Opens an RTP port and the RTCP port above it for a leg, and gives the address for the SDP. Nothing is heard
    /// or sent on it before [`Command::SetRemote`]. Does not wait.
    pub fn open(&self, leg: LegId) -> Result<SocketAddr, OpenError> {
        let (port, pair) = self.bind()?;
        let address = SocketAddr::new(self.0.bind, port);
        if let Err(full) = self.order(leg.call, Order::Open { leg, port, pair }) {
            self.with_ports(|ports| ports.give_back(port));
            return Err(full.into());
        }
        Ok(address)
    }

    /// Hands a command to the worker of its leg. Commands of one call are carried out in order.
    pub fn send(&self, command: Command) -> Result<(), Full> {
        match command.call() {
            Some(call) => self.order(call, Order::Command(command)),
            // Of a recording only its worker knows; the others ignore the command.
            None => self.0.workers.iter().try_for_each(|worker| worker.order(Order::Command(command.clone()))),
        }
    }

    /// Where recordings that are no leg's are written.
    pub fn recordings(&self) -> RecordingSink {
        self.0.recordings.clone()
    }

    /// The counters of each worker.
    pub fn stats(&self) -> Vec<WorkerStats> {
        self.0.workers.iter().map(|worker| worker.stats.get()).collect()
    }

    fn bind(&self) -> Result<(u16, SocketPair), OpenError> {
        for _ in 0..MAX_TAKEN_PORTS {
            let port = self.with_ports(|ports| ports.take(clock::instant())).ok_or(OpenError::NoPorts)?;
            match SocketPair::bind(self.0.bind, port) {
                Ok(pair) => return Ok((port, pair)),
                Err(source) => {
                    self.with_ports(|ports| ports.give_back(port));
                    if source.kind() != io::ErrorKind::AddrInUse {
                        return Err(OpenError::Socket { port, source });
                    }
                }
            }
        }
        Err(OpenError::NoPorts)
    }

    /// Legs of one call are on one worker, so that a bridge never crosses threads.
    fn order(&self, call: CallId, order: Order) -> Result<(), Full> {
        let spread = (call.raw() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        self.0.workers[spread as usize % self.0.workers.len()].order(order)
    }

    fn with_ports<T>(&self, then: impl FnOnce(&mut PortPool) -> T) -> T {
        then(&mut self.0.ports.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

impl WorkerLink {
    fn start(
        index: usize,
        config: &MediaConfig,
        writer: WriterLink,
        events: EventSink,
        ports: Arc<Mutex<PortPool>>,
        rng: Rng,
    ) -> io::Result<WorkerLink> {
        let poller = Poller::new()?;
        let waker = poller.waker();
        let (orders, receiver) = sync_channel(ORDER_QUEUE);
        let shared = Arc::new(SharedStats::default());
        let stats = Arc::clone(&shared);
        let limits = PlaneConfig { rtp_timeout: config.rtp_timeout, hold_timeout: config.hold_timeout };
        let uring = config.uring;
        let thread = thread::Builder::new().name(format!("media-{index}")).spawn(move || {
            prefer_this_thread();
            // The ring belongs to the thread that makes it.
            let batch = Batch::new(uring);
            let stats = WorkerStats { uring: batch.is_uring(), ..WorkerStats::default() };
            let plane = Plane::new(limits, clock::instant(), rng);
            let sockets = Sockets::new(batch);
            Worker { plane, sockets, poller, orders: receiver, events, ports, writer, shared, stats }.run();
        })?;
        Ok(WorkerLink { orders: Some(orders), waker, stats, thread: Some(thread) })
    }

    fn order(&self, order: Order) -> Result<(), Full> {
        match self.orders.as_ref().ok_or(Full)?.try_send(order) {
            Ok(()) => {
                self.waker.wake();
                Ok(())
            }
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Full),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            worker.orders = None;
            worker.waker.wake();
        }
        self.recordings.close();
        let threads = self.workers.iter_mut().filter_map(|worker| worker.thread.take());
        for thread in threads.chain(self.writer.take()) {
            // A thread that panicked has told it on standard error; there is nothing left to close.
            let _ = thread.join();
        }
    }
}

/// Lets a media thread go first and wake on time, where the system allows it: real time, else a better nice value. Both
/// go back to ordinary in the threads and processes that it might begin.
fn prefer_this_thread() {
    const TIMER_SLACK_NS: libc::c_ulong = 10_000;
    let first = libc::sched_param { sched_priority: 1 };
    // SAFETY: all change only the calling thread. A refusal leaves it as it was.
    unsafe {
        if libc::sched_setscheduler(0, libc::SCHED_RR | libc::SCHED_RESET_ON_FORK, &first) != 0 {
            libc::setpriority(libc::PRIO_PROCESS, 0, -10);
        }
        libc::prctl(libc::PR_SET_TIMERSLACK, TIMER_SLACK_NS);
    }
}
