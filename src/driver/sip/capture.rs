//! The ear on the SIP sockets: traces of calls for the API, and each message to a collector (HEP3 over UDP).
//!
//! Called for every SIP message by the switch's owner, so nothing here waits: the traces are behind a lock that readers
//! hold for as long as it takes to clone a list, and the way to the collector is a bounded queue that drops.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::base::{CallId, Now};
use crate::sip::capture::{HepAgent, Limits, Packet, Trace, Traces, hep3};
use crate::sip::endpoint::{Flow, Target};

/// Messages that wait for the collector: some seconds of a busy switch.
const HEP_QUEUE: usize = 4096;
/// The collector's name is looked up again after this long, and after a failure.
const LOOK_UP_EVERY: Duration = Duration::from_secs(300);
const LOOK_UP_DEADLINE: Duration = Duration::from_secs(5);
/// After a failed look-up, messages are dropped for so long.
const LOOK_UP_PAUSE: Duration = Duration::from_secs(10);

/// Where messages go besides the traces.
#[derive(Clone, Debug)]
pub struct HepTarget {
    /// `host:port`.
    pub to: String,
    pub agent: HepAgent,
}

/// Cheap to clone: clones share everything.
#[derive(Clone)]
pub struct SipCapture {
    /// `None`: nothing is kept.
    traces: Option<Arc<Mutex<Traces>>>,
    hep: Option<mpsc::Sender<Export>>,
    /// Our address, where a socket hears on every one.
    advertise: Option<IpAddr>,
}

type Export = (Arc<Packet>, Option<CallId>);

impl SipCapture {
    /// Must be called inside the runtime when there is a collector.
    pub fn start(limits: Option<Limits>, hep: Option<HepTarget>, advertise: Option<IpAddr>) -> SipCapture {
        let traces = limits.map(|limits| Arc::new(Mutex::new(Traces::new(limits))));
        let hep = hep.map(|target| {
            let (queue, queued) = mpsc::channel(HEP_QUEUE);
            tokio::spawn(export(target, queued));
            queue
        });
        SipCapture { traces, hep, advertise }
    }

    pub fn heard(&self, flow: &Flow, bytes: &[u8], now: Now) {
        self.note(|| {
            let ends = (self.ours(flow.local, flow.remote), flow.remote);
            Packet::new(now, flow.transport, ends, false, bytes)
        });
    }

    /// `local` is the socket's address.
    pub fn sent(&self, target: &Target, local: SocketAddr, bytes: &[u8], now: Now) {
        self.note(|| {
            let ends = (self.ours(local, target.remote), target.remote);
            Packet::new(now, target.transport, ends, true, bytes)
        });
    }

    /// The dialogs with this SIP Call-ID are a part of this call.
    pub fn claim(&self, call: CallId, call_id: &str) {
        self.with_traces(|traces| traces.claim(call, call_id));
    }

    /// A call is over.
    pub fn end(&self, call: CallId, now: Now) {
        self.with_traces(|traces| traces.end(call, now.instant));
    }

    /// Forgets what was kept long enough; `up` are the calls that are up.
    pub fn prune(&self, up: &BTreeSet<CallId>, now: Now) {
        self.with_traces(|traces| traces.prune(now.instant, |call| up.contains(&call)));
    }

    /// What is kept of a call; `None` when that is nothing, or nothing any more.
    pub fn of(&self, call: CallId) -> Option<Trace> {
        self.with_traces(|traces| traces.of(call).cloned()).flatten()
    }

    /// Bytes that are kept, and of how many calls.
    pub fn size(&self) -> (usize, usize) {
        self.with_traces(|traces| traces.size()).unwrap_or_default()
    }

    fn note(&self, packet: impl FnOnce() -> Option<Packet>) {
        if self.traces.is_none() && self.hep.is_none() {
            return;
        }
        let Some(packet) = packet().map(Arc::new) else { return };
        let call = self.with_traces(|traces| traces.record(packet.clone())).flatten();
        if let Some(hep) = &self.hep
            && hep.try_send((packet, call)).is_err()
        {
            metrics::counter!("hotline_hep_dropped_total").increment(1);
        }
    }

    fn with_traces<T>(&self, act: impl FnOnce(&mut Traces) -> T) -> Option<T> {
        // Nobody panics under this lock; if somebody did, a half trace would be the worst.
        self.traces.as_ref().map(|traces| act(&mut traces.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The address that we have for `remote`, where the socket hears on every one.
    fn ours(&self, local: SocketAddr, remote: SocketAddr) -> SocketAddr {
        let loopback: IpAddr = match remote.ip().to_canonical() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let ip = match self.advertise {
            _ if !local.ip().is_unspecified() => local.ip(),
            _ if remote.ip().to_canonical().is_loopback() => loopback,
            Some(advertised) => advertised,
            None => local.ip(),
        };
        SocketAddr::new(ip, local.port())
    }
}

/// Sends what is queued until the switch's owner is gone.
async fn export(target: HepTarget, mut queued: mpsc::Receiver<Export>) {
    let mut way: Option<(UdpSocket, Instant)> = None;
    let mut pause_until = None;
    while let Some((packet, call)) = queued.recv().await {
        let now = Instant::now();
        if way.as_ref().is_some_and(|(_, since)| now.duration_since(*since) > LOOK_UP_EVERY) {
            way = None;
        }
        if way.is_none() && pause_until.is_none_or(|until| until <= now) {
            match timeout(LOOK_UP_DEADLINE, open(&target.to)).await {
                Ok(Ok(socket)) => way = Some((socket, now)),
                Ok(Err(_)) | Err(_) => {
                    tracing::warn!("the collector of sip.hep cannot be found: {}", target.to);
                    pause_until = Some(Instant::now() + LOOK_UP_PAUSE);
                }
            }
        }
        let datagram = hep3(&packet, call, &target.agent);
        // A refused datagram says that nobody listens there now, not that the next one is lost too.
        let sent = match &way {
            Some((socket, _)) => socket.send(&datagram).await.is_ok(),
            None => false,
        };
        if !sent {
            metrics::counter!("hotline_hep_dropped_total").increment(1);
        }
    }
}

async fn open(to: &str) -> std::io::Result<UdpSocket> {
    let none = || std::io::Error::new(std::io::ErrorKind::NotFound, "no address");
    let address = tokio::net::lookup_host(to).await?.next().ok_or_else(none)?;
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(address).await?;
    Ok(socket)
}
