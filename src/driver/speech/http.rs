//! A speech service: the text goes as JSON in a POST, a WAV comes back.
//!
//! `{"text": "您好", "language": "zh-CN", "voice": "xiaoyan"}`, answered with 16-bit mono PCM in a WAV. A token, when
//! one is set, is sent as `Authorization: Bearer`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::{Client, Url};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::{
    MAX_AT_ONCE, MAX_WAV_BYTES, SharedEngine, SpeechEngine, SpeechError, Spoken, check_length, in_time, read_wav,
};
use crate::driver::web::install_tls;

const CONNECT_DEADLINE: Duration = Duration::from_secs(3);

/// A service by its address.
pub struct HttpEngine {
    client: Client,
    url: Url,
    /// `http URL`, without what may stand after `?`.
    name: String,
    /// By language.
    voices: BTreeMap<String, String>,
    token: Option<String>,
    places: Semaphore,
}

#[derive(Serialize)]
struct Wish<'a> {
    text: &'a str,
    language: &'a str,
    voice: &'a str,
}

impl HttpEngine {
    /// # Errors
    /// When `url` is no http or https address.
    pub fn open(url: &str, voices: BTreeMap<String, String>, token: Option<String>) -> Result<SharedEngine, String> {
        let url = Url::parse(url).map_err(|error| format!("{url:?} is no address: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{url} is no address of a service: write http://… or https://…"));
        }
        install_tls();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_DEADLINE)
            .build()
            .map_err(|error| error.to_string())?;
        let mut plain = url.clone();
        plain.set_query(None);
        let name = format!("http {plain}");
        Ok(Arc::new(HttpEngine { client, url, name, voices, token, places: Semaphore::new(MAX_AT_ONCE) }))
    }

    async fn ask(&self, wish: &Wish<'_>) -> Result<Spoken, SpeechError> {
        let fail = |error: reqwest::Error| SpeechError::Failed(error.without_url().to_string());
        let body = serde_json::to_string(wish).map_err(|error| SpeechError::Failed(error.to_string()))?;
        let _place = self.places.acquire().await.map_err(|error| SpeechError::Failed(error.to_string()))?;
        let mut request = self.client.post(self.url.clone()).header("content-type", "application/json").body(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let mut response = request.send().await.map_err(fail)?;
        if !response.status().is_success() {
            return Err(SpeechError::Failed(format!("the service answered {}", response.status())));
        }
        let mut wav = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(fail)? {
            if wav.len() + chunk.len() > MAX_WAV_BYTES {
                return Err(SpeechError::Failed("the service sent more than ten minutes of sound".to_owned()));
            }
            wav.extend_from_slice(&chunk);
        }
        // Thirty megabytes are looked through beside the runtime, whose threads carry calls.
        tokio::task::spawn_blocking(move || read_wav(&wav))
            .await
            .map_err(|error| SpeechError::Failed(error.to_string()))?
    }
}

impl SpeechEngine for HttpEngine {
    fn name(&self) -> &str {
        &self.name
    }

    fn voice(&self, language: &str) -> Option<&str> {
        self.voices.get(language).map(String::as_str)
    }

    fn speak<'a>(&'a self, language: &'a str, text: &'a str) -> BoxFuture<'a, Result<Spoken, SpeechError>> {
        Box::pin(async move {
            check_length(text)?;
            let voice = self.voice(language).ok_or_else(|| SpeechError::Language(language.to_owned()))?;
            in_time(self.ask(&Wish { text, language, voice })).await
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::post;

    use super::*;

    fn wav() -> Vec<u8> {
        let mut out = std::io::Cursor::new(Vec::new());
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::new(&mut out, spec).expect("a header");
        (0..1600_i16).for_each(|sample| writer.write_sample(sample).expect("a sample"));
        writer.finalize().expect("a file");
        out.into_inner()
    }

    /// An engine whose service answers as `path` says.
    async fn engine(path: &str) -> SharedEngine {
        let endless =
            || async { Body::from_stream(futures::stream::repeat_with(|| Ok::<_, String>(vec![0_u8; 1 << 20]))) };
        let good = |headers: HeaderMap, body: String| async move {
            assert_eq!(body, r#"{"text":"您好","language":"zh-CN","voice":"xiaoyan"}"#);
            if headers["authorization"] == "Bearer secret" { Ok(wav()) } else { Err(StatusCode::UNAUTHORIZED) }
        };
        let service = Router::new()
            .route("/good", post(good))
            .route("/endless", post(endless))
            .route("/failing", post(|| async { StatusCode::BAD_GATEWAY }))
            .route("/silent", post(std::future::pending::<()>))
            .route("/text", post(|| async { "no sound today" }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}{path}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, service).await });
        let voices = BTreeMap::from([("zh-CN".to_owned(), "xiaoyan".to_owned())]);
        HttpEngine::open(&url, voices, Some("secret".to_owned())).expect("an address")
    }

    #[tokio::test]
    async fn a_service_speaks() {
        let spoken = engine("/good").await.speak("zh-CN", "您好").await.expect("it speaks");
        assert_eq!((spoken.rate, spoken.samples.len()), (16_000, 1600));
        assert_eq!(engine("/good").await.speak("en-US", "hi").await, Err(SpeechError::Language("en-US".to_owned())));
    }

    #[tokio::test]
    async fn failing_endless_and_mute_services_are_told() {
        for (path, reason) in [("/failing", "502"), ("/endless", "more than ten minutes"), ("/text", "no WAV")] {
            let failed = engine(path).await.speak("zh-CN", "您好").await.expect_err("no speech");
            assert!(failed.to_string().contains(reason), "{path}: {failed}");
        }
        let nobody = HttpEngine::open("http://127.0.0.1:1/", BTreeMap::from([("zh-CN".into(), "x".into())]), None);
        let failed = nobody.expect("an address").speak("zh-CN", "您好").await;
        assert!(matches!(failed, Err(SpeechError::Failed(_))), "{failed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_never_answers_is_given_up() {
        let engine = engine("/silent").await;
        assert_eq!(engine.speak("zh-CN", "您好").await, Err(SpeechError::Late));
    }

    #[test]
    fn what_is_no_address_of_a_service_is_refused() {
        for bad in ["", "localhost:80", "ftp://example.com/"] {
            assert!(HttpEngine::open(bad, BTreeMap::new(), None).is_err(), "{bad}");
        }
    }
}
