//! The loop of one worker: orders, packets, ticks, sending, outputs, in this order in every pass.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::clock;
use super::events::EventSink;
use super::poller::Poller;
use super::ports::PortPool;
use super::socket::SocketPair;
use super::sockets::{Kind, MAX_PACKET, Sockets, of_token};
use super::stats::{SharedStats, WorkerStats};
use super::writer::WriterOrder;
use crate::base::{Instant, LegId};
use crate::media::{Arrival, Block, Command, LegKey, Output, Plane, RecordingOutput};

/// Packets and orders are fetched at most this often: half the processor time of a wake-up for each, at 1 ms of mean
/// delay.
const FETCH_INTERVAL: Duration = Duration::from_millis(2);
/// A pass that begins so much later than it should: the process or the machine stood still.
const STALL: Duration = Duration::from_millis(200);
/// Orders of one pass.
const MAX_ORDERS: usize = 512;
/// Packets of one socket and pass: the rest is fetched 2 ms later. After a stall a socket may be full.
const MAX_PACKETS: usize = 4;
const MAX_STALE_PACKETS: usize = 1024;

/// What the signalling task asks of a worker.
pub(super) enum Order {
    Open { leg: LegId, port: u16, pair: SocketPair },
    Command(Command),
}

/// One worker: owned by its thread.
pub(super) struct Worker {
    pub(super) plane: Plane,
    pub(super) sockets: Sockets,
    pub(super) poller: Poller,
    pub(super) orders: Receiver<Order>,
    pub(super) events: EventSink,
    pub(super) ports: Arc<Mutex<PortPool>>,
    pub(super) writer: WriterLink,
    pub(super) shared: Arc<SharedStats>,
    pub(super) stats: WorkerStats,
}

/// The way to the thread that writes recordings.
pub(super) struct WriterLink {
    pub(super) to: SyncSender<WriterOrder>,
    pub(super) returned: Receiver<Box<Block>>,
    /// Openings and closings that found the queue full. Blocks are not kept: they are written as silence.
    pub(super) waiting: VecDeque<WriterOrder>,
    pub(super) worker: usize,
    pub(super) blocks_lost: u64,
}

/// What a pass hands to the next.
struct Turn {
    tokens: Vec<u64>,
    first_order: Option<Order>,
    /// Until then no packets and orders are fetched.
    rest_until: Instant,
    second: Instant,
    closing: bool,
}

impl Worker {
    /// Runs until the other end of the orders is dropped; then closes all legs.
    pub(super) fn run(mut self) {
        let start = clock::instant();
        let mut turn = Turn { tokens: Vec::new(), first_order: None, rest_until: start, second: start, closing: false };
        while !turn.closing {
            let planned = self.wait(&mut turn);
            let now = clock::instant();
            let stalled = planned.is_some_and(|planned| now.since(planned) > STALL);
            self.stats.stalls += u64::from(stalled);
            self.take_orders(&mut turn);
            self.drain_outputs();
            self.fetch(&mut turn, !stalled);
            self.drain_outputs();
            self.tick();
            self.sockets.flush();
            self.drain_outputs();
            self.events.flush();
            self.report(&mut turn);
        }
        self.plane.close_all(clock::now(), &mut self.sockets);
        self.drain_outputs();
        self.writer.flush_waiting();
        self.events.flush();
    }

    /// Sleeps until something is due; gives the time at which it should have woken, unless a packet or order woke it.
    fn wait(&mut self, turn: &mut Turn) -> Option<Instant> {
        let due = self.plane.poll_timeout();
        let retry = !self.events.is_empty() || !self.writer.waiting.is_empty();
        let now = clock::instant();
        if turn.rest_until > now {
            let wake = due.map_or(turn.rest_until, |due| due.min(turn.rest_until));
            clock::sleep_until(wake);
            self.poller.wait(Some(Duration::ZERO), || true, &mut turn.tokens);
            return Some(wake);
        }
        let wake =
            if retry { Some(due.map_or(now + FETCH_INTERVAL, |due| due.min(now + FETCH_INTERVAL))) } else { due };
        let orders = &self.orders;
        let mut closing = false;
        let may_sleep = || match orders.try_recv() {
            Ok(order) => {
                turn.first_order = Some(order);
                false
            }
            Err(TryRecvError::Empty) => true,
            Err(TryRecvError::Disconnected) => {
                closing = true;
                false
            }
        };
        self.poller.wait(wake.map(|wake| wake.since(now)), may_sleep, &mut turn.tokens);
        turn.closing |= closing;
        wake
    }

