//! The stable codes of findings.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

macro_rules! codes {
    ($($code:ident $severity:ident $(#[$doc:meta])*,)*) => {
        /// What a finding is about. A code never changes its meaning; `hotline flow explain CODE` tells it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $code,)* }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$code,)*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$code => stringify!($code),)* }
            }

            /// What a finding with this code is unless it says otherwise.
            pub const fn severity(self) -> Severity {
                match self { $(Code::$code => Severity::$severity,)* }
            }
        }
    };
}

/// Errors block publication; warnings do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
}

codes! {
    E001 Error /** YAML syntax. */,
    E002 Error /** Unknown version of the format. */,
    E003 Error /** A key written twice. */,
    E004 Error /** The id is not the file's stem, or is taken; a number is bound to no flow. */,
    E100 Error /** An edge to a node that does not exist. */,
    E101 Error /** A node without `type`. */,
    E102 Error /** A node of unknown `type`. */,
    E103 Error /** An unknown skill group. */,
    E103b Warning /** A skill group without members. */,
    E104 Error /** An unknown prompt. */,
    E105 Error /** An unknown recording. */,
    E106 Error /** An unknown calendar. */,
    E107 Error /** An unknown variable. */,
    E108 Error /** A language has no wording. */,
    E109 Error /** The default language is missing. */,
    E110 Error /** A missing field. */,
    E111 Error /** An unknown field. */,
    E112 Error /** A key of the phone that is not quoted. */,
    E113 Error /** A keyword in two options. */,
    E114 Error /** A branch without options. */,
    E115 Error /** Not a key of the phone. */,
    E116 Warning /** A spoken keyword without speech recognition. */,
    E117 Error /** A value of the wrong kind. */,
    E118 Error /** An unknown trunk. */,
    E120 Error /** A number out of range. */,
    E121 Error /** A recording that cannot be used. */,
    E122 Error /** A text to be spoken and nothing that speaks. */,
    E130 Error /** No end can be reached. */,
    E131 Error /** A loop that never waits for the caller. */,
    E132 Warning /** A loop that a caller can stay in for ever. */,
    E140 Error /** A variable of the queue outside a queue. */,
    E141 Error /** The staff number before an agent has answered. */,
    E142 Error /** A variable read before it is set. */,
    E143 Error /** Types that do not fit. */,
    E150 Error /** An unsafe web request. */,
    E160 Error /** A subflow that is missing, recursive, mismatched, or never returns. */,
    E170 Error /** A faulty calendar. */,
    E180 Warning /** Dead air, or a caller cut off. */,
    W200 Warning /** A node that nothing leads to. */,
    W201 Warning /** A key that is the beginning of another. */,
    W202 Warning /** A prompt that nothing plays. */,
    W203 Warning /** A recording that nothing plays. */,
    W204 Warning /** A variable that nothing reads. */,
    W210 Warning /** A menu that is hard to use. */,
    W211 Warning /** A prompt that offers a key nobody takes. */,
    W212 Warning /** An edge that no test walks. */,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A text that is no code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a code of the checker: codes run from E001 to W212, as in `E131`")]
pub struct UnknownCode(String);

impl FromStr for Code {
    type Err = UnknownCode;
    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let same = |code: &&Code| code.as_str().eq_ignore_ascii_case(text.trim());
        Code::ALL.iter().find(same).copied().ok_or_else(|| UnknownCode(text.chars().take(40).collect()))
    }
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}
