//! What can go wrong in the store, said for the people who run it.

use super::flow::FlowRefusal;
use super::setup::Finding;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot read the store address {text:?}: write `sqlite`, or `postgres://user:password@host:5432/database`")]
    Address { text: String },
    #[error("failed to open the database {place}: {reason}; {advice}")]
    Open { place: String, reason: String, advice: &'static str },
    #[error(
        "the database file {path} was removed or replaced while it was open; put it back, or restart to begin with what is there"
    )]
    Replaced { path: String },
    #[error("no {what} {id}")]
    NotFound { what: &'static str, id: String },
    /// A rule of the aggregate forbids it now; the text says which.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Flow(#[from] FlowRefusal),
    /// The set-up has faults; nothing was changed.
    #[error("the set-up has {} fault(s); nothing was changed", .0.len())]
    Setup(Vec<Finding>),
    /// A field of a request is not acceptable.
    #[error("{field}: {problem}")]
    Invalid { field: &'static str, problem: String },
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("a row of {table} cannot be read: {problem}")]
    Row { table: &'static str, problem: String },
}

impl StoreError {
    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Self {
        StoreError::NotFound { what, id: id.to_string() }
    }

    pub(crate) fn refused(why: impl Into<String>) -> Self {
        StoreError::Refused(why.into())
    }

    pub(crate) fn invalid(field: &'static str, problem: impl Into<String>) -> Self {
        StoreError::Invalid { field, problem: problem.into() }
    }

    /// The request is at fault, not the database: sending it again cannot help, waiting cannot either.
    pub fn is_fault_of_the_data(&self) -> bool {
        match self {
            StoreError::Database(sqlx::Error::Database(error)) => match error.code() {
                // SQLSTATE 22: data exception, 23: integrity constraint. SQLite: constraint (19), mismatch (20), too big (18).
                Some(code) if code.len() == 5 => code.starts_with("22") || code.starts_with("23"),
                Some(code) => code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 18..=20)),
                None => false,
            },
            StoreError::Database(sqlx::Error::Encode(_)) => true,
            StoreError::Row { .. } | StoreError::Refused(_) | StoreError::Invalid { .. } => true,
            StoreError::Database(_)
            | StoreError::Address { .. }
            | StoreError::Open { .. }
            | StoreError::Replaced { .. }
            | StoreError::NotFound { .. }
            | StoreError::Flow(_)
            | StoreError::Setup(_) => false,
        }
    }

    /// The database cannot be reached, is locked, full or broken: the same request may succeed later.
    pub fn is_away(&self) -> bool {
        matches!(self, StoreError::Database(_) | StoreError::Open { .. } | StoreError::Replaced { .. })
            && !self.is_fault_of_the_data()
    }
}
