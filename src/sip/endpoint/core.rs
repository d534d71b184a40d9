//! The face of the endpoint.

use std::collections::VecDeque;
use std::net::IpAddr;

use bytes::Bytes;

use super::ban::Ban;
use super::command::Command;
use super::config::EndpointConfig;
use super::directory::Directory;
use super::event::{Output, ResolveId, SessionId};
use crate::base::{Instant, Now, Rng};
use crate::sip::registrar::BindingRow;
use crate::sip::transaction::{ConnectionId, Flow, Target};

/// The switch's SIP user agent.
pub struct Endpoint {
    directory: Directory,
    next_session: u64,
    outputs: VecDeque<Output>,
}

impl Endpoint {
    pub fn new(_config: EndpointConfig, _rng: Rng) -> Self {
        Endpoint { directory: Directory::default(), next_session: 1, outputs: VecDeque::new() }
    }

    /// Replaces everyone who is known. Calls that are up stay up; registrations of accounts that are gone are dropped.
    pub fn set_directory(&mut self, directory: Directory, _now: Now) {
        self.directory = directory;
    }

    /// An id for an outgoing call.
    pub fn new_session(&mut self) -> SessionId {
        let session = SessionId(self.next_session);
        self.next_session += 1;
        session
    }

    /// One datagram, or one framed message of a stream.
    pub fn handle_message(&mut self, _from: Flow, _bytes: Bytes, _now: Now) {}

    /// A connection is gone, whoever closed it.
    pub fn handle_closed(&mut self, _connection: ConnectionId, _now: Now) {}

    /// A message could not be sent: no connection could be opened, or the system refused it.
    pub fn handle_send_failed(&mut self, _to: &Target, _now: Now) {}

    /// The answer to [`Output::Resolve`]: targets in the order to try; none when the name leads nowhere.
    pub fn handle_resolved(&mut self, _id: ResolveId, _targets: Vec<Target>, _now: Now) {}

    pub fn command(&mut self, _command: Command, _now: Now) {}

    pub fn handle_timeout(&mut self, _now: Now) {}

    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// True when at least one contact of `user` can be rung.
    pub fn is_registered(&self, user: &str) -> bool {
        self.directory.accounts.is_empty() && user.is_empty()
    }

    /// All bindings, to be stored.
    pub fn bindings(&self) -> Vec<BindingRow> {
        Vec::new()
    }

    /// Takes back what was stored before a restart; what has expired since is left out.
    pub fn restore_bindings(&mut self, _rows: Vec<BindingRow>, _now: Now) {}

    /// Sources that are silenced now.
    pub fn bans(&self, _now: Now) -> Vec<Ban> {
        Vec::new()
    }

    /// Lets a source speak again and forgets its history; false when it was not silenced.
    pub fn clear_ban(&mut self, _source: IpAddr) -> bool {
        false
    }
}
