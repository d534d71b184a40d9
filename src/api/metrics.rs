//! `GET /metrics`: Prometheus text. Open to this machine; others need a token.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use super::auth::identify;
use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::sip::endpoint::TrunkStatus;

/// The process's one recorder; `None` when another library installed its own.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// How often measurements become histograms.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Per leg, told when it ends.
const BUCKETS: &[(&str, &[f64])] = &[
    ("hotline_rtp_loss_ratio", &[0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]),
    ("hotline_rtp_peer_loss_ratio", &[0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]),
    ("hotline_rtp_jitter_seconds", &[0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2]),
    ("hotline_rtp_round_trip_seconds", &[0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.3, 0.5, 1.0]),
    ("hotline_rtp_mos", &[1.5, 2.0, 2.5, 3.0, 3.5, 3.8, 4.0, 4.2, 4.4]),
];

/// Begins to count. Counters before the first call are lost, so the server calls it at its start.
pub fn install() {
    RECORDER.get_or_init(|| builder().and_then(PrometheusBuilder::install_recorder).ok());
}

/// Folds what was measured into its histograms, for ever. Until that is done every single measurement is kept (see
/// `PrometheusHandle::run_upkeep`), and nobody need ever ask for `/metrics`.
pub async fn keep_up() {
    let mut ticks = tokio::time::interval(UPKEEP_EVERY);
    loop {
        ticks.tick().await;
        if let Some(Some(handle)) = RECORDER.get() {
            handle.run_upkeep();
        }
    }
}

/// With the steps of the histograms of call quality. Without any they would be summaries; that it refuses no steps at
/// all is the only way to fail.
fn builder() -> Result<PrometheusBuilder, BuildError> {
    BUCKETS.iter().try_fold(PrometheusBuilder::new(), |builder, (name, steps)| {
        builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), steps)
    })
}

pub async fn metrics(State(state): State<ApiState>, request: Request) -> ApiResult<Response> {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|connection| connection.0.ip());
    if !address.is_some_and(|address| address.is_loopback()) {
        identify(&state, request.headers(), address).await?;
    }
    let view = state.look().await?;
    metrics::gauge!("hotline_calls").set(view.calls.len() as f64);
    metrics::gauge!("hotline_calls_waiting").set(view.queue.len() as f64);
    for name in ["logged_out", "not_ready", "ready", "ringing", "on_call", "wrap_up"] {
        let count = view.agents.iter().filter(|agent| agent.state.name() == name).count();
        metrics::gauge!("hotline_agents", "state" => name).set(count as f64);
    }
    view.trunks.iter().for_each(tell_trunk);
    let (bytes, calls) = state.capture.size();
    metrics::gauge!("hotline_sip_capture_bytes").set(bytes as f64);
    metrics::gauge!("hotline_sip_capture_calls").set(calls as f64);
    let recorder = state.recorder.status();
    metrics::gauge!("hotline_recorder_spooled_bytes").set(recorder.spooled_bytes as f64);
    metrics::gauge!("hotline_recorder_lost_events").set(recorder.lost as f64);
    let handle = RECORDER.get().and_then(Option::as_ref);
    let handle = handle.ok_or_else(|| ApiError::Unavailable("nothing is counted in this process".to_owned()))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response())
}

fn tell_trunk(trunk: &TrunkStatus) {
    let gauge = |name: &'static str, value: f64| metrics::gauge!(name, "trunk" => trunk.name.clone()).set(value);
    let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
    gauge("hotline_trunk_available", truth(trunk.available));
    gauge("hotline_trunk_registered", truth(trunk.registration == "registered"));
    if let Some(answers) = trunk.answers {
        gauge("hotline_trunk_answers", truth(answers));
    }
    gauge("hotline_trunk_calls", trunk.calls.into());
    gauge("hotline_trunk_calls_per_second", trunk.calls_per_second.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quality_of_calls_is_told_in_histograms() {
        let recorder = builder().expect("steps").build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            metrics::histogram!("hotline_rtp_mos").record(3.9);
            metrics::histogram!("hotline_rtp_loss_ratio").record(0.03);
        });
        let text = handle.render();
        assert!(text.contains("hotline_rtp_mos_bucket{le=\"4\"} 1"), "{text}");
        assert!(text.contains("hotline_rtp_mos_bucket{le=\"3.8\"} 0"), "{text}");
        assert!(text.contains("hotline_rtp_loss_ratio_bucket{le=\"0.05\"} 1"), "{text}");
    }
}
