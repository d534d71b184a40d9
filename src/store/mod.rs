//! Layer 3: the only SQL of Hotline, over SQLite embedded in the data folder or PostgreSQL.
//!
//! A file per aggregate adds its functions to [`Store`]. One SQL text serves both databases: `$n` placeholders, BIGINT
//! milliseconds, JSON as text; text from outside is only ever a bound value. The record of a call is its events;
//! [`recorder::Recorder`] writes them with the rows that follow, and waits out an absent database on disk.
//! `docs/store.md` tells the whole story.

mod agent;
mod audio;
mod audit;
mod call;
mod customer;
mod db;
mod error;
mod event;
mod flow;
mod follow;
mod glance;
mod group;
mod line;
mod number;
mod open;
mod page;
pub mod recorder;
mod recording;
mod registration;
mod row;
mod setting;
mod setup;
mod spent;
mod sql;
mod ticket;
mod token;
mod trunk;

pub use agent::{AgentRow, Credentials};
pub use audio::{AudioRow, AudioState, NewAudio};
pub use audit::{Actor, AuditFilter, AuditRow};
pub use call::{CallFilter, CallResult, CallRow, CallSort, CallState, RecordingRow, SegmentKind, SegmentRow};
pub use customer::{CustomerFilter, CustomerKind, CustomerRow, CustomerUpdate};
pub use error::StoreError;
pub use flow::{
    Draft, DuePublication, FlowOperation, FlowRefusal, FlowRow, FlowState, FlowVersion, Loaded, NewDraft, NewFile,
    Publication, VersionRow, When, allowed,
};
pub use group::GroupRow;
pub use number::{Answer, BUILTINS, NumberRow, NumberRule};
pub use open::{Store, StoreUrl};
pub use page::{Order, Page, PageRequest};
pub use row::Json;
pub use setup::{Applied, BroughtIn, Change, Finding, Passwords};
pub use ticket::{NewTicket, NoteRow, TicketFilter, TicketRow, TicketSort, TicketStateName, TicketUpdate};
pub use token::{NewToken, TokenRow};
pub use trunk::{TrunkPasswords, TrunkRow};
