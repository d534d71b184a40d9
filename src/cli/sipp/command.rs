//! The command: which scenarios, over which transports, how many at once; what held and what did not.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::expectation::{findings, order};
use super::house::{House, Shared};
use super::players::{Player, Stage};
use super::scenario::Scenario;
use crate::base::did_you_mean;
use crate::cli::serve;
use crate::config::SipTransport;

/// How long the record may take after the last player is done.
const RECORD_DEADLINE: Duration = Duration::from_secs(10);
/// How often the record is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[derive(Debug, clap::Args)]
pub struct SippArgs {
    /// Scenarios by name; all of them when none is named.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The folder of the scenarios.
    #[arg(long, value_name = "DIR", default_value = "sipp-scenarios")]
    scenarios: PathBuf,
    /// The folder of the sounds.
    #[arg(long, value_name = "DIR", default_value = "audio")]
    audio: PathBuf,
    /// Over this transport only: udp or tcp.
    #[arg(long, value_parser = transport)]
    transport: Option<SipTransport>,
    /// How many scenarios run at once.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: u8,
    /// Say what there is and run nothing.
    #[arg(long)]
    list: bool,
}

fn transport(text: &str) -> Result<SipTransport, String> {
    match text {
        "udp" => Ok(SipTransport::Udp),
        "tcp" => Ok(SipTransport::Tcp),
        _ => Err("write udp or tcp".to_owned()),
    }
}

pub async fn run(args: SippArgs) -> Result<ExitCode> {
    serve::log_to_stderr("error")?;
    let chosen = choose(&args)?;
    if args.list {
        for scenario in &chosen {
            println!("{:<32} {}", scenario.name, scenario.title);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let clips = tempfile::tempdir().context("cannot make a temporary folder")?;
    let shared = Shared { scenarios: args.scenarios, audio: args.audio, clips };
    let wanted = |transport| args.transport.is_none_or(|only| only == transport);
    let mut parts = Vec::new();
    for scenario in &chosen {
        let over = [SipTransport::Udp, SipTransport::Tcp].into_iter().filter(|&over| wanted(over));
        parts.extend(over.filter(|&over| scenario.plays_over(over)).map(|over| (scenario.clone(), over)));
    }
    let failed = play_all(Arc::new(shared), parts, args.jobs).await?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn choose(args: &SippArgs) -> Result<Vec<Scenario>> {
    let mut all = Scenario::read_all(&args.scenarios)?;
    if all.is_empty() {
        bail!("there is no scenario in {}", args.scenarios.display());
    }
    for name in &args.names {
        if !all.iter().any(|scenario| scenario.name == *name) {
            let near = did_you_mean(name, all.iter().map(|scenario| scenario.name.as_str()));
            let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            bail!("there is no scenario {name} in {}{near}", args.scenarios.display());
        }
    }
    all.retain(|scenario| args.names.is_empty() || args.names.contains(&scenario.name));
    Ok(all)
}

/// Plays every scenario, `jobs` at once; returns how many failed.
async fn play_all(shared: Arc<Shared>, parts: Vec<(Scenario, SipTransport)>, jobs: u8) -> Result<usize> {
    let turns = Arc::new(Semaphore::new(jobs.into()));
    let mut running = JoinSet::new();
    for (index, (scenario, transport)) in parts.into_iter().enumerate() {
        let number = u8::try_from(index + 1).context("at most 255 scenarios in one run: name some")?;
        let (shared, turns) = (shared.clone(), turns.clone());
        running.spawn(async move {
            let _turn = turns.acquire_owned().await;
            let begun = Instant::now();
            let played = play(&scenario, &shared, transport, number).await;
            (format!("{} over {}", scenario.name, transport.name()), begun.elapsed(), played)
        });
    }
    let (mut held, mut failed) = (0, 0);
    while let Some(done) = running.join_next().await {
        let (name, took, played) = done.context("a scenario's task ended by a fault")?;
        let seconds = took.as_secs_f64();
        match played {
            Ok(()) => {
                held += 1;
                println!("held    {name} ({seconds:.1} s)");
            }
            Err(error) => {
                failed += 1;
                println!("FAILED  {name} ({seconds:.1} s)\n{error:#}\n");
            }
        }
    }
    println!("{held} held, {failed} failed");
    Ok(failed)
}

/// One scenario over one transport, in a switch of its own.
async fn play(scenario: &Scenario, shared: &Shared, transport: SipTransport, number: u8) -> Result<()> {
    let house = House::start(scenario, shared, transport).await?;
    let stage = Stage {
        scenarios: &shared.scenarios,
        notes: house.folder.path(),
        server: house.sip()?,
        transport,
        number,
        deadline: Duration::from_secs(scenario.deadline_s),
    };
    let played = perform(scenario, &stage, &house).await;
    let judged = match played {
        Ok(()) => judge(scenario, &house).await,
        Err(error) => Err(error),
    };
    house.running.stop().await;
    judged
}

/// Everyone plays their part to its end.
async fn perform(scenario: &Scenario, stage: &Stage<'_>, house: &House) -> Result<()> {
    let mut players = Vec::new();
    // Phones that must get no call never end by themselves; they are ended with this list.
    let mut idle: Vec<Player> = Vec::new();
    for (index, part) in scenario.agents.iter().enumerate() {
        let player = stage.seat(index, part, house.password(&part.no)?).await?;
        if part.calls > 0 { players.push(player) } else { idle.push(player) }
    }
    let begun = Instant::now();
    let mut callers: Vec<_> = scenario.callers.iter().enumerate().collect();
    callers.sort_by_key(|(_, part)| part.after_ms);
    for (index, part) in callers {
        tokio::time::sleep_until(begun + Duration::from_millis(part.after_ms)).await;
        players.push(stage.call(scenario.agents.len() + index, part)?);
    }
    for player in players {
        player.end().await?;
    }
    Ok(())
}

/// Waits until the record says what it must; what is still missing at the deadline is the error.
async fn judge(scenario: &Scenario, house: &House) -> Result<()> {
    let until = Instant::now() + RECORD_DEADLINE;
    loop {
        let mut found = Vec::new();
        let mut story = String::new();
        for expect in &scenario.expect {
            let kept = house.kept(&expect.from).await?;
            let of_these = findings(expect, &kept);
            if !of_these.is_empty() {
                let events = kept.iter().flat_map(|call| &call.events);
                story.extend(events.map(|event| format!("\n    {event}")));
            }
            found.extend(of_these);
        }
        let mut talked = Vec::new();
        for from in &scenario.bridged_in_order {
            talked.push((from.clone(), house.kept(from).await?));
        }
        found.extend(order(&talked));
        if found.is_empty() {
            return Ok(());
        }
        if Instant::now() > until {
            bail!("the record does not say what it must:\n  {}\n  it says:{story}", found.join("\n  "));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
