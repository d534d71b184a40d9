//! What is kept of SIP, and where it is sent.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::config::{Config, resolve_secret};
use crate::driver::sip::{HepTarget, SipCapture};
use crate::sip::capture::{HepAgent, Limits};

pub(super) fn start(config: &Config) -> Result<SipCapture> {
    let kept = &config.sip.capture;
    let limits = Limits {
        messages: kept.messages as usize,
        bytes: (kept.megabytes as usize).saturating_mul(1_000_000),
        keep: Duration::from_secs(kept.keep_s.into()),
    };
    let hep = config.sip.hep.as_ref().map(|hep| {
        let password = hep.password.as_ref().map(|secret| resolve_secret(secret, Path::new(""))).transpose();
        let agent = HepAgent { id: hep.capture_id, password: password.context("sip.hep.password")? };
        anyhow::Ok(HepTarget { to: hep.to.clone(), agent })
    });
    let advertise = config.sip.advertise.as_deref().and_then(|address| address.parse().ok());
    Ok(SipCapture::start(Some(limits).filter(|l| l.messages > 0 && l.bytes > 0), hep.transpose()?, advertise))
}
