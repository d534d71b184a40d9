//! A statement and its bound values. Text comes only from the program (`&'static str`); whatever came from outside is
//! a value behind `$n`, so no request can become SQL.

use std::fmt::Write as _;

use sqlx::encode::Encode;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::types::Type;

use crate::base::{CallId, UtcMillis};

/// Rows of one statement at most. Many rows go in powers of two, so that few texts need preparing.
const MAX_ROWS: usize = 64;

/// `head`, then as many of `rows` as one statement takes, then `tail`; the rest of `rows` stays.
pub(crate) fn insert_some(head: &'static str, rows: &mut Vec<Vec<Value>>, tail: &'static str) -> Sql {
    let count = if rows.len() >= MAX_ROWS { MAX_ROWS } else { 1 << rows.len().max(1).ilog2() };
    let mut statement = sql(head);
    for (n, row) in rows.drain(..count.min(rows.len())).enumerate() {
        if n > 0 {
            statement.push(", ");
        }
        statement.push_row(row);
    }
    statement.push(tail);
    statement
}

/// One bound value, of a type that both databases know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Real(Option<f64>),
    Text(Option<String>),
    Bool(bool),
    Bytes(Vec<u8>),
}

/// A statement under construction, or a finished one.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    text: String,
    values: Vec<Value>,
}

/// A statement that begins with `text`.
pub(crate) fn sql(text: &'static str) -> Sql {
    Sql { text: text.to_owned(), values: Vec::new() }
}

impl Sql {
    /// The value of the next `$n` of the text, counted from 1.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds program text.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a placeholder and the value behind it.
    pub fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        // Writing to a String cannot fail.
        let _ = write!(self.text, "${}", self.values.len());
        self
    }

    /// Adds a condition and its value when there is one.
    pub fn push_if(&mut self, text: &'static str, value: Option<impl Into<Value>>) -> &mut Self {
        match value {
            Some(value) => self.push(text).push_bind(value),
            None => self,
        }
    }

    /// Adds `($n, $n+1, …)`.
    pub fn push_row(&mut self, values: impl IntoIterator<Item = Value>) -> &mut Self {
        let mut separator = "(";
        for value in values {
            self.push(separator).push_bind(value);
            separator = ", ";
        }
        self.push(")")
    }

    /// Adds `($n, $n+1, …)` for `IN`. The last value is repeated up to a power of two, so that few texts need preparing.
    pub fn push_set(&mut self, values: impl IntoIterator<Item = Value>) -> &mut Self {
        let mut values: Vec<Value> = values.into_iter().collect();
        if let Some(last) = values.last().cloned() {
            values.resize(values.len().next_power_of_two(), last);
        }
        self.push_row(values)
    }

    pub fn into_sqlite(self) -> (String, Result<SqliteArguments, sqlx::error::BoxDynError>) {
        let mut arguments = SqliteArguments::default();
        let added = self.values.into_iter().try_for_each(|value| add(&mut arguments, value));
        (without_names(&self.text).unwrap_or(self.text), added.map(|()| arguments))
    }

    pub fn into_postgres(self) -> (String, Result<PgArguments, sqlx::error::BoxDynError>) {
        let mut arguments = PgArguments::default();
        let added = self.values.into_iter().try_for_each(|value| add(&mut arguments, value));
        (self.text, added.map(|()| arguments))
    }
}

/// `$1, $2, …` as `?, ?, …`; `None` when they do not stand in the order of their values. To SQLite `$1` is a name, which is
/// searched for among all the others for each value: most of the time of a statement of a thousand values.
fn without_names(text: &str) -> Option<String> {
    let mut parts = text.split('$');
    let mut out = String::with_capacity(text.len());
    out.push_str(parts.next()?);
    for (n, part) in (1..).zip(parts) {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        if number.parse() != Ok(n) {
            return None;
        }
        out.push('?');
        out.push_str(rest);
    }
    Some(out)
}

