//! SIP over WebSocket (RFC 7118): one message of SIP is one message of WebSocket.

use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header::SEC_WEBSOCKET_PROTOCOL};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

use super::Inbound;
use super::stream::{HANDSHAKE_DEADLINE, Open, WRITE_DEADLINE};

/// The largest message that is read: head and body of the largest SIP message.
const MAX_MESSAGE: usize = 192 * 1024;
/// What the library holds unwritten for one peer.
const MAX_UNWRITTEN: usize = 1 << 20;

/// Shakes hands, then reads and writes until either side is done.
pub(super) async fn run<S>(open: &Open, socket: S, queue: mpsc::Receiver<Bytes>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE))
        .max_write_buffer_size(MAX_UNWRITTEN);
    let handshake = accept_hdr_async_with_config(socket, speak_sip, Some(config));
    let Ok(Ok(socket)) = timeout(HANDSHAKE_DEADLINE, handshake).await else {
        metrics::counter!("hotline_sip_handshakes_failed_total").increment(1);
        return;
    };
    let (writer, reader) = socket.split();
    tokio::select! {
        () = read(open, reader) => {}
        () = write(writer, queue) => {}
    }
}

/// The client must offer the subprotocol `sip`, and gets it (RFC 7118 4.1).
#[expect(clippy::result_large_err, reason = "the library's callback is of this type")]
fn speak_sip(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offers = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).into_iter();
    let mut names = offers.filter_map(|offer| offer.to_str().ok()).flat_map(|offer| offer.split(','));
    if names.any(|name| name.trim().eq_ignore_ascii_case("sip")) {
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("sip"));
        return Ok(response);
    }
    let mut refusal = ErrorResponse::new(Some("the subprotocol sip must be offered (RFC 7118)\n".to_owned()));
    *refusal.status_mut() = StatusCode::BAD_REQUEST;
    Err(refusal)
}

async fn read<S>(open: &Open, mut reader: SplitStream<WebSocketStream<S>>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        let deadline = open.permit.deadline(Instant::now());
        let message = match timeout_at(deadline, reader.next()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(_)) | None) => return,
            // It may have been welcomed while we waited.
            Err(_) if open.permit.deadline(Instant::now()) > Instant::now() => continue,
            Err(_) => return,
        };
        if !open.pace(message.len().max(1), deadline).await {
            return;
        }
        let bytes = match message {
            Message::Text(text) => Bytes::from(text),
            Message::Binary(bytes) => bytes,
            // The library answers pings.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            Message::Close(_) => return,
        };
        if open.inbound.send(Inbound::Message { flow: open.flow, bytes }).await.is_err() {
            return;
        }
    }
}

async fn write<S>(mut writer: SplitSink<WebSocketStream<S>, Message>, mut queue: mpsc::Receiver<Bytes>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(bytes) = queue.recv().await {
        // RFC 7118 5: text when it is UTF-8, which browsers' libraries expect.
        let message = match Utf8Bytes::try_from(bytes.clone()) {
            Ok(text) => Message::Text(text),
            Err(_) => Message::Binary(bytes),
        };
        match timeout(WRITE_DEADLINE, writer.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
    let _ = timeout(WRITE_DEADLINE, writer.close()).await;
}