    fn take_orders(&mut self, turn: &mut Turn) {
        for _ in 0..MAX_ORDERS {
            let order = match turn.first_order.take().map_or_else(|| self.orders.try_recv(), Ok) {
                Ok(order) => order,
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    turn.closing = true;
                    return;
                }
            };
            // One order is seldom alone: the next ones of a call come right behind it.
            turn.rest_until = clock::instant() + FETCH_INTERVAL;
            match order {
                Order::Open { leg, port, pair } => self.open(leg, port, pair),
                Order::Command(command) => {
                    self.plane.handle_command(command, clock::now(), &mut self.sockets);
                    self.drain_outputs();
                }
            }
        }
    }

    fn open(&mut self, leg: LegId, port: u16, pair: SocketPair) {
        match self.plane.open(leg, clock::instant()) {
            Some(key) => self.sockets.insert(key, port, pair, &self.poller),
            None => {
                tracing::warn!(%leg, "a leg was opened twice: its second port is closed");
                drop(pair);
                self.rest_port(port);
            }
        }
    }

    fn fetch(&mut self, turn: &mut Turn, fresh: bool) {
        let now = clock::now();
        let most = if fresh { MAX_PACKETS } else { MAX_STALE_PACKETS };
        let mut buffer = [0; MAX_PACKET];
        for token in turn.tokens.drain(..) {
            let (leg, kind) = of_token(token);
            // A connected socket of a peer that sends every 20 ms holds one packet; a second look would find nothing.
            let most = if fresh && kind == Kind::Rtp && self.sockets.is_connected(leg) { 1 } else { most };
            for _ in 0..most {
                let Some(packet) = self.sockets.receive(leg, kind, &mut buffer) else { break };
                self.stats.packets_received += 1;
                let bytes = &mut buffer[..packet.len];
                match kind {
                    Kind::Rtp | Kind::Stray => {
                        let arrival = Arrival { leg, from: packet.from, at: now, fresh };
                        self.plane.handle_rtp(arrival, bytes, &mut self.sockets);
                    }
                    Kind::Rtcp => self.plane.handle_rtcp(leg, packet.from, bytes, now),
                }
            }
            turn.rest_until = now.instant + FETCH_INTERVAL;
        }
    }

    fn tick(&mut self) {
        let now = clock::now();
        if let Some(due) = self.plane.poll_timeout().filter(|due| *due <= now.instant) {
            let late = u64::try_from(now.instant.since(due).as_micros()).unwrap_or(u64::MAX);
            self.stats.latest_tick_us = self.stats.latest_tick_us.max(late);
            self.plane.handle_timeout(now, &mut self.sockets);
        }
    }

    fn drain_outputs(&mut self) {
        while let Some(output) = self.plane.poll_output() {
            match output {
                Output::Event(event) => self.events.push(event),
                Output::Peer { leg, rtp, rtcp, fixed } => self.sockets.set_peer(leg, rtp, rtcp, fixed, &self.poller),
                Output::Closed { leg } => self.close(leg),
                Output::Recording { recording, what } => {
                    let order = WriterOrder { worker: self.writer.worker, recording, what };
                    if let Some(block) = self.writer.send(order) {
                        self.plane.give_block(block);
                    }
                }
            }
        }
        while let Ok(block) = self.writer.returned.try_recv() {
            self.plane.give_block(block);
        }
        self.writer.flush_waiting();
    }

    fn close(&mut self, leg: LegKey) {
        if let Some(port) = self.sockets.remove(leg) {
            self.rest_port(port);
        }
    }

    fn rest_port(&self, port: u16) {
        let mut ports = self.ports.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        ports.rest(port, clock::instant());
    }

    /// Publishes the counters; the lateness is that of the last whole second.
    fn report(&mut self, turn: &mut Turn) {
        let now = clock::instant();
        let (sent, refused) = self.sockets.batch().counts();
        self.stats.legs = self.plane.legs() as u64;
        self.stats.packets_sent = sent + self.sockets.rtcp_sent();
        self.stats.packets_refused = refused;
        self.stats.blocks_lost = self.writer.blocks_lost;
        self.shared.set(&self.stats);
        if now.since(turn.second) >= Duration::from_secs(1) {
            turn.second = now;
            self.stats.latest_tick_us = 0;
        }
    }
}

impl WriterLink {
    /// Hands an order over; gives back a block that could not be taken.
    fn send(&mut self, order: WriterOrder) -> Option<Box<Block>> {
        let order = if self.waiting.is_empty() {
            match self.to.try_send(order) {
                Ok(()) => return None,
                Err(TrySendError::Full(order) | TrySendError::Disconnected(order)) => order,
            }
        } else {
            order
        };
        match order.what {
            RecordingOutput::Block(block) => {
                self.blocks_lost += 1;
                Some(block)
            }
            what @ (RecordingOutput::Open { .. } | RecordingOutput::Close { .. }) => {
                self.waiting.push_back(WriterOrder { what, ..order });
                None
            }
        }
    }

    fn flush_waiting(&mut self) {
        while let Some(order) = self.waiting.pop_front() {
            match self.to.try_send(order) {
                Ok(()) => {}
                Err(TrySendError::Full(order)) => {
                    self.waiting.push_front(order);
                    return;
                }
                Err(TrySendError::Disconnected(_)) => self.waiting.clear(),
            }
        }
    }
}
