//! A throw-away PostgreSQL cluster for tests: its own data folder, reachable through a unix socket in it, run by an
//! unprivileged user, and removed with the process that started it, however that ends.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Set to 1 to leave PostgreSQL out of the tests.
pub const SKIP_VARIABLE: &str = "HOTLINE_NO_PG";
/// The cluster's superuser.
const USER: &str = "hotline";
/// Who runs the server when the tests run as root, which PostgreSQL refuses.
const UNPRIVILEGED: &str = "postgres";
const START_TIMEOUT: Duration = Duration::from_secs(60);

pub struct Postgres {
    bin: PathBuf,
    dir: PathBuf,
    as_root: bool,
    /// Holds the pipe whose end tells the watchdog to clean up.
    _watchdog: Child,
}

/// The cluster that the tests of this process share. `None` when the tests are to go without.
///
/// # Panics
/// When PostgreSQL is not installed or does not start, and nobody said to go without.
pub fn shared() -> Option<&'static Postgres> {
    static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
    SHARED.get_or_init(Postgres::start_unless_skipped).as_ref()
}

impl Postgres {
    /// A cluster of its own, for a test that stops it.
    pub fn start_unless_skipped() -> Option<Postgres> {
        if std::env::var(SKIP_VARIABLE).is_ok_and(|value| value == "1") {
            eprintln!("skipped on PostgreSQL: {SKIP_VARIABLE}=1 is set");
            return None;
        }
        Some(Postgres::start().unwrap_or_else(|problem| {
            panic!("no PostgreSQL for the tests: {problem}\ninstall the package `postgresql`, or set {SKIP_VARIABLE}=1 to go without")
        }))
    }

    fn start() -> Result<Postgres, String> {
        let bin = newest_bin().ok_or("nothing in /usr/lib/postgresql/*/bin")?;
        let as_root = output(Command::new("id").arg("-u"))?.trim() == "0";
        let dir = output(command_as(as_root, "mktemp").args(["-d", "/tmp/hotline-pg.XXXXXX"]))?;
        let dir = PathBuf::from(dir.trim());
        let watchdog = watch(as_root, &bin, &dir)?;
        let cluster = Postgres { bin, dir, as_root, _watchdog: watchdog };
        let data = cluster.data();
        let initdb =
            ["--username", USER, "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8", "-D"];
        output(cluster.command("initdb").args(initdb).arg(&data))?;
        cluster.run()?;
        Ok(cluster)
    }

    /// Starts the server, also after [`Postgres::stop`].
    pub fn run(&self) -> Result<(), String> {
        let socket = self.dir.display();
        let options = format!("-k {socket} -h '' -c fsync=off -c max_connections=200 -c shared_buffers=32MB");
        let log = self.dir.join("log");
        output(self.command("pg_ctl").arg("-D").arg(self.data()).arg("-l").arg(&log).arg("-o").arg(options).args([
            "-w",
            "-t",
            &START_TIMEOUT.as_secs().to_string(),
            "start",
        ]))
        .map(|_| ())
        .map_err(|problem| format!("{problem}\n{}", std::fs::read_to_string(&log).unwrap_or_default()))
    }

    /// Stops the server as a power cut would.
    pub fn stop(&self) {
        let stopped = output(self.command("pg_ctl").arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "stop"]));
        stopped.unwrap_or_else(|problem| panic!("PostgreSQL does not stop: {problem}"));
    }

    /// The address of one database of the cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@localhost/{database}?host={}", self.dir.display())
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn command(&self, program: &str) -> Command {
        command_as(self.as_root, &self.bin.join(program).display().to_string())
    }
}

fn newest_bin() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()).unwrap_or(0);
    let newest =
        versions.map(|entry| entry.path()).filter(|path| path.join("bin/initdb").exists()).max_by_key(version)?;
    Some(newest.join("bin"))
}

fn command_as(as_root: bool, program: &str) -> Command {
    let mut command = if as_root {
        let mut command = Command::new("runuser");
        command.args(["-u", UNPRIVILEGED, "--", program]);
        command
    } else {
        Command::new(program)
    };
    // A folder that the unprivileged user may be in.
    command.current_dir("/tmp").stdin(Stdio::null());
    command
}

/// A shell that waits until this process is gone, then stops the server and removes its folder.
fn watch(as_root: bool, bin: &std::path::Path, dir: &std::path::Path) -> Result<Child, String> {
    use std::os::unix::process::CommandExt as _;
    let script = format!(
        "read -r _; {bin}/pg_ctl -D {dir}/data -m immediate stop; rm -rf {dir}",
        bin = bin.display(),
        dir = dir.display()
    );
    let mut command = command_as(as_root, "sh");
    command.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // A group of its own: an interrupt at the terminal must not reach it before its work.
    command.process_group(0).spawn().map_err(|error| error.to_string())
}

/// The standard output of a command, or all that it said when it failed.
fn output(command: &mut Command) -> Result<String, String> {
    let started = Instant::now();
    // The server inherits what pg_ctl gives it: files, not pipes, so that reading them ends.
    let mut out = tempfile::tempfile().map_err(|error| error.to_string())?;
    let copy = || out.try_clone().map_err(|error| error.to_string());
    let (stdout, stderr) = (copy()?, copy()?);
    let status = command.stdout(stdout).stderr(stderr).status().map_err(|error| format!("{command:?}: {error}"))?;
    let mut text = String::new();
    std::io::Seek::rewind(&mut out).map_err(|error| error.to_string())?;
    out.read_to_string(&mut text).map_err(|error| error.to_string())?;
    if status.success() {
        Ok(text)
    } else {
        Err(format!("{command:?} after {:.1} s: {status}\n{text}", started.elapsed().as_secs_f32()))
    }
}
