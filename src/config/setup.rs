//! Set-up as data: `setup.yaml`. Unknown keys are errors with line and column; a broken file changes nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use super::trunk::{Daily, Translation, Trunk, TrunkLogin};

/// The whole set-up. What a file does not name is left as it is in the store.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Setup {
    pub skill_groups: Vec<SkillGroup>,
    pub agents: Vec<Agent>,
    /// Number (as dialled, digits and `+`) to what answers it.
    pub numbers: BTreeMap<String, NumberTarget>,
    pub trunks: Vec<Trunk>,
    /// What flows may reach by `http`: host names, optionally with a port.
    pub http_allow: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkillGroup {
    pub id: String,
    /// At most 20 characters (Unicode scalars after NFC), full- and half-width both count 1 (D1, G11).
    pub name: String,
    #[serde(default)]
    pub strategy: Strategy,
    /// Seconds, 1 to 90; `off` lets the phone ring until the caller leaves (A11).
    #[serde(default = "default_answer_timeout")]
    pub answer_timeout_s: Switchable,
    /// Seconds, 1 to 90; `off` makes the agent idle at once (A12).
    #[serde(default)]
    pub wrap_up_s: Switchable,
    /// Offer a returning caller first to the agent who answered last time (A15).
    #[serde(default)]
    pub last_agent_first: bool,
    /// Record the bridged calls of this group.
    #[serde(default = "yes")]
    pub record: bool,
}

fn yes() -> bool {
    true
}

fn default_answer_timeout() -> Switchable {
    Switchable::Seconds(20)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    #[default]
    LongestIdle,
    FewestCalls,
}

/// A number of seconds, or `off`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Switchable {
    #[default]
    Off,
    Seconds(u32),
}

impl Serialize for Switchable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Switchable::Off => serializer.serialize_str("off"),
            Switchable::Seconds(s) => serializer.serialize_u32(*s),
        }
    }
}

impl<'de> Deserialize<'de> for Switchable {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Switchable;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a whole number of seconds from 1 to 90, or off")
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Switchable, E> {
                match value {
                    1..=90 => Ok(Switchable::Seconds(value as u32)),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Unsigned(value), &self)),
                }
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Switchable, E> {
                match u64::try_from(value) {
                    Ok(value) => self.visit_u64(value),
                    Err(_) => Err(E::invalid_value(serde::de::Unexpected::Signed(value), &self)),
                }
            }
            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Switchable, E> {
                match value {
                    false => Ok(Switchable::Off),
                    true => Err(E::invalid_value(serde::de::Unexpected::Bool(true), &self)),
                }
            }
            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Switchable, E> {
                match value {
                    "off" => Ok(Switchable::Off),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(value), &self)),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Staff number (`${StaffNo}`) and SIP user name: digits or letters.
    pub no: String,
    pub name: String,
    #[serde(default)]
    pub groups: Vec<String>,
    #[serde(default)]
    pub role: Role,
    #[serde(default)]
    pub password: Option<Secret>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    #[default]
    Agent,
    Supervisor,
    Admin,
    /// Opened the account; the only one, not deletable (D17).
    Founder,
}

/// A password by value, by environment variable or by file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Secret {
    Value(String),
    Env { env: String },
    File { file: String },
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Secret::Value(_) => f.write_str("Secret::Value(…)"),
            Secret::Env { env } => write!(f, "Secret::Env({env})"),
            Secret::File { file } => write!(f, "Secret::File({file})"),
        }
    }
}

/// What answers a number. In YAML a plain text is the flow's id, or `builtin:echo` / `builtin:tone`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NumberTarget {
    Flow(String),
    Full(NumberSettings),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberSettings {
    #[serde(default)]
    pub flow: Option<String>,
    #[serde(default)]
    pub call_type: CallType,
    /// Milliseconds that a caller hears ringing before the switch answers, 0 to 60,000.
    #[serde(default)]
    pub answer_after_ms: u32,
}

/// Call type of a number (A22).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallType {
    In,
    Out,
    #[default]
    Both,
}
