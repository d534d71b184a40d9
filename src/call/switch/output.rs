//! What the switch wants done.

use std::path::PathBuf;

use bytes::Bytes;

use super::line::LineSound;
use crate::base::{CallId, LegId};
use crate::call::event::CallEvent;
use crate::call::live::Live;
use crate::ivr::session::{HttpHeader, RequestId};
use crate::media;
use crate::sip::endpoint::{ConnectionId, GateChange, ResolveId, Target, Transport};

/// One thing to do, in this order.
#[derive(Debug)]
pub enum Output {
    SendSip {
        to: Target,
        bytes: Bytes,
    },
    /// The dialogs with this SIP Call-ID are a part of this call.
    SipDialog {
        call: CallId,
        sip_call_id: String,
    },
    CloseConnection {
        connection: ConnectionId,
    },
    /// What the transports are to let in.
    SipGate(GateChange),
    Resolve {
        id: ResolveId,
        host: String,
        port: Option<u16>,
        transport: Option<Transport>,
    },
    /// Open RTP ports for this leg and answer with `Input::MediaOpened`.
    OpenMedia {
        leg: LegId,
    },
    Media(media::Command),
    /// Append to the record in one transaction.
    Record(Vec<CallEvent>),
    /// Tell the desks, at once: a pop does not wait for a disk.
    Live(Live),
    /// Who is this caller, and who answered last time? Answered with `Input::Caller`.
    LookUpCaller {
        call: CallId,
        number: String,
        /// Ask for the customer's card too: a desk waits for it, and the record has not begun or has only just.
        card: bool,
    },
    Http {
        call: CallId,
        request: RequestId,
        http: HttpRequest,
    },
    CancelHttp {
        call: CallId,
        request: RequestId,
    },
    /// Render this text now (it has variables, so it could not be rendered at publication).
    Speak {
        language: String,
        text: String,
    },
    /// Dial on a line of a phone box; what becomes of it is told as `Input::PhoneBox`.
    DialLine {
        device: String,
        line: Option<u32>,
        number: String,
    },
    /// Record a line, or stop; where nothing can be recorded, the recording's end is told at once.
    LineSound {
        device: String,
        line: Option<u32>,
        what: LineSound,
    },
    /// The file of a recording that no record knows: remove it.
    DiscardRecording {
        path: PathBuf,
    },
    /// Give up what the box dials.
    CancelDial {
        device: String,
    },
    /// The registrations of this user changed: store them.
    StoreBindings {
        user: String,
    },
    /// The states of agents and queue changed: store the snapshot.
    StoreAgents,
    /// For the log and the alarm list.
    Alarm(String),
}

/// One attempt of a flow's web request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<HttpHeader>,
    pub body: Option<String>,
    pub timeout_ms: u64,
}
