//! The life of a flow.
//!
//! | file | what |
//! |---|---|
//! | `draft` | drafts: saved, checked, thrown away |
//! | `publish` | published at once or at a set time, rolled back, withdrawn, deleted |
//! | `try_out` | played by hand, tested, and past calls walked again |

mod draft;
mod publish;
mod try_out;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::ivr::check::{Locale, render};
use crate::library::FlowFile;
use crate::store::{FlowRow, FlowVersion, StoreError, VersionRow};

pub use draft::{check, discard, get as draft, save};
pub use publish::{cancel, delete, publish, roll_back, schedule, withdraw};
pub use try_out::{replay, simulate, test};

pub async fn list(State(state): State<ApiState>) -> ApiResult<Json<Vec<FlowRow>>> {
    Ok(Json(state.store.flows().await?))
}

pub async fn view(State(state): State<ApiState>, Path(id): Path<String>) -> ApiResult<Json<FlowVersion>> {
    Ok(Json(state.store.view_flow(&id).await?))
}

pub async fn versions(State(state): State<ApiState>, Path(id): Path<String>) -> ApiResult<Json<Vec<VersionRow>>> {
    Ok(Json(state.store.flow_versions(&id).await?))
}

/// One version, also of a flow that is withdrawn: what calls ran is kept.
pub async fn version(
    State(state): State<ApiState>,
    Path((id, version)): Path<(String, i64)>,
) -> ApiResult<Json<FlowVersion>> {
    Ok(Json(state.store.flow_version(&id, version).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// A version's number, or `draft`.
    from: String,
    to: String,
}

/// What changed between two versions, or a version and the draft, as a unified diff.
pub async fn diff(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Query(compared): Query<Compared>,
) -> ApiResult<Json<Value>> {
    let Compared { from, to } = compared;
    let diff = state.publisher.diff(&id, from.parse()?, to.parse()?).await?;
    Ok(Json(json!({ "from": from, "to": to, "diff": diff })))
}

fn diagnostics(file: &FlowFile) -> Value {
    render::json(&[file.report()], Locale::default())
}

/// What the library says about the store is an error of the request; the rest is about the flow.
fn told(error: anyhow::Error) -> ApiError {
    match error.downcast::<StoreError>() {
        Ok(error) => error.into(),
        Err(error) => ApiError::Conflict(format!("{error:#}")),
    }
}
