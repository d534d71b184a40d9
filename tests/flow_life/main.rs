//! The life of a flow as its people live it: drafts, test calls, publication, roll-back, the audio library; and what is
//! broken on the way leaves the callers alone (faults 15 and 19 of the design).

mod access;
mod audio;
mod capture;
mod faults;
mod house;
mod outbound;
mod publish;
mod try_out;
