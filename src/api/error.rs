//! One error for all handlers: a status, and JSON that says what, and what to do. What is internal is logged, not told.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::call::switch::DeskError;
use crate::store::StoreError;

/// Why a request was not done.
#[derive(Debug)]
pub enum ApiError {
    /// No token, or one that is not good.
    Unauthorized,
    /// The role does not allow it.
    Forbidden,
    /// Too many wrong tokens from this address.
    Throttled,
    NotFound(String),
    Invalid(String),
    /// The state of the thing forbids it now.
    Conflict(String),
    RangeNotSatisfiable,
    /// The store or the switch does not answer now.
    Unavailable(String),
}

pub type ApiResult<T> = Result<T, ApiError>;

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => ApiError::NotFound(error.to_string()),
            StoreError::Refused(_) | StoreError::Flow(_) => ApiError::Conflict(error.to_string()),
            StoreError::Invalid { .. } => ApiError::Invalid(error.to_string()),
            StoreError::Setup(findings) => {
                let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
                ApiError::Invalid(format!("nothing was changed: {}", lines.join("; ")))
            }
            error if error.is_fault_of_the_data() => {
                tracing::info!(%error, "request refused by the database");
                ApiError::Invalid("the database refuses these values".to_owned())
            }
            error => {
                tracing::error!(%error, "store");
                ApiError::Unavailable("the database does not answer now; try again".to_owned())
            }
        }
    }
}

impl From<String> for ApiError {
    fn from(problem: String) -> Self {
        ApiError::Invalid(problem)
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::UnknownAgent(_)
            | DeskError::UnknownCall(_)
            | DeskError::UnknownBox(_)
            | DeskError::NotBanned(_) => ApiError::NotFound(error.to_string()),
            DeskError::NotYours(_) => ApiError::Forbidden,
            DeskError::LineBusy
            | DeskError::AgentBusy(_)
            | DeskError::NotRecorded(_)
            | DeskError::NotTalking(_)
            | DeskError::NoPhone(_)
            | DeskError::TooManySupervisors(_)
            | DeskError::NothingToSay => ApiError::Conflict(error.to_string()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            ApiError::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "a token is needed: send `Authorization: Bearer TOKEN` (`hotline token create` makes one)".to_owned(),
            ),
            ApiError::Forbidden => {
                (StatusCode::FORBIDDEN, "forbidden", "the role of this token does not allow it".to_owned())
            }
            ApiError::Throttled => {
                (StatusCode::TOO_MANY_REQUESTS, "throttled", "too many wrong tokens; wait a minute".to_owned())
            }
            ApiError::NotFound(message) => (StatusCode::NOT_FOUND, "not_found", message),
            ApiError::Invalid(message) => (StatusCode::BAD_REQUEST, "invalid", message),
            ApiError::Conflict(message) => (StatusCode::CONFLICT, "conflict", message),
            ApiError::RangeNotSatisfiable => {
                (StatusCode::RANGE_NOT_SATISFIABLE, "range", "the range lies outside the recording".to_owned())
            }
            ApiError::Unavailable(message) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", message),
        };
        (status, Json(json!({ "error": { "code": code, "message": message } }))).into_response()
    }
}
