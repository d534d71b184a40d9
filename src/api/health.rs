//! `GET /healthz`: whether this switch works, for load balancers and people.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use super::state::ApiState;
use crate::store::recorder::RecorderStatus;

/// What `/healthz` says. It is open to all, so it holds nothing private.
#[derive(Debug, Serialize)]
pub struct Health {
    /// `ok`, or `degraded` when calls go on but something needs attention.
    status: &'static str,
    recorder: RecorderStatus,
}

/// 200 while calls can be taken, also without a database; 503 when new calls are refused.
pub async fn healthz(State(state): State<ApiState>) -> (StatusCode, Json<Health>) {
    let recorder = state.recorder.status();
    let status = if recorder.database && !recorder.full { "ok" } else { "degraded" };
    let code = if recorder.full { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (code, Json(Health { status, recorder }))
}
