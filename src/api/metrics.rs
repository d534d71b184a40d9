//! `GET /metrics`: Prometheus text. Open to this machine; others need a token.

use std::net::SocketAddr;
use std::sync::OnceLock;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::auth::identify;
use super::error::{ApiError, ApiResult};
use super::state::ApiState;

/// The process's one recorder; `None` when another library installed its own.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to count. Counters before the first call are lost, so the server calls it at its start.
pub fn install() {
    RECORDER.get_or_init(|| PrometheusBuilder::new().install_recorder().ok());
}

pub async fn metrics(State(state): State<ApiState>, request: Request) -> ApiResult<Response> {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|connection| connection.0.ip());
    if !address.is_some_and(|address| address.is_loopback()) {
        identify(&state, request.headers(), address).await?;
    }
    let view = state.view.borrow().clone();
    metrics::gauge!("hotline_calls").set(view.calls.len() as f64);
    metrics::gauge!("hotline_calls_waiting").set(view.queue.len() as f64);
    for name in ["logged_out", "not_ready", "ready", "ringing", "on_call", "wrap_up"] {
        let count = view.agents.iter().filter(|agent| agent.state.name() == name).count();
        metrics::gauge!("hotline_agents", "state" => name).set(count as f64);
    }
    let recorder = state.recorder.status();
    metrics::gauge!("hotline_recorder_spooled_bytes").set(recorder.spooled_bytes as f64);
    metrics::gauge!("hotline_recorder_lost_events").set(recorder.lost as f64);
    let handle = RECORDER.get().and_then(Option::as_ref);
    let handle = handle.ok_or_else(|| ApiError::Unavailable("nothing is counted in this process".to_owned()))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response())
}