fn add<A>(arguments: &mut A, value: Value) -> Result<(), sqlx::error::BoxDynError>
where
    A: sqlx::Arguments,
    Option<i64>: for<'t> Encode<'t, A::Database> + Type<A::Database>,
    Option<f64>: for<'t> Encode<'t, A::Database> + Type<A::Database>,
    Option<String>: for<'t> Encode<'t, A::Database> + Type<A::Database>,
    bool: for<'t> Encode<'t, A::Database> + Type<A::Database>,
    Vec<u8>: for<'t> Encode<'t, A::Database> + Type<A::Database>,
{
    match value {
        Value::Int(v) => arguments.add(v),
        Value::Real(v) => arguments.add(v),
        Value::Text(v) => arguments.add(v),
        Value::Bool(v) => arguments.add(v),
        Value::Bytes(v) => arguments.add(v),
    }
}

/// PostgreSQL has no NUL in a text; a caller may send one.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

impl Value {
    /// The name of an enum's value, or NULL.
    pub fn name(value: Option<impl Into<Value>>) -> Value {
        value.map_or(Value::Text(None), Into::into)
    }
}

macro_rules! value_from {
    ($($from:ty => |$v:ident| $value:expr;)*) => {
        $(impl From<$from> for Value {
            fn from($v: $from) -> Value {
                $value
            }
        })*
    };
}

value_from! {
    i64 => |v| Value::Int(Some(v));
    u32 => |v| Value::Int(Some(i64::from(v)));
    Option<i64> => |v| Value::Int(v);
    Option<u32> => |v| Value::Int(v.map(i64::from));
    Option<u16> => |v| Value::Int(v.map(i64::from));
    UtcMillis => |v| Value::Int(Some(v.0));
    Option<UtcMillis> => |v| Value::Int(v.map(|at| at.0));
    CallId => |v| Value::Int(Some(v.raw()));
    Option<CallId> => |v| Value::Int(v.map(CallId::raw));
    f64 => |v| Value::Real(Some(v));
    Option<f64> => |v| Value::Real(v);
    bool => |v| Value::Bool(v);
    String => |v| Value::Text(Some(without_nul(v)));
    &str => |v| Value::Text(Some(without_nul(v.to_owned())));
    &String => |v| Value::Text(Some(without_nul(v.clone())));
    Option<String> => |v| Value::Text(v.map(without_nul));
    Option<&str> => |v| Value::Text(v.map(|v| without_nul(v.to_owned())));
    Option<&String> => |v| Value::Text(v.map(|v| without_nul(v.clone())));
    Vec<u8> => |v| Value::Bytes(v);
}

/// Text as it is searched: full- and half-width, upper and lower case are the same on both databases.
pub(crate) fn fold(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// A LIKE pattern that finds `text` anywhere, whatever signs it holds; to be used with `ESCAPE '!'`.
pub(crate) fn contains_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_placeholders_in_the_order_of_their_values() {
        let mut statement = sql("SELECT 1 FROM t WHERE a = $1").bind(7_i64);
        statement.push(" AND b = ").push_bind("x").push(" AND (c, d) < ").push_row([1_i64.into(), "y".into()]);
        assert_eq!(statement.text, "SELECT 1 FROM t WHERE a = $1 AND b = $2 AND (c, d) < ($3, $4)");
        assert_eq!(statement.values.len(), 4);
    }

    #[test]
    fn placeholders_lose_their_names_only_where_the_order_says_the_same() {
        assert_eq!(without_names("a = $1 AND (b, c) = ($2, $3)").as_deref(), Some("a = ? AND (b, c) = (?, ?)"));
        assert_eq!(without_names("SELECT 1").as_deref(), Some("SELECT 1"));
        for other in ["a = $2 AND b = $1", "a = $1 OR b = $1", "json_extract(a, '$.b') = $1"] {
            assert_eq!(without_names(other), None, "{other}");
        }
    }

    #[test]
    fn many_rows_go_in_powers_of_two_and_none_is_lost() {
        let mut rows: Vec<Vec<Value>> = (0..203_i64).map(|n| vec![n.into()]).collect();
        let mut sizes = Vec::new();
        while !rows.is_empty() {
            sizes.push(insert_some("INSERT INTO t (a) VALUES ", &mut rows, "").values.len());
        }
        assert_eq!(sizes, [64, 64, 64, 8, 2, 1]);
    }

    #[test]
    fn a_pattern_takes_wildcards_as_letters() {
        assert_eq!(contains_pattern("50%_!"), "%50!%!_!!%");
    }

    #[test]
    fn a_nul_from_outside_does_not_reach_the_database() {
        assert_eq!(Value::from("a\0b"), Value::Text(Some("a\u{fffd}b".to_owned())));
    }
}
