//! One running switch: start, serve, drain, stop.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinHandle;

use super::effects::{Hands, follow_record};
use super::watch::Watcher;
use super::world::WorldReader;
use super::{boxes, capture, recovery, retention};
use crate::api::{self, ApiState, Throttle};
use crate::base::Rng;
use crate::call::live::Live;
use crate::call::switch::{Input, Switch, SwitchConfig};
use crate::config::{Config, resolve_secret};
use crate::driver::clock::Clock;
use crate::driver::event_loop::EventLoop;
use crate::driver::media::{MediaConfig, MediaHandle};
use crate::driver::phonebox::BoxSet;
use crate::driver::sip::{Locator, SipTransports};
use crate::driver::sound::SoundSet;
use crate::driver::web::WebClient;
use crate::ivr::check::{Locale, render};
use crate::library::{Publisher, Sounds};
use crate::sip::endpoint::{EndpointConfig, ListenAddr};
use crate::store::recorder::{Recorder, RecorderLimits};
use crate::store::{Actor, Store, StoreUrl};

/// Inputs that wait for the switch besides SIP and media.
const INPUT_QUEUE: usize = 8192;
/// Live messages that a slow desk may be behind.
const LIVE_QUEUE: usize = 1024;
/// How long the last records may take when the switch stops.
const SETTLE_DEADLINE: Duration = Duration::from_secs(5);

/// What `serve` prints when it is ready.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    pub ready: bool,
    pub sip: Vec<String>,
    pub http: String,
}

/// A running switch.
pub struct Running {
    pub ready: Ready,
    pub store: Store,
    pub live: broadcast::Sender<Arc<Live>>,
    inputs: mpsc::Sender<Input>,
    event_loop: JoinHandle<()>,
    api: JoinHandle<()>,
    stop_api: watch::Sender<bool>,
    recorder: Recorder,
}

impl Running {
    /// Where SIP is heard over UDP, first of all.
    pub fn sip_udp(&self) -> Option<std::net::SocketAddr> {
        self.ready.sip.iter().find_map(|address| address.strip_prefix("udp:")?.parse().ok())
    }

    /// Ends every call politely, writes the last records and stops.
    pub async fn stop(self) {
        let _ = self.inputs.send(Input::ShutDown).await;
        if self.event_loop.await.is_err() {
            tracing::error!("the switch's task ended by a fault");
        }
        let _ = self.stop_api.send(true);
        let _ = tokio::time::timeout(SETTLE_DEADLINE, self.recorder.settle()).await;
        let _ = tokio::time::timeout(SETTLE_DEADLINE, self.api).await;
        self.store.close().await;
    }
}

/// Starts everything that `config` names and returns when it serves.
pub async fn start(config: &Config) -> Result<Running> {
    start_with(config, Clock::start()).await
}

/// The same with a clock of the caller's choice.
pub async fn start_with(config: &Config, clock: Clock) -> Result<Running> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("cannot make the data folder {}", config.data.display()))?;
    let url: StoreUrl = config.store.parse()?;
    let store = Store::open(&url, &config.data).await?;
    let recordings = config.data.join("recordings");
    std::fs::create_dir_all(&recordings).with_context(|| format!("cannot make the folder {}", recordings.display()))?;
    let recorder = Recorder::start(store.clone(), &config.data.join("spool"), RecorderLimits::default()).await?;
    recovery::recover(&store, &recorder, config.node, &recordings, clock).await?;
    let publisher = Arc::new(Publisher::new(config, store, Arc::new(Sounds::of(config).await?)));
    prepare(&publisher, config, clock).await?;
    let parts = Parts { publisher, recorder, recordings, clock };
    wire(config, parts).await
}

/// The flow files and the set-up that the configuration names.
async fn prepare(publisher: &Publisher, config: &Config, clock: Clock) -> Result<()> {
    let brought = publisher.prepare(config.setup.as_deref(), &Actor::switch(), clock.now().utc).await?;
    for file in brought.files {
        if !file.diagnostics.is_empty() {
            eprintln!("{}", render::text(&[file.report()], Locale::default()));
        }
        if file.has_errors() {
            tracing::warn!("{} is not published; the version that runs stays", file.path.display());
        }
    }
    for version in brought.published {
        tracing::info!("flow {} version {} is published", version.flow, version.version);
    }
    Ok(())
}

/// What is ready before the first socket is opened.
struct Parts {
    publisher: Arc<Publisher>,
    recorder: Recorder,
    recordings: PathBuf,
    clock: Clock,
}

