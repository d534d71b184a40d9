//! Two and more endpoints, and hand-written peers, over a seeded link in virtual time.

mod calls;
mod in_dialog;
mod lossy;
mod net;
mod refer;
mod register;
mod reliable;
mod session_timer;
mod trunks;
mod trust;
mod uas;
