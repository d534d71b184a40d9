//! Faults injected into the real binary, and what must be left of them: nothing. The table is in `docs/security.md`
//! ("Faults injected"). `soak` is no part of the tests: `make soak`.

mod flood;
mod house;
mod machine;
mod network;
mod people;
mod soak;
