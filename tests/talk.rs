//! What can be done to a conversation, on a real switch over real sockets: pausing its recording, and listening in; and in which
//! codecs it is held.

#[path = "talk/house.rs"]
mod house;

#[path = "talk/codecs.rs"]
mod codecs;
#[path = "talk/encrypted.rs"]
mod encrypted;
#[path = "talk/pausing.rs"]
mod pausing;
#[path = "talk/signalling.rs"]
mod signalling;
#[path = "talk/supervising.rs"]
mod supervising;
