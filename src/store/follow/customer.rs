//! Who is calling: found by number, or made.

use std::collections::{BTreeMap, BTreeSet};

use super::cache::Identity;
use super::plan;
use super::write::Followed;
use crate::base::UtcMillis;
use crate::call::live::CustomerCard;
use crate::customer::{Match, Number, decide};
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::sql::{Value, fold, sql};

/// Customers by the key of their numbers.
type ByKey = BTreeMap<String, Vec<i64>>;

fn of<'a>(found: &'a ByKey, key: Option<&str>) -> &'a [i64] {
    key.and_then(|key| found.get(key)).map_or(&[], Vec::as_slice)
}

impl Tx<'_> {
    /// Finds or makes the customer of each call that has come far enough: one match is the customer, of several the
    /// agent chooses (P13), none makes a new one (B3).
    pub(super) async fn identify(&mut self, followed: &mut [Followed]) -> Result<(), StoreError> {
        let asked: Vec<&mut Followed> = followed
            .iter_mut()
            .filter(|call| call.known.customer == Identity::Unknown && plan::has_met_us(&call.known.record))
            .collect();
        let keys: BTreeSet<String> = asked.iter().flat_map(|call| keys_of(&call.number)).map(str::to_owned).collect();
        if keys.is_empty() {
            return Ok(());
        }
        let mut found = self.customers_of(&keys).await?;
        let cards = self.cards(&found).await?;
        found.extend(self.make_customers(missing(&asked, &found)).await?);
        for call in asked {
            let (exact, maybe) = (of(&found, call.number.key()), of(&found, call.number.maybe_key()));
            let (identity, ids) = match decide(&call.number, exact, maybe) {
                Match::Open(id) => (Identity::One(id), vec![id]),
                Match::Choose(ids) => (Identity::Undecided, ids),
                Match::New | Match::Nobody => (Identity::Undecided, Vec::new()),
            };
            let new = |id| CustomerCard { id, name: None, new: true, calls: 0, open_tickets: 0 };
            call.known.customer = identity;
            call.cards = ids.into_iter().map(|id| cards.get(&id).cloned().unwrap_or_else(|| new(id))).collect();
        }
        Ok(())
    }

    async fn customers_of(&mut self, keys: &BTreeSet<String>) -> Result<ByKey, StoreError> {
        let mut statement = sql("SELECT number, customer FROM customer_numbers WHERE number IN ");
        statement.push_set(keys.iter().map(Value::from));
        statement.push(" ORDER BY number, customer");
        let rows: Vec<(String, i64)> = self.all(statement).await?;
        let mut found = ByKey::new();
        for (number, customer) in rows {
            found.entry(number).or_default().push(customer);
        }
        Ok(found)
    }

    async fn cards(&mut self, found: &ByKey) -> Result<BTreeMap<i64, CustomerCard>, StoreError> {
        let ids: BTreeSet<i64> = found.values().flatten().copied().collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut statement = sql("SELECT c.id, c.name, (SELECT COUNT(*) FROM calls WHERE customer = c.id), \
             (SELECT COUNT(*) FROM tickets WHERE customer = c.id AND state IN ('unassigned', 'open', 'paused')) \
             FROM customers c WHERE c.id IN ");
        statement.push_set(ids.into_iter().map(Value::from));
        let rows: Vec<(i64, Option<String>, i64, i64)> = self.all(statement).await?;
        let card = |(id, name, calls, open_tickets)| (id, CustomerCard { id, name, new: false, calls, open_tickets });
        Ok(rows.into_iter().map(card).collect())
    }

    /// Makes a customer for each of these keys. The counter's row is held first and the keys are looked up again:
    /// another node may have been faster.
    async fn make_customers(&mut self, missing: BTreeMap<String, UtcMillis>) -> Result<ByKey, StoreError> {
        if missing.is_empty() {
            return Ok(ByKey::new());
        }
        let count = i64::try_from(missing.len()).unwrap_or(i64::MAX);
        let first = self.next_numbers("customer", count).await?;
        let mut found = self.customers_of(&missing.keys().cloned().collect()).await?;
        let new: Vec<(i64, String, UtcMillis)> = (first..)
            .zip(missing.into_iter().filter(|(key, _)| !found.contains_key(key)))
            .map(|(id, (key, at))| (id, key, at))
            .collect();
        let row = |(id, key, at): &(i64, String, UtcMillis)| {
            let (tags, fields) = (Value::from("[]"), Value::from("{}"));
            vec![(*id).into(), "person".into(), tags, fields, fold(key).into(), (*at).into(), (*at).into()]
        };
        let insert = "INSERT INTO customers (id, kind, tags, fields, search, created_at, updated_at) VALUES ";
        self.insert_rows(insert, new.iter().map(row).collect(), "").await?;
        let row = |(id, key, _): &(i64, String, UtcMillis)| vec![key.into(), (*id).into()];
        let insert = "INSERT INTO customer_numbers (number, customer) VALUES ";
        self.insert_rows(insert, new.iter().map(row).collect(), "").await?;
        found.extend(new.into_iter().map(|(id, key, _)| (key, vec![id])));
        Ok(found)
    }
}

fn keys_of(number: &Number) -> impl Iterator<Item = &str> {
    number.key().into_iter().chain(number.maybe_key())
}

/// The keys that nobody has, with the start of the first call from each.
fn missing(asked: &[&mut Followed], found: &ByKey) -> BTreeMap<String, UtcMillis> {
    let mut missing = BTreeMap::new();
    for call in asked {
        let number = &call.number;
        let exact = of(found, number.key());
        if let (Match::New, Some(key)) = (decide(number, exact, of(found, number.maybe_key())), number.key()) {
            missing.entry(key.to_owned()).or_insert(call.known.record.started_at);
        }
    }
    missing
}
