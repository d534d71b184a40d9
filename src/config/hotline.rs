//! `hotline.yaml`: how this machine runs.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::capture::{CaptureSection, HepSection};
use super::setup::Secret;
use super::yaml::{self, ConfigError};
use crate::call::switch::SrtpUse;
use crate::driver::phonebox::BoxConfig;
use crate::sip::digest::Algorithm;
use crate::sip::transaction::Transport;

/// Everything `hotline.yaml` may say. The meaning, unit and cost of each key is in [`super::describe()`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub data: PathBuf,
    pub flows: PathBuf,
    pub audio: PathBuf,
    pub hardware: PathBuf,
    pub setup: Option<PathBuf>,
    pub store: String,
    pub node: u16,
    pub country_code: String,
    pub sip: SipSection,
    pub rtp: RtpSection,
    pub recordings: RecordingsSection,
    pub http: HttpSection,
    pub speech: SpeechSection,
    #[serde(alias = "phone_boxes")]
    pub boxes: Vec<BoxConfig>,
    pub log: String,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data: "data".into(),
            flows: "ivr-flows".into(),
            audio: "audio".into(),
            hardware: "hardware".into(),
            setup: None,
            store: "sqlite".into(),
            node: 0,
            country_code: "86".into(),
            sip: SipSection::default(),
            rtp: RtpSection::default(),
            recordings: RecordingsSection::default(),
            http: HttpSection::default(),
            speech: SpeechSection::default(),
            boxes: Vec::new(),
            log: "info".into(),
        }
    }
}

