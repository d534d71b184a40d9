//! The whole flow.

use std::collections::BTreeMap;

use super::{
    At, AudioId, Calendar, CalendarName, FlowId, GroupId, Language, Node, NodeName, ParamName, Prompt, PromptName,
    VarDecl, VarName, VarType,
};

/// One flow file, decoded. Every node has its defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// `ivr:`, the version of the format: 1.
    pub format: u32,
    pub id: At<FlowId>,
    /// For people.
    pub name: String,
    /// The first is the language a call starts in; never empty.
    pub languages: Vec<At<Language>>,
    /// Where a call enters.
    pub start: At<NodeName>,
    pub defaults: Defaults,
    pub requires: Requires,
    pub vars: BTreeMap<VarName, VarDecl>,
    /// What a caller of this flow, when it is a subflow, must or may hand over.
    pub params: BTreeMap<ParamName, At<ParamType>>,
    pub calendars: BTreeMap<CalendarName, Calendar>,
    pub prompts: BTreeMap<PromptName, Prompt>,
    pub nodes: BTreeMap<NodeName, Node>,
}

impl Flow {
    /// The language a call starts in.
    pub fn default_language(&self) -> &Language {
        &self.languages.first().expect("the reader gives every flow a language").value
    }

    /// Whether it is made to be called from another flow: it has parameters or a `return` node.
    pub fn is_subflow(&self) -> bool {
        !self.params.is_empty() || self.nodes.values().any(|node| matches!(node.kind, super::NodeKind::Return(_)))
    }
}

/// The type of a subflow's parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamType {
    /// The name of a prompt of the calling flow; used wherever a prompt's name is expected.
    Prompt,
    /// A value, read as a variable of the same name.
    Value(VarType),
}

/// What must exist before this flow may be published.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requires {
    pub skill_groups: Vec<At<GroupId>>,
    pub audio: Vec<At<AudioId>>,
}

/// What a node takes when it does not say otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Defaults {
    /// 1 to 60.
    pub timeout_s: u32,
    /// 0 to 9; errors above this end the call (A18, G2).
    pub max_errors: u32,
    /// 0 to 9; silences above this leave the node (G2).
    pub max_timeouts: u32,
    /// 1 to 10.
    pub inter_digit_s: u32,
    /// A key press stops the prompt.
    pub barge_in: bool,
    pub hold_music: Option<At<AudioId>>,
}

impl Default for Defaults {
    fn default() -> Self {
        Defaults { timeout_s: 5, max_errors: 3, max_timeouts: 2, inter_digit_s: 3, barge_in: true, hold_music: None }
    }
}
