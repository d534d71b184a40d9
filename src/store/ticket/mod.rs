//! Tickets: numbered 1, 2, 3, …; made of calls by the recorder or by people, and worked on by the rules of
//! [`crate::ticket`].

mod change;
mod create;
mod list;
mod note;
mod row;

pub use change::TicketUpdate;
pub use create::NewTicket;
pub use list::{TicketFilter, TicketSort};
pub use note::NoteRow;
pub(super) use row::{DEFAULT_PRIORITY, INSERT, insert_values, search_text};
pub use row::{TicketRow, TicketStateName};
