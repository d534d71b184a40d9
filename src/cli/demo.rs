//! `hotline demo`: one real call through the real switch, told in plain words.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::broadcast;

use super::{ConfigArg, config, serve};
use crate::app::{self, Running};
use crate::base::CallId;
use crate::call::event::{CallEvent, What};
use crate::call::live::Live;
use crate::config::setup::Secret;
use crate::config::{Config, load_setup};
use crate::driver::phone::Phone;
use crate::media::measure_tone;

const NUMBER: &str = "4008123602";
const CALLER: &str = "13800138000";
const AGENT: &str = "1001";
const CALLER_HZ: u32 = 440;
const AGENT_HZ: u32 = 880;
/// A tone above this is heard.
const HEARD_DB: f64 = -30.0;
/// How long they talk.
const TALK: Duration = Duration::from_secs(2);
/// How long anything in the demonstration may take.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Stay up afterwards, until Ctrl-C.
    #[arg(long)]
    stay: bool,
    #[command(flatten)]
    config: ConfigArg,
}

pub async fn run(args: DemoArgs) -> Result<ExitCode> {
    let config = config::load(&args.config)?;
    serve::log_to_stderr(if config.log == "info" { "warn" } else { &config.log })?;
    make_passwords(&config)?;
    let running = app::start(&config).await?;
    println!("The switch is up: SIP at {}, HTTP at {}.", running.ready.sip.join(" and "), running.ready.http);
    println!("A caller dials {NUMBER}, agent {AGENT} has a phone; both speak real SIP and RTP.\n");
    let told = demonstrate(&config, &running).await;
    if let Err(error) = &told {
        eprintln!("\nthe demonstration failed: {error:#}");
    }
    if args.stay && told.is_ok() {
        println!("\nThe switch stays up; its page is {}. Ctrl-C ends it.", running.ready.http);
        println!("A token for the page and the API: hotline token create --role admin --name me");
        serve::wait_for_end().await?;
    }
    running.stop().await;
    Ok(if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Files with random passwords for agents whose password file does not exist yet.
fn make_passwords(config: &Config) -> Result<()> {
    let Some(path) = &config.setup else { return Ok(()) };
    let base = path.parent().unwrap_or(Path::new(""));
    for agent in load_setup(path)?.agents {
        if let Some(Secret::File { file }) = agent.password {
            let file = base.join(file);
            if !file.exists() {
                write_secret(&file, &app::seed()?.token(24))
                    .with_context(|| format!("cannot write the password file {}", file.display()))?;
            }
        }
    }
    Ok(())
}

/// Writes a file that only its owner can read.
fn write_secret(path: &Path, secret: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{secret}")
}

async fn demonstrate(config: &Config, running: &Running) -> Result<()> {
    let server = running.sip_udp().context("the demonstration needs a udp address in sip.listen")?;
    let mut live = running.live.subscribe();
    let mut agent = Phone::bind(AGENT, server, app::seed()?).await?;
    agent.register(&password(config)?).await.context("the agent's phone cannot register")?;
    let mut caller = Phone::bind(CALLER, server, app::seed()?).await?;
    caller.call(NUMBER).await.context("the caller gets no answer")?;
    let call = next(&mut live, |live| match live {
        Live::Started { call, .. } => Some(*call),
        _ => None,
    });
    let call = call.await.context("the switch tells of no call")?;
    caller.press("1");
    agent.answer(PATIENCE, Duration::from_secs(1)).await.context("the agent's phone does not ring")?;
    talk(&caller, &agent).await?;
    agent.hang_up().await?;
    caller.wait_for_end(PATIENCE).await.context("the flow does not end")?;
    let ticket = next(&mut live, |live| match live {
        Live::Ticket { ticket, call: of, .. } if *of == call => Some(*ticket),
        _ => None,
    });
    let ticket = ticket.await.context("no ticket was made")?;
    tell(running, call, ticket).await
}

/// Both sides speak until each has heard the other, and two seconds more.
async fn talk(caller: &Phone, agent: &Phone) -> Result<()> {
    caller.say_tone(CALLER_HZ);
    agent.say_tone(AGENT_HZ);
    let until = tokio::time::Instant::now() + PATIENCE;
    let mut hear_each_other = None;
    while hear_each_other.is_none_or(|since: tokio::time::Instant| since.elapsed() < TALK) {
        anyhow::ensure!(tokio::time::Instant::now() < until, "caller and agent do not hear each other");
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (caller_hears, agent_hears) = (level(caller, AGENT_HZ), level(agent, CALLER_HZ));
        if hear_each_other.is_none() && caller_hears > HEARD_DB && agent_hears > HEARD_DB {
            hear_each_other = Some(tokio::time::Instant::now());
            println!(
                "The caller hears the agent's {AGENT_HZ} Hz at {caller_hears:.1} dBFS, \
                 the agent the caller's {CALLER_HZ} Hz at {agent_hears:.1} dBFS.\n"
            );
        }
    }
    Ok(())
}

/// How loud a tone was in the last half second, in dB below full scale.
fn level(phone: &Phone, hz: u32) -> f64 {
    let samples = phone.heard();
    let last = samples.len().saturating_sub(4000);
    measure_tone(samples.get(last..).unwrap_or_default(), f64::from(hz))
}

fn password(config: &Config) -> Result<String> {
    let path = config.setup.as_ref().context("the demonstration needs `setup:` in the configuration")?;
    let base = path.parent().unwrap_or(Path::new(""));
    let agents = load_setup(path)?.agents;
    let agent = agents.iter().find(|agent| agent.no == AGENT).context("the set-up has no agent 1001")?;
    let secret = agent.password.as_ref().context("agent 1001 has no password")?;
    Ok(crate::config::resolve_secret(secret, base)?)
}

async fn next<T>(live: &mut broadcast::Receiver<Arc<Live>>, wanted: impl Fn(&Live) -> Option<T>) -> Option<T> {
    let wait = async {
        loop {
            match live.recv().await {
                Ok(message) => {
                    if let Some(found) = wanted(&message) {
                        return Some(found);
                    }
                }
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.ok().flatten()
}

/// The record of the call in plain words.
async fn tell(running: &Running, call: CallId, ticket: i64) -> Result<()> {
    for event in running.store.events(call).await? {
        if let Some(words) = words(&event) {
            println!("{:7.1} s  {words}", event.offset_us as f64 / 1e6);
        }
    }
    let recordings = running.store.recordings(call).await?;
    let recording = recordings.first().map_or("none".to_owned(), |recording| recording.id.clone());
    println!("\nticket #{ticket}, recording {recording}");
    Ok(())
}

fn words(event: &CallEvent) -> Option<String> {
    Some(match &event.what {
        What::Started { called, .. } => format!("INVITE {called}"),
        What::FlowStarted { flow, version } => format!("flow {flow}, version {version}"),
        What::NodeEntered { node, kind, .. } => format!("node {node} ({kind})"),
        What::PromptStarted { prompt, language } => format!("  hears {prompt} ({language})"),
        What::Key { digit, .. } => format!("  presses {digit}"),
        What::Queued { group, ahead, .. } => format!("queued for {group}, {ahead} ahead"),
        What::Ringing { agent, .. } => format!("agent {agent} rings"),
        What::Answered { agent, waited_ms } => {
            format!("agent {agent} answered after {:.1} s", *waited_ms as f64 / 1e3)
        }
        What::Bridged { agent } => format!("caller and agent {agent} talk"),
        What::RecordingStarted { .. } => "recording".to_owned(),
        What::RecordingEnded { duration_ms, .. } => format!("recorded {:.1} s", *duration_ms as f64 / 1e3),
        What::LegEnded { .. } => "the agent hung up".to_owned(),
        What::Ended { cause, .. } => format!("the call is over: {}", cause.name()),
        _ => return None,
    })
}
