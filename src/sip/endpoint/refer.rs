//! Their wish that we call somebody else in their place: REFER within a call, and the NOTIFYs that tell how it goes
//! (RFC 3515, RFC 4488, RFC 6665). Only phones of accounts may wish, one thing at a time, and only for names of ours.

use std::time::Duration;

use super::core::Core;
use super::event::{Event, Replaces};
use super::incoming::user_of;
use super::reply::phrase;
use super::send::{Dispatch, Owner, Sent};
use super::session::{Peer, Session, Stage};
use crate::base::Instant;
use crate::sip::dialog::Body;
use crate::sip::transaction::{Flow, ServerTx};
use crate::sip::{HeaderName, Message, Method, NameAddr, Text};

/// How long the other side is told how its REFER goes. The switch has an end of it much earlier.
const LONGEST_WATCH: Duration = Duration::from_secs(180);

/// A REFER of theirs, from its arrival to the last word about it.
#[derive(Debug, Default)]
pub(super) struct Refer {
    /// There was one in this dialog: events of the next carry an id (RFC 3515 2.4.6).
    seen: bool,
    progress: Progress,
}

#[derive(Debug, Default)]
enum Progress {
    #[default]
    Idle,
    /// It waits for the switch. `silent`: the other side wants no NOTIFY (RFC 4488).
    Asked {
        tx: ServerTx,
        id: Option<u32>,
        silent: bool,
    },
    /// It was accepted, and nobody is to be told more.
    Untold,
    Told(Watch),
}

/// The subscription that a REFER makes.
#[derive(Debug)]
struct Watch {
    id: Option<u32>,
    until: Instant,
    /// The status that was told last; from 200 on the subscription is over.
    told: u16,
    /// A NOTIFY waits for its answer: the next one waits for that, so that they arrive in order.
    in_flight: bool,
    next: Option<u16>,
}

impl Watch {
    fn is_final(&self) -> bool {
        self.told >= 200 || self.next.is_some_and(|next| next >= 200)
    }
}

impl Refer {
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.progress {
            Progress::Told(watch) if !watch.is_final() => Some(watch.until),
            Progress::Told(_) | Progress::Idle | Progress::Asked { .. } | Progress::Untold => None,
        }
    }

    /// The call is over before the switch has answered.
    pub(super) fn abandon(&self, core: &mut Core, now: Instant) {
        if let Progress::Asked { tx, .. } = self.progress {
            core.answer(tx, 487, now);
        }
    }
}

impl Session {
    pub(super) fn on_refer(&mut self, core: &mut Core, tx: ServerTx, request: &Message, flow: Flow, now: Instant) {
        let here = self.flow.is_some_and(|known| known.remote.ip() == flow.remote.ip());
        let may = here && matches!(self.peer, Peer::Account(_));
        let up = match &mut self.stage {
            Stage::Up(up) if may => up,
            Stage::Up(_) | Stage::Incoming(_) | Stage::Calling(_) => return core.answer(tx, 403, now),
            Stage::Closing(_) | Stage::Over => return core.answer(tx, 481, now),
        };
        if !matches!(up.refer.progress, Progress::Idle) {
            return core.answer(tx, 491, now);
        }
        let wish = match Wish::of(core, request) {
            Ok(wish) => wish,
            Err(status) => return core.answer(tx, status, now),
        };
        let seen = std::mem::replace(&mut up.refer.seen, true);
        let id = request.cseq().ok().map(|cseq| cseq.number).filter(|_| seen);
        let silent = request.header_named("Refer-Sub").any(|value| is_false(&value));
        up.refer.progress = Progress::Asked { tx, id, silent };
        core.emit(Event::ReferRequested { session: self.id, called: wish.called, replaces: wish.replaces });
    }

    /// The switch accepts or refuses.
    pub(super) fn answer_refer(&mut self, core: &mut Core, answer: Result<(), u16>, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        let Progress::Asked { tx, id, silent } = up.refer.progress else { return };
        up.refer.progress = Progress::Idle;
        if let Err(status) = answer {
            return core.answer(tx, status.clamp(300, 699), now);
        }
        let watch = Watch { id, until: now + LONGEST_WATCH, told: 0, in_flight: false, next: Some(100) };
        up.refer.progress = if silent { Progress::Untold } else { Progress::Told(watch) };
        if let Some(response) = core.response(tx, 202, None) {
            let response = core.with_contact(tx, response);
            let response = if silent { response.named("Refer-Sub", "false") } else { response };
            core.respond(tx, 202, response, now);
        }
        self.send_notify(core, now);
    }

