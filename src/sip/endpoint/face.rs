//! The face of the endpoint.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bytes::Bytes;

use super::ban::{Admission, Ban, subject};
use super::config::EndpointConfig;
use super::core::Core;
use super::directory::Directory;
use super::event::{Event, GateChange, Output, ResolveId, SessionId};
use super::send::Owner;
use super::session::{Peer, Session};
use crate::base::{Instant, Now, Rng};
use crate::sip::registrar::BindingRow;
use crate::sip::transaction::{ConnectionId, Flow, Target, TimerQueue, TxOutput};

/// The switch's SIP user agent.
pub struct Endpoint {
    pub(super) core: Core,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    /// By our tag.
    pub(super) tags: BTreeMap<String, SessionId>,
    alarms: TimerQueue<SessionId>,
    pub(super) last_session: u64,
}

impl Endpoint {
    pub fn new(config: EndpointConfig, rng: Rng) -> Self {
        Endpoint {
            core: Core::new(config, rng),
            sessions: BTreeMap::new(),
            tags: BTreeMap::new(),
            alarms: TimerQueue::new(),
            last_session: 0,
        }
    }

    /// Replaces everyone who is known. Calls that are up stay up; registrations of accounts that are gone are dropped.
    pub fn set_directory(&mut self, directory: Directory, now: Now) {
        let before = std::mem::replace(&mut self.core.directory, directory);
        self.core.sync_trunks(&before.trunks, now.instant);
        let known = &self.core.directory.accounts;
        for user in self.core.registrar.drop_unknown(|user| known.contains_key(user)) {
            self.core.unregistered(user);
        }
        self.settle(now.instant);
    }

    /// An id for an outgoing call.
    pub fn new_session(&mut self) -> SessionId {
        self.last_session += 1;
        SessionId(self.last_session)
    }

    /// One datagram, or one framed message of a stream.
    pub fn handle_message(&mut self, from: Flow, bytes: Bytes, now: Now) {
        let source = from.remote.ip();
        if self.core.admit(source, now.instant) == Admission::Admit {
            self.receive(from, bytes, now.instant);
            self.settle(now.instant);
        }
    }

    /// A connection is gone, whoever closed it.
    pub fn handle_closed(&mut self, connection: ConnectionId, now: Now) {
        self.core.transactions.fail_connection(connection);
        for session in self.sessions.values_mut() {
            if let Some(flow) = session.flow.as_mut().filter(|flow| flow.connection == Some(connection)) {
                flow.connection = None;
            }
        }
        for user in self.core.registrar.drop_connection(connection) {
            self.core.unregistered(user);
        }
        self.settle(now.instant);
    }

    /// A message could not be sent: no connection could be opened, or the system refused it.
    pub fn handle_send_failed(&mut self, to: &Target, now: Now) {
        self.core.transactions.fail_target(to);
        self.settle(now.instant);
    }

    /// The answer to [`Output::Resolve`]: targets in the order to try; none when the name leads nowhere.
    pub fn handle_resolved(&mut self, id: ResolveId, targets: Vec<Target>, now: Now) {
        self.resolved(id, targets, now.instant);
        self.settle(now.instant);
    }

    pub fn handle_timeout(&mut self, now: Now) {
        self.core.transactions.handle_timeout(now.instant);
        for user in self.core.registrar.handle_timeout(now.instant) {
            self.core.unregistered(user);
        }
        self.core.trunk_timeout(now.instant);
        while let Some(id) = self.alarms.pop_due(now.instant) {
            self.with_session(id, now.instant, |session, core| session.on_timeout(core, now.instant));
        }
        self.settle(now.instant);
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let core = &self.core;
        let deadlines = [
            core.transactions.poll_timeout(),
            core.registrar.poll_timeout(),
            core.trunks.alarms.next(),
            self.alarms.next(),
        ];
        deadlines.into_iter().flatten().min()
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.core.outputs.pop_front()
    }

    /// True when at least one contact of `user` can be rung.
    pub fn is_registered(&self, user: &str) -> bool {
        self.core.registrar.is_registered(user)
    }

    /// True when `user` has a contact and every one of them registered by TLS.
    pub fn is_secure(&self, user: &str, now: Instant) -> bool {
        let mut contacts = self.core.registrar.of(user, now).peekable();
        contacts.peek().is_some() && contacts.all(|contact| contact.flow.transport.is_secure())
    }

