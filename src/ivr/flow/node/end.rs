//! `end` 结束: ends the call. It has no parameters (D9).

#[derive(Clone, Debug, PartialEq)]
pub struct End;