    /// How the switch gets on with it; 200 or more is the last.
    pub(super) fn notify_refer(&mut self, core: &mut Core, status: u16, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        match &mut up.refer.progress {
            Progress::Told(watch) if !watch.is_final() && status > watch.told => {
                watch.next = Some(status);
                self.send_notify(core, now);
            }
            Progress::Untold if status >= 200 => self.refer_over(core),
            Progress::Told(_) | Progress::Untold | Progress::Idle | Progress::Asked { .. } => {}
        }
    }

    /// The subscription is as old as it may become.
    pub(super) fn refer_timeout(&mut self, core: &mut Core, now: Instant) {
        let Stage::Up(up) = &self.stage else { return };
        if up.refer.deadline().is_some_and(|until| until <= now) {
            self.notify_refer(core, 408, now);
        }
    }

    fn send_notify(&mut self, core: &mut Core, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        let Progress::Told(watch) = &mut up.refer.progress else { return };
        let Some(status) = watch.next.take_if(|_| !watch.in_flight) else { return };
        watch.told = status;
        watch.in_flight = true;
        let event = watch.id.map_or("refer".to_owned(), |id| format!("refer;id={id}"));
        let state = match status {
            // RFC 3515 2.4.7.
            200.. => "terminated;reason=noresource".to_owned(),
            _ => format!("active;expires={}", watch.until.since(now).as_secs()),
        };
        let draft = up
            .dialog
            .request(Method::Notify)
            .header(HeaderName::Event, event.as_str())
            .header(HeaderName::SubscriptionState, state.as_str())
            .body(Some(sipfrag(status)));
        let Stage::Up(up) = &self.stage else { return };
        let hop = self.hop(&up.dialog);
        if core.send(Sent::new(Owner::Notify { session: self.id }, draft), hop, now) == Dispatch::Failed {
            self.notify_done(core, false, now);
        }
    }

    /// A NOTIFY has its answer, or gets none. Who does not want it is told no more; the call goes on.
    pub(super) fn notify_done(&mut self, core: &mut Core, taken: bool, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        let Progress::Told(watch) = &mut up.refer.progress else { return };
        watch.in_flight = false;
        if watch.told >= 200 || (!taken && watch.is_final()) {
            return self.refer_over(core);
        }
        match taken {
            true => self.send_notify(core, now),
            false => up.refer.progress = Progress::Untold,
        }
    }

    fn refer_over(&mut self, core: &mut Core) {
        if let Stage::Up(up) = &mut self.stage {
            up.refer.progress = Progress::Idle;
            core.emit(Event::ReferOver { session: self.id });
        }
    }
}

/// What a REFER asks for.
struct Wish {
    called: String,
    replaces: Option<Replaces>,
}

impl Wish {
    /// The status that refuses it otherwise.
    fn of(core: &Core, request: &Message) -> Result<Wish, u16> {
        let mut targets = request.name_addrs(HeaderName::ReferTo);
        // RFC 3515 2.4.2: exactly one.
        let (Some(Ok(target)), None) = (targets.next(), targets.next()) else { return Err(400) };
        let uri = &target.uri;
        if !uri.is_sip() {
            return Err(416);
        }
        let other_method = uri.param_str("method").is_some_and(|method| method != "INVITE");
        if other_method || !core.is_ours(uri) {
            return Err(403);
        }
        let header = |wanted: &str| {
            uri.headers().find(|(name, _)| name.eq_ignore_ascii_case(wanted.as_bytes())).map(|(_, value)| value)
        };
        let replaces = match header("Replaces") {
            Some(value) => Some(super::replace::read(&Text::from(value.as_ref())).ok_or(400_u16)?),
            None => None,
        };
        Ok(Wish { called: user_of(&NameAddr::new(uri.clone())), replaces })
    }
}

/// RFC 4488 4.
fn is_false(value: &Text) -> bool {
    value.as_bytes().split(|byte| *byte == b';').next().is_some_and(|v| v.trim_ascii().eq_ignore_ascii_case(b"false"))
}

/// RFC 3420.
fn sipfrag(status: u16) -> Body {
    let line = format!("SIP/2.0 {status} {}\r\n", phrase(status));
    Body { content_type: "message/sipfrag;version=2.0".to_owned(), bytes: line.into() }
}
