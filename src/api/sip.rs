//! SIP of a call: the ladder as JSON, and a PCAP file. Who looks is in the audit log.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::auth::Who;
use super::calls::{call_id, visible};
use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::base::UtcMillis;
use crate::sip::capture::{Packet, Trace, pcap};
use crate::sip::endpoint::Transport;

/// The messages of all legs of a call, in the order in which they were seen.
#[derive(Debug, Serialize)]
pub struct Ladder {
    messages: Vec<Message>,
    /// Messages that had no room; the first quarter of `sip.capture.messages` and the newest stay.
    dropped: u64,
}

/// One message. Passwords, keys and what a caller pressed are covered with asterisks.
#[derive(Debug, Serialize)]
pub struct Message {
    at: UtcMillis,
    /// Since the first message, by the monotonic clock.
    offset_us: u64,
    from: String,
    to: String,
    transport: Transport,
    /// `in` or `out`, seen from the switch.
    direction: &'static str,
    first_line: String,
    /// The SIP Call-ID: one for each leg.
    sip_call_id: String,
    cseq: Option<String>,
    text: String,
}

/// What is kept of a call.
async fn trace(state: &ApiState, who: &Who, id: &str) -> ApiResult<Trace> {
    let call = call_id(id)?;
    let Some(trace) = state.capture.of(call) else {
        // A call that nobody knows is told as such.
        visible(state, who, id).await?;
        let why =
            "it had none, it ended too long ago, or the switch was started since; see sip.capture in hotline.yaml";
        return Err(ApiError::NotFound(format!("no SIP is kept of call {id}: {why}")));
    };
    state.store.note_act(&who.actor(), "read", "sip", call.to_string(), state.clock.now().utc).await?;
    Ok(trace)
}

pub async fn ladder(State(state): State<ApiState>, who: Who, Path(id): Path<String>) -> ApiResult<Json<Ladder>> {
    let trace = trace(&state, &who, &id).await?;
    let began = trace.packets.front().map(|packet| packet.at.instant).unwrap_or_default();
    let messages = trace.packets.iter().map(|packet| message(packet, began)).collect();
    Ok(Json(Ladder { messages, dropped: trace.dropped }))
}

fn message(packet: &Packet, began: crate::base::Instant) -> Message {
    Message {
        at: packet.at.utc,
        offset_us: packet.at.instant.as_micros().saturating_sub(began.as_micros()),
        from: packet.from.to_string(),
        to: packet.to.to_string(),
        transport: packet.transport,
        direction: if packet.sent { "out" } else { "in" },
        first_line: packet.first_line(),
        sip_call_id: String::from_utf8_lossy(&packet.call_id).into_owned(),
        cseq: packet.cseq(),
        text: String::from_utf8_lossy(&packet.bytes).into_owned(),
    }
}

pub async fn file(State(state): State<ApiState>, who: Who, Path(id): Path<String>) -> ApiResult<Response> {
    let trace = trace(&state, &who, &id).await?;
    let name = format!("attachment; filename=\"{}.pcap\"", call_id(&id)?);
    let headers =
        [(header::CONTENT_TYPE, "application/vnd.tcpdump.pcap".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, pcap(&trace.packets)).into_response())
}
