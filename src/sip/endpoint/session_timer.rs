//! Session timers: a call whose other side is gone ends although no BYE came (RFC 4028).

use std::time::Duration;

use super::command::HangupReason;
use super::core::Core;
use super::event::{EndReason, Event};
use super::send::{Dispatch, Owner, Sent};
use super::session::{Session, Stage, Wanted};
use crate::base::Instant;
use crate::sip::dialog::Draft;
use crate::sip::header::{MinSe, Refresher, SessionExpires};
use crate::sip::transaction::ServerTx;
use crate::sip::{HeaderName, Message, MessageBuilder, Method, Text, Wire};

/// The shortest that we take (RFC 4028 5).
pub(super) const MIN_SE_S: u32 = 90;
/// The longest that we take.
const LONGEST_S: u32 = 24 * 3600;
/// A refresh that the other side was not ready for is tried again after this long.
const AGAIN: Duration = Duration::from_secs(5);

/// The running timer of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SessionTimer {
    seconds: u32,
    /// We refresh; otherwise the other side does.
    ours: bool,
    /// `None` while a refresh is under way.
    refresh_at: Option<Instant>,
    expire_at: Instant,
}

impl SessionTimer {
    /// RFC 4028 10: refreshed at half the interval, given up a little before its end.
    fn start(seconds: u32, ours: bool, now: Instant) -> Self {
        let interval = Duration::from_secs(seconds.into());
        let early = (interval / 3).min(Duration::from_secs(32));
        let refresh_at = ours.then(|| now + interval / 2);
        SessionTimer { seconds, ours, refresh_at, expire_at: now + interval - early }
    }

    /// What a 2xx to our INVITE or UPDATE says (RFC 4028 7.2). Without Session-Expires there is no timer.
    pub(super) fn of_answer(response: &Message, now: Instant) -> Option<Self> {
        let agreed = response.typed::<SessionExpires>()?.ok()?;
        Some(SessionTimer::start(agreed.seconds.max(MIN_SE_S), agreed.refresher != Some(Refresher::Uas), now))
    }

    pub(super) fn deadline(&self) -> Instant {
        self.refresh_at.map_or(self.expire_at, |at| at.min(self.expire_at))
    }

    /// The same again, in a request of ours.
    fn header(&self) -> Text {
        let refresher = Some(if self.ours { Refresher::Uac } else { Refresher::Uas });
        SessionExpires { seconds: self.seconds, refresher }.to_text()
    }
}

/// What we answer to the Session-Expires of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreed(SessionExpires);

impl Agreed {
    pub(super) fn start(self, now: Instant) -> SessionTimer {
        SessionTimer::start(self.0.seconds, self.0.refresher == Some(Refresher::Uas), now)
    }

    /// Puts it into a 2xx (RFC 4028 9).
    pub(super) fn stamp(self, response: MessageBuilder) -> MessageBuilder {
        let response = response.header(HeaderName::SessionExpires, self.0);
        match self.0.refresher {
            Some(Refresher::Uac) => response.header(HeaderName::Require, "timer"),
            Some(Refresher::Uas) | None => response,
        }
    }
}

/// A request wants an interval shorter than [`MIN_SE_S`], and would understand a refusal (422).
pub(super) fn is_too_short(request: &Message) -> bool {
    let asked = request.typed::<SessionExpires>().and_then(Result::ok);
    asked.is_some_and(|asked| asked.seconds < MIN_SE_S) && has_timer(request)
}

fn has_timer(request: &Message) -> bool {
    let mut options = request.header(HeaderName::Supported).chain(request.header(HeaderName::Require));
    options.any(|option| option.eq_ignore_case("timer"))
}

/// The timer of a call as we answer an INVITE or UPDATE of theirs (RFC 4028 9, table 2).
fn agree(request: &Message, current: Option<&SessionTimer>, ours_s: Option<u32>) -> Option<Agreed> {
    let (asked, supported) = (request.typed::<SessionExpires>().and_then(Result::ok), has_timer(request));
    let least = request.typed::<MinSe>().and_then(Result::ok).map_or(MIN_SE_S, |least| least.0.max(MIN_SE_S));
    let wanted = asked.map(|asked| asked.seconds).or(ours_s.filter(|_| supported))?;
    let refresher = match (supported, asked.and_then(|asked| asked.refresher), current) {
        (false, _, _) => Refresher::Uas,
        (true, Some(named), _) => named,
        (true, None, Some(current)) if current.ours => Refresher::Uas,
        (true, None, Some(_)) => Refresher::Uac,
        (true, None, None) if asked.is_some() => Refresher::Uac,
        (true, None, None) => Refresher::Uas,
    };
    Some(Agreed(SessionExpires { seconds: wanted.min(LONGEST_S).max(least), refresher: Some(refresher) }))
}

