//! Whom a number belongs to (P13): exactly one customer opens, several are a choice, none makes a new one.

use super::Number;

/// What a desk does with a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<Id> {
    /// The number is this customer's alone.
    Open(Id),
    /// The agent chooses among these, or makes a new customer.
    Choose(Vec<Id>),
    /// Nobody has the number: a customer is made with it.
    New,
    /// There is no number to match: nobody is made, or every hidden caller would be one.
    Nobody,
}

/// `exact` have the number's [`key`](Number::key), `maybe` its [`maybe_key`](Number::maybe_key); each in the order in
/// which a desk should list them.
///
/// Who only may be the caller is asked about when nobody surely is, and is never opened unasked.
pub fn decide<Id: Clone + PartialEq>(number: &Number, exact: &[Id], maybe: &[Id]) -> Match<Id> {
    if number.key().is_none() {
        return Match::Nobody;
    }
    match (exact, maybe) {
        ([one], _) => Match::Open(one.clone()),
        ([], []) => Match::New,
        ([], maybe) => Match::Choose(distinct(maybe)),
        (exact, _) => match distinct(exact).as_slice() {
            [one] => Match::Open(one.clone()),
            several => Match::Choose(several.to_vec()),
        },
    }
}

fn distinct<Id: Clone + PartialEq>(ids: &[Id]) -> Vec<Id> {
    let mut distinct: Vec<Id> = Vec::new();
    for id in ids {
        if !distinct.contains(id) {
            distinct.push(id.clone());
        }
    }
    distinct
}
