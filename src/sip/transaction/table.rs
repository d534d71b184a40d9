//! The table of all transactions: finds them, keeps the bytes to send again, turns time into their reactions.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::client::{ClientKind, ClientMachine, ClientReaction};
use super::flow::{ConnectionId, Target};
use super::key::{ClientKey, ServerKey};
use super::queue::TimerQueue;
use super::server::{ServerKind, ServerMachine, ServerReaction};
use super::timer::TimerTable;
use crate::base::Instant;

/// One client transaction of the table; never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ClientTx(u64);

/// One server transaction of the table; never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ServerTx(u64);

/// The table has as many transactions as it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("all {0} SIP transactions are in use")]
pub struct TableFull(pub usize);

/// What the table wants done, or tells.
#[derive(Clone, PartialEq, Debug)]
pub enum TxOutput<C> {
    Send {
        to: Target,
        bytes: Bytes,
    },
    /// Nobody answered within 64*T1 (timer B or F).
    TimedOut {
        tx: ClientTx,
        owner: C,
    },
    /// The request could not be sent, or its connection closed before an answer.
    Unsendable {
        tx: ClientTx,
        owner: C,
    },
}

/// What to do with a response that belongs to a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delivery {
    pub tx: ClientTx,
    /// Build the ACK and hand it to [`Transactions::acknowledge`].
    pub needs_ack: bool,
}

#[derive(Clone, Debug)]
struct Client<C> {
    machine: ClientMachine,
    key: ClientKey,
    to: Target,
    request: Bytes,
    ack: Option<Bytes>,
    owner: C,
}

