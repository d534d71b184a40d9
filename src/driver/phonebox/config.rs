//! One phone box of this machine, as `hotline.yaml` names it.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The profile that is found by asking the device.
pub const AUTO: &str = "auto";

/// The profile of a line that only a sound card hears: there is no box.
pub const SOUND: &str = "sound";

/// Where caller ID comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerIdFrom {
    /// The box tells it.
    #[default]
    Box,
    /// It is read from the sound of the line: the box tells rings alone.
    Sound,
}

/// A box, where it is plugged in, and whom it rings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoxConfig {
    pub id: String,
    /// The profile's id (a file in `hardware`), or `auto`.
    #[serde(default = "auto")]
    pub profile: String,
    /// A serial port (`/dev/ttyUSB0`, `/dev/serial/by-id/…`, a glob), `usb:VID:PID`, `udp:ADDRESS:PORT`, a `hidraw`
    /// device, or `auto`: what the profile's hints find.
    #[serde(default = "auto")]
    pub port: String,
    /// The agent whose desk pops; lines may name their own in `lines`.
    #[serde(default)]
    pub agent: Option<String>,
    /// The skill group whose ready agents are told, and whose ticket it becomes.
    #[serde(default)]
    pub group: Option<String>,
    /// The line's own telephone number, as records show it.
    #[serde(default)]
    pub number: Option<String>,
    /// What differs for single lines of a box with several.
    #[serde(default)]
    pub lines: BTreeMap<u32, LineConfig>,
    /// The modem's country code (T.35, hexadecimal): `26` China, `B5` United States, `B4` United Kingdom.
    #[serde(default)]
    pub country: Option<String>,
    /// The zone of the exchange's clock, such as `Asia/Shanghai`; without it the zone of this machine.
    #[serde(default)]
    pub zone: Option<String>,
    /// What numbers dialled from a desk may begin with; none may be dialled when the list is empty, all without it.
    #[serde(default)]
    pub may_dial: Option<Vec<String>>,
    /// Whether a call on this box counts as the agent's one call (A9).
    #[serde(default = "yes")]
    pub counts_as_call: bool,
    /// Where the box cannot tell the hook: seconds that the agent counts as on the call after the ringing.
    #[serde(default)]
    pub busy_after_ring_s: u32,
    /// The sound card on the line, as `hotline phonebox list` names it; lines may name their own in `lines`.
    #[serde(default)]
    pub sound: Option<String>,
    #[serde(default)]
    pub caller_id_from: CallerIdFrom,
}

/// One line of a box with several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineConfig {
    #[serde(default)]
    pub agent: Option<String>,
    #[serde(default)]
    pub group: Option<String>,
    #[serde(default)]
    pub number: Option<String>,
    #[serde(default)]
    pub sound: Option<String>,
}

impl BoxConfig {
    /// A box on `port` that rings nobody: what commands work with.
    pub fn on_port(port: &str, profile: &str) -> Self {
        BoxConfig {
            id: "box".to_owned(),
            profile: profile.to_owned(),
            port: port.to_owned(),
            agent: None,
            group: None,
            number: None,
            lines: BTreeMap::new(),
            country: None,
            zone: None,
            may_dial: None,
            counts_as_call: true,
            busy_after_ring_s: 0,
            sound: None,
            caller_id_from: CallerIdFrom::Box,
        }
    }

    /// What serde cannot check.
    pub fn check(&self) -> Result<(), String> {
        let named = !self.id.is_empty() && self.id.len() <= 64;
        let plain = self.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if !named || !plain {
            return Err(format!("boxes: id {:?}: write 1 to 64 letters, digits, - _ .", self.id));
        }
        if self.port == AUTO && self.profile == AUTO {
            return Err(format!("boxes: {}: name the profile, the port or both: not both can be auto", self.id));
        }
        let hears = self.sound.is_some() || self.lines.values().any(|line| line.sound.is_some());
        if !hears && (self.profile == SOUND || self.caller_id_from == CallerIdFrom::Sound) {
            return Err(format!("boxes: {}: name the sound card on the line, `sound: …`", self.id));
        }
        if let Some(zone) = &self.zone
            && zone.parse::<Tz>().is_err()
        {
            return Err(format!("boxes: {}: zone {zone:?} is none: write one such as Asia/Shanghai", self.id));
        }
        Ok(())
    }

    /// No box is on the line, only a sound card.
    pub fn is_sound_alone(&self) -> bool {
        self.profile == SOUND
    }

    /// Caller ID is read from the sound of the line.
    pub fn hears_caller(&self) -> bool {
        self.is_sound_alone() || self.caller_id_from == CallerIdFrom::Sound
    }

    /// Whether a desk may dial this number.
    pub fn may_dial(&self, number: &str) -> bool {
        let allowed = |prefixes: &Vec<String>| prefixes.iter().any(|prefix| number.starts_with(prefix.as_str()));
        self.may_dial.as_ref().is_none_or(allowed)
    }

    pub fn zone(&self) -> Tz {
        self.zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or_else(machine_zone)
    }
}

/// The zone that this machine is set to, as far as it has a name.
pub fn machine_zone() -> Tz {
    let from_link = || {
        let link = std::fs::read_link("/etc/localtime").ok()?;
        link.to_str()?.split_once("zoneinfo/").map(|(_, name)| name.to_owned())
    };
    let name = std::env::var("TZ").ok().map(|zone| zone.trim_start_matches(':').to_owned()).or_else(from_link);
    name.and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC)
}

fn yes() -> bool {
    true
}

fn auto() -> String {
    AUTO.to_owned()
}
