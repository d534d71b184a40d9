//! The checks, one file for each family of codes.

mod audio;
mod calendars;
mod dead_air;
mod http;
mod identity;
mod loops;
mod menus;
mod names;
mod reach;
mod scopes;
mod spoken;
mod subflows;
mod types;
mod unset;
mod unused;
mod wording;

use super::run::Context;

pub use audio::used as used_audio;
pub use identity::bindings;
pub use reach::Reach;

/// Runs every check but that of reach, which the others' view of the flow rests on.
pub fn run_all(cx: &mut Context<'_>) {
    identity::check(cx);
    names::check(cx);
    audio::check(cx);
    wording::check(cx);
    types::check(cx);
    scopes::check(cx);
    unset::check(cx);
    loops::check(cx);
    http::check(cx);
    subflows::check(cx);
    calendars::check(cx);
    dead_air::check(cx);
    menus::check(cx);
    unused::check(cx);
}