/// Our request again with the interval that its 422 wants; once (RFC 4028 7.3).
pub(super) fn with_longer_interval(sent: &Sent, response: &Message) -> Option<Sent> {
    let least = response.typed::<MinSe>()?.ok()?.0;
    let named = |name: HeaderName| sent.draft.headers.iter().any(|(header, _)| *header == name);
    if named(HeaderName::MinSe) || !named(HeaderName::SessionExpires) || least > LONGEST_S {
        return None;
    }
    let mut sent = sent.clone();
    let asked = sent.draft.headers.iter_mut().find(|(header, _)| *header == HeaderName::SessionExpires);
    if let Some((_, value)) = asked {
        let asked = SessionExpires::parse_text(value);
        let (asked_s, refresher) = asked.map_or((0, None), |asked| (asked.seconds, asked.refresher));
        *value = SessionExpires { seconds: least.max(asked_s), refresher }.to_text();
    }
    sent.draft.headers.push((HeaderName::MinSe, least.to_string().into()));
    sent.draft.cseq = sent.draft.cseq.saturating_add(1);
    Some(sent)
}

impl SessionExpires {
    fn parse_text(value: &Text) -> Option<Self> {
        crate::sip::header::Header::parse(value).ok()
    }
}

/// UPDATE is among the methods of their Allow.
pub(super) fn allows_update(message: &Message) -> bool {
    message.header(HeaderName::Allow).any(|method| method.as_bytes() == b"UPDATE")
}

impl Core {
    /// The interval that we ask for, in seconds.
    fn wanted_s(&self) -> Option<u32> {
        let wanted = self.config.session_expires?.as_secs();
        Some(u32::try_from(wanted).unwrap_or(LONGEST_S).clamp(MIN_SE_S, LONGEST_S))
    }

    /// A new INVITE of ours asks for a timer.
    pub(super) fn ask_for_timer(&self, draft: Draft) -> Draft {
        match self.wanted_s() {
            Some(seconds) => {
                draft.header(HeaderName::SessionExpires, SessionExpires { seconds, refresher: None }.to_text())
            }
            None => draft,
        }
    }

    /// The timer as we answer the request of `tx`.
    pub(super) fn agree(&self, tx: ServerTx, current: Option<&SessionTimer>) -> Option<Agreed> {
        agree(self.request(tx)?, current, self.wanted_s())
    }
}

impl Session {
    /// A request of ours in the call asks for the timer that it has.
    pub(super) fn ask_again(&self, draft: Draft) -> Draft {
        let Stage::Up(up) = &self.stage else { return draft };
        let draft = draft.header(HeaderName::Supported, super::reply::SUPPORTED_TEXT);
        match &up.timer {
            Some(timer) => draft.header(HeaderName::SessionExpires, timer.header()),
            None => draft,
        }
    }

    /// Time for a refresh, or for the end.
    pub(super) fn session_timeout(&mut self, core: &mut Core, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        let Some(timer) = &mut up.timer else { return };
        if timer.expire_at <= now {
            core.emit(Event::Ended { session: self.id, by_remote: false, reason: EndReason::SessionExpired });
            return self.bye(core, HangupReason::Normal, now);
        }
        if timer.refresh_at.take_if(|at| *at <= now).is_some() {
            self.refresh(core, now);
        }
    }

    /// By UPDATE where the other side takes it; else by a re-INVITE with the session as it is.
    fn refresh(&mut self, core: &mut Core, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        if let (false, Some(sdp)) = (up.peer_updates, up.sdp.clone()) {
            up.wanted.get_or_insert(Wanted(Some(sdp)));
            return self.next_change(core, now);
        }
        let draft = up.dialog.request(Method::Update);
        let draft = self.ask_again(draft);
        let Stage::Up(up) = &self.stage else { return };
        let hop = self.hop(&up.dialog);
        if core.send(Sent::new(Owner::Refresh { session: self.id }, draft), hop, now) == Dispatch::Failed {
            self.refresh_failed(core, 503, now);
        }
    }

    /// A response to our UPDATE.
    pub(super) fn on_refresh_response(&mut self, core: &mut Core, response: &Message, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        match response.status() {
            Some(200..=299) => {
                up.dialog.refresh_target(response);
                up.timer = SessionTimer::of_answer(response, now);
            }
            Some(status @ 300..) => self.refresh_failed(core, status, now),
            Some(_) | None => {}
        }
    }

    /// Our UPDATE was refused, or not answered (408), or not sent (503).
    pub(super) fn refresh_failed(&mut self, core: &mut Core, status: u16, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        let Some(timer) = &mut up.timer else { return };
        match status {
            408 | 481 => self.lost(core, now),
            491 | 500 | 503 => timer.refresh_at = Some(now + AGAIN),
            _ if up.peer_updates && up.sdp.is_some() => {
                up.peer_updates = false;
                self.refresh(core, now);
            }
            _ => {}
        }
    }
}
