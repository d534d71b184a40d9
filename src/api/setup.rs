//! Set-up, trunks, bans, audit log, tokens.

use std::net::IpAddr;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::auth::Who;
use super::calls::call_id;
use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::call::switch::DeskCommand;
use crate::config::setup::{Secret, Setup};
use crate::sip::endpoint::{Ban, BanScope, TrunkStatus};
use crate::store::{Applied, AuditFilter, AuditRow, Page, PageRequest, Passwords, TokenRow, TrunkRow};

/// The body is the YAML text. Passwords stand in it by value only: files and variables are the server's own.
pub async fn apply(State(state): State<ApiState>, who: Who, text: String) -> ApiResult<Json<Applied>> {
    let setup: Setup = crate::config::parse_setup(&text).map_err(ApiError::Invalid)?;
    let mut passwords = Passwords { realm: state.config.sip.realm.clone(), ..Passwords::default() };
    for agent in &setup.agents {
        if let Some(password) = by_value(agent.password.as_ref(), "agent", &agent.no)? {
            passwords.by_agent.insert(agent.no.clone(), password);
        }
    }
    for trunk in &setup.trunks {
        if let Some(password) = by_value(trunk.secret(), "trunk", &trunk.name)? {
            passwords.by_trunk.insert(trunk.name.clone(), password);
        }
    }
    let now = state.clock.now().utc;
    let applied = state.store.apply_setup(&setup, &passwords, &who.actor(), now).await?;
    state.changed();
    Ok(Json(applied))
}

fn by_value(secret: Option<&Secret>, kind: &str, name: &str) -> ApiResult<Option<String>> {
    match secret {
        Some(Secret::Value(password)) => Ok(Some(password.clone())),
        Some(Secret::Env { .. } | Secret::File { .. }) => {
            Err(ApiError::Invalid(format!("{kind} {name}: write the password by value")))
        }
        None => Ok(None),
    }
}

/// A trunk as it was set up, and how it stands.
#[derive(Debug, Serialize)]
pub struct TrunkView {
    #[serde(flatten)]
    row: TrunkRow,
    /// `null` in the moment after it was set up.
    status: Option<TrunkStatus>,
}

pub async fn trunks(State(state): State<ApiState>) -> ApiResult<Json<Vec<TrunkView>>> {
    let rows = state.store.trunks().await?;
    let view = state.look().await?;
    let status = |row: &TrunkRow| view.trunks.iter().find(|trunk| trunk.name == row.trunk.name).cloned();
    Ok(Json(rows.into_iter().map(|row| TrunkView { status: status(&row), row }).collect()))
}

/// A silenced address. For IPv6 it is the network of 64 bits that it is in.
#[derive(Debug, Serialize)]
pub struct BanView {
    address: IpAddr,
    /// `everything`: nothing of it is read. `unproven`: what it asks without credentials is not answered.
    scope: &'static str,
    remaining_s: u64,
    /// How often it was silenced so far; each time lasts twice as long.
    times: u32,
}

impl From<Ban> for BanView {
    fn from(ban: Ban) -> Self {
        let scope = match ban.scope {
            BanScope::Everything => "everything",
            BanScope::Unproven => "unproven",
        };
        BanView { address: ban.source, scope, remaining_s: ban.remaining_s, times: ban.times }
    }
}

pub async fn bans(State(state): State<ApiState>) -> ApiResult<Json<Vec<BanView>>> {
    let bans = state.ask(|reply| DeskCommand::Bans { reply }).await?;
    Ok(Json(bans.into_iter().map(BanView::from).collect()))
}

pub async fn clear_ban(State(state): State<ApiState>, Path(address): Path<String>) -> ApiResult<Json<Value>> {
    let source: IpAddr = address.parse().map_err(|_| ApiError::Invalid(format!("{address:?} is no IP address")))?;
    state.ask(|reply| DeskCommand::ClearBan { source, reply }).await?;
    Ok(Json(json!({ "done": true })))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    limit: Option<u32>,
    after: Option<String>,
    call: Option<String>,
}

pub async fn audit(State(state): State<ApiState>, Query(wanted): Query<Wanted>) -> ApiResult<Json<Page<AuditRow>>> {
    let subject = wanted.call.as_deref().map(call_id).transpose()?.map(|call| call.to_string());
    let page = PageRequest { limit: wanted.limit, after: wanted.after };
    Ok(Json(state.store.audit_log(&AuditFilter { subject, ..AuditFilter::default() }, &page).await?))
}

pub async fn tokens(State(state): State<ApiState>) -> ApiResult<Json<Vec<TokenRow>>> {
    Ok(Json(state.store.tokens().await?))
}

pub async fn revoke_token(State(state): State<ApiState>, who: Who, Path(id): Path<i64>) -> ApiResult<Json<Value>> {
    state.store.revoke_token(id, &who.actor(), state.clock.now().utc).await?;
    Ok(Json(json!({ "done": true })))
}
