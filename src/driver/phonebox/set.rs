//! The boxes of a running switch: shared by those who look and those who dial.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc::Sender;

use super::config::BoxConfig;
use super::handle::{BoxCommand, BoxContext, BoxEvent, BoxHandle, Busy, StartError};
use super::status::BoxStatus;

/// Cheap to clone: clones share the boxes, which stop when the last one is gone.
#[derive(Clone, Debug, Default)]
pub struct BoxSet(Arc<BTreeMap<String, BoxHandle>>);

impl BoxSet {
    /// Starts a thread for each box. A box that is not plugged in is waited for; one that is set up wrongly is an error.
    pub fn start(configs: &[BoxConfig], context: &BoxContext, events: &Sender<BoxEvent>) -> Result<Self, StartError> {
        let start = |config: &BoxConfig| Ok((config.id.clone(), BoxHandle::start(config, context, events.clone())?));
        configs.iter().map(start).collect::<Result<_, _>>().map(|boxes| BoxSet(Arc::new(boxes)))
    }

    pub fn statuses(&self) -> Vec<BoxStatus> {
        self.0.values().map(BoxHandle::status).collect()
    }

    pub fn status(&self, id: &str) -> Option<BoxStatus> {
        self.0.get(id).map(BoxHandle::status)
    }

    /// Asks a box for something; what becomes of it comes as events.
    pub fn command(&self, id: &str, command: BoxCommand) -> Result<(), Busy> {
        self.0.get(id).ok_or(Busy)?.command(command)
    }
}
