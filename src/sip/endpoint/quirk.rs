//! What some phones cannot bear, although it is allowed.

use crate::sip::digest::Algorithm;
use crate::sip::{HeaderName, Message};

/// User agents that give up at any challenge but MD5, also when an MD5 one stands beside it. The library of baresip
/// does so up to 2.x: it reads every challenge and fails at the first algorithm that it does not know.
const MD5_ONLY: &[&str] = &["baresip v0.", "baresip v1.", "baresip v2."];

/// The algorithms of `offered` that the sender of `request` can bear to be challenged with.
pub(super) fn bearable<'a>(offered: &'a [Algorithm], request: &Message) -> &'a [Algorithm] {
    let agent = request.header(HeaderName::UserAgent).next().map(|agent| agent.to_clean_string()).unwrap_or_default();
    let md5 = offered.iter().position(|algorithm| *algorithm == Algorithm::Md5);
    match md5.and_then(|at| offered.get(at..=at)) {
        Some(md5) if MD5_ONLY.iter().any(|start| agent.starts_with(start)) => md5,
        Some(_) | None => offered,
    }
}
