//! Customers: found by normalised number, made when nobody is found, completed and merged later (B3, P13).

use std::collections::BTreeMap;

use serde::Serialize;

use super::audit::{Actor, Entry};
use super::db::Tx;
use super::error::StoreError;
use super::open::Store;
use super::page::{Order, Page, PageRequest, Place};
use super::row::{Json, json, name_enum};
use super::sql::{contains_pattern, fold, sql};
use crate::base::{CallId, UtcMillis};
use crate::customer::{Number, NumberPlan};

name_enum! {
    CustomerKind { Person = "person", Company = "company" }
}

#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct CustomerRow {
    pub id: i64,
    pub kind: CustomerKind,
    pub name: Option<String>,
    pub company: Option<String>,
    /// The customer's group (B2B, VIP, …).
    pub customer_group: Option<String>,
    pub tags: Json<Vec<String>>,
    /// Further fields of this call centre.
    pub fields: Json<BTreeMap<String, String>>,
    pub note: Option<String>,
    pub created_at: UtcMillis,
    pub updated_at: UtcMillis,
    /// The customer that this one was found to be.
    pub merged_into: Option<i64>,
    /// Normalised numbers.
    #[sqlx(skip)]
    pub numbers: Vec<String>,
}

/// What to change; what is `None` stays. An empty text empties the field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomerUpdate {
    pub kind: Option<CustomerKind>,
    pub name: Option<String>,
    pub company: Option<String>,
    pub customer_group: Option<String>,
    pub tags: Option<Vec<String>>,
    pub fields: Option<BTreeMap<String, String>>,
    pub note: Option<String>,
    /// Numbers in any spelling; those not named are taken off.
    pub numbers: Option<Vec<String>>,
}

/// Which customers; what is `None` does not limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomerFilter {
    /// Part of the name, company, note or a number, or a whole number in any spelling.
    pub text: Option<String>,
    /// A whole number in any spelling.
    pub number: Option<String>,
    pub customer_group: Option<String>,
}

const COLUMNS: &str = "SELECT id, kind, name, company, customer_group, tags, fields, note, created_at, updated_at, \
     merged_into FROM customers WHERE ";

impl Store {
    /// A list of customers, newest first, without those that were merged into others.
    pub async fn customers(
        &self,
        filter: &CustomerFilter,
        page: &PageRequest,
    ) -> Result<Page<CustomerRow>, StoreError> {
        let mut statement = sql(COLUMNS);
        statement.push("merged_into IS NULL");
        const HAS_NUMBER: &str = "id IN (SELECT customer FROM customer_numbers WHERE number = ";
        if let Some(text) = &filter.text {
            statement.push(" AND (search LIKE ").push_bind(contains_pattern(&fold(text))).push(" ESCAPE '!'");
            statement.push(" OR ").push(HAS_NUMBER).push_bind(self.number_key(text)).push("))");
        }
        if let Some(number) = &filter.number {
            statement.push(" AND ").push(HAS_NUMBER).push_bind(self.number_key(number)).push(")");
        }
        statement.push_if(" AND customer_group = ", filter.customer_group.as_deref());
        page.finish(&mut statement, "id", "id", Order::Descending)?;
        let mut page = page.page(self.db.all(statement).await?, |row: &CustomerRow| Place { key: row.id, id: row.id });
        for row in &mut page.items {
            row.numbers = self.numbers_of(row.id).await?;
        }
        Ok(page)
    }

    /// One customer; one that was merged into another is given as it was.
    pub async fn customer(&self, id: i64) -> Result<CustomerRow, StoreError> {
        let mut statement = sql(COLUMNS);
        statement.push("id = ").push_bind(id);
        let row: Option<CustomerRow> = self.db.optional(statement).await?;
        let mut row = row.ok_or_else(|| StoreError::not_found("customer", id))?;
        row.numbers = self.numbers_of(id).await?;
        Ok(row)
    }