impl Config {
    /// Reads `path`; relative paths inside the file are taken from the folder that the file is in.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let mut config: Config = yaml::read(path)?;
        let base = path.parent().unwrap_or(Path::new(""));
        for folder in [&mut config.data, &mut config.flows, &mut config.audio, &mut config.hardware] {
            *folder = base.join(&*folder);
        }
        let tls = &mut config.sip.tls;
        for file in [&mut tls.certificate, &mut tls.key, &mut tls.authorities].into_iter().flatten() {
            *file = base.join(&*file);
        }
        config.setup = config.setup.map(|setup| base.join(setup));
        let hep = config.sip.hep.as_mut().and_then(|hep| hep.password.as_mut());
        for secret in config.http.secrets.values_mut().chain(&mut config.speech.token).chain(hep) {
            if let Secret::File { file } = secret {
                *file = base.join(&*file).display().to_string();
            }
        }
        config.check().map_err(|message| ConfigError::Parse { path: path.to_owned(), message })?;
        Ok(config)
    }

    /// What serde cannot check: relations between keys.
    fn check(&self) -> Result<(), String> {
        if self.sip.listen.is_empty() {
            return Err("sip.listen is empty: name at least one address, such as udp:127.0.0.1:5060".to_owned());
        }
        if self.sip.digest.is_empty() {
            return Err("sip.digest is empty: name md5, sha-256 or both, or nobody can register".to_owned());
        }
        if self.store != "sqlite" && !self.store.starts_with("postgres://") && !self.store.starts_with("postgresql://")
        {
            return Err(format!("store {:?} is neither `sqlite` nor a postgres:// URL", self.store));
        }
        if self.node > 1023 {
            return Err(format!("node {} is out of range: 0 to 1023", self.node));
        }
        if (self.speech.engine == SpeechEngineName::Http) != self.speech.url.is_some() {
            return Err("speech: `engine: http` and `url` belong together: give both or neither".to_owned());
        }
        if let Some(hep) = &self.sip.hep {
            hep.check()?;
        }
        for (at, phone_box) in self.boxes.iter().enumerate() {
            phone_box.check()?;
            if self.boxes[..at].iter().any(|other| other.id == phone_box.id) {
                return Err(format!("boxes: two are called {}: give each its own id", phone_box.id));
            }
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SipSection {
    pub listen: Vec<ListenAddr>,
    pub advertise: Option<String>,
    pub realm: String,
    pub digest: Vec<Algorithm>,
    pub max_calls: u32,
    pub tls: TlsSection,
    pub capture: CaptureSection,
    pub hep: Option<HepSection>,
}

/// Certificates of `tls:` and `wss:` addresses, and whom we trust when we connect.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsSection {
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub authorities: Option<PathBuf>,
}

impl Default for SipSection {
    fn default() -> Self {
        let at = |transport| ListenAddr { transport, address: SocketAddr::from(([127, 0, 0, 1], 5060)) };
        SipSection {
            listen: vec![at(SipTransport::Udp), at(SipTransport::Tcp)],
            advertise: None,
            realm: "hotline".into(),
            digest: Algorithm::ALL.to_vec(),
            max_calls: 2000,
            tls: TlsSection::default(),
            capture: CaptureSection::default(),
            hep: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RtpSection {
    pub ports: PortRange,
    pub workers: usize,
    pub timeout_s: u32,
    pub srtp: SrtpUse,
    /// Phones of agents are offered Opus although the caller does not speak it.
    pub offer_opus: bool,
}

impl Default for RtpSection {
    fn default() -> Self {
        RtpSection {
            ports: PortRange { first: 20000, last: 29999 },
            workers: 0,
            timeout_s: 30,
            srtp: SrtpUse::default(),
            offer_opus: false,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RecordingsSection {
    /// 0 is for ever.
    pub keep_days: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSection {
    pub listen: SocketAddr,
    pub secrets: BTreeMap<String, Secret>,
}

impl Default for HttpSection {
    fn default() -> Self {
        HttpSection { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), secrets: BTreeMap::new() }
    }
}

/// What speaks the texts of flows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpeechSection {
    pub engine: SpeechEngineName,
    pub url: Option<String>,
    pub voices: BTreeMap<String, String>,
    pub token: Option<Secret>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpeechEngineName {
    #[default]
    EspeakNg,
    Http,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SipTransport {
    Udp,
    Tcp,
    Tls,
    /// WebSocket (RFC 7118).
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl SipTransport {
    pub const fn name(self) -> &'static str {
        match self {
            SipTransport::Udp => "udp",
            SipTransport::Tcp => "tcp",
            SipTransport::Tls => "tls",
            SipTransport::Ws => "ws",
            SipTransport::Wss => "wss",
        }
    }
}

impl From<SipTransport> for Transport {
    fn from(transport: SipTransport) -> Transport {
        match transport {
            SipTransport::Udp => Transport::Udp,
            SipTransport::Tcp => Transport::Tcp,
            SipTransport::Tls => Transport::Tls,
            SipTransport::Ws => Transport::Ws,
            SipTransport::Wss => Transport::Wss,
        }
    }
}

/// `udp:127.0.0.1:5060`. Port 0 means any free port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListenAddr {
    pub transport: SipTransport,
    pub address: SocketAddr,
}

impl fmt::Display for ListenAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.transport.name(), self.address)
    }
}

impl FromStr for ListenAddr {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (transport, address) = text
            .split_once(':')
            .ok_or_else(|| format!("{text:?} is no listening address: write udp:ADDRESS:PORT or tcp:ADDRESS:PORT"))?;
        let transport = match transport {
            "udp" => SipTransport::Udp,
            "tcp" => SipTransport::Tcp,
            "tls" => SipTransport::Tls,
            "ws" => SipTransport::Ws,
            "wss" => SipTransport::Wss,
            _ => {
                return Err(format!(
                    "unknown transport {transport:?} in {text:?}: udp, tcp, tls, ws or wss is expected"
                ));
            }
        };
        let address = address
            .parse()
            .map_err(|_| format!("{address:?} in {text:?} is no address with a port, such as 127.0.0.1:5060"))?;
        Ok(ListenAddr { transport, address })
    }
}

/// `20000-29999`: both ends belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    pub first: u16,
    pub last: u16,
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl FromStr for PortRange {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let fail = || format!("{text:?} is no range of ports: write FIRST-LAST, such as 20000-29999");
        let (first, last) = text.split_once('-').ok_or_else(fail)?;
        let range = PortRange {
            first: first.trim().parse().map_err(|_| fail())?,
            last: last.trim().parse().map_err(|_| fail())?,
        };
        if range.first == 0 || range.last <= range.first {
            return Err(fail());
        }
        Ok(range)
    }
}

/// Text in YAML, checked as it is read, so that the error has its line and column.
macro_rules! as_text {
    ($name:ty) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(ListenAddr);
as_text!(PortRange);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default_configuration() {
        assert_eq!(yaml::parse::<Config>("# nothing\n"), Ok(Config::default()));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_line_and_column() {
        let error = yaml::parse::<Config>("data: x\nsip:\n  lissten: []\n").expect_err("`lissten` is no key");
        assert!(error.starts_with("3:3"), "{error}");
        assert!(error.contains("lissten"), "{error}");
    }

    #[test]
    fn a_bad_listening_address_says_where_and_what_is_expected() {
        let error = yaml::parse::<Config>("sip:\n  listen: [\"udp5060\"]\n").expect_err("no address");
        assert!(error.starts_with("2:12"), "{error}");
        assert!(error.contains("udp:ADDRESS:PORT"), "{error}");
    }

    #[test]
    fn off_is_a_word_and_no_falsehood() {
        for (text, expected) in
            [("off", SrtpUse::Off), ("optional", SrtpUse::Optional), ("required", SrtpUse::Required)]
        {
            let config = yaml::parse::<Config>(&format!("rtp: {{ srtp: {text} }}\n")).expect("a configuration");
            assert_eq!(config.rtp.srtp, expected);
        }
        let error = yaml::parse::<Config>("rtp:\n  srtp: maybe\n").expect_err("no such use");
        assert!(error.contains("optional") && error.starts_with("2:"), "{error}");
    }

    #[test]
    fn a_range_of_ports_reads_back_from_its_text() {
        assert_eq!("100-200".parse(), Ok(PortRange { first: 100, last: 200 }));
        for bad in ["", "5", "200-100", "0-5", "1-70000", "5-5"] {
            assert!(bad.parse::<PortRange>().is_err(), "{bad}");
        }
    }
}
