//! The switch as it is, for those who look: made when somebody does, so that it costs nothing while nobody looks.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::call::switch::DeskCommand;
use crate::call::view::View;

/// Everybody who looks within this time sees the same picture: it is as much work as all that a call costs.
const FRESH: Duration = Duration::from_millis(250);
/// How long the switch may take to show itself.
const DEADLINE: Duration = Duration::from_secs(3);

/// The last picture.
#[derive(Clone, Default)]
pub struct Picture(Arc<Mutex<Option<Made>>>);

struct Made {
    at: Instant,
    view: Arc<View>,
}

impl ApiState {
    /// The switch now, or a moment ago. An error when it is stopping or does not answer.
    pub async fn look(&self) -> ApiResult<Arc<View>> {
        let mut last = self.picture.0.lock().await;
        if let Some(made) = last.as_ref().filter(|made| made.at.elapsed() < FRESH) {
            return Ok(made.view.clone());
        }
        let answer = timeout(DEADLINE, self.ask(|reply| DeskCommand::Look { reply })).await;
        let late = |_| ApiError::Unavailable("the switch does not answer; try again".to_owned());
        let view = Arc::new(answer.map_err(late)??);
        *last = Some(Made { at: Instant::now(), view: view.clone() });
        Ok(view)
    }
}
