//! `switch` 判断: the first case whose condition holds.

use super::step::Go;
use crate::ivr::flow::node::Switch;
use crate::ivr::session::Cx;

pub(super) fn enter<'a>(node: &'a Switch, cx: &mut Cx<'a>) -> Go {
    let holds = node.cases.iter().position(|case| case.when.holds(|name| cx.var(name)));
    match holds.and_then(|index| Some((index, node.cases.get(index)?))) {
        Some((index, case)) => cx.take(format!("cases.{}", index + 1), &case.next),
        None => cx.take("else", &node.otherwise),
    }
}
