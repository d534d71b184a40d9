//! The table of requirements D: what may be done to a flow in which state. Pure.

use std::fmt;

use crate::store::row::name_enum;

name_enum! {
    /// The state of a flow, or of one of its versions.
    FlowState {
        /// 未发布: a draft; no call runs it.
        Unpublished = "unpublished",
        /// 已发布: may be bound to numbers.
        Published = "published",
        /// 使用中: numbers are bound to it.
        InUse = "in_use",
    }
}

name_enum! {
    /// What somebody wants to do with a flow.
    FlowOperation {
        View = "view",
        Edit = "edit",
        Publish = "publish",
        Withdraw = "withdraw",
        Delete = "delete",
        Bind = "bind",
        Run = "run",
    }
}

/// Whether the table allows `operation` in `state`.
pub fn allowed(state: FlowState, operation: FlowOperation) -> bool {
    match (operation, state) {
        (FlowOperation::View | FlowOperation::Bind | FlowOperation::Run, FlowState::Published | FlowState::InUse) => {
            true
        }
        (FlowOperation::View | FlowOperation::Bind | FlowOperation::Run, FlowState::Unpublished) => false,
        (FlowOperation::Edit | FlowOperation::Publish | FlowOperation::Delete, FlowState::Unpublished) => true,
        (
            FlowOperation::Edit | FlowOperation::Publish | FlowOperation::Delete,
            FlowState::Published | FlowState::InUse,
        ) => false,
        (FlowOperation::Withdraw, FlowState::Published) => true,
        (FlowOperation::Withdraw, FlowState::Unpublished | FlowState::InUse) => false,
    }
}

/// An operation that the flow's state does not allow, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowRefusal {
    pub flow: String,
    pub operation: FlowOperation,
    pub state: FlowState,
    /// The numbers that keep it in use.
    pub numbers: Vec<String>,
}

impl std::error::Error for FlowRefusal {}

impl fmt::Display for FlowRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            FlowState::Unpublished => "not published (未发布)",
            FlowState::Published => "published (已发布)",
            FlowState::InUse => "in use (使用中)",
        };
        write!(f, "flow {} is {state}", self.flow)?;
        if !self.numbers.is_empty() {
            write!(f, " by {}", self.numbers.join(", "))?;
        }
        f.write_str(match (self.operation, self.state) {
            (FlowOperation::View, _) => ": an unpublished flow has no details to view, edit its draft",
            (FlowOperation::Edit, _) => ": a published version never changes, edit a draft beside it",
            (FlowOperation::Publish, _) => ": there is no draft to publish",
            (FlowOperation::Withdraw, FlowState::InUse) => ": bind its numbers to another flow first, then withdraw it",
            (FlowOperation::Withdraw, FlowState::Unpublished | FlowState::Published) => {
                ": there is nothing to withdraw"
            }
            (FlowOperation::Delete, FlowState::InUse) => ": bind its numbers to another flow and withdraw it first",
            (FlowOperation::Delete, FlowState::Unpublished | FlowState::Published) => ": withdraw it first",
            (FlowOperation::Bind, _) => ": publish it before binding a number to it",
            (FlowOperation::Run, _) => ": publish it before calls can run it",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of requirements D, row by row: unpublished, published, in use.
    const TABLE: &[(FlowOperation, [bool; 3])] = &[
        (FlowOperation::View, [false, true, true]),
        (FlowOperation::Edit, [true, false, false]),
        (FlowOperation::Publish, [true, false, false]),
        (FlowOperation::Withdraw, [false, true, false]),
        (FlowOperation::Delete, [true, false, false]),
        (FlowOperation::Bind, [false, true, true]),
        (FlowOperation::Run, [false, true, true]),
    ];

    #[test]
    fn allows_exactly_what_the_table_says() {
        assert_eq!(TABLE.len(), FlowOperation::ALL.len());
        for (operation, row) in TABLE {
            for (state, expected) in FlowState::ALL.iter().zip(row) {
                assert_eq!(allowed(*state, *operation), *expected, "{} {}", operation.name(), state.name());
            }
        }
    }

    #[test]
    fn a_refusal_names_the_numbers_and_the_way_out() {
        let refusal = FlowRefusal {
            flow: "main".to_owned(),
            operation: FlowOperation::Withdraw,
            state: FlowState::InUse,
            numbers: vec!["400".to_owned(), "401".to_owned()],
        };
        assert_eq!(
            refusal.to_string(),
            "flow main is in use (使用中) by 400, 401: bind its numbers to another flow first, then withdraw it"
        );
    }
}
