//! The house rules that a compiler does not check: layers, sizes, citations, leftovers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file over this many lines is split by noun or RFC state machine.
const MAX_LINES: usize = 600;

/// Layers from the bottom. A module may use modules of lower layers, and what [`ALSO`] lists.
const LAYERS: &[&[&str]] = &[
    &["base"],
    &["acd", "customer", "ivr", "media", "phonebox", "rtp", "sdp", "sip", "ticket"],
    &["call"],
    &["api", "config", "driver", "library", "store"],
    &["app", "cli"],
];

/// Uses within a layer that are meant: media sees session descriptions and RTP; layer 3 shares configuration types, and
/// the API reads the store; the commands start the application.
const ALSO: &[(&str, &str)] = &[
    ("media", "sdp"),
    ("media", "rtp"),
    ("api", "store"),
    ("api", "config"),
    ("api", "driver"),
    ("api", "library"),
    ("library", "config"),
    ("library", "driver"),
    ("library", "store"),
    ("store", "config"),
    ("config", "driver"),
    ("driver", "config"),
    ("cli", "app"),
];

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The module of a source file: the first name below `src`.
fn module_of(path: &Path) -> String {
    let mut parts = path.components().skip(1);
    let first = parts.next().map(|part| part.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules that a source text names as `crate::module`.
fn used(text: &str) -> BTreeSet<String> {
    text.match_indices("crate::")
        .filter_map(|(at, found)| {
            let name: String =
                text[at + found.len()..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            layer(&name).map(|_| name)
        })
        .collect()
}

fn fail_on(title: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{title}:\n{}", faults.join("\n"));
}

#[test]
fn modules_use_only_lower_layers() {
    let mut faults = Vec::new();
    for path in files("src", "rs") {
        let module = module_of(&path);
        let Some(own) = layer(&module) else { continue };
        for other in used(&read(&path)) {
            let below = layer(&other).is_some_and(|layer| layer < own);
            let meant = other == module || ALSO.contains(&(module.as_str(), other.as_str()));
            if !below && !meant {
                faults.push(format!("{}: {module} may not use {other}", path.display()));
            }
        }
    }
    fail_on("imports against the layers", &faults);
}

#[test]
fn cores_use_no_runtime_database_or_socket() {
    let outside = ["tokio", "sqlx", "axum", "std::fs::", "std::process::"];
    let mut faults = Vec::new();
    for path in files("src", "rs") {
        let pure = layer(&module_of(&path)).is_some_and(|layer| layer <= 2);
        // Clips and recordings are files; media's format code is the one core that names them.
        let media_file = module_of(&path) == "media";
        for (number, line) in read(&path).lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let found =
                outside.iter().find(|name| code.contains(*name) && !(media_file && name.starts_with("std::fs")));
            if let (true, Some(name)) = (pure, found) {
                faults.push(format!("{}:{}: a core may not use {name}", path.display(), number + 1));
            }
        }
    }
    fail_on("a core that is not pure", &faults);
}

#[test]
fn every_core_denies_clocks_and_sockets() {
    let mut faults = Vec::new();
    for module in LAYERS[..3].iter().copied().flatten() {
        let path = PathBuf::from(format!("src/{module}/mod.rs"));
        if !read(&path).contains("#![deny(clippy::disallowed_methods, clippy::disallowed_types)]") {
            faults.push(path.display().to_string());
        }
    }
    fail_on("cores without the bans", &faults);
}

#[test]
fn files_are_small() {
    let faults: Vec<_> = files("src", "rs")
        .iter()
        .chain(&files("tests", "rs"))
        .map(|path| (path.display().to_string(), read(path).lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    fail_on("files to split", &faults);
}

#[test]
fn every_rfc_that_the_code_cites_is_in_the_list() {
    let list = read(Path::new("docs/rfc.md"));
    let mut faults = BTreeSet::new();
    for path in files("src", "rs") {
        let text = read(&path);
        for (at, _) in text.match_indices("RFC ") {
            let number: String = text[at + 4..].chars().take_while(char::is_ascii_digit).collect();
            if !number.is_empty() && !list.contains(&number) {
                faults.insert(format!("{}: RFC {number} is not in docs/rfc.md", path.display()));
            }
        }
    }
    fail_on("citations without a row", &faults.into_iter().collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = ["todo!(", "unimplemented!(", concat!("FIX", "ME"), concat!("TO", "DO"), "dbg!("];
    let mut faults = Vec::new();
    for path in files("src", "rs") {
        for (number, line) in read(&path).lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) {
                faults.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    fail_on("left unfinished", &faults);
}
