//! The audio library: upload, review, download, delete (D15).

use axum::Json;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Who;
use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::library::{AudioRefusal, MAX_AUDIO_BYTES, Upload, UploadError};
use crate::store::{AudioRow, AudioState};

/// The largest body of an upload. Up to here a file that is too large is read to its end and told so; what is larger is
/// cut off, and its sender may see no answer.
pub const MAX_UPLOAD_BYTES: usize = 64 << 20;

pub async fn list(State(state): State<ApiState>) -> ApiResult<Json<Vec<AudioRow>>> {
    Ok(Json(state.store.audio().await?))
}

/// The row, and the published flows that play it.
pub async fn get(State(state): State<ApiState>, Path(id): Path<String>) -> ApiResult<Json<Value>> {
    let row = state.store.audio_item(&id).await?;
    let mut told = serde_json::to_value(row).map_err(|error| ApiError::Unavailable(error.to_string()))?;
    told["used_by"] = json!(state.store.audio_users(&id).await?);
    Ok(Json(told))
}

/// `multipart/form-data` with `file`, `id`, and `name` if it is to be shown by another one.
pub async fn upload(State(state): State<ApiState>, who: Who, form: Multipart) -> ApiResult<Response> {
    let (upload, size) = match read_form(form).await {
        Ok(read) => read,
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let message = format!("the upload is larger than {MAX_AUDIO_BYTES} bytes (5 MiB): shorten the sound");
            return Ok(refusal(StatusCode::PAYLOAD_TOO_LARGE, "audio_too_large", &message));
        }
        Err(error) => return Err(ApiError::Invalid(error.body_text())),
    };
    if size > MAX_AUDIO_BYTES as u64 {
        let why = AudioRefusal::TooLarge(size);
        return Ok(refusal(StatusCode::UNPROCESSABLE_ENTITY, why.code(), &why.to_string()));
    }
    if upload.id.is_empty() {
        return Err(ApiError::Invalid("id: name the audio as flows will name it".to_owned()));
    }
    if state.publisher.installed().iter().any(|file| file.id == upload.id) {
        return Err(ApiError::Conflict(format!("audio {} came with the installation: choose another id", upload.id)));
    }
    match state.publisher.shelf().upload(&state.store, upload, &who.actor(), state.clock.now().utc).await {
        Ok(row) => Ok((StatusCode::CREATED, Json(row)).into_response()),
        Err(UploadError::Refused(why)) => Ok(refusal(StatusCode::UNPROCESSABLE_ENTITY, why.code(), &why.to_string())),
        Err(UploadError::Store(error)) => Err(error.into()),
        Err(error @ UploadError::Disk(_)) => {
            tracing::error!("{error}");
            Err(ApiError::Unavailable("the file cannot be kept now: is there room on the disk?".to_owned()))
        }
    }
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({ "error": { "code": code, "message": message } }))).into_response()
}

/// The form, and the size of its file, of which no more than what is taken is kept.
async fn read_form(mut form: Multipart) -> Result<(Upload, u64), MultipartError> {
    let mut size = 0;
    let mut upload = Upload { id: String::new(), name: String::new(), file_name: String::new(), bytes: Vec::new() };
    while let Some(mut field) = form.next_field().await? {
        match field.name().unwrap_or_default() {
            "file" => {
                upload.file_name = field.file_name().unwrap_or("unnamed").chars().take(200).collect();
                while let Some(chunk) = field.chunk().await? {
                    size += chunk.len() as u64;
                    if size <= MAX_AUDIO_BYTES as u64 {
                        upload.bytes.extend_from_slice(&chunk);
                    }
                }
            }
            "id" => upload.id = field.text().await?,
            "name" => upload.name = field.text().await?.chars().take(200).collect(),
            _ => {}
        }
    }
    Ok((upload, size))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// `approved` or `rejected`.
    state: Verdict,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Approved,
    Rejected,
}

pub async fn review(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(review): Json<Review>,
) -> ApiResult<Json<Value>> {
    let verdict = match review.state {
        Verdict::Approved => AudioState::Approved,
        Verdict::Rejected => AudioState::Rejected,
    };
    let now = state.clock.now().utc;
    state.store.review_audio(&id, verdict, review.note.as_deref(), &who.actor(), now).await?;
    state.changed();
    Ok(Json(json!({ "done": true })))
}

/// The file as it was uploaded.
pub async fn download(State(state): State<ApiState>, Path(id): Path<String>) -> ApiResult<Response> {
    let row = state.store.audio_item(&id).await?;
    let missing = || ApiError::NotFound(format!("the file of audio {id} is not on this machine"));
    let (path, ending) = state.publisher.shelf().original(&id).ok_or_else(missing)?;
    let bytes = tokio::fs::read(path).await.map_err(|_| missing())?;
    let kind = if ending == "wav" { "audio/wav" } else { "audio/mpeg" };
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = row.file_name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// What callers hear: one channel, made as loud as the others.
pub async fn sound(State(state): State<ApiState>, Path(id): Path<String>) -> ApiResult<Response> {
    let row = state.store.audio_item(&id).await?;
    let missing = |_| ApiError::NotFound(format!("the file of audio {id} is not on this machine"));
    let bytes = tokio::fs::read(state.publisher.shelf().sound(&row.id)).await.map_err(missing)?;
    let mut response = bytes.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    Ok(response)
}

pub async fn delete(State(state): State<ApiState>, who: Who, Path(id): Path<String>) -> ApiResult<Json<Value>> {
    state.publisher.shelf().delete(&state.store, &id, &who.actor(), state.clock.now().utc).await?;
    state.changed();
    Ok(Json(json!({ "done": true })))
}
