//! `GET /api/v1/live`: what happens, as it happens, to desks. A desk that does not read is dropped; nobody waits for it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use serde::Serialize;
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{interval, timeout};

use super::auth::{PROTOCOL_PREFIX, Who};
use super::state::ApiState;
use crate::call::live::Live;
use crate::call::view::View;

/// A message that is not taken within this time costs the desk its connection.
const SEND_DEADLINE: Duration = Duration::from_secs(5);
/// Desks and what stands between are kept awake this often.
const PING_EVERY: Duration = Duration::from_secs(20);
/// The largest message from a desk; they have nothing to say.
const MAX_MESSAGE_BYTES: usize = 4096;

pub async fn live(State(state): State<ApiState>, who: Who, upgrade: WebSocketUpgrade) -> Response {
    let protocols: Vec<String> = upgrade
        .requested_protocols()
        .filter_map(|protocol| protocol.to_str().ok())
        .filter(|protocol| protocol.starts_with(PROTOCOL_PREFIX))
        .map(str::to_owned)
        .collect();
    upgrade.protocols(protocols).max_message_size(MAX_MESSAGE_BYTES).on_upgrade(|socket| run(socket, state, who))
}

/// The first message: who the desk is, and how everybody is now.
fn hello(view: &View, who: &Who) -> String {
    let mine = |no: &str| who.only().is_none_or(|own| own == no);
    let agents: Vec<_> = view.agents.iter().filter(|agent| mine(&agent.no.0)).collect();
    json!({ "type": "hello", "agent": who.agent, "role": who.role, "agents": agents }).to_string()
}

async fn run(mut socket: WebSocket, state: ApiState, who: Who) {
    let mut messages = state.live.subscribe();
    // Without a picture the desk is told nothing false: it connects again.
    let Ok(view) = state.look().await else { return };
    if !send(&mut socket, hello(&view, &who)).await {
        return;
    }
    let mut pings = interval(PING_EVERY);
    loop {
        let text = tokio::select! {
            message = messages.recv() => match message {
                Ok(live) => written(&live, &who),
                Err(RecvError::Lagged(count)) => Some(json!({ "type": "missed", "count": count }).to_string()),
                Err(RecvError::Closed) => return,
            },
            received = socket.recv() => match received {
                Some(Ok(_)) => None,
                Some(Err(_)) | None => return,
            },
            _ = pings.tick() => {
                let ping = Message::Ping(bytes::Bytes::new());
                if !matches!(timeout(SEND_DEADLINE, socket.send(ping)).await, Ok(Ok(()))) {
                    return;
                }
                None
            }
        };
        if let Some(text) = text
            && !send(&mut socket, text).await
        {
            return;
        }
    }
}

/// The message for this desk; `None` when it is for another.
fn written(live: &Arc<Live>, who: &Who) -> Option<String> {
    let for_me = match (who.only(), live.agent()) {
        (None, _) => true,
        (Some(own), Some(agent)) => own == agent,
        // What is everybody's business holds callers' numbers: only supervisors read it.
        (Some(_), None) => false,
    };
    for_me.then(|| to_json(live.as_ref())).flatten()
}

fn to_json(message: &impl Serialize) -> Option<String> {
    serde_json::to_string(message).ok()
}

async fn send(socket: &mut WebSocket, text: String) -> bool {
    matches!(timeout(SEND_DEADLINE, socket.send(Message::Text(Utf8Bytes::from(text)))).await, Ok(Ok(())))
}
