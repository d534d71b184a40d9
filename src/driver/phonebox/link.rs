//! One open device: bytes in and bytes out, each with a deadline.
//!
//! A port that is gone shows itself in several ways: end of file, hang-up, EIO, ENXIO, ENODEV. All are [`LinkError::Gone`];
//! none may be read again, or the thread would spin.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd as _, IntoRawFd as _, RawFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serialport::{DataBits, SerialPort as _, StopBits, TTYPort};

use crate::phonebox::{FlowControl, Parity, SerialOptions};

/// A device that takes no byte for this long is stuck (CTS never comes, XOFF stays).
const WRITE_DEADLINE: Duration = Duration::from_secs(2);

/// Where a device is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Serial(PathBuf),
    Hidraw(PathBuf),
    Udp(SocketAddr),
}

impl Place {
    /// The device file, where there is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Place::Serial(path) | Place::Hidraw(path) => Some(path),
            Place::Udp(_) => None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Serial(path) | Place::Hidraw(path) => write!(f, "{}", path.display()),
            Place::Udp(address) => write!(f, "udp:{address}"),
        }
    }
}

/// Why a device cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("unplugged")]
    Gone,
    #[error("it takes no bytes (is flow control wired?)")]
    Stuck,
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Serial(#[from] serialport::Error),
}

/// An open device.
#[derive(Debug)]
pub struct Link {
    device: Device,
}

#[derive(Debug)]
enum Device {
    Serial(File),
    Hidraw(File),
    /// Boxes send from their own address; nothing is sent to them.
    Udp(UdpSocket),
}

impl Link {
    /// Opens a device for this process alone. `serial` is for [`Place::Serial`].
    pub fn open(place: &Place, serial: Option<&SerialOptions>) -> Result<Self, LinkError> {
        let device = match place {
            Place::Serial(path) => Device::Serial(open_serial(path, serial)?),
            Place::Hidraw(path) => {
                let mut options = OpenOptions::new();
                let file = options.read(true).write(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
                lock(&file)?;
                Device::Hidraw(file)
            }
            Place::Udp(address) => {
                let socket = UdpSocket::bind(address)?;
                socket.set_nonblocking(true)?;
                Device::Udp(socket)
            }
        };
        Ok(Link { device })
    }

    /// Where a UDP box is heard.
    pub fn local_address(&self) -> Option<SocketAddr> {
        match &self.device {
            Device::Udp(socket) => socket.local_addr().ok(),
            Device::Serial(_) | Device::Hidraw(_) => None,
        }
    }

    fn fd(&self) -> RawFd {
        match &self.device {
            Device::Serial(file) | Device::Hidraw(file) => file.as_raw_fd(),
            Device::Udp(socket) => socket.as_raw_fd(),
        }
    }

    /// Waits at most `wait` for bytes, or for one datagram; 0 when none came. What was sent before the cable was pulled
    /// is read before its loss is told.
    pub fn read(&mut self, buffer: &mut [u8], wait: Duration) -> Result<usize, LinkError> {
        if poll(self.fd(), libc::POLLIN, wait)? == 0 {
            return Ok(0);
        }
        let read = match &mut self.device {
            Device::Serial(file) | Device::Hidraw(file) => file.read(buffer),
            Device::Udp(socket) => return Ok(socket.recv(buffer).unwrap_or(0)),
        };
        match read {
            Ok(0) => Err(LinkError::Gone),
            Ok(count) => Ok(count),
            Err(error) if passes(&error) => Ok(0),
            Err(error) => Err(lost(error)),
        }
    }

    /// Writes all of it, or finds within the deadline of writes that it cannot.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        let fd = self.fd();
        let file = match &mut self.device {
            Device::Serial(file) | Device::Hidraw(file) => file,
            Device::Udp(_) => return Ok(()),
        };
        let deadline = Instant::now() + WRITE_DEADLINE;
        let mut rest = bytes;
        while !rest.is_empty() {
            match file.write(rest) {
                Ok(0) => return Err(LinkError::Gone),
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if passes(&error) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() || poll(fd, libc::POLLOUT, left)? == 0 {
                        return Err(LinkError::Stuck);
                    }
                }
                Err(error) => return Err(lost(error)),
            }
        }
        Ok(())
    }
}