    async fn numbers_of(&self, id: i64) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = self
            .db
            .all(sql("SELECT number FROM customer_numbers WHERE customer = $1 ORDER BY number").bind(id))
            .await?;
        Ok(rows.into_iter().map(|(number,)| number).collect())
    }

    /// Makes a customer by hand.
    pub async fn create_customer(
        &self,
        update: &CustomerUpdate,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<CustomerRow, StoreError> {
        let mut tx = self.db.begin().await?;
        let id = tx.insert_customer(at).await?;
        tx.change_customer(id, update, &self.plan, at).await?;
        let (subject, detail) = (id.to_string(), serde_json::json!({}));
        tx.audit(Entry { at, by, action: "create", kind: "customer", subject, why: None, detail }).await?;
        tx.commit().await?;
        self.customer(id).await
    }

    /// Completes or corrects a customer.
    pub async fn update_customer(
        &self,
        id: i64,
        update: &CustomerUpdate,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<CustomerRow, StoreError> {
        let mut tx = self.db.begin().await?;
        tx.change_customer(id, update, &self.plan, at).await?;
        let (subject, detail) = (id.to_string(), serde_json::json!({}));
        tx.audit(Entry { at, by, action: "update", kind: "customer", subject, why: None, detail }).await?;
        tx.commit().await?;
        self.customer(id).await
    }

    /// Says whose call it is: the agent chose among several, or knows better. The tickets made of the call follow.
    pub async fn set_call_customer(
        &self,
        call: CallId,
        customer: i64,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.hold_customer(customer).await?;
        if tx.execute(sql("UPDATE calls SET customer = $1 WHERE id = $2").bind(customer).bind(call)).await? == 0 {
            return Err(StoreError::not_found("call", call));
        }
        tx.execute(sql("UPDATE tickets SET customer = $1 WHERE call = $2").bind(customer).bind(call)).await?;
        let (subject, detail) = (call.to_string(), serde_json::json!({ "customer": customer }));
        tx.audit(Entry { at, by, action: "identify", kind: "call", subject, why: None, detail }).await?;
        tx.commit().await
    }

    /// Two customers were one: the numbers, calls and tickets of `from` go to `into`, and so do its fields where
    /// `into` has none.
    pub async fn merge_customers(
        &self,
        from: i64,
        into: i64,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<CustomerRow, StoreError> {
        if from == into {
            return Err(StoreError::invalid("into", "a customer cannot be merged into itself"));
        }
        let mut tx = self.db.begin().await?;
        // In the order of their numbers, so that two merges cannot wait for each other.
        let first = tx.hold_customer(from.min(into)).await?;
        let second = tx.hold_customer(from.max(into)).await?;
        let (old, kept) = if from < into { (first, second) } else { (second, first) };
        tx.change_customer(into, &completed(&kept, &old), &self.plan, at).await?;
        tx.move_to(from, into).await?;
        tx.execute(
            sql("UPDATE customers SET merged_into = $1, updated_at = $2 WHERE id = $3").bind(into).bind(at).bind(from),
        )
        .await?;
        tx.refresh_search(into).await?;
        let (subject, detail) = (into.to_string(), serde_json::json!({ "from": from }));
        tx.audit(Entry { at, by, action: "merge", kind: "customer", subject, why: None, detail }).await?;
        tx.commit().await?;
        self.customer(into).await
    }
}

/// What `kept` lacks and `old` has.
fn completed(kept: &CustomerRow, old: &CustomerRow) -> CustomerUpdate {
    let lacking = |kept: &Option<String>, old: &Option<String>| if kept.is_none() { old.clone() } else { None };
    let mut tags = kept.tags.0.clone();
    tags.extend(old.tags.0.iter().filter(|tag| !kept.tags.0.contains(tag)).cloned());
    let mut fields = old.fields.0.clone();
    fields.extend(kept.fields.0.clone());
    let notes: Vec<&str> = [&kept.note, &old.note].into_iter().flatten().map(String::as_str).collect();
    CustomerUpdate {
        kind: None,
        name: lacking(&kept.name, &old.name),
        company: lacking(&kept.company, &old.company),
        customer_group: lacking(&kept.customer_group, &old.customer_group),
        tags: Some(tags),
        fields: Some(fields),
        note: (!notes.is_empty()).then(|| notes.join("\n")),
        numbers: None,
    }
}

/// An empty text empties the field.
fn emptied(text: &Option<String>, before: Option<String>) -> Option<String> {
    match text {
        None => before,
        Some(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
    }
}

impl Tx<'_> {
    /// Takes the customer's row until the end of the transaction.
    async fn hold_customer(&mut self, id: i64) -> Result<CustomerRow, StoreError> {
        self.execute(sql("UPDATE customers SET updated_at = updated_at WHERE id = $1").bind(id)).await?;
        let mut statement = sql(COLUMNS);
        statement.push("merged_into IS NULL AND id = ").push_bind(id);
        self.optional(statement).await?.ok_or_else(|| StoreError::not_found("customer", id))
    }

    pub(super) async fn insert_customer(&mut self, at: UtcMillis) -> Result<i64, StoreError> {
        let id = self.next_numbers("customer", 1).await?;
        let statement = sql("INSERT INTO customers (id, kind, tags, fields, search, created_at, updated_at) \
             VALUES ($1, $2, '[]', '{}', '', $3, $3)");
        self.execute(statement.bind(id).bind(CustomerKind::Person).bind(at)).await?;
        Ok(id)
    }

    async fn change_customer(
        &mut self,
        id: i64,
        update: &CustomerUpdate,
        plan: &NumberPlan,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let before = self.hold_customer(id).await?;
        let statement =
            sql("UPDATE customers SET kind = $1, name = $2, company = $3, customer_group = $4, tags = $5, \
             fields = $6, note = $7, updated_at = $8 WHERE id = $9");
        let statement = statement
            .bind(update.kind.unwrap_or(before.kind))
            .bind(emptied(&update.name, before.name))
            .bind(emptied(&update.company, before.company))
            .bind(emptied(&update.customer_group, before.customer_group))
            .bind(json(update.tags.as_ref().unwrap_or(&before.tags.0)))
            .bind(json(update.fields.as_ref().unwrap_or(&before.fields.0)))
            .bind(emptied(&update.note, before.note))
            .bind(at)
            .bind(id);
        self.execute(statement).await?;
        if let Some(numbers) = &update.numbers {
            self.execute(sql("DELETE FROM customer_numbers WHERE customer = $1").bind(id)).await?;
            for number in numbers {
                let number = Number::parse(Some(number), plan);
                let key = number.key().ok_or_else(|| StoreError::invalid("numbers", "one of them is no number"))?;
                self.add_customer_number(id, key).await?;
            }
        }
        self.refresh_search(id).await
    }

    pub(super) async fn add_customer_number(&mut self, id: i64, number: &str) -> Result<(), StoreError> {
        let statement = sql(
            "INSERT INTO customer_numbers (number, customer) VALUES ($1, $2) ON CONFLICT (number, customer) DO NOTHING",
        );
        self.execute(statement.bind(number).bind(id)).await.map(|_| ())
    }

    async fn move_to(&mut self, from: i64, into: i64) -> Result<(), StoreError> {
        let numbers: Vec<(String,)> =
            self.all(sql("DELETE FROM customer_numbers WHERE customer = $1 RETURNING number").bind(from)).await?;
        for (number,) in numbers {
            self.add_customer_number(into, &number).await?;
        }
        for statement in [
            "UPDATE calls SET customer = $1 WHERE customer = $2",
            "UPDATE tickets SET customer = $1 WHERE customer = $2",
            "UPDATE customers SET merged_into = $1 WHERE merged_into = $2",
        ] {
            self.execute(sql(statement).bind(into).bind(from)).await?;
        }
        Ok(())
    }

    /// Writes the text that searches look in.
    pub(super) async fn refresh_search(&mut self, id: i64) -> Result<(), StoreError> {
        type Words = (Option<String>, Option<String>, Option<String>);
        let (name, company, note): Words =
            self.one(sql("SELECT name, company, note FROM customers WHERE id = $1").bind(id)).await?;
        let numbers: Vec<(String,)> =
            self.all(sql("SELECT number FROM customer_numbers WHERE customer = $1 ORDER BY number").bind(id)).await?;
        let numbers = numbers.into_iter().map(|(number,)| number);
        let words: Vec<String> = [name, company, note].into_iter().flatten().chain(numbers).collect();
        let statement = sql("UPDATE customers SET search = $1 WHERE id = $2");
        self.execute(statement.bind(fold(&words.join("\n"))).bind(id)).await.map(|_| ())
    }
}
