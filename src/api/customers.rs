//! Customers.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use super::auth::Who;
use super::error::ApiResult;
use super::state::ApiState;
use crate::store::{CustomerFilter, CustomerRow, CustomerUpdate, Page, PageRequest};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    limit: Option<u32>,
    after: Option<String>,
    text: Option<String>,
    number: Option<String>,
}

pub async fn list(State(state): State<ApiState>, Query(wanted): Query<Wanted>) -> ApiResult<Json<Page<CustomerRow>>> {
    let filter = CustomerFilter { text: wanted.text, number: wanted.number, customer_group: None };
    let page = PageRequest { limit: wanted.limit, after: wanted.after };
    Ok(Json(state.store.customers(&filter, &page).await?))
}

pub async fn get(State(state): State<ApiState>, Path(id): Path<i64>) -> ApiResult<Json<CustomerRow>> {
    Ok(Json(state.store.customer(id).await?))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Change {
    kind: Option<String>,
    name: Option<String>,
    company: Option<String>,
    customer_group: Option<String>,
    tags: Option<Vec<String>>,
    fields: Option<BTreeMap<String, String>>,
    note: Option<String>,
    numbers: Option<Vec<String>>,
}

impl Change {
    fn update(self) -> ApiResult<CustomerUpdate> {
        Ok(CustomerUpdate {
            kind: self.kind.as_deref().map(str::parse).transpose()?,
            name: self.name,
            company: self.company,
            customer_group: self.customer_group,
            tags: self.tags,
            fields: self.fields,
            note: self.note,
            numbers: self.numbers,
        })
    }
}

pub async fn create(
    State(state): State<ApiState>,
    who: Who,
    Json(change): Json<Change>,
) -> ApiResult<Json<CustomerRow>> {
    let now = state.clock.now().utc;
    Ok(Json(state.store.create_customer(&change.update()?, &who.actor(), now).await?))
}

pub async fn update(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<i64>,
    Json(change): Json<Change>,
) -> ApiResult<Json<CustomerRow>> {
    let now = state.clock.now().utc;
    Ok(Json(state.store.update_customer(id, &change.update()?, &who.actor(), now).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    into: i64,
}

pub async fn merge(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<i64>,
    Json(merge): Json<Merge>,
) -> ApiResult<Json<CustomerRow>> {
    let now = state.clock.now().utc;
    Ok(Json(state.store.merge_customers(id, merge.into, &who.actor(), now).await?))
}
