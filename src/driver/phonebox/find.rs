//! Where a box is now: a path, a pattern of paths, a USB id, an address, or what its profile hints at.
//!
//! Asked anew at every attempt to open: a box that is plugged in again may come under another name.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::config::AUTO;
use super::link::Place;
use crate::phonebox::{Profile, Transport, UsbId};

/// Ports that are looked at for one box.
const MAX_PLACES: usize = 64;
/// Folders between a port of `/sys/class` and the USB device that it belongs to.
const MAX_PARENTS: usize = 8;

/// The folders in which devices are looked for: `/sys/class` and `/dev`.
#[derive(Clone, Debug)]
pub struct Roots {
    pub class: PathBuf,
    pub dev: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Roots { class: PathBuf::from("/sys/class"), dev: PathBuf::from("/dev") }
    }
}

/// A port as the settings name it, which is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no port: write a path, a pattern, usb:VID:PID, udp:ADDRESS:PORT or auto")]
pub struct BadPort(pub String);

/// What a `port` setting says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortName {
    Auto,
    Path(PathBuf),
    /// `*`, `?` and `[…]` in the last part of a path.
    Pattern(PathBuf),
    Usb(UsbId),
    Udp(SocketAddr),
}

impl std::str::FromStr for PortName {
    type Err = BadPort;

    fn from_str(text: &str) -> Result<Self, BadPort> {
        let bad = || BadPort(text.to_owned());
        if text == AUTO {
            return Ok(PortName::Auto);
        }
        if let Some(id) = text.strip_prefix("usb:") {
            let hex = |part: &str| u16::from_str_radix(part, 16).ok().filter(|_| part.len() == 4);
            let (vendor, product) = id.split_once(':').map_or((id, None), |(vendor, product)| (vendor, Some(product)));
            let product = product.map(|product| hex(product).ok_or_else(bad)).transpose()?;
            return Ok(PortName::Usb(UsbId { vendor: hex(vendor).ok_or_else(bad)?, product }));
        }
        if let Some(address) = text.strip_prefix("udp:") {
            return address.parse().map(PortName::Udp).map_err(|_| bad());
        }
        let path = PathBuf::from(text);
        match (path.is_absolute(), text.contains(['*', '?', '['])) {
            (false, _) => Err(bad()),
            (true, true) => Ok(PortName::Pattern(path)),
            (true, false) => Ok(PortName::Path(path)),
        }
    }
}

/// The places at which the box may be, the likeliest first.
pub fn places(port: &PortName, profile: &Profile, roots: &Roots) -> Vec<Place> {
    let of_path = |path: PathBuf| match profile.transport {
        Transport::Hidraw => Place::Hidraw(path),
        Transport::Serial(_) | Transport::Udp { .. } => Place::Serial(path),
    };
    let mut found: Vec<Place> = match port {
        PortName::Path(path) => vec![of_path(path.clone())],
        PortName::Pattern(pattern) => expand(pattern).into_iter().map(of_path).collect(),
        PortName::Usb(id) => usb(&[*id], profile, roots).into_iter().map(of_path).collect(),
        PortName::Udp(address) => vec![Place::Udp(*address)],
        PortName::Auto => match profile.transport {
            Transport::Udp { port } => vec![Place::Udp(SocketAddr::from(([0, 0, 0, 0], port)))],
            Transport::Serial(_) | Transport::Hidraw => {
                let globbed = profile.tty_glob.iter().flat_map(|pattern| expand(Path::new(pattern)));
                usb(&profile.usb, profile, roots).into_iter().chain(globbed).map(of_path).collect()
            }
        },
    };
    let mut seen = Vec::new();
    found.retain(|place| {
        !seen.contains(place) && seen.len() < MAX_PLACES && {
            seen.push(place.clone());
            true
        }
    });
    found
}

