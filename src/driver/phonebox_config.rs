//! One phone box of this machine, as `hotline.yaml` names it.

use serde::{Deserialize, Serialize};

/// A box, where it is plugged in, and whom it rings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoxConfig {
    pub id: String,
    /// The profile's id: a file in `hardware`.
    pub profile: String,
    /// A serial port (`/dev/ttyUSB0`, `/dev/serial/by-id/…`, a glob), `udp:ADDRESS:PORT`, or a `hidraw` device.
    pub port: String,
    /// The agent whose desk pops; lines may name their own in `lines`.
    #[serde(default)]
    pub agent: Option<String>,
    #[serde(default)]
    pub group: Option<String>,
    /// Sound card that hears the line, by its ALSA name; none records nothing.
    #[serde(default)]
    pub sound: Option<String>,
    /// Whether a call on this box counts as the agent's one call where the box cannot tell the hook (A9).
    #[serde(default = "yes")]
    pub counts_as_call: bool,
}

fn yes() -> bool {
    true
}
