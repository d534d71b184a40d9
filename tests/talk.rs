//! What can be done to a conversation, on a real switch over real sockets: pausing its recording, and listening in.

#[path = "talk/house.rs"]
mod house;

#[path = "talk/pausing.rs"]
mod pausing;
#[path = "talk/supervising.rs"]
mod supervising;
