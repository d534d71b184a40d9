//! The HTTP server.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{delete, get, patch, post, put};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::state::ApiState;
use super::{
    agents, audio, auth, calls, customers, flow, health, live, metrics, numbers, openapi, page, phoneboxes, recordings,
    setup, sip, tickets,
};

/// The largest body: a set-up or a flow.
const MAX_BODY_BYTES: usize = 2 << 20;
/// Requests under way get this long when the switch stops.
const STOP_DEADLINE: Duration = Duration::from_secs(3);

/// Serves until `stopped` becomes true.
pub async fn serve(listener: TcpListener, state: ApiState, mut stopped: watch::Receiver<bool>) {
    let mut later = stopped.clone();
    let until = async move {
        // An error is that nobody can stop us any more: then we stop too.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    metrics::install();
    let app = router(state).into_make_service_with_connect_info::<SocketAddr>();
    let forced = async move {
        let _ = later.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(STOP_DEADLINE).await;
    };
    tokio::select! {
        served = axum::serve(listener, app).with_graceful_shutdown(until) => {
            if let Err(error) = served {
                tracing::error!(%error, "the HTTP server ended");
            }
        }
        () = metrics::keep_up() => {}
        () = forced => {}
    }
}

/// Everything that is served.
pub fn router(state: ApiState) -> Router {
    let open = Router::new()
        .route("/", get(page::index))
        .route("/assets/{name}", get(page::asset))
        .route("/api/openapi.json", get(openapi::document))
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(metrics::metrics));
    guarded()
        .layer(from_fn_with_state(state.clone(), auth::guard))
        .merge(open)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn(async |request: axum::extract::Request, next: axum::middleware::Next| {
            with_headers(next.run(request).await)
        }))
        .with_state(state)
}

fn guarded() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/calls", get(calls::list))
        .route("/api/v1/calls/live", get(calls::live))
        .route("/api/v1/calls/{id}", get(calls::get).delete(calls::hang_up))
        .route("/api/v1/calls/{id}/assign", post(calls::assign))
        .route("/api/v1/calls/{id}/supervise", post(calls::supervise))
        .route("/api/v1/calls/{id}/sip", get(sip::ladder))
        .route("/api/v1/calls/{id}/sip.pcap", get(sip::file))
        .route("/api/v1/calls/{id}/recordings", get(recordings::of_call))
        .route("/api/v1/calls/{id}/recording", post(recordings::set_state))
        .route("/api/v1/recordings/{*name}", get(recordings::get))
        .route("/api/v1/tickets", get(tickets::list))
        .route("/api/v1/tickets/{number}", get(tickets::get).patch(tickets::update))
        .route("/api/v1/tickets/{number}/notes", post(tickets::note))
        .route("/api/v1/customers", get(customers::list).post(customers::create))
        .route("/api/v1/customers/{id}", get(customers::get).merge(patch(customers::update)))
        .route("/api/v1/customers/{id}/merge", post(customers::merge))
        .route("/api/v1/agents", get(agents::list))
        .route("/api/v1/agents/{no}", get(agents::get))
        .route("/api/v1/agents/{no}/state", put(agents::set_state))
        .route("/api/v1/groups", get(agents::groups))
        .route("/api/v1/queue", get(agents::queue))
        .route("/api/v1/numbers", get(numbers::list))
        .route("/api/v1/numbers/{number}", put(numbers::bind))
        .route("/api/v1/audio", get(audio::list))
        .route("/api/v1/audio/{id}", get(audio::get).delete(audio::delete))
        .route("/api/v1/audio/{id}/file", get(audio::download))
        .route("/api/v1/audio/{id}/sound", get(audio::sound))
        .route("/api/v1/audio/{id}/review", post(audio::review))
        .merge(uploads())
        .merge(flows())
        .route("/api/v1/phoneboxes", get(phoneboxes::list))
        .route("/api/v1/phoneboxes/{id}", get(phoneboxes::get))
        .route("/api/v1/phoneboxes/{id}/dial", post(phoneboxes::dial))
        .route("/api/v1/phoneboxes/{id}/outcome", post(phoneboxes::outcome))
        .route("/api/v1/setup", post(setup::apply))
        .route("/api/v1/trunks", get(setup::trunks))
        .route("/api/v1/bans", get(setup::bans))
        .route("/api/v1/bans/{address}", delete(setup::clear_ban))
        .route("/api/v1/audit", get(setup::audit))
        .route("/api/v1/tokens", get(setup::tokens))
        .route("/api/v1/tokens/{id}", delete(setup::revoke_token))
        .route("/api/v1/live", get(live::live))
}

fn flows() -> Router<ApiState> {
    Router::new()
        .route("/api/v1/flows", get(flow::list))
        .route("/api/v1/flows/{id}", get(flow::view).delete(flow::delete))
        .route("/api/v1/flows/{id}/versions", get(flow::versions))
        .route("/api/v1/flows/{id}/versions/{version}", get(flow::version))
        .route("/api/v1/flows/{id}/diff", get(flow::diff))
        .route("/api/v1/flows/{id}/draft", get(flow::draft).put(flow::save).delete(flow::discard))
        .route("/api/v1/flows/{id}/check", post(flow::check))
        .route("/api/v1/flows/{id}/simulate", post(flow::simulate))
        .route("/api/v1/flows/{id}/test", post(flow::test))
        .route("/api/v1/flows/{id}/publish", post(flow::publish))
        .route("/api/v1/flows/{id}/schedule", put(flow::schedule).delete(flow::cancel))
        .route("/api/v1/flows/{id}/withdraw", post(flow::withdraw))
        .route("/api/v1/flows/{id}/roll-back", post(flow::roll_back))
        .route("/api/v1/calls/{id}/replay", get(flow::replay))
}

/// What takes a larger body.
fn uploads() -> Router<ApiState> {
    let limit = DefaultBodyLimit::max(audio::MAX_UPLOAD_BYTES);
    Router::new().route("/api/v1/audio", post(audio::upload)).layer(limit)
}

/// What every answer carries: nothing of ours is framed, guessed at or cached.
fn with_headers(mut response: Response) -> Response {
    const HEADERS: [(&str, &str); 5] = [
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    response
}
