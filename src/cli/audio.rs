//! `hotline audio list|check|upload|review|download|delete`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Subcommand, ValueEnum};

use super::{ConfigArg, config};
use crate::config::Config;
use crate::config::setup::Role;
use crate::driver::clock::Clock;
use crate::library::{self, Shelf, Upload, UploadError, admit, audio_files};
use crate::store::{Actor, AudioState};

#[derive(Debug, clap::Args)]
pub struct AudioArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    config: ConfigArg,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the library.
    List,
    /// Say whether files would be taken, and how loud they are; exit code 1 when one would not.
    Check {
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// Bring a wav or mp3 file of at most 5 MiB into the library, where it waits for its review.
    Upload {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// How flows name it.
        #[arg(long)]
        id: String,
        /// How people name it; without it the id.
        #[arg(long, default_value = "")]
        name: String,
    },
    /// Approve or reject audio: flows play what is approved.
    Review {
        id: String,
        verdict: Verdict,
        #[arg(long)]
        note: Option<String>,
    },
    /// Write the file as it was uploaded.
    Download {
        id: String,
        #[arg(value_name = "FILE")]
        to: PathBuf,
    },
    /// Delete audio for ever; refused while a published flow plays it.
    Delete { id: String },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Verdict {
    Approve,
    Reject,
}

/// What is wrong with what was asked about ends with 1, what is wrong with the command with 2.
pub async fn run(args: AudioArgs) -> Result<ExitCode> {
    if let Action::Check { files } = &args.action {
        return check(files);
    }
    let config = config::load(&args.config)?;
    match act(&config, args.action).await {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            eprintln!("hotline: {error:#}");
            Ok(ExitCode::from(1))
        }
    }
}

async fn act(config: &Config, action: Action) -> Result<()> {
    // Whoever may run commands on this machine owns the call centre.
    let by = Actor::person("command line", Role::Founder);
    let store = library::open_store(config).await?;
    let now = Clock::start().now().utc;
    let shelf = Shelf::new(&config.data);
    match action {
        Action::Check { .. } => {}
        Action::List => {
            for row in store.audio().await? {
                let loudness = row.loudness_lufs.map_or("-".to_owned(), |lufs| format!("{lufs:.1} LUFS"));
                let seconds = row.duration_ms as f64 / 1e3;
                println!("{:<24} {:<9} {seconds:7.1} s  {loudness:>11}  {}", row.id, row.state.name(), row.name);
            }
        }
        Action::Upload { file, id, name } => {
            anyhow::ensure!(
                audio_files(&config.audio).iter().all(|known| known.id != id),
                "audio {id} came with the installation: choose another id"
            );
            let file_name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = read(&file)?;
            let row = match shelf.upload(&store, Upload { id, name, file_name, bytes }, &by, now).await {
                Err(UploadError::Refused(why)) => anyhow::bail!("{}: {why}", file.display()),
                other => other?,
            };
            println!("audio {} waits for its review: hotline audio review {0} approve", row.id);
        }
        Action::Review { id, verdict, note } => {
            let verdict = match verdict {
                Verdict::Approve => AudioState::Approved,
                Verdict::Reject => AudioState::Rejected,
            };
            store.review_audio(&id, verdict, note.as_deref(), &by, now).await?;
        }
        Action::Download { id, to } => {
            store.audio_item(&id).await?;
            let (path, _) = shelf.original(&id).context("its file is not on this machine")?;
            std::fs::copy(path, &to).with_context(|| format!("cannot write {}", to.display()))?;
        }
        Action::Delete { id } => shelf.delete(&store, &id, &by, now).await?,
    }
    store.close().await;
    Ok(())
}

/// A file that is far too large is not read to its end.
fn read(file: &Path) -> Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    opened.take(library::MAX_AUDIO_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn check(files: &[PathBuf]) -> Result<ExitCode> {
    let mut refused = false;
    for file in files {
        let bytes = read(file)?;
        match admit(&file.to_string_lossy(), &bytes) {
            Ok(good) => {
                let loudness = good.loudness_lufs.map_or("too short to measure".to_owned(), |l| format!("{l:.1} LUFS"));
                let seconds = good.duration_ms as f64 / 1e3;
                println!(
                    "{}: {} of {seconds:.1} s, {loudness}, peak {:.1} dBFS",
                    file.display(),
                    good.ending,
                    good.peak_dbfs
                );
                good.flaws.iter().for_each(|flaw| println!("{}: warning: {flaw:?}", file.display()));
            }
            Err(why) => {
                refused = true;
                eprintln!("{}: {why}", file.display());
            }
        }
    }
    Ok(if refused { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
