//! Who asks: tokens, roles, and the guard in front of every operation.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;

use super::error::{ApiError, ApiResult};
use super::routes::{self, rank};
use super::state::ApiState;
use crate::config::setup::Role;
use crate::store::Actor;

/// Wrong tokens of one address in [`WINDOW`] before it is refused unheard.
const MAX_WRONG: u32 = 20;
const WINDOW: Duration = Duration::from_secs(60);
/// Addresses that are remembered; the oldest are forgotten.
const MAX_ADDRESSES: usize = 4096;
/// How a browser sends the token of a WebSocket: as a subprotocol.
pub const PROTOCOL_PREFIX: &str = "bearer.";

/// The holder of a good token.
#[derive(Clone, Debug)]
pub struct Who {
    pub name: String,
    pub role: Role,
    /// The agent that the token speaks for.
    pub agent: Option<String>,
}

impl Who {
    pub fn actor(&self) -> Actor {
        Actor::person(self.name.clone(), self.role)
    }

    pub fn is_at_least(&self, role: Role) -> bool {
        rank(self.role) >= rank(role)
    }

    /// Whose things this holder may see: `None` is everybody's.
    pub fn only(&self) -> Option<String> {
        if self.is_at_least(Role::Supervisor) { None } else { Some(self.agent.clone().unwrap_or_default()) }
    }

    /// Refuses what belongs to another agent.
    pub fn must_own(&self, agent: Option<&str>) -> ApiResult<()> {
        match self.only() {
            None => Ok(()),
            Some(own) if agent == Some(own.as_str()) => Ok(()),
            Some(_) => Err(ApiError::Forbidden),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Who>().cloned().ok_or(ApiError::Unauthorized)
    }
}

/// Counts wrong tokens by address.
#[derive(Clone, Default)]
pub struct Throttle(Arc<Mutex<BTreeMap<IpAddr, (u32, Instant)>>>);

impl Throttle {
    fn is_over(&self, address: IpAddr) -> bool {
        let wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.get(&address).is_some_and(|(count, since)| *count >= MAX_WRONG && since.elapsed() < WINDOW)
    }

    fn note(&self, address: IpAddr) {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= MAX_ADDRESSES {
            wrong.retain(|_, (_, since)| since.elapsed() < WINDOW);
            wrong.pop_first().filter(|_| wrong.len() >= MAX_ADDRESSES);
        }
        let entry = wrong.entry(address).or_insert((0, Instant::now()));
        if entry.1.elapsed() >= WINDOW {
            *entry = (0, Instant::now());
        }
        entry.0 += 1;
    }
}

/// In front of every operation: a good token of a role that the table allows.
pub async fn guard(State(state): State<ApiState>, mut request: Request, next: Next) -> ApiResult<Response> {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let who = identify(&state, request.headers(), address).await?;
    let route = routes::find(request.method().as_str(), &path).ok_or(ApiError::Forbidden)?;
    if !who.is_at_least(route.role) {
        return Err(ApiError::Forbidden);
    }
    request.extensions_mut().insert(who);
    Ok(next.run(request).await)
}

/// The holder of the token in the headers.
pub async fn identify(state: &ApiState, headers: &HeaderMap, address: Option<IpAddr>) -> ApiResult<Who> {
    let address = address.unwrap_or(IpAddr::from([0, 0, 0, 0]));
    if state.throttle.is_over(address) {
        return Err(ApiError::Throttled);
    }
    let token = token_of(headers).ok_or(ApiError::Unauthorized)?;
    match state.store.token(&token, state.clock.now().utc).await? {
        Some(row) => Ok(Who { name: row.name, role: row.role, agent: row.agent }),
        None => {
            state.throttle.note(address);
            Err(ApiError::Unauthorized)
        }
    }
}

fn token_of(headers: &HeaderMap) -> Option<String> {
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok());
    if let Some((scheme, token)) = bearer.and_then(|value| value.split_once(' ')) {
        return scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned());
    }
    let protocols = headers.get("sec-websocket-protocol")?.to_str().ok()?;
    protocols.split(',').find_map(|one| one.trim().strip_prefix(PROTOCOL_PREFIX)).map(str::to_owned)
}
