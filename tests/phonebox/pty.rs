//! A device on a real pseudo-terminal: the test holds the master, the driver opens the slave.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, IntoRawFd as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hotline::base::UtcMillis;
use hotline::driver::clock::Clock;
use hotline::driver::phonebox::{BoxConfig, BoxContext, BoxEvent, BoxHandle, BoxStatus, Roots};
use hotline::phonebox::{Event, EventKind};
use serialport::{SerialPort as _, TTYPort};
use tokio::sync::mpsc::{Receiver, channel};

/// How long something that must happen may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(5);

/// A plugged-in device. Dropping it pulls the plug.
pub struct Device {
    master: File,
    pub path: PathBuf,
}

impl Device {
    /// A new pseudo-terminal, raw from the start: a cooked one would echo what the driver says.
    pub fn plug_in() -> Device {
        let (master, slave) = TTYPort::pair().expect("a pseudo-terminal");
        let path = PathBuf::from(slave.name().expect("it has a name"));
        // SAFETY: the descriptor is open and nobody else's: the port gave it up.
        let master = unsafe { File::from_raw_fd(master.into_raw_fd()) };
        // SAFETY: the descriptor is open; the calls take no memory.
        unsafe {
            let flags = libc::fcntl(master.as_raw_fd(), libc::F_GETFL);
            assert!(libc::fcntl(master.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) >= 0);
        }
        Device { master, path }
    }

    /// Sends all of it, as fast as the terminal takes it.
    pub fn send(&mut self, bytes: &[u8]) {
        let until = Instant::now() + PATIENCE;
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.master.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => std::thread::sleep(LOOK),
                Err(error) => panic!("the device cannot send: {error}"),
            }
            assert!(Instant::now() < until, "the driver does not read");
        }
    }

    /// Sends what fits now; how much that was.
    pub fn try_send(&mut self, bytes: &[u8]) -> usize {
        self.master.write(bytes).unwrap_or(0)
    }

    /// Waits until the driver said `wanted` (and maybe more before it); everything it said.
    pub fn hear(&mut self, wanted: &[u8]) -> Vec<u8> {
        let until = Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        while !heard.windows(wanted.len()).any(|part| part == wanted) {
            let mut buffer = [0; 512];
            match self.master.read(&mut buffer) {
                Ok(count) => heard.extend_from_slice(&buffer[..count]),
                // EIO: the driver has not opened it, or no longer.
                Err(_) => std::thread::sleep(LOOK),
            }
            assert!(
                Instant::now() < until,
                "the driver did not say {:?} but {:?}",
                String::from_utf8_lossy(wanted),
                String::from_utf8_lossy(&heard)
            );
        }
        heard
    }
}

/// A running driver and what it told.
pub struct Driver {
    pub handle: BoxHandle,
    events: Receiver<BoxEvent>,
}

impl Driver {
    pub fn start(profile: &str, port: &str, may_talk: bool, now: UtcMillis) -> Driver {
        let config = BoxConfig { zone: Some("UTC".into()), ..BoxConfig::on_port(port, profile) };
        let context =
            BoxContext { library: super::library(), roots: Roots::default(), clock: Clock::showing(now), may_talk };
        let (sender, events) = channel(4096);
        Driver { handle: BoxHandle::start(&config, &context, sender).expect("it starts"), events }
    }

    /// A driver on `device` that has opened it.
    pub fn on(device: &Device, profile: &str, may_talk: bool, now: UtcMillis) -> Driver {
        let driver = Driver::start(profile, &text(&device.path), may_talk, now);
        driver.wait_for("open", |status| status.open.is_some());
        driver
    }

    pub fn wait_for(&self, what: &str, is: impl Fn(&BoxStatus) -> bool) -> BoxStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            let status = self.handle.status();
            if is(&status) {
                return status;
            }
            assert!(Instant::now() < until, "the box is never {what}: {status:?}");
            std::thread::sleep(LOOK);
        }
    }

    /// The next event that is about a line, or that `also` wants.
    pub fn next(&mut self, also: impl Fn(&EventKind) -> bool) -> Event {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.events.try_recv() {
                Ok(told) if is_of_line(&told.event.kind) || also(&told.event.kind) => return told.event,
                Ok(_) => {}
                Err(_) => std::thread::sleep(LOOK),
            }
            assert!(Instant::now() < until, "nothing was told: {:?}", self.handle.status());
        }
    }

    /// Everything told so far but that the port was opened.
    pub fn told(&mut self) -> Vec<Event> {
        let mut told = Vec::new();
        while let Ok(event) = self.events.try_recv() {
            told.push(event.event);
        }
        told.retain(|event| !matches!(event.kind, EventKind::DeviceReady { .. }));
        told
    }
}

fn is_of_line(kind: &EventKind) -> bool {
    !matches!(
        kind,
        EventKind::DeviceReady { .. }
            | EventKind::DeviceLost { .. }
            | EventKind::DeviceError { .. }
            | EventKind::DeviceSilent
            | EventKind::DeviceFlooding
            | EventKind::DeviceInfo { .. }
            | EventKind::DecodeError { .. }
    )
}

pub fn text(path: &Path) -> String {
    path.to_str().expect("a path that is text").to_owned()
}

/// CPU time that this process has used, all threads.
pub fn cpu() -> Duration {
    // SAFETY: getrusage fills the struct that it is given.
    let usage = unsafe {
        let mut usage = std::mem::zeroed::<libc::rusage>();
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &raw mut usage), 0);
        usage
    };
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    time(usage.ru_utime) + time(usage.ru_stime)
}
