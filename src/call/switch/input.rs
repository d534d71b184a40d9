//! What happens to the switch.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use super::desk::DeskCommand;
use super::line::{BoxTold, SoundTold};
use super::world::World;
use crate::acd::LastAgent;
use crate::base::{CallId, LegId};
use crate::call::live::CustomerCard;
use crate::ivr::session::{HttpResult, RequestId};
use crate::media::{self, Clip};
use crate::sip::endpoint::{ConnectionId, Flow, ResolveId, Target};

/// One thing that happened. What is about a call that is over changes nothing.
#[derive(Debug)]
pub enum Input {
    /// One SIP message.
    Sip {
        from: Flow,
        bytes: Bytes,
    },
    SipClosed {
        connection: ConnectionId,
    },
    SipSendFailed {
        target: Target,
    },
    SipResolved {
        id: ResolveId,
        targets: Vec<Target>,
    },
    /// The answer to `Output::OpenMedia`: our RTP address, or why there is none.
    MediaOpened {
        leg: LegId,
        address: Result<SocketAddr, String>,
    },
    Media(media::Event),
    /// The answer to `Output::Http`.
    Http {
        call: CallId,
        request: RequestId,
        result: HttpResult,
    },
    /// The answer to `Output::Speak`; `None` when the engine failed.
    Spoken {
        language: String,
        text: String,
        clip: Option<Arc<Clip>>,
    },
    /// The answer to `Output::LookUpCaller`.
    Caller {
        call: CallId,
        card: Option<CustomerCard>,
        last_agent: Option<LastAgent>,
    },
    /// Something happened on an analog line, or to its box.
    PhoneBox(BoxTold),
    /// The sound card on an analog line came or went.
    Sound(SoundTold),
    Desk(DeskCommand),
    /// Replaces what is set up; calls in progress stay on the flow that they began with.
    Configure(Box<World>),
    /// The store's spool is full (or no longer): new calls get 503.
    Overloaded(bool),
    /// End every call politely and take no more.
    ShutDown,
}
