//! The HTTP server.

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::health;
use super::state::ApiState;

/// Serves until `stopped` becomes true; requests under way are finished.
pub async fn serve(listener: TcpListener, state: ApiState, mut stopped: watch::Receiver<bool>) {
    let until = async move {
        // An error is that nobody can stop us any more: then we stop too.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    if let Err(error) = axum::serve(listener, router(state)).with_graceful_shutdown(until).await {
        tracing::error!(%error, "the HTTP server ended");
    }
}

fn router(state: ApiState) -> Router {
    Router::new().route("/healthz", get(health::healthz)).with_state(state)
}
