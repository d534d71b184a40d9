//! What every handler can reach.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, watch};

use crate::call::live::Live;
use crate::call::switch::Input;
use crate::call::view::View;
use crate::driver::clock::Clock;
use crate::store::Store;
use crate::store::recorder::Recorder;

/// Cheap to clone: clones share everything.
#[derive(Clone)]
pub struct ApiState {
    pub store: Store,
    pub recorder: Recorder,
    /// Wishes to the switch.
    pub inputs: mpsc::Sender<Input>,
    /// What happens, for desks.
    pub live: broadcast::Sender<Arc<Live>>,
    /// The switch a moment ago.
    pub view: watch::Receiver<Arc<View>>,
    /// Folder of recordings.
    pub recordings: PathBuf,
    /// Asks for a look at the store: the set-up was changed.
    pub reload: mpsc::Sender<()>,
    pub clock: Clock,
}