async fn wire(config: &Config, parts: Parts) -> Result<Running> {
    let (transports, inbound) = SipTransports::bind(&config.sip.listen, &config.sip.tls).await?;
    let (media, media_events) = MediaHandle::start(media_config(config)).context("cannot start the media workers")?;
    let mut world = WorldReader::new(config, parts.publisher.clone(), parts.clock);
    let switch = first_switch(config, &parts, &mut world, &transports).await?;
    let web = WebClient::new(parts.publisher.store().http_allow().await?, secrets(config)?)?;
    let capture = capture::start(config)?;
    let (inputs, from_inputs) = mpsc::channel(INPUT_QUEUE);
    let (live, _) = broadcast::channel(LIVE_QUEUE);
    let listener = tokio::net::TcpListener::bind(config.http.listen).await.with_context(|| {
        format!("cannot listen on {} (http.listen); is another program using the port?", config.http.listen)
    })?;
    let ready = Ready {
        ready: true,
        sip: transports.bound().iter().map(ToString::to_string).collect(),
        http: format!("http://{}", listener.local_addr()?),
    };
    let (boxes, lines) = boxes::start(config, &media, &inputs, parts.clock)?;
    let effects = hands(&parts, &live, &web, &inputs, (&boxes, lines));
    tokio::spawn(follow_record(parts.recorder.subscribe(), inputs.clone(), live.clone(), parts.clock));
    let Parts { publisher, recorder, recordings, clock } = parts;
    let store = publisher.store().clone();
    retention::spawn(store.clone(), recordings.clone(), config.recordings.keep_days, clock);
    let watcher = Watcher { publisher: publisher.clone(), world, web, inputs: inputs.clone(), clock };
    let state = ApiState {
        store: store.clone(),
        publisher,
        recorder: recorder.clone(),
        inputs: inputs.clone(),
        live: live.clone(),
        picture: api::Picture::default(),
        recordings,
        boxes,
        reload: watcher.spawn(),
        clock,
        config: Arc::new(config.clone()),
        throttle: Throttle::default(),
        capture: capture.clone(),
    };
    let (stop_api, stopped) = watch::channel(false);
    let api = tokio::spawn(api::serve(listener, state, stopped));
    let event_loop = EventLoop {
        switch,
        transports,
        inbound,
        media,
        media_events,
        inputs: from_inputs,
        effects,
        clock,
        capture,
        agents_changed: false,
    };
    let event_loop = tokio::spawn(event_loop.run());
    Ok(Running { ready, store, live, inputs, event_loop, api, stop_api, recorder })
}

/// The switch with its world, and with the agents and registrations of the former run.
async fn first_switch(
    config: &Config,
    parts: &Parts,
    world: &mut WorldReader,
    transports: &SipTransports,
) -> Result<Switch> {
    let Parts { publisher, recordings, clock, .. } = parts;
    let store = publisher.store();
    let (first, problems) = world.read().await?;
    for problem in problems {
        tracing::warn!("{problem}");
    }
    for stranger in boxes::strangers(&config.boxes, &first.acd) {
        tracing::warn!("{stranger}");
    }
    let mut switch = Switch::new(switch_config(config, transports, recordings)?, seed()?);
    switch.handle(Input::Configure(Box::new(first)), clock.now());
    let agents = store.acd_snapshot().await?.unwrap_or_default();
    switch.restore(agents, store.registrations(clock.now().utc).await?, clock.now());
    Ok(switch)
}

fn hands(
    parts: &Parts,
    live: &broadcast::Sender<Arc<Live>>,
    web: &WebClient,
    inputs: &mpsc::Sender<Input>,
    (boxes, sounds_of_lines): (&BoxSet, SoundSet),
) -> Hands {
    Hands {
        store: parts.publisher.store().clone(),
        recorder: parts.recorder.clone(),
        live: live.clone(),
        web: web.clone(),
        sounds: parts.publisher.sounds().clone(),
        inputs: inputs.clone(),
        boxes: boxes.clone(),
        sounds_of_lines,
        locator: Locator::system(),
        clock: parts.clock,
        requests: BTreeMap::new(),
        bound: HashMap::new(),
        was_full: false,
    }
}

/// What `secret:` stands for in the web requests of flows.
fn secrets(config: &Config) -> Result<BTreeMap<String, String>> {
    let named = config.http.secrets.iter().map(|(name, secret)| {
        let value = resolve_secret(secret, Path::new("")).with_context(|| format!("http.secrets.{name}"))?;
        Ok((name.clone(), value))
    });
    named.collect()
}

fn media_config(config: &Config) -> MediaConfig {
    let bind = config.sip.listen.first().map_or(std::net::IpAddr::from([127, 0, 0, 1]), |listen| listen.address.ip());
    MediaConfig {
        bind,
        ports: config.rtp.ports.first..=config.rtp.ports.last,
        workers: config.rtp.workers,
        rtp_timeout: Duration::from_secs(u64::from(config.rtp.timeout_s)),
        ..MediaConfig::default()
    }
}

fn switch_config(config: &Config, transports: &SipTransports, recordings: &std::path::Path) -> Result<SwitchConfig> {
    let listen = transports.bound().iter();
    let listen = listen.map(|bound| ListenAddr { transport: bound.transport.into(), address: bound.address });
    let advertise = config.sip.advertise.as_deref().map(str::parse).transpose();
    Ok(SwitchConfig {
        offer_opus: config.rtp.offer_opus,
        endpoint: EndpointConfig {
            listen: listen.collect(),
            advertise: advertise.context("sip.advertise is no IP address")?,
            digest: config.sip.digest.clone(),
            ..EndpointConfig::default()
        },
        node: config.node,
        max_calls: config.sip.max_calls as usize,
        srtp: config.rtp.srtp,
        recordings: recordings.to_owned(),
        boxes: boxes::rules(&config.boxes),
    })
}

/// Randomness from the system.
pub fn seed() -> Result<Rng> {
    use rand::TryRng as _;
    let mut seed = [0; 32];
    rand::rngs::SysRng.try_fill_bytes(&mut seed).context("the system gives no randomness")?;
    Ok(Rng::from_seed(seed))
}
