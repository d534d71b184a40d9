//! The store, every test on SQLite and on PostgreSQL. `HOTLINE_NO_PG=1` leaves PostgreSQL out.

#[path = "support/postgres.rs"]
mod postgres;

#[macro_use]
#[path = "store/place.rs"]
mod place;

#[path = "store/story.rs"]
mod story;

#[path = "store/access.rs"]
mod access;
#[path = "store/calls.rs"]
mod calls;
#[path = "store/customers.rs"]
mod customers;
#[path = "store/flows.rs"]
mod flows;
#[path = "store/hostile.rs"]
mod hostile;
#[path = "store/opening.rs"]
mod opening;
#[path = "store/outage.rs"]
mod outage;
#[path = "store/setup.rs"]
mod setup;
#[path = "store/tickets.rs"]
mod tickets;