impl Drop for Link {
    /// What a stuck device did not take is thrown away: closing would wait for it up to 30 s.
    fn drop(&mut self) {
        if let Device::Serial(file) = &self.device {
            // SAFETY: the descriptor is open; the call takes no memory.
            unsafe { libc::tcflush(file.as_raw_fd(), libc::TCIOFLUSH) };
        }
    }
}

fn open_serial(path: &Path, options: Option<&SerialOptions>) -> Result<File, LinkError> {
    let options = options.ok_or_else(|| io::Error::other("the profile is not for a serial port"))?;
    let builder = serialport::new(path.to_string_lossy(), options.baud)
        .data_bits(match options.data_bits {
            5 => DataBits::Five,
            6 => DataBits::Six,
            7 => DataBits::Seven,
            _ => DataBits::Eight,
        })
        .parity(match options.parity {
            Parity::None => serialport::Parity::None,
            Parity::Even => serialport::Parity::Even,
            Parity::Odd => serialport::Parity::Odd,
        })
        .stop_bits(if options.stop_bits == 2 { StopBits::Two } else { StopBits::One })
        .flow_control(match options.flow {
            FlowControl::None => serialport::FlowControl::None,
            FlowControl::RtsCts => serialport::FlowControl::Hardware,
            FlowControl::XonXoff => serialport::FlowControl::Software,
        });
    let mut port = TTYPort::open(&builder)?;
    // Best effort: a pseudo-terminal has no such lines, and with hardware flow control the kernel owns RTS.
    let _ = port.write_data_terminal_ready(options.dtr);
    if options.flow != FlowControl::RtsCts {
        let _ = port.write_request_to_send(options.rts);
    }
    // SAFETY: the descriptor is open and nobody else's: the port gave it up.
    let file = unsafe { File::from_raw_fd(port.into_raw_fd()) };
    set_nonblocking(&file)?;
    Ok(file)
}

fn set_nonblocking(file: &File) -> io::Result<()> {
    // SAFETY: the descriptor is open; the calls take no memory.
    let set = unsafe {
        let flags = libc::fcntl(file.as_raw_fd(), libc::F_GETFL);
        if flags < 0 { flags } else { libc::fcntl(file.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) }
    };
    if set < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// A second driver must not take half of the reports.
fn lock(file: &File) -> Result<(), LinkError> {
    file.try_lock().map_err(|_| io::Error::new(io::ErrorKind::ResourceBusy, "another program uses it").into())
}

/// Waits for `events` or a hang-up; 0 when the time passed.
fn poll(fd: RawFd, events: libc::c_short, wait: Duration) -> io::Result<libc::c_short> {
    let mut waiting = libc::pollfd { fd, events, revents: 0 };
    let millis = libc::c_int::try_from(wait.as_micros().div_ceil(1000)).unwrap_or(libc::c_int::MAX);
    // SAFETY: one pollfd, which lives through the call.
    let ready = unsafe { libc::poll(&raw mut waiting, 1, millis) };
    match ready {
        0 => Ok(0),
        1.. => Ok(waiting.revents),
        _ => {
            let error = io::Error::last_os_error();
            if passes(&error) { Ok(0) } else { Err(error) }
        }
    }
}

/// Nothing is wrong, only not now.
fn passes(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn lost(error: io::Error) -> LinkError {
    match error.raw_os_error() {
        Some(libc::EIO | libc::ENXIO | libc::ENODEV | libc::EPIPE | libc::EBADF | libc::ENOENT) => LinkError::Gone,
        _ => LinkError::Io(error),
    }
}
