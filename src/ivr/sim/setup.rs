//! What the virtual world is like: who waits, who answers and when, what web services say.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::base::UtcMillis;
use crate::ivr::session::{CallFacts, DialResult};

/// The world of one virtual call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    pub facts: CallFacts,
    /// When the call begins.
    pub at: UtcMillis,
    /// A group that is not named has nobody signed in.
    pub groups: BTreeMap<String, GroupSetup>,
    /// What web services answer, by the name of the node that asks. One that is not named is unreachable.
    pub http: BTreeMap<String, Answers<HttpMock>>,
    /// What dialled numbers do, by number. One that is not named does not answer.
    pub dial: BTreeMap<String, Answers<DialMock>>,
    pub callbacks: Callbacks,
    /// How long recordings last, by audio id.
    pub audio_s: BTreeMap<String, f64>,
}

/// A skill group as the caller finds it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GroupSetup {
    /// Callers ahead.
    pub waiting: u32,
    /// The estimate of the wait that `${Wait}` tells.
    pub estimate_s: Option<u32>,
    /// Those signed in. With none, nobody is.
    pub agents: Vec<AgentSetup>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSetup {
    /// The staff number.
    pub no: String,
    /// One who is not idle never answers.
    #[serde(default = "yes")]
    pub idle: bool,
    /// From the moment that the caller may be given to this agent.
    #[serde(default = "default_answer_s")]
    pub answers_after_s: u32,
    /// Hangs up by itself so long after the two were joined.
    #[serde(default)]
    pub talks_for_s: Option<u32>,
}

/// One answer of a web service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpMock {
    /// 200 without it.
    pub status: Option<u16>,
    pub json: Option<serde_json::Value>,
    /// In place of `json`: any text.
    pub body: Option<String>,
    pub after_ms: u64,
    pub fails: Option<HttpFailure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpFailure {
    /// Never answers.
    TimedOut,
    Unreachable,
    NotAllowed,
    TooLarge,
}

/// What a dialled number does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialMock {
    pub result: DialResult,
    #[serde(default)]
    pub after_s: u32,
    /// Hangs up by itself so long after the two were joined.
    #[serde(default)]
    pub talks_for_s: Option<u32>,
}

/// What the switch says to a callback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Callbacks {
    #[default]
    Booked,
    Refused,
}

const fn yes() -> bool {
    true
}

const fn default_answer_s() -> u32 {
    3
}

/// One answer, or one for each attempt; the last stands for all further ones. Never empty when read from a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Answers<T>(pub Vec<T>);

impl<T> Answers<T> {
    /// The answer to attempt `count`, from 0.
    pub fn nth(&self, count: usize) -> Option<&T> {
        self.0.get(count).or(self.0.last())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Answers<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMany<T> {
            type Value = Answers<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one answer or a list of them")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut answers = Vec::new();
                while let Some(answer) = list.next_element()? {
                    answers.push(answer);
                }
                Ok(Answers(answers))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Ok(Answers(vec![T::deserialize(MapAccessDeserializer::new(map))?]))
            }
        }
        deserializer.deserialize_any(OneOrMany(PhantomData))
    }
}
