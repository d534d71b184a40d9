//! `trunks:` of the set-up: lines to carriers and gateways.

use serde::{Deserialize, Serialize};

use super::setup::{Secret, Switchable};

/// One line to the outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    pub name: String,
    /// Networks in CIDR notation whose INVITEs are this trunk's. The address that our REGISTER was accepted at always is.
    #[serde(default = "loopback")]
    pub sources: Vec<String>,
    /// Where outgoing calls go: `sip:host:port;transport=udp`. Without it the trunk only receives.
    #[serde(default)]
    pub uri: Option<String>,
    /// Send by way of this proxy: `sip:proxy.example.com;lr` (RFC 3261 8.1.2).
    #[serde(default)]
    pub outbound_proxy: Option<String>,
    /// Our account there.
    #[serde(default)]
    pub login: Option<TrunkLogin>,
    /// Outgoing calls take the lowest first, then the next; equal ones go by name.
    #[serde(default)]
    pub priority: u32,
    /// Where calls go that this trunk cannot carry: a trunk's name, or `none`. Without it the next in order.
    #[serde(default)]
    pub fallback: Option<String>,
    /// Calls at once, both directions.
    #[serde(default)]
    pub max_calls: Option<u32>,
    /// New calls per second, both directions together.
    #[serde(default)]
    pub max_calls_per_second: Option<u32>,
    /// The most outgoing calls and minutes of a day.
    #[serde(default)]
    pub daily: Option<Daily>,
    /// Seconds between two OPTIONS that ask whether it lives, 1 to 90; `off` never asks.
    #[serde(default = "options")]
    pub options_s: Switchable,
    /// The first rule whose `strip` begins an outgoing number changes it.
    #[serde(default)]
    pub translate: Vec<Translation>,
    /// Only numbers that begin so go out here, as they were dialled; empty: whatever flows and callbacks dial.
    #[serde(default)]
    pub allow: Vec<String>,
}

/// Our account at a trunk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrunkLogin {
    pub user: String,
    /// Never written out again: not to the log, not by the API.
    #[serde(default, skip_serializing)]
    pub password: Option<Secret>,
    /// Answer challenges of this realm only. Without it: the URI's host, or the realm that asks at the registration.
    #[serde(default)]
    pub realm: Option<String>,
    /// Register there, so that calls come to us without an address on their side.
    #[serde(default)]
    pub register: bool,
    /// Seconds that a registration is asked to last, 60 to 86,400.
    #[serde(default = "expires")]
    pub expires_s: u32,
}

/// What a trunk may carry out in a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Daily {
    /// INVITEs that go out, answered or not.
    #[serde(default)]
    pub calls: Option<u32>,
    /// From the answer on.
    #[serde(default)]
    pub minutes: Option<u32>,
    /// Whose midnight begins a day: a name of the IANA time zones.
    #[serde(default = "utc")]
    pub timezone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// `0044…` to `+44…`: `{ strip: "00", prefix: "+" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Translation {
    /// What the number must begin with, and loses; empty fits every number.
    #[serde(default)]
    pub strip: String,
    /// What it begins with instead.
    #[serde(default)]
    pub prefix: String,
}

fn loopback() -> Vec<String> {
    vec!["127.0.0.0/8".to_owned(), "::1/128".to_owned()]
}

const fn options() -> Switchable {
    Switchable::Seconds(30)
}

const fn expires() -> u32 {
    3600
}

impl Trunk {
    /// A trunk of which nothing else is said.
    pub fn named(name: &str, sources: Vec<String>, uri: Option<String>) -> Self {
        Trunk {
            name: name.to_owned(),
            sources,
            uri,
            outbound_proxy: None,
            login: None,
            priority: 0,
            fallback: None,
            max_calls: None,
            max_calls_per_second: None,
            daily: None,
            options_s: options(),
            translate: Vec::new(),
            allow: Vec::new(),
        }
    }

    /// The secret that is to be resolved before the trunk is stored.
    pub fn secret(&self) -> Option<&Secret> {
        self.login.as_ref()?.password.as_ref()
    }
}
