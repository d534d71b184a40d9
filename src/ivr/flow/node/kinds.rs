//! The kinds of node by the word after `type:`.

use super::{
    Branch, Callback, Collect, Dial, End, Hours, Http, NodeKind, Play, Return, Set, Subflow, Switch, Ticket, Transfer,
    Voicemail, branch, callback, collect, dial, end, hours, http, play, set, subflow, switch, ticket, transfer,
    voicemail,
};
use crate::ivr::flow::read::{Fields, Table};

/// One kind: its word, its table and how it is read.
pub struct KindEntry {
    pub name: &'static str,
    pub table: &'static Table,
    pub read: fn(&mut Fields<'_, '_, '_>) -> NodeKind,
}

/// Every kind, in the order of the reference.
pub static KINDS: [KindEntry; 15] = [
    KindEntry { name: "play", table: &play::TABLE, read: |fields| NodeKind::Play(Play::read(fields)) },
    KindEntry { name: "branch", table: &branch::TABLE, read: |fields| NodeKind::Branch(Branch::read(fields)) },
    KindEntry { name: "transfer", table: &transfer::TABLE, read: |fields| NodeKind::Transfer(Transfer::read(fields)) },
    KindEntry { name: "end", table: &end::TABLE, read: |_| NodeKind::End(End) },
    KindEntry { name: "hours", table: &hours::TABLE, read: |fields| NodeKind::Hours(Hours::read(fields)) },
    KindEntry { name: "collect", table: &collect::TABLE, read: |fields| NodeKind::Collect(Collect::read(fields)) },
    KindEntry { name: "set", table: &set::TABLE, read: |fields| NodeKind::Set(Set::read(fields)) },
    KindEntry { name: "switch", table: &switch::TABLE, read: |fields| NodeKind::Switch(Switch::read(fields)) },
    KindEntry { name: "http", table: &http::TABLE, read: |fields| NodeKind::Http(Http::read(fields)) },
    KindEntry {
        name: "voicemail",
        table: &voicemail::TABLE,
        read: |fields| NodeKind::Voicemail(Voicemail::read(fields)),
    },
    KindEntry { name: "callback", table: &callback::TABLE, read: |fields| NodeKind::Callback(Callback::read(fields)) },
    KindEntry { name: "subflow", table: &subflow::TABLE, read: |fields| NodeKind::Subflow(Subflow::read(fields)) },
    KindEntry { name: "return", table: &subflow::RETURN, read: |fields| NodeKind::Return(Return::read(fields)) },
    KindEntry { name: "dial", table: &dial::TABLE, read: |fields| NodeKind::Dial(Dial::read(fields)) },
    KindEntry { name: "ticket", table: &ticket::TABLE, read: |fields| NodeKind::Ticket(Ticket::read(fields)) },
];
