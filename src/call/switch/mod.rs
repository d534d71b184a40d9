//! The switch: every call of this node, decided by one owner without locks.
//!
//! Sans-IO: the driver feeds [`Input`]s with the time, drains [`Output`]s until `None`, and calls `handle_timeout` at
//! the time that `poll_timeout` names. After every input the cores inside (SIP endpoint, flow sessions, skill groups)
//! have been drained into each other, so the outputs are complete.
//!
//! | file | what |
//! |---|---|
//! | `core` | the face, and the loop that drains the cores |
//! | `world` | what is set up: numbers, flows, groups, sounds |
//! | `calls`, `leg` | one call and its legs |
//! | `incoming`, `sip_link` | what SIP tells |
//! | `flow_link`, `play` | what a flow wants |
//! | `acd_link`, `ring` | what the skill groups want |
//! | `callback` | customers who are called back |
//! | `talk`, `pause` | bridge, hold, recording |
//! | `srtp` | whose sound is encrypted |
//! | `transfer` | callers whom an agent's phone hands on |
//! | `consult` | agents who ask a colleague first |
//! | `supervise` | listening in on a conversation |
//! | `media_link` | what the media workers tell |
//! | `line` | calls on analog lines, told by phone boxes |
//! | `ending` | the end of a leg and of a call |
//! | `desk` | what agents and supervisors ask for |

mod acd_link;
#[cfg(test)]
mod bench;
mod budget;
mod callback;
mod calls;
mod consult;
mod core;
mod deadlines;
mod desk;
mod ending;
#[cfg(test)]
mod faults;
mod flow_link;
mod incoming;
mod input;
mod keys;
mod leg;
mod line;
mod media_link;
mod offer;
mod output;
mod pause;
mod play;
mod ring;
mod sip_link;
mod srtp;
mod supervise;
mod talk;
mod transfer;
mod view;
mod world;

pub use self::core::{Switch, SwitchConfig};
pub use budget::{DailyBudget, Spent};
pub use desk::{DeskCommand, DeskError, Reply};
pub use input::Input;
pub use line::{BoxRules, BoxTold, LineRules, LineSound, SoundTold};
pub use output::{HttpRequest, Output};
pub use pause::RecordingWish;
pub use srtp::SrtpUse;
pub use world::{ClipBook, GroupRules, NumberRule, Published, Target, World};
