//! From a finished call to its tickets.

use serde::{Deserialize, Serialize};

use super::{CallFacts, CallResult, PhoneBoxOutcome, RequestedTicket, Text, TicketState};
use crate::base::CallId;

/// What is to be done for a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketRule {
    Create(Draft),
    /// The call becomes part of this ticket, and no other is made for it (B9).
    Link {
        ticket: i64,
    },
}

/// A ticket to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub call: CallId,
    /// With `call` the identity of the draft, so that a replay makes no second ticket: 0 is the automatic ticket, the
    /// others are those of the flow, in order.
    pub n: u16,
    pub kind: Kind,
    pub state: TicketState,
    pub subject: Text,
    pub group: Option<String>,
    pub agent: Option<String>,
    /// The customer's number.
    pub number: Option<String>,
    pub recordings: Vec<String>,
}

/// Where a ticket came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    AnsweredCall,
    AbandonedCall,
    UnservedCall,
    FailedCall,
    Voicemail,
    OutgoingCall,
    /// A call that came in on an analog line whose box cannot tell what became of it.
    LineCall,
    /// A flow's `ticket` node.
    Flow,
    /// The customer was not reached in any attempt.
    CallbackGivenUp,
}

/// All that follows from a finished call; the same facts always give the same drafts.
pub fn tickets_for(facts: &CallFacts) -> Vec<TicketRule> {
    let automatic = match facts.linked {
        Some(ticket) => Some(TicketRule::Link { ticket }),
        None => automatic(facts).map(TicketRule::Create),
    };
    let requested = facts.requested.iter().zip(1..).map(|(asked, n)| TicketRule::Create(requested(facts, asked, n)));
    automatic.into_iter().chain(requested).collect()
}

fn automatic(facts: &CallFacts) -> Option<Draft> {
    let kind = kind(facts)?;
    let (state, agent) = match &facts.result {
        CallResult::Answered { agent } => (TicketState::Open, Some(agent.clone())),
        CallResult::Abandoned
        | CallResult::Unserved
        | CallResult::Failed { .. }
        | CallResult::CallbackBooked
        | CallResult::NotTold
        | CallResult::NoAgentAsked => (TicketState::Unassigned, None),
    };
    let group = match &facts.voicemail {
        Some(voicemail) if kind == Kind::Voicemail => voicemail.group.clone().or_else(|| facts.group.clone()),
        Some(_) | None => facts.callback_given_up.clone().or_else(|| facts.group.clone()),
    };
    Some(Draft {
        call: facts.call,
        n: 0,
        kind,
        state,
        subject: subject(facts, kind),
        group,
        agent,
        number: number(facts),
        recordings: facts.recordings.clone(),
    })
}

fn kind(facts: &CallFacts) -> Option<Kind> {
    if facts.callback_given_up.is_some() {
        return Some(Kind::CallbackGivenUp);
    }
    // What the agent said about an analog line is all that is known of an outgoing call on it (A6).
    if let (true, Some(outcome)) = (facts.outgoing, facts.phone_box) {
        return match outcome {
            PhoneBoxOutcome::Success => Some(Kind::OutgoingCall),
            PhoneBoxOutcome::Failure | PhoneBoxOutcome::Unknown => None,
        };
    }
    match &facts.result {
        CallResult::Answered { .. } if facts.outgoing => Some(Kind::OutgoingCall),
        CallResult::Answered { .. } => Some(Kind::AnsweredCall),
        _ if facts.voicemail.is_some() => Some(Kind::Voicemail),
        CallResult::Abandoned => Some(Kind::AbandonedCall),
        CallResult::Unserved => Some(Kind::UnservedCall),
        CallResult::Failed { .. } => Some(Kind::FailedCall),
        CallResult::NotTold => Some(Kind::LineCall),
        CallResult::CallbackBooked | CallResult::NoAgentAsked => None,
    }
}

fn number(facts: &CallFacts) -> Option<String> {
    if facts.outgoing { Some(facts.called.clone()) } else { facts.caller.clone() }
}

fn subject(facts: &CallFacts, kind: Kind) -> Text {
    let number = number(facts);
    let zh = number.as_deref().unwrap_or("匿名号码");
    let en = number.as_deref().unwrap_or("a withheld number");
    let waited_s = facts.waited_ms / 1000;
    match kind {
        Kind::AnsweredCall => Text::new(format!("来电：{zh}"), format!("Call from {en}")),
        Kind::AbandonedCall => Text::new(
            format!("未接来电：{zh}（等待 {waited_s} 秒后挂断）"),
            format!("Missed call from {en} (hung up after waiting {waited_s} s)"),
        ),
        Kind::UnservedCall => Text::new(
            format!("未接通来电：{zh}（等待 {waited_s} 秒）"),
            format!("Unserved call from {en} (waited {waited_s} s)"),
        ),
        Kind::FailedCall => {
            let cause = match &facts.result {
                CallResult::Failed { cause } => cause.as_str(),
                _ => "",
            };
            Text::new(format!("异常中断的来电：{zh}（{cause}）"), format!("Call from {en} was cut off ({cause})"))
        }
        Kind::Voicemail => {
            let seconds = facts.voicemail.as_ref().map_or(0, |voicemail| voicemail.duration_ms / 1000);
            Text::new(format!("语音留言：{zh}（{seconds} 秒）"), format!("Voicemail from {en} ({seconds} s)"))
        }
        Kind::LineCall => Text::new(
            format!("来电：{zh}（电话盒子，是否接听未知）"),
            format!("Call from {en} on a phone box (whether it was answered is not known)"),
        ),
        Kind::OutgoingCall => Text::new(format!("去电：{zh}"), format!("Call to {en}")),
        Kind::CallbackGivenUp => Text::new(format!("回电未接通：{zh}"), format!("Callback not reached: {en}")),
        Kind::Flow => Text::new(zh, en),
    }
}

fn requested(facts: &CallFacts, asked: &RequestedTicket, n: u16) -> Draft {
    let agent = match &facts.result {
        CallResult::Answered { agent } => Some(agent.clone()),
        _ => None,
    };
    Draft {
        call: facts.call,
        n,
        kind: Kind::Flow,
        state: TicketState::Unassigned,
        subject: Text::as_written(&asked.subject),
        group: asked.group.clone().or_else(|| facts.group.clone()),
        agent,
        number: number(facts),
        recordings: facts.recordings.clone(),
    }
}

#[cfg(test)]
mod tests;
