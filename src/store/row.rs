//! How our types lie in a column: enums as their names, times and ids as BIGINT, structures as JSON text.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::Database;
use sqlx::decode::Decode;
use sqlx::error::BoxDynError;
use sqlx::types::Type;

use super::sql::Value;
use crate::base::{CallId, UtcMillis};
use crate::call::event::{Direction, EndCause, EndedBy, RecordingKind};
use crate::config::setup::{CallType, Role, Strategy};
use crate::ticket::Kind;

/// Lets a type of ours be read from a column of the type `$raw`.
macro_rules! read_as {
    ($type:ty, $raw:ty, |$value:ident| $read:expr) => {
        impl<DB: sqlx::Database> sqlx::types::Type<DB> for $type
        where
            $raw: sqlx::types::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$raw as sqlx::types::Type<DB>>::type_info()
            }
            fn compatible(info: &DB::TypeInfo) -> bool {
                <$raw as sqlx::types::Type<DB>>::compatible(info)
            }
        }

        impl<'r, DB: sqlx::Database> sqlx::decode::Decode<'r, DB> for $type
        where
            $raw: sqlx::decode::Decode<'r, DB>,
        {
            fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let $value = <$raw as sqlx::decode::Decode<'r, DB>>::decode(value)?;
                $read
            }
        }
    };
}
pub(crate) use read_as;

/// An enum whose variants are names in a column, in JSON and in requests.
macro_rules! name_enum {
    ($(#[$meta:meta])* $type:ident { $($(#[$variant_meta:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $type {
            $($(#[$variant_meta])* #[serde(rename = $name)] $variant,)+
        }

        impl $type {
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            pub fn name(self) -> &'static str {
                match self {
                    $($type::$variant => $name,)+
                }
            }
        }

        impl std::str::FromStr for $type {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($name => Ok($type::$variant),)+
                    _ => Err(format!("{:?} is none of {}", text.chars().take(40).collect::<String>(), [$($name),+].join(", "))),
                }
            }
        }

        impl From<$type> for $crate::store::sql::Value {
            fn from(value: $type) -> Self {
                value.name().into()
            }
        }

        $crate::store::row::read_as!($type, String, |text| Ok(text.parse::<$type>()?));
    };
}
pub(crate) use name_enum;

read_as!(CallId, i64, |raw| Ok(CallId::from_raw(raw)));
read_as!(UtcMillis, i64, |raw| Ok(UtcMillis(raw)));

/// An enum of another module, kept under the name that serde gives it.
macro_rules! serde_name {
    ($($type:ty),+ $(,)?) => {
        $(read_as!($type, String, |text| Ok(serde_json::from_value(serde_json::Value::String(text))?));
        impl From<$type> for Value {
            fn from(value: $type) -> Value {
                Value::Text(name_of(&value))
            }
        })+
    };
}

serde_name!(Direction, EndCause, EndedBy, RecordingKind, Strategy, Role, CallType, Kind);

pub(crate) fn name_of(value: &impl Serialize) -> Option<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Some(name),
        Ok(_) | Err(_) => None,
    }
}

/// A structure kept as JSON in a text column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<DB: Database, T> Type<DB> for Json<T>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as Type<DB>>::type_info()
    }
    fn compatible(info: &DB::TypeInfo) -> bool {
        <String as Type<DB>>::compatible(info)
    }
}

impl<'r, DB: Database, T: DeserializeOwned> Decode<'r, DB> for Json<T>
where
    String: Decode<'r, DB>,
{
    fn decode(value: <DB as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Json(serde_json::from_str(&<String as Decode<'r, DB>>::decode(value)?)?))
    }
}

/// The JSON text of `value`, as it is bound.
pub(crate) fn json(value: &impl Serialize) -> Value {
    // Plain data with text keys always serialises; "null" would show a broken invariant without stopping a call.
    Value::Text(Some(serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())))
}
