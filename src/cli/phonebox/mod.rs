//! `hotline phonebox list|check|probe|listen|replay|hear|dial`.

mod check;
mod hear;
mod live;
mod ports;
mod replay;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Subcommand;

use crate::base::did_you_mean;
use crate::driver::phonebox::Profiles;
use crate::phonebox::{Library, Profile, Transport};

#[derive(Debug, clap::Args)]
pub struct PhoneboxArgs {
    #[command(subcommand)]
    action: Action,
    /// Folder of profiles of your own, beside those of the binary.
    #[arg(long, global = true, value_name = "DIR", default_value = "hardware")]
    hardware: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the profiles (what each kind of box can tell and do), the ports that are plugged in, and the sound cards.
    List,
    /// Check profile files (all of them when none is named); exit code 1 when one has an error.
    Check {
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Play transcripts (a row of JSON a line), or with --profile a raw capture, in virtual time; print the events.
    Replay {
        /// A file, or `-` for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The profile of a raw capture.
        #[arg(long, value_name = "ID")]
        profile: Option<String>,
    },
    /// Ask the device on a port what it is; exit code 1 when no profile fits.
    Probe {
        /// A serial port, such as /dev/ttyUSB0.
        #[arg(value_name = "PORT")]
        port: PathBuf,
    },
    /// Print what a box tells, an event a line, until it is interrupted.
    Listen {
        /// A serial port, a pattern, usb:VID:PID, udp:ADDRESS:PORT, or auto with a profile.
        #[arg(value_name = "PORT")]
        port: String,
        /// The profile; without it the device is asked what it is.
        #[arg(long, value_name = "ID")]
        profile: Option<String>,
        /// Do not write a byte to the device: no set-up, no keep-alive.
        #[arg(long, requires = "profile")]
        silent: bool,
        /// Stop after this many seconds.
        #[arg(long, value_name = "SECONDS")]
        seconds: Option<u64>,
    },
    /// Read caller ID (FSK and DTMF) from the sound of a line, 16-bit WAV at a multiple of 8000 Hz; exit code 1 when
    /// there is none.
    Hear {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// DTMF numbers may begin and end with any of A B C D * #, as in China.
        #[arg(long)]
        any_marks: bool,
    },
    /// Dial a number on the line; exit code 1 when it did not get there.
    Dial {
        #[arg(value_name = "PORT")]
        port: String,
        #[arg(value_name = "NUMBER")]
        number: String,
        /// The profile; without it the device is asked what it is.
        #[arg(long, value_name = "ID")]
        profile: Option<String>,
        /// The line of a box with several.
        #[arg(long)]
        line: Option<u32>,
    },
}

pub fn run(args: PhoneboxArgs) -> Result<ExitCode> {
    match args.action {
        Action::List => list(&usable(&args.hardware)?),
        Action::Check { files } => check::run(&files, &args.hardware),
        Action::Replay { file, profile } => {
            let library = usable(&args.hardware)?;
            match profile {
                Some(id) => replay::capture(&file, &named(&library, &id)?),
                None => replay::rows(&file, &library),
            }
        }
        Action::Hear { file, any_marks } => hear::run(&file, any_marks, &usable(&args.hardware)?),
        Action::Probe { port } => live::probe_port(&port, &usable(&args.hardware)?),
        Action::Listen { port, profile, silent, seconds } => {
            let session = live::Session::start(&port, profile, usable(&args.hardware)?, !silent)?;
            live::listen(session, seconds)
        }
        Action::Dial { port, number, profile, line } => {
            live::dial(live::Session::start(&port, profile, usable(&args.hardware)?, true)?, &number, line)
        }
    }
}

/// The profiles without errors; faults are told.
fn usable(folder: &Path) -> Result<Library> {
    let profiles = Profiles::load(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for fault in profiles.faults.iter().filter(|fault| fault.is_error()) {
        eprint!("{}", fault.render());
    }
    Ok(profiles.library)
}

fn named(library: &Library, id: &str) -> Result<Arc<Profile>> {
    library.get(id).cloned().with_context(|| {
        let meant = did_you_mean(id, library.iter().map(|profile| profile.id.as_str()));
        let hint = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
        format!("there is no profile {id}{hint} `hotline phonebox list` shows all")
    })
}

fn list(library: &Library) -> Result<ExitCode> {
    println!("{:<20} {:>5}  {:<18} {:<4}  {:<4}  TITLE", "PROFILE", "LINES", "PORT", "HOOK", "DIAL");
    for profile in library.iter() {
        println!(
            "{:<20} {:>5}  {:<18} {:<4}  {:<4}  {}",
            profile.id,
            profile.lines,
            port(profile),
            yes(profile.session.hook_is_told),
            yes(profile.dial.is_some()),
            profile.title
        );
    }
    ports::print(library);
    ports::print_cards();
    Ok(ExitCode::SUCCESS)
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn port(profile: &Profile) -> String {
    match &profile.transport {
        Transport::Serial(serial) => format!("serial {}", serial.baud),
        Transport::Udp { port } => format!("udp {port}"),
        Transport::Hidraw => "hidraw".to_owned(),
    }
}
