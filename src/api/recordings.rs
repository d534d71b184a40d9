//! Recordings: WAV files with ranges, each reading in the audit log.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::auth::Who;
use super::calls::{call_id, visible};
use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::call::switch::{DeskCommand, RecordingWish};
use crate::store::RecordingRow;

/// Bytes read from the file at once.
const CHUNK: usize = 64 * 1024;

pub async fn of_call(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
) -> ApiResult<Json<Vec<RecordingRow>>> {
    let call = visible(&state, &who, &id).await?;
    Ok(Json(state.store.recordings(call.id).await?))
}

/// How long a pause lasts when nobody says otherwise, and at most (seconds).
const PAUSE_S: u64 = 300;
const LONGEST_PAUSE_S: u64 = 3600;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedState {
    /// `paused` or `running`.
    state: String,
    /// A pause ends by itself after so many seconds.
    resume_after_s: Option<u64>,
}

pub async fn set_state(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(wanted): Json<WantedState>,
) -> ApiResult<Json<Value>> {
    let call = call_id(&id)?;
    let after_s = wanted.resume_after_s.unwrap_or(PAUSE_S);
    if !(1..=LONGEST_PAUSE_S).contains(&after_s) {
        return Err(ApiError::Invalid(format!("resume_after_s: {after_s} is not between 1 and {LONGEST_PAUSE_S}")));
    }
    let (wish, action) = match wanted.state.as_str() {
        "paused" => (RecordingWish::Pause { within: Duration::from_secs(after_s) }, "pause"),
        "running" => (RecordingWish::Resume, "resume"),
        other => return Err(ApiError::Invalid(format!("state: {other:?} is neither paused nor running"))),
    };
    let only = who.only();
    state.ask(|reply| DeskCommand::Recording { call, wish, only, reply }).await?;
    state.store.note_act(&who.actor(), action, "recording", id, state.clock.now().utc).await?;
    Ok(Json(json!({ "done": true })))
}

/// The name is looked up in the store first: what is no recording's name never becomes a path.
pub async fn get(
    State(state): State<ApiState>,
    who: Who,
    Path(name): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let row = state.store.recording(&name).await?;
    visible(&state, &who, &row.call.to_string()).await?;
    if let Some(at) = row.deleted_at {
        return Err(ApiError::NotFound(format!(
            "recording {name} was deleted at {}: its time was over",
            at.to_rfc3339()
        )));
    }
    let missing = || ApiError::NotFound(format!("the file of recording {name} is not there"));
    let mut file = tokio::fs::File::open(state.recordings.join(&row.id)).await.map_err(|_| missing())?;
    let length = file.metadata().await.map_err(|_| missing())?.len();
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let wanted = range.map(|range| parse_range(range, length)).transpose()?;
    if method != Method::HEAD && wanted.is_none_or(|(first, _)| first == 0) {
        let at = state.clock.now().utc;
        state.store.note_act(&who.actor(), "read", "recording", row.id.clone(), at).await?;
    }
    let (first, last) = wanted.unwrap_or((0, length.saturating_sub(1)));
    let size = if length == 0 { 0 } else { last - first + 1 };
    let mut response = if method == Method::HEAD {
        Body::empty().into_response()
    } else {
        file.seek(std::io::SeekFrom::Start(first)).await.map_err(|_| missing())?;
        Body::from_stream(tokio_stream(file.take(size))).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("audio/wav"));
    headers.insert(header::ACCEPT_RANGES, header::HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, size.into());
    if wanted.is_some() {
        let text = format!("bytes {first}-{last}/{length}");
        if let Ok(value) = text.parse() {
            headers.insert(header::CONTENT_RANGE, value);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

fn tokio_stream(file: tokio::io::Take<tokio::fs::File>) -> impl futures::Stream<Item = std::io::Result<bytes::Bytes>> {
    futures::stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok((read > 0).then(|| (bytes::Bytes::from(chunk), file)))
    })
}

/// `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT` (RFC 9110 14.1.2) as first and last byte. Several ranges are
/// answered with the first.
fn parse_range(text: &str, length: u64) -> ApiResult<(u64, u64)> {
    let fail = || ApiError::RangeNotSatisfiable;
    let ranges = text.strip_prefix("bytes=").ok_or_else(fail)?;
    let (first, last) = ranges.split(',').next().and_then(|one| one.trim().split_once('-')).ok_or_else(fail)?;
    let end = length.checked_sub(1).ok_or_else(fail)?;
    let (first, last) = match (first, last) {
        ("", count) => {
            let count: u64 = count.parse().map_err(|_| fail())?;
            (length.saturating_sub(count.max(1)), if count == 0 { return Err(fail()) } else { end })
        }
        (first, "") => (first.parse().map_err(|_| fail())?, end),
        (first, last) => (first.parse().map_err(|_| fail())?, last.parse::<u64>().map_err(|_| fail())?.min(end)),
    };
    if first > last { Err(fail()) } else { Ok((first, last)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (text, expected) in [
            ("bytes=0-99", (0, 99)),
            ("bytes=100-", (100, 999)),
            ("bytes=-100", (900, 999)),
            ("bytes=990-2000", (990, 999)),
            ("bytes=-5000", (0, 999)),
        ] {
            assert_eq!(parse_range(text, 1000).ok(), Some(expected), "{text}");
        }
        for bad in ["bytes=1000-", "bytes=5-4", "bytes=-0", "lines=1-2", "bytes=a-b", "bytes=", "bytes=-"] {
            assert!(parse_range(bad, 1000).is_err(), "{bad}");
        }
        assert!(parse_range("bytes=0-", 0).is_err(), "an empty file has no range");
    }
}
