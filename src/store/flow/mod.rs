//! The life of a flow: drafts beside immutable versions, and the table of what may be done in which state.
//!
//! A draft is 未发布 and the only thing that is edited. Publishing makes it the next version, which never changes: its
//! content, SHA-256, subflow versions and audio are pinned. The flow's state follows from its rows: without a published
//! version it is 未发布, with numbers bound to it 使用中, else 已发布; so the state can never disagree with the numbers.
//! Calls carry the number of the version they run, and versions outlive the flow.

mod draft;
mod life;
mod list;
mod pin;
mod publish;
mod schedule;
mod version;

pub use draft::{Draft, NewDraft};
pub use life::{FlowOperation, FlowRefusal, FlowState, allowed};
pub use list::FlowRow;
pub use publish::{Loaded, NewFile, Publication, When};
pub use schedule::DuePublication;
pub(super) use version::Used;
pub use version::{FlowVersion, VersionRow};
