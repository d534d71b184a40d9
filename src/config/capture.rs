//! `sip.capture` and `sip.hep` of `hotline.yaml`: SIP kept for those who look for a fault.

use serde::{Deserialize, Serialize};

use super::setup::Secret;

/// SIP messages of each call, kept in memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CaptureSection {
    /// Of one call; 0 keeps nothing.
    pub messages: u32,
    /// Of all calls together; 0 keeps nothing.
    pub megabytes: u32,
    /// After the end of a call.
    pub keep_s: u32,
}

impl Default for CaptureSection {
    fn default() -> Self {
        CaptureSection { messages: 200, megabytes: 64, keep_s: 3600 }
    }
}

/// A collector that every SIP message is sent to (HEP3 over UDP).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HepSection {
    /// `host:port`.
    pub to: String,
    #[serde(default)]
    pub capture_id: u32,
    #[serde(default)]
    pub password: Option<Secret>,
}

impl HepSection {
    pub(super) fn check(&self) -> Result<(), String> {
        let port =
            self.to.rsplit_once(':').and_then(|(host, port)| port.parse::<u16>().ok().filter(|_| !host.is_empty()));
        match port {
            Some(1..) => Ok(()),
            Some(0) | None => Err(format!("sip.hep.to {:?} is no host:port, such as homer.example.com:9060", self.to)),
        }
    }
}
