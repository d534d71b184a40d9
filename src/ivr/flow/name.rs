//! A newtype for every kind of name in a flow: a prompt's name is not a node's.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: &str) -> Self {
                $name(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name::new(text)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(|text| $name(text.into()))
            }
        }
    )*};
}

names! {
    /// A flow's stable id: the stem of its file.
    FlowId,
    /// A node of a flow.
    NodeName,
    /// A prompt of a flow, or a parameter of a subflow that stands for one.
    PromptName,
    /// A flow variable, or a system variable such as `CallerNumber`.
    VarName,
    /// A parameter of a subflow, or a value that it returns.
    ParamName,
    /// A skill group's id.
    GroupId,
    /// A recording in the audio library.
    AudioId,
    /// A calendar of opening hours.
    CalendarName,
    /// A trunk to the outside.
    TrunkName,
    /// A language tag such as `zh-CN` (BCP 47).
    Language,
}
