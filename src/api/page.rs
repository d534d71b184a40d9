//! The plain page at `/`: calls, agents, queue and tickets as they are now.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "src/api/page"]
struct Assets;

pub async fn index() -> Response {
    file("index.html")
}

pub async fn asset(Path(name): Path<String>) -> Response {
    file(&name)
}

fn file(name: &str) -> Response {
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    };
    match Assets::get(name) {
        Some(found) => ([(header::CONTENT_TYPE, kind)], found.data.into_owned()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