#[derive(Clone, Debug)]
struct Server<S> {
    machine: ServerMachine,
    key: ServerKey,
    /// What a request that came another way in the meantime has in common with it (RFC 3261 8.2.2.2).
    merge: Option<Vec<u8>>,
    to: Target,
    response: Option<Bytes>,
    /// Until the final response.
    owner: Option<S>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Deadline {
    Client(ClientTx),
    Server(ServerTx),
}

/// All transactions. `C` and `S` say what a client and a server transaction is for.
#[derive(Clone, Debug)]
pub struct Transactions<C, S> {
    timers: TimerTable,
    max_clients: usize,
    max_servers: usize,
    clients: BTreeMap<ClientTx, Client<C>>,
    client_keys: BTreeMap<ClientKey, ClientTx>,
    servers: BTreeMap<ServerTx, Server<S>>,
    server_keys: BTreeMap<ServerKey, ServerTx>,
    merges: BTreeMap<Vec<u8>, ServerTx>,
    deadlines: TimerQueue<Deadline>,
    last_id: u64,
    outputs: VecDeque<TxOutput<C>>,
}

impl<C, S> Transactions<C, S> {
    pub fn new(timers: TimerTable, max_clients: usize, max_servers: usize) -> Self {
        Transactions {
            timers,
            max_clients,
            max_servers,
            clients: BTreeMap::new(),
            client_keys: BTreeMap::new(),
            servers: BTreeMap::new(),
            server_keys: BTreeMap::new(),
            merges: BTreeMap::new(),
            deadlines: TimerQueue::new(),
            last_id: 0,
            outputs: VecDeque::new(),
        }
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Sends a request and waits for its answers. The branch in `key` must be new.
    pub fn request(
        &mut self,
        key: ClientKey,
        kind: ClientKind,
        to: Target,
        request: Bytes,
        owner: C,
        now: Instant,
    ) -> Result<ClientTx, TableFull> {
        if self.clients.len() >= self.max_clients {
            return Err(TableFull(self.max_clients));
        }
        let tx = ClientTx(self.next_id());
        let machine = ClientMachine::start(kind, to.transport.is_reliable(), self.timers, now);
        self.outputs.push_back(TxOutput::Send { to: to.clone(), bytes: request.clone() });
        self.client_keys.insert(key.clone(), tx);
        self.deadlines.set(Deadline::Client(tx), machine.deadline());
        self.clients.insert(tx, Client { machine, key, to, request, ack: None, owner });
        Ok(tx)
    }

    /// A response came. `None`: it belongs to no transaction, or is a repetition that is dealt with.
    pub fn response(&mut self, key: &ClientKey, status: u16, now: Instant) -> Option<Delivery> {
        let tx = *self.client_keys.get(key)?;
        let client = self.clients.get_mut(&tx)?;
        let reaction = client.machine.on_response(status, now);
        self.deadlines.set(Deadline::Client(tx), client.machine.deadline());
        match reaction {
            ClientReaction::Deliver => Some(Delivery { tx, needs_ack: false }),
            ClientReaction::DeliverAndAck => Some(Delivery { tx, needs_ack: true }),
            ClientReaction::AckAgain => {
                let ack = client.ack.clone().map(|bytes| TxOutput::Send { to: client.to.clone(), bytes });
                self.outputs.extend(ack);
                None
            }
            ClientReaction::Nothing
            | ClientReaction::Resend
            | ClientReaction::TimedOut
            | ClientReaction::Terminated => None,
        }
    }

    /// Sends the ACK of a 300 to 699, and again for each repetition of that response.
    pub fn acknowledge(&mut self, tx: ClientTx, ack: Bytes) {
        let Some(client) = self.clients.get_mut(&tx) else { return };
        self.outputs.push_back(TxOutput::Send { to: client.to.clone(), bytes: ack.clone() });
        client.ack = Some(ack);
    }

    /// What the client transaction is for.
    pub fn client(&self, tx: ClientTx) -> Option<&C> {
        self.clients.get(&tx).map(|client| &client.owner)
    }

    /// Where the request of `tx` went.
    pub fn client_target(&self, tx: ClientTx) -> Option<&Target> {
        self.clients.get(&tx).map(|client| &client.to)
    }

    /// The request of `tx` as it was sent.
    pub fn client_request(&self, tx: ClientTx) -> Option<&Bytes> {
        self.clients.get(&tx).map(|client| &client.request)
    }

    /// Only provisional responses, or none, have come for `tx`.
    pub fn is_pending(&self, tx: ClientTx) -> bool {
        self.clients.get(&tx).is_some_and(|client| client.machine.is_pending())
    }

    /// Not even a provisional response has come for `tx`.
    pub fn is_unheard(&self, tx: ClientTx) -> bool {
        self.clients.get(&tx).is_some_and(|client| client.machine.is_unheard())
    }

    /// Forgets a client transaction: nothing more is sent or told of it.
    pub fn forget(&mut self, tx: ClientTx) {
        self.take(tx);
    }

    fn take(&mut self, tx: ClientTx) -> Option<C> {
        self.deadlines.set(Deadline::Client(tx), None);
        let client = self.clients.remove(&tx)?;
        self.client_keys.remove(&client.key);
        Some(client.owner)
    }

    /// The server transaction that a request belongs to.
    pub fn find_server(&self, key: &ServerKey) -> Option<ServerTx> {
        self.server_keys.get(key).copied()
    }

    /// A new request came. `merge` is its From tag, Call-ID and CSeq when it has no To tag.
    pub fn begin(
        &mut self,
        key: ServerKey,
        kind: ServerKind,
        merge: Option<Vec<u8>>,
        to: Target,
        owner: S,
    ) -> Result<ServerTx, TableFull> {
        if self.servers.len() >= self.max_servers {
            return Err(TableFull(self.max_servers));
        }
        let tx = ServerTx(self.next_id());
        let machine = ServerMachine::start(kind, to.transport.is_reliable(), self.timers);
        self.server_keys.insert(key.clone(), tx);
        if let Some(merge) = &merge {
            self.merges.insert(merge.clone(), tx);
        }
        self.servers.insert(tx, Server { machine, key, merge, to, response: None, owner: Some(owner) });
        Ok(tx)
    }

    /// Whether a request with the same From tag, Call-ID and CSeq has come another way (RFC 3261 8.2.2.2).
    pub fn is_merged(&self, merge: &[u8]) -> bool {
        self.merges.contains_key(merge)
    }

    /// The request of `tx` came again: its last response is repeated if the state says so.
    pub fn request_again(&mut self, tx: ServerTx) {
        let Some(server) = self.servers.get_mut(&tx) else { return };
        if server.machine.on_request_again() == ServerReaction::Resend {
            let again = server.response.clone().map(|bytes| TxOutput::Send { to: server.to.clone(), bytes });
            self.outputs.extend(again);
        }
    }

    /// Answers. False when `tx` is unknown or has its final response already.
    pub fn respond(&mut self, tx: ServerTx, status: u16, response: Bytes, now: Instant) -> bool {
        let Some(server) = self.servers.get_mut(&tx) else { return false };
        if !server.machine.on_respond(status, now) {
            return false;
        }
        self.outputs.push_back(TxOutput::Send { to: server.to.clone(), bytes: response.clone() });
        server.response = server.machine.keeps_response().then_some(response);
        if !server.machine.is_pending() {
            server.owner = None;
        }
        self.deadlines.set(Deadline::Server(tx), server.machine.deadline());
        true
    }

    /// The ACK that belongs to `tx` by its branch: of a 300 to 699.
    pub fn ack(&mut self, tx: ServerTx, now: Instant) {
        let Some(server) = self.servers.get_mut(&tx) else { return };
        server.machine.on_ack(now);
        if !server.machine.keeps_response() {
            server.response = None;
        }
        self.deadlines.set(Deadline::Server(tx), server.machine.deadline());
    }

    /// What the server transaction is for, until it has its final response.
    pub fn owner(&self, tx: ServerTx) -> Option<&S> {
        self.servers.get(&tx)?.owner.as_ref()
    }

    pub fn owner_mut(&mut self, tx: ServerTx) -> Option<&mut S> {
        self.servers.get_mut(&tx)?.owner.as_mut()
    }

    /// Where responses of `tx` go.
    pub fn server_target(&self, tx: ServerTx) -> Option<&Target> {
        self.servers.get(&tx).map(|server| &server.to)
    }

    /// Nothing can be sent to `to`: requests there that nobody has answered fail (RFC 3261 8.1.3.1).
    pub fn fail_target(&mut self, to: &Target) {
        let same = |client: &Client<C>| client.to.transport == to.transport && client.to.remote == to.remote;
        self.fail(|client| same(client) && client.machine.is_unheard());
    }

    /// `connection` is gone: requests that were sent on it and wait for an answer fail.
    pub fn fail_connection(&mut self, connection: ConnectionId) {
        self.fail(|client| client.to.connection == Some(connection) && client.machine.is_pending());
    }

    fn fail(&mut self, lost: impl Fn(&Client<C>) -> bool) {
        let failed: Vec<ClientTx> = self.clients.iter().filter(|(_, c)| lost(c)).map(|(tx, _)| *tx).collect();
        for tx in failed {
            let lost = self.take(tx).map(|owner| TxOutput::Unsendable { tx, owner });
            self.outputs.extend(lost);
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(deadline) = self.deadlines.pop_due(now) {
            match deadline {
                Deadline::Client(tx) => self.client_timeout(tx, now),
                Deadline::Server(tx) => self.server_timeout(tx, now),
            }
        }
    }

    fn client_timeout(&mut self, tx: ClientTx, now: Instant) {
        let Some(client) = self.clients.get_mut(&tx) else { return };
        match client.machine.on_timeout(now) {
            ClientReaction::Resend => {
                self.outputs.push_back(TxOutput::Send { to: client.to.clone(), bytes: client.request.clone() });
            }
            ClientReaction::TimedOut => {
                let lost = self.take(tx).map(|owner| TxOutput::TimedOut { tx, owner });
                return self.outputs.extend(lost);
            }
            ClientReaction::Terminated => return self.forget(tx),
            ClientReaction::Nothing
            | ClientReaction::Deliver
            | ClientReaction::DeliverAndAck
            | ClientReaction::AckAgain => {}
        }
        self.deadlines.set(Deadline::Client(tx), client.machine.deadline());
    }

    fn server_timeout(&mut self, tx: ServerTx, now: Instant) {
        let Some(server) = self.servers.get_mut(&tx) else { return };
        match server.machine.on_timeout(now) {
            ServerReaction::Resend => {
                let again = server.response.clone().map(|bytes| TxOutput::Send { to: server.to.clone(), bytes });
                self.outputs.extend(again);
                self.deadlines.set(Deadline::Server(tx), server.machine.deadline());
            }
            // RFC 3261 17.2.1: the user has told its side already; nobody waits for this ACK.
            ServerReaction::TimedOut | ServerReaction::Terminated => {
                if let Some(server) = self.servers.remove(&tx) {
                    self.server_keys.remove(&server.key);
                    server.merge.map(|merge| self.merges.remove(&merge));
                }
            }
            ServerReaction::Nothing => self.deadlines.set(Deadline::Server(tx), server.machine.deadline()),
        }
    }

    /// The earliest moment at which [`Self::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    pub fn poll_output(&mut self) -> Option<TxOutput<C>> {
        self.outputs.pop_front()
    }

    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    pub fn servers(&self) -> usize {
        self.servers.len()
    }
}