    /// True when at least one contact of `user` registered by TLS.
    pub fn has_secure_contact(&self, user: &str, now: Instant) -> bool {
        self.core.registrar.of(user, now).any(|contact| contact.flow.transport.is_secure())
    }

    /// All bindings, to be stored.
    pub fn bindings(&self, now: Now) -> Vec<BindingRow> {
        self.core.registrar.rows(now)
    }

    /// Takes back what was stored before a restart; what has expired since is left out. Call it after
    /// [`Endpoint::set_directory`]: accounts that are not known are left out too.
    pub fn restore_bindings(&mut self, rows: Vec<BindingRow>, now: Now) {
        let known = &self.core.directory.accounts;
        let rows = rows.into_iter().filter(|row| known.contains_key(&row.user)).collect();
        self.core.registrar.restore(rows, now);
    }

    /// Sources that are silenced now.
    pub fn bans(&self, now: Now) -> Vec<Ban> {
        self.core.sources.bans(now.instant)
    }

    /// Lets a source speak again and forgets its history; false when it was not silenced.
    pub fn clear_ban(&mut self, source: IpAddr) -> bool {
        let cleared = self.core.sources.clear(source);
        if cleared {
            let source = subject(source);
            self.core.outputs.push_back(Output::Gate(GateChange::Hear { source }));
        }
        cleared
    }

    /// The Call-ID of the INVITEs that we sent for a session.
    pub fn sip_call_id(&self, session: SessionId) -> Option<String> {
        let draft = &self.sessions.get(&session)?.branches.first()?.draft;
        Some(draft.call_id.to_clean_string())
    }

    /// Sessions that are not over yet, those that only finish their courtesies included.
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// Transactions that are not over yet.
    pub fn transaction_count(&self) -> usize {
        self.core.transactions.clients() + self.core.transactions.servers()
    }

    /// Runs `act` on a session, then moves its alarm, or forgets it when it is over.
    pub(super) fn with_session<T>(
        &mut self,
        id: SessionId,
        now: Instant,
        act: impl FnOnce(&mut Session, &mut Core) -> T,
    ) -> Option<T> {
        let session = self.sessions.get_mut(&id)?;
        let result = act(session, &mut self.core);
        if session.is_over() {
            if let Peer::Trunk(name) = &session.peer {
                self.core.count_call(name, false, now);
            }
            self.tags.remove(&session.tag);
            self.sessions.remove(&id);
            self.alarms.set(id, None);
        } else {
            // A deadline that has passed already is due at once, not in the past of the driver's timer.
            self.alarms.set(id, session.deadline().map(|at| at.max(now)));
        }
        Some(result)
    }

    pub(super) fn add_session(&mut self, session: Session, now: Instant) {
        let id = session.id;
        if let Peer::Trunk(name) = &session.peer {
            self.core.count_call(name, true, now);
        }
        self.tags.insert(session.tag.clone(), id);
        self.sessions.insert(id, session);
        self.with_session(id, now, |_, _| ());
    }

    /// Carries out what the transactions want, until they want nothing more.
    fn settle(&mut self, now: Instant) {
        while let Some(output) = self.core.transactions.poll_output() {
            match output {
                TxOutput::Send { to, bytes } => self.core.outputs.push_back(Output::Transmit { to, bytes }),
                TxOutput::TimedOut { owner, .. } => self.request_failed(owner, 408, now),
                TxOutput::Unsendable { owner, .. } => self.request_failed(owner, 503, now),
            }
        }
    }

    pub(super) fn command_done(&mut self, now: Instant) {
        self.settle(now);
    }

    /// A look-up ended: the requests that waited for it go on, unless nobody wants them any more.
    fn resolved(&mut self, id: ResolveId, targets: Vec<Target>, now: Instant) {
        let Some(waiting) = self.core.waiting.remove(&id) else { return };
        let mut sent = waiting.sent;
        if let Owner::Invite { session, branch } = sent.owner
            && !self.sessions.get(&session).is_some_and(|s| s.still_wants(branch))
        {
            return;
        }
        let mut targets = targets.into_iter();
        let Some(first) = targets.next() else { return self.request_failed(sent, 503, now) };
        sent.alternatives = targets.collect();
        self.send_again(sent, first, now);
    }
}

impl Core {
    pub(super) fn unregistered(&mut self, user: String) {
        self.emit(Event::Unregistered { user: user.clone() });
        self.emit(Event::BindingsChanged { user });
    }
}
