//! What a node uses: prompts, texts, recordings and skill groups, each with the field that names it.

use crate::ivr::flow::node::{GroupChoice, HeaderValue, Retries, Subflow};
use crate::ivr::flow::value::Assignment;
use crate::ivr::flow::{At, AudioId, GroupId, Node, NodeKind, PromptName, Template};

/// When a text is said or read: it decides which system variables have a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Plain,
    /// While the caller waits in a queue.
    Waiting,
    /// Once an agent has answered.
    Connected,
}

/// A prompt that a node plays.
#[derive(Clone, Copy, Debug)]
pub struct PromptUse<'f> {
    pub field: &'static str,
    pub prompt: &'f At<PromptName>,
    pub scope: Scope,
}

/// The prompts that `node` plays itself.
pub fn prompts(node: &Node) -> Vec<PromptUse<'_>> {
    let plain = |field, prompt| PromptUse { field, prompt, scope: Scope::Plain };
    match &node.kind {
        NodeKind::Play(node) => vec![plain("prompt", &node.prompt)],
        NodeKind::Branch(node) => asked(&node.prompt, &node.retries),
        NodeKind::Collect(node) => asked(&node.prompt, &node.retries),
        NodeKind::Voicemail(node) => vec![plain("prompt", &node.prompt)],
        NodeKind::Dial(node) => node.connected_prompt.iter().map(|prompt| plain("connected_prompt", prompt)).collect(),
        NodeKind::Transfer(node) => {
            let waiting = |field, prompt| PromptUse { field, prompt, scope: Scope::Waiting };
            let first = node.waiting_prompt.iter().map(|prompt| waiting("waiting_prompt", prompt));
            let announced = node.announce.iter().map(|announcement| waiting("announce", &announcement.prompt));
            let connected = node.connected_prompt.iter();
            let connected =
                connected.map(|prompt| PromptUse { field: "connected_prompt", prompt, scope: Scope::Connected });
            first.chain(announced).chain(connected).collect()
        }
        NodeKind::End(_)
        | NodeKind::Hours(_)
        | NodeKind::Set(_)
        | NodeKind::Switch(_)
        | NodeKind::Http(_)
        | NodeKind::Callback(_)
        | NodeKind::Subflow(_)
        | NodeKind::Return(_)
        | NodeKind::Ticket(_) => Vec::new(),
    }
}

fn asked<'f>(prompt: &'f At<PromptName>, retries: &'f Retries) -> Vec<PromptUse<'f>> {
    let plain = |field, prompt| PromptUse { field, prompt, scope: Scope::Plain };
    let timeouts = retries.timeout_prompt.iter().map(|prompt| plain("timeout_prompt", prompt));
    let errors = retries.error_prompt.iter().map(|prompt| plain("error_prompt", prompt));
    std::iter::once(plain("prompt", prompt)).chain(timeouts).chain(errors).collect()
}

/// The texts that `node` reads variables from, in the order in which it does, without those of its prompts, of `set`
/// and of the arguments of a subflow.
pub fn texts(node: &Node) -> Vec<&Template> {
    match &node.kind {
        NodeKind::Http(node) => {
            let headers = node.request.headers.iter().filter_map(|header| match &header.value {
                HeaderValue::Text(text) => Some(text),
                HeaderValue::Secret { .. } => None,
            });
            std::iter::once(&node.request.url).chain(headers).chain(&node.request.body).collect()
        }
        NodeKind::Callback(node) => vec![&node.number],
        NodeKind::Return(node) => node.values.iter().map(|value| &value.value).collect(),
        NodeKind::Dial(node) => std::iter::once(&node.number).chain(&node.caller_id).collect(),
        NodeKind::Ticket(node) => {
            let fields = node.fields.iter().map(|(_, text)| text);
            std::iter::once(&node.subject).chain(&node.body).chain(fields).collect()
        }
        NodeKind::Play(_)
        | NodeKind::Branch(_)
        | NodeKind::Collect(_)
        | NodeKind::Transfer(_)
        | NodeKind::End(_)
        | NodeKind::Hours(_)
        | NodeKind::Set(_)
        | NodeKind::Switch(_)
        | NodeKind::Voicemail(_)
        | NodeKind::Subflow(_) => Vec::new(),
    }
}

/// Every `variable: value` of the node: of a `set`, and of options.
pub fn assignments(node: &Node) -> Vec<&Assignment> {
    match &node.kind {
        NodeKind::Set(node) => node.set.iter().collect(),
        NodeKind::Branch(node) => node.options.iter().flat_map(|option| &option.set).collect(),
        NodeKind::Transfer(node) => node.keys.iter().flat_map(|option| &option.set).collect(),
        NodeKind::Play(_)
        | NodeKind::Collect(_)
        | NodeKind::End(_)
        | NodeKind::Hours(_)
        | NodeKind::Switch(_)
        | NodeKind::Http(_)
        | NodeKind::Voicemail(_)
        | NodeKind::Callback(_)
        | NodeKind::Subflow(_)
        | NodeKind::Return(_)
        | NodeKind::Dial(_)
        | NodeKind::Ticket(_) => Vec::new(),
    }
}

/// The recordings that `node` names itself.
pub fn audio(node: &Node) -> Option<&At<AudioId>> {
    match &node.kind {
        NodeKind::Transfer(node) => node.hold_music.as_ref(),
        NodeKind::Http(node) => node.hold_music.as_ref(),
        NodeKind::Dial(node) => node.hold_music.as_ref(),
        NodeKind::Voicemail(node) => node.beep.as_ref(),
        NodeKind::Play(_)
        | NodeKind::Branch(_)
        | NodeKind::Collect(_)
        | NodeKind::End(_)
        | NodeKind::Hours(_)
        | NodeKind::Set(_)
        | NodeKind::Switch(_)
        | NodeKind::Callback(_)
        | NodeKind::Subflow(_)
        | NodeKind::Return(_)
        | NodeKind::Ticket(_) => None,
    }
}

/// The choices of skill groups that `node` makes.
pub fn group_choices(node: &Node) -> Vec<&GroupChoice> {
    match &node.kind {
        NodeKind::Transfer(node) => {
            std::iter::once(&node.skill_group).chain(node.overflow.iter().map(|over| &over.skill_group)).collect()
        }
        _ => Vec::new(),
    }
}

/// Every skill group that `node` names.
pub fn groups(node: &Node) -> Vec<&At<GroupId>> {
    match &node.kind {
        NodeKind::Voicemail(node) => vec![&node.skill_group],
        NodeKind::Callback(node) => node.skill_group.iter().collect(),
        NodeKind::Ticket(node) => vec![&node.skill_group],
        _ => group_choices(node).into_iter().flat_map(GroupChoice::all).collect(),
    }
}

pub fn subflow(node: &Node) -> Option<&Subflow> {
    match &node.kind {
        NodeKind::Subflow(node) => Some(node),
        _ => None,
    }
}
