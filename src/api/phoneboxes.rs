//! Phone boxes: how they are, what they told, and calls on their lines.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::auth::Who;
use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::call::switch::DeskCommand;
use crate::call::view::View;
use crate::config::setup::Role;
use crate::driver::phonebox::{BoxConfig, BoxStatus, RawPiece, StampedEvent};

/// Events of each box in the list.
const LISTED_EVENTS: usize = 20;
/// Raw pieces of each box in the list.
const LISTED_PIECES: usize = 50;

/// A box as set up, and as it is now.
#[derive(Serialize)]
pub struct PhoneBox {
    #[serde(flatten)]
    status: BoxStatus,
    agent: Option<String>,
    group: Option<String>,
    number: Option<String>,
    /// The last events, the oldest first.
    events: Vec<StampedEvent>,
    /// The last bytes in both directions, for supervisors: they hold callers' numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Vec<RawPiece>>,
}

fn show(config: &BoxConfig, status: BoxStatus, who: &Who, events: usize, pieces: usize) -> PhoneBox {
    let events: Vec<_> = status.events().rev().take(events).cloned().collect();
    let raw = who
        .is_at_least(Role::Supervisor)
        .then(|| status.raw().rev().take(pieces).cloned().collect::<Vec<_>>().into_iter().rev().collect());
    PhoneBox {
        agent: config.agent.clone(),
        group: config.group.clone(),
        number: config.number.clone(),
        events: events.into_iter().rev().collect(),
        raw,
        status,
    }
}

/// Whether this holder may see and use the box: it is theirs, or of their group.
fn is_theirs(view: &View, config: &BoxConfig, line: Option<u32>, who: &Who) -> bool {
    let Some(own) = who.only() else { return true };
    let lines: Vec<_> = config.lines.iter().filter(|(n, _)| line.is_none_or(|line| line == **n)).collect();
    let agents = lines.iter().filter_map(|(_, line)| line.agent.as_ref()).chain(&config.agent);
    let mut groups = lines.iter().filter_map(|(_, line)| line.group.as_ref()).chain(&config.group);
    let member = |group: &String| {
        view.agents.iter().any(|agent| agent.no.0 == own && agent.groups.iter().any(|g| g.0 == *group))
    };
    agents.into_iter().any(|agent| *agent == own) || groups.any(member)
}

async fn find<'s>(state: &'s ApiState, id: &str, line: Option<u32>, who: &Who) -> ApiResult<&'s BoxConfig> {
    let config = state.config.boxes.iter().find(|config| config.id == id);
    let config = config.ok_or_else(|| ApiError::NotFound(format!("there is no phone box {id}")))?;
    if is_theirs(state.look().await?.as_ref(), config, line, who) { Ok(config) } else { Err(ApiError::Forbidden) }
}

pub async fn list(State(state): State<ApiState>, who: Who) -> ApiResult<Json<Vec<PhoneBox>>> {
    let view = state.look().await?;
    let visible = state.config.boxes.iter().filter(|config| is_theirs(&view, config, None, &who));
    let shown = visible.filter_map(|config| {
        let status = state.boxes.status(&config.id)?;
        Some(show(config, status, &who, LISTED_EVENTS, LISTED_PIECES))
    });
    Ok(Json(shown.collect()))
}

pub async fn get(State(state): State<ApiState>, who: Who, Path(id): Path<String>) -> ApiResult<Json<PhoneBox>> {
    let config = find(&state, &id, None, &who).await?;
    let alone = || ApiError::Conflict(format!("phone box {id} is a sound card alone: it has no device to show"));
    let status = state.boxes.status(&id).ok_or_else(alone)?;
    Ok(Json(show(config, status, &who, usize::MAX, usize::MAX)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineDial {
    number: String,
    #[serde(default)]
    line: Option<u32>,
    /// For a supervisor: whose call it is. An agent's own otherwise.
    #[serde(default)]
    agent: Option<String>,
}

/// Whose call it is: the holder's own; a supervisor may name the agent, else it is the line's.
fn agent_of(config: &BoxConfig, line: Option<u32>, named: Option<String>, who: &Who) -> ApiResult<Option<String>> {
    match (who.only(), named) {
        (Some(own), Some(named)) if own != named => Err(ApiError::Forbidden),
        (Some(own), _) => Ok(Some(own)),
        (None, Some(named)) => Ok(Some(named)),
        (None, None) => {
            let of_line = line.and_then(|line| config.lines.get(&line)?.agent.clone());
            Ok(of_line.or_else(|| config.agent.clone()).or_else(|| who.agent.clone()))
        }
    }
}

/// Dials on the line; the desk is told what to do ("lift the handset") and what became of it over the live feed.
pub async fn dial(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(wanted): Json<LineDial>,
) -> ApiResult<Json<Value>> {
    let config = find(&state, &id, wanted.line, &who).await?;
    if !config.may_dial(&wanted.number) {
        return Err(ApiError::Forbidden);
    }
    if !state.boxes.status(&id).is_some_and(|status| status.can_dial) {
        return Err(ApiError::Conflict(format!("phone box {id} cannot dial: lift the handset and dial there")));
    }
    let agent = agent_of(config, wanted.line, wanted.agent, &who)?;
    let (line, number) = (wanted.line, wanted.number);
    state.ask(|reply| DeskCommand::DialLine { device: id, line, number, agent, reply }).await?;
    Ok(Json(json!({ "done": true })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineOutcome {
    success: bool,
    #[serde(default)]
    line: Option<u32>,
}

/// 成功 or 失败 of an outgoing call; on an answered incoming one, that it is this agent's.
pub async fn outcome(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(said): Json<LineOutcome>,
) -> ApiResult<Json<Value>> {
    let config = find(&state, &id, said.line, &who).await?;
    let agent = agent_of(config, said.line, None, &who)?;
    let (line, success) = (said.line, said.success);
    state.ask(|reply| DeskCommand::LineOutcome { device: id, line, success, agent, reply }).await?;
    Ok(Json(json!({ "done": true })))
}
