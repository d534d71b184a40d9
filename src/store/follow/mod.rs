//! The rows that follow from events: calls, segments, recordings, tickets, customers.
//!
//! A batch of events becomes rows in the same transaction (`write`). The fold and the rows are pure (`call::record`,
//! `ticket`, [`plan`]), so that [`rebuild`] gives the same rows from the events alone (P5).

mod cache;
mod customer;
mod grow;
mod plan;
mod rebuild;
mod ticket;
mod write;

pub(super) use cache::Cache;
pub(super) use write::Followed;
