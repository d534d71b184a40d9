//! Brings what others change in the store to the running switch, and carries out what was planned.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::world::WorldReader;
use crate::call::switch::Input;
use crate::driver::clock::Clock;
use crate::driver::web::WebClient;
use crate::library::Publisher;

/// How often the store is asked whether the set-up was changed by another process, and what is due.
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// One task for the life of the switch.
pub(super) struct Watcher {
    pub publisher: Arc<Publisher>,
    pub world: WorldReader,
    pub web: WebClient,
    pub inputs: mpsc::Sender<Input>,
    pub clock: Clock,
}

impl Watcher {
    /// Watches the store's revision; what is sent on the channel that it returns asks for a look at once.
    pub(super) fn spawn(mut self) -> mpsc::Sender<()> {
        let (ask, mut asked) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut seen = self.publisher.store().revision().await.ok();
            while tokio::time::timeout(WATCH_EVERY, asked.recv()).await != Ok(None) {
                self.publish_due().await;
                let revision = self.publisher.store().revision().await.ok();
                if revision.is_some() && revision != seen && self.reload().await {
                    seen = revision;
                }
            }
        });
        ask
    }

    async fn publish_due(&self) {
        match self.publisher.publish_due(self.clock.now().utc).await {
            Ok(done) => done.iter().for_each(|done| tracing::info!("{done}")),
            Err(error) => tracing::debug!(%error, "planned publications wait"),
        }
    }

    /// A set-up that cannot be read leaves the present one in place.
    async fn reload(&mut self) -> bool {
        match self.world.read().await {
            Ok((world, problems)) => {
                problems.iter().for_each(|problem| tracing::warn!("{problem}"));
                if let Ok(hosts) = self.publisher.store().http_allow().await {
                    self.web.allow(hosts);
                }
                self.inputs.send(Input::Configure(Box::new(world))).await.is_ok()
            }
            Err(error) => {
                tracing::error!("the changed set-up cannot be read, the present one stays: {error:#}");
                false
            }
        }
    }
}
