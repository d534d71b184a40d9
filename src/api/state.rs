//! What every handler can reach.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, oneshot};

use super::auth::Throttle;
use super::error::{ApiError, ApiResult};
use super::picture::Picture;
use crate::call::live::Live;
use crate::call::switch::{DeskCommand, Input, Reply};
use crate::config::Config;
use crate::driver::clock::Clock;
use crate::driver::phonebox::BoxSet;
use crate::driver::sip::SipCapture;
use crate::library::Publisher;
use crate::store::Store;
use crate::store::recorder::Recorder;

/// Cheap to clone: clones share everything.
#[derive(Clone)]
pub struct ApiState {
    pub store: Store,
    pub publisher: Arc<Publisher>,
    pub recorder: Recorder,
    /// Wishes to the switch.
    pub inputs: mpsc::Sender<Input>,
    /// What happens, for desks.
    pub live: broadcast::Sender<Arc<Live>>,
    pub picture: Picture,
    /// Folder of recordings.
    pub recordings: PathBuf,
    /// Phone boxes.
    pub boxes: BoxSet,
    /// Asks for a look at the store: the set-up was changed.
    pub reload: mpsc::Sender<()>,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub throttle: Throttle,
    /// SIP of calls.
    pub capture: SipCapture,
}

impl ApiState {
    /// Asks the switch and waits for its answer.
    pub async fn ask<T: Send + 'static>(&self, command: impl FnOnce(Reply<T>) -> DeskCommand) -> ApiResult<T> {
        let (answer, answered) = oneshot::channel();
        let reply = Reply::new(move |result| {
            // The asker may be gone.
            let _ = answer.send(result);
        });
        let gone = || ApiError::Unavailable("the switch is stopping".to_owned());
        self.inputs.send(Input::Desk(command(reply))).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?.map_err(ApiError::from)
    }

    /// The set-up was changed: the running switch takes it now, not at its next look.
    pub fn changed(&self) {
        // A full channel means that a look is already asked for.
        let _ = self.reload.try_send(());
    }
}
