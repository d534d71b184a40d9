//! `end` 结束: ends the call. It has no parameters (D9).

use crate::ivr::flow::read::{COMMON, Table};

#[derive(Clone, Debug, PartialEq)]
pub struct End;

pub static TABLE: Table = Table { en: "an end node", zh: "end 节点", fields: &[], shared: &[COMMON] };
