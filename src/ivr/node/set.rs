//! `set` 赋值: gives variables a value, or changes the call's language.

use super::step::Go;
use crate::ivr::flow::node::Set;
use crate::ivr::session::Cx;

pub(super) fn enter<'a>(node: &'a Set, cx: &mut Cx<'a>) -> Go {
    cx.assign(&node.set);
    cx.take("next", &node.next)
}
