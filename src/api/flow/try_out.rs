//! Flows without a phone: played by hand, tested, and past calls walked again.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};

use super::told;
use crate::api::auth::Who;
use crate::api::calls::visible;
use crate::api::error::{ApiError, ApiResult};
use crate::api::state::ApiState;
use crate::ivr::session::Flows;
use crate::ivr::sim::Replay;
use crate::ivr::sim::{Conversation, Library, Options, Reply, Report, Setup as Scene, run_files};

/// Lines of one conversation: a call of a person has fewer.
const MAX_LINES: usize = 500;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// Without it the draft, or else the published version, is played.
    content: Option<String>,
    /// What the person types: `1`, `+30s`, `hangup`. The whole conversation is sent each time; the server keeps none.
    lines: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Played {
    /// What came of the beginning of the call, then of each line.
    replies: Vec<Reply>,
}

/// Plays a flow as `hotline flow simulate` does, without a phone.
pub async fn simulate(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Json(script): Json<Script>,
) -> ApiResult<Json<Played>> {
    if script.lines.len() > MAX_LINES {
        return Err(ApiError::Invalid(format!("lines: at most {MAX_LINES}")));
    }
    let flows = flows(&state, &id, script.content.as_deref()).await?;
    let replies = tokio::task::spawn_blocking(move || play(flows, &script.lines)).await;
    let replies = replies.map_err(|_| ApiError::Unavailable("the simulator ended by a fault".to_owned()))?;
    Ok(Json(Played { replies }))
}

fn play(flows: Flows, lines: &[String]) -> Vec<Reply> {
    let scene = Scene::default().with_agents_for(&flows);
    let (mut conversation, first) = Conversation::begin(flows, scene);
    let mut replies = vec![first];
    for line in lines {
        if conversation.is_over() {
            break;
        }
        replies.push(conversation.line(line));
    }
    replies
}

/// The text, the draft, or the published version, with the subflows that belong to it.
async fn flows(state: &ApiState, id: &str, content: Option<&str>) -> ApiResult<Flows> {
    let publisher = &state.publisher;
    let published = match content {
        Some(content) => publisher.assemble_text(id, content).await,
        None if state.store.flow(id).await?.has_draft => publisher.assemble_draft(id).await,
        None => publisher.assemble(&state.store.view_flow(id).await?).await,
    };
    let published = published.map_err(told)?;
    Ok(Flows::new(published.flow, published.subflows.into_values()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tests {
    /// A test file.
    tests: String,
    /// Without it the draft, or else the published version, is tested.
    #[serde(default)]
    content: Option<String>,
}

/// Runs a test file as `hotline flow test` does.
pub async fn test(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Json(tests): Json<Tests>,
) -> ApiResult<Json<Report>> {
    let flows = flows(&state, &id, tests.content.as_deref()).await?;
    let library: Library = flows.all().map(|flow| (flow.id.value.clone(), Arc::new(flow.clone()))).collect();
    let name = format!("{id}.test.yaml");
    let run = move || run_files([(name.as_str(), tests.tests.as_str())], &library, Options::default());
    let report = tokio::task::spawn_blocking(run).await;
    report.map(Json).map_err(|_| ApiError::Unavailable("the tests ended by a fault".to_owned()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Walk {
    /// A version's number, or `draft`; without it the version that the call ran.
    over: Option<String>,
}

/// Walks a past call again.
pub async fn replay(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Query(walk): Query<Walk>,
) -> ApiResult<Json<Replay>> {
    let row = visible(&state, &who, &id).await?;
    let over = walk.over.as_deref().map(str::parse).transpose()?;
    state.publisher.replay(row.id, over).await.map(Json).map_err(told)
}
