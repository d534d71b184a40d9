//! What a code means, why it matters, and how it looks wrong and right: `hotline flow explain E131`.

mod page;
mod pages;

pub use page::{Page, explain};
