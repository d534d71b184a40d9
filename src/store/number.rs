//! Numbers: what answers them. Re-binding counts for new calls at once (D16, G10).

use std::fmt;

use serde::Serialize;

use super::audit::{Actor, Entry};
use super::db::Tx;
use super::error::StoreError;
use super::flow::FlowOperation;
use super::open::Store;
use super::sql::sql;
use crate::base::UtcMillis;
use crate::config::setup::CallType;

/// Answered by the switch itself, for tests of the line.
pub const BUILTINS: &[&str] = &["echo", "tone"];

/// What answers a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Flow(String),
    /// The draft of a flow, for signed-in testers only: callers from outside are refused.
    Draft(String),
    /// One of [`BUILTINS`].
    Builtin(String),
    /// Nothing: callers hear that the number is not in service.
    Nothing,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NumberRow {
    pub number: String,
    #[serde(flatten)]
    pub rule: NumberRule,
    pub updated_at: UtcMillis,
}

/// What happens to the calls of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NumberRule {
    pub call_type: CallType,
    pub answer: Answer,
    /// Milliseconds of ringing before the switch answers, 0 to 60,000.
    pub answer_after_ms: i64,
}

impl Answer {
    /// As set-ups and the API write it: a flow's id, `draft:` with a flow's id, or `builtin:` with a name.
    pub fn of(text: &str) -> Self {
        match text.split_once(':') {
            Some(("draft", flow)) => Answer::Draft(flow.to_owned()),
            Some(("builtin", name)) => Answer::Builtin(name.to_owned()),
            Some(_) | None => Answer::Flow(text.to_owned()),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Flow(flow) => f.write_str(flow),
            Answer::Draft(flow) => write!(f, "draft:{flow}"),
            Answer::Builtin(name) => write!(f, "builtin:{name}"),
            Answer::Nothing => f.write_str("nothing"),
        }
    }
}

pub(super) type Plain = (String, CallType, Option<String>, Option<String>, Option<String>, i64, UtcMillis);

pub(super) fn read((number, call_type, flow, draft, builtin, answer_after_ms, updated_at): Plain) -> NumberRow {
    let answer = match (flow, draft, builtin) {
        (Some(flow), _, _) => Answer::Flow(flow),
        (None, Some(flow), _) => Answer::Draft(flow),
        (None, None, Some(builtin)) => Answer::Builtin(builtin),
        (None, None, None) => Answer::Nothing,
    };
    NumberRow { number, rule: NumberRule { call_type, answer, answer_after_ms }, updated_at }
}

pub(super) const SELECT: &str =
    "SELECT number, call_type, flow, draft, builtin, answer_after_ms, updated_at FROM numbers ORDER BY number";

impl Store {
    /// All numbers in order.
    pub async fn numbers(&self) -> Result<Vec<NumberRow>, StoreError> {
        let rows: Vec<Plain> = self.db.all(sql(SELECT)).await?;
        Ok(rows.into_iter().map(read).collect())
    }

    /// Binds a number to what answers it from now on. A flow must be published; the draft of one need not be there yet.
    pub async fn bind_number(
        &self,
        number: &str,
        answer: &Answer,
        why: Option<&str>,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let known: Option<(CallType, i64)> =
            tx.optional(sql("SELECT call_type, answer_after_ms FROM numbers WHERE number = $1").bind(number)).await?;
        let (call_type, answer_after_ms) = known.ok_or_else(|| StoreError::not_found("number", number))?;
        tx.put_number(number, &NumberRule { call_type, answer: answer.clone(), answer_after_ms }, at).await?;
        let (subject, detail) = (number.to_owned(), serde_json::json!({ "answer": answer }));
        tx.audit(Entry { at, by, action: "bind", kind: "number", subject, why, detail }).await?;
        tx.commit().await
    }

    /// Takes a number out of the list; its flow is published, no longer in use, when it was the last.
    pub async fn delete_number(&self, number: &str, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        if tx.execute(sql("DELETE FROM numbers WHERE number = $1").bind(number)).await? == 0 {
            return Err(StoreError::not_found("number", number));
        }
        let (subject, detail) = (number.to_owned(), serde_json::json!({}));
        tx.audit(Entry { at, by, action: "delete", kind: "number", subject, why: None, detail }).await?;
        tx.commit().await
    }
}

impl Tx<'_> {
    /// Writes a number; a flow is held meanwhile, so that it cannot be withdrawn under the binding.
    pub(super) async fn put_number(
        &mut self,
        number: &str,
        rule: &NumberRule,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let (flow, draft, builtin) = match &rule.answer {
            Answer::Flow(flow) => {
                let held = self.hold_known_flow(flow).await?;
                held.require(held.state(), FlowOperation::Bind)?;
                (Some(flow.as_str()), None, None)
            }
            Answer::Draft(flow) => {
                self.hold_known_flow(flow).await?;
                (None, Some(flow.as_str()), None)
            }
            Answer::Builtin(name) if BUILTINS.contains(&name.as_str()) => (None, None, Some(name.as_str())),
            Answer::Builtin(name) => return Err(StoreError::not_found("built-in answer", name)),
            Answer::Nothing => (None, None, None),
        };
        let statement =
            sql("INSERT INTO numbers (number, call_type, flow, draft, builtin, answer_after_ms, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (number) DO UPDATE SET call_type = excluded.call_type, \
             flow = excluded.flow, draft = excluded.draft, builtin = excluded.builtin, \
             answer_after_ms = excluded.answer_after_ms, updated_at = excluded.updated_at");
        let statement = statement.bind(number).bind(rule.call_type).bind(flow).bind(draft).bind(builtin);
        self.execute(statement.bind(rule.answer_after_ms).bind(at)).await.map(|_| ())
    }
}