/// The paths that a pattern stands for, in order. Only its last part may have wildcards.
pub fn expand(pattern: &Path) -> Vec<PathBuf> {
    let (Some(folder), Some(name)) = (pattern.parent(), pattern.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let Some(name) = wildcards(name) else { return Vec::new() };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let fits = |entry: &fs::DirEntry| entry.file_name().to_str().is_some_and(|text| name.is_match(text));
    let mut found: Vec<PathBuf> = entries.filter(fits).map(|entry| entry.path()).collect();
    found.sort();
    found
}

fn wildcards(name: &str) -> Option<Regex> {
    let mut re = String::from("^");
    for c in name.chars() {
        match c {
            '*' => re.push_str(".*"),
            '?' => re.push('.'),
            '[' | ']' => re.push(c),
            other => re.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    re.push('$');
    // In a class `!` negates, and a hyphen was escaped, which a class takes too, but not as a range.
    Regex::new(&re.replace("[!", "[^").replace("\\-", "-")).ok()
}

/// The device files of USB devices with one of these ids.
fn usb(ids: &[UsbId], profile: &Profile, roots: &Roots) -> Vec<PathBuf> {
    let class = if profile.transport == Transport::Hidraw { "hidraw" } else { "tty" };
    let mut found: Vec<PathBuf> = fs::read_dir(roots.class.join(class))
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| usb_id(&entry.path()).is_some_and(|id| ids.iter().any(|wanted| fits(*wanted, id))))
        .map(|entry| roots.dev.join(entry.file_name()))
        .collect();
    found.sort();
    found
}

fn fits(wanted: UsbId, (vendor, product): (u16, u16)) -> bool {
    wanted.vendor == vendor && wanted.product.is_none_or(|wanted| wanted == product)
}

/// The USB ports that are plugged in now: device file, vendor, product.
pub fn port_ids(roots: &Roots) -> Vec<(PathBuf, u16, u16)> {
    let mut found = Vec::new();
    for class in ["tty", "hidraw"] {
        for entry in fs::read_dir(roots.class.join(class)).into_iter().flatten().flatten() {
            if let Some((vendor, product)) = usb_id(&entry.path()) {
                found.push((roots.dev.join(entry.file_name()), vendor, product));
            }
        }
    }
    found.sort();
    found
}

/// The ids of the USB device behind an entry of `/sys/class`: they stand in a folder above the port's own.
fn usb_id(entry: &Path) -> Option<(u16, u16)> {
    let mut folder = fs::canonicalize(entry.join("device")).ok()?;
    let read = |folder: &Path, file: &str| {
        let text = fs::read_to_string(folder.join(file)).ok()?;
        u16::from_str_radix(text.trim(), 16).ok()
    };
    for _ in 0..MAX_PARENTS {
        if let (Some(vendor), Some(product)) = (read(&folder, "idVendor"), read(&folder, "idProduct")) {
            return Some((vendor, product));
        }
        folder = folder.parent()?.to_owned();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonebox::Library;

    fn profile(id: &str) -> std::sync::Arc<Profile> {
        Library::builtin().get(id).expect("a profile of the binary").clone()
    }

    #[test]
    fn reads_what_a_port_may_be() {
        let read = |text: &str| text.parse::<PortName>();
        assert_eq!(read("auto"), Ok(PortName::Auto));
        assert_eq!(read("/dev/ttyUSB0"), Ok(PortName::Path("/dev/ttyUSB0".into())));
        assert_eq!(read("/dev/ttyUSB*"), Ok(PortName::Pattern("/dev/ttyUSB*".into())));
        assert_eq!(read("usb:0403:8e08"), Ok(PortName::Usb(UsbId { vendor: 0x0403, product: Some(0x8e08) })));
        assert_eq!(read("usb:0403"), Ok(PortName::Usb(UsbId { vendor: 0x0403, product: None })));
        assert_eq!(read("udp:127.0.0.1:3520"), Ok(PortName::Udp(SocketAddr::from(([127, 0, 0, 1], 3520)))));
        for wrong in ["", "ttyUSB0", "usb:403:1", "usb:0403:8e0g", "udp:3520"] {
            assert_eq!(read(wrong), Err(BadPort(wrong.to_owned())), "{wrong}");
        }
    }

    #[test]
    fn patterns_name_what_is_there_now() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["usb-CX93010_Modem-if00", "usb-other_modem", "usb-mouse", "ttyUSB10", "ttyUSB2"] {
            fs::write(folder.path().join(name), "").expect("written");
        }
        let expand = |pattern: &str| -> Vec<String> {
            let found = super::expand(&folder.path().join(pattern)).into_iter();
            found.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect()
        };
        assert_eq!(expand("*[Mm]odem*"), ["usb-CX93010_Modem-if00", "usb-other_modem"]);
        assert_eq!(expand("ttyUSB[0-9]"), ["ttyUSB2"]);
        assert_eq!(expand("ttyUSB?*"), ["ttyUSB10", "ttyUSB2"]);
        assert!(expand("nothing*").is_empty());
    }

    #[test]
    fn a_usb_id_is_found_under_whatever_name() {
        let root = tempfile::tempdir().expect("a folder");
        let device = root.path().join("devices/usb1/1-2");
        let port = device.join("1-2:1.0/ttyUSB7");
        fs::create_dir_all(&port).expect("made");
        fs::write(device.join("idVendor"), "0403\n").expect("written");
        fs::write(device.join("idProduct"), "8e08\n").expect("written");
        let class = root.path().join("class/tty/ttyUSB7");
        fs::create_dir_all(&class).expect("made");
        std::os::unix::fs::symlink(&port, class.join("device")).expect("linked");
        let roots = Roots { class: root.path().join("class"), dev: "/dev".into() };
        let there = [Place::Serial("/dev/ttyUSB7".into())];
        let xdmf = profile("xdmf-raw-1200");
        assert_eq!(places(&PortName::Auto, &xdmf, &roots), there);
        assert_eq!(places(&"usb:0403:8e08".parse().expect("an id"), &xdmf, &roots), there);
        assert!(places(&"usb:0403:0001".parse().expect("an id"), &xdmf, &roots).is_empty());
    }

    #[test]
    fn a_udp_box_is_heard_where_its_profile_says() {
        let roots = Roots::default();
        let places = places(&PortName::Auto, &profile("whozz-ethernet"), &roots);
        assert_eq!(places, [Place::Udp(SocketAddr::from(([0, 0, 0, 0], 3520)))]);
    }
}
