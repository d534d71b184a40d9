//! Hotline: a call-centre softswitch.
//!
//! The module map, lower layers first; a module may use only layers below its own
//! (`tests/tidy.rs` checks it):
//!
//! | layer | modules | what |
//! |---|---|---|
//! | 0 | [`base`] | ids, time, randomness, limits |
//! | 1 | pure cores | decisions in plain structs: no socket, clock, task or global |
//! | 2 | `call` | joins the cores into one switch |
//! | 3 | `config`, `store`, `api`, `driver` | the edges: files, SQL, HTTP, sockets |
//! | 4 | `app`, `cli` | builds, wires, shuts down; the commands |

pub mod base;

pub mod acd;
pub mod customer;
pub mod ivr;
pub mod media;
pub mod phonebox;
pub mod rtp;
pub mod sdp;
pub mod sip;
pub mod ticket;

pub mod call;

pub mod api;
pub mod config;
pub mod driver;

pub mod library;
pub mod store;

pub mod app;

pub mod cli;
