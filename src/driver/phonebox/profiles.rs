//! The profiles that count here: those of the binary, and those in the folder `hardware`, which win.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::Severity;
use crate::phonebox::{Library, LoadFault, builtin_texts};

/// Larger files are no profiles.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Profiles, and what is wrong with their files.
#[derive(Debug, Default)]
pub struct Profiles {
    pub library: Library,
    pub faults: Vec<ProfileFault>,
}

/// A fault with the text that it is in, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileFault {
    pub fault: LoadFault,
    text: String,
}

impl ProfileFault {
    /// As compilers show it: where, the line, a caret.
    pub fn render(&self) -> String {
        self.fault.fault.render(&self.fault.file, &self.text)
    }

    pub fn is_error(&self) -> bool {
        self.fault.fault.severity == Severity::Error
    }
}

impl Profiles {
    /// The profiles of the binary, and the `.yaml` files of `folder`; no folder is no fault.
    pub fn load(folder: &Path) -> io::Result<Self> {
        let mut files: Vec<PathBuf> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        files.retain(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml"));
        files.sort();
        Profiles::with_files(&files)
    }

    /// The profiles of the binary, and these files. A file takes the place of a profile of the binary with its name.
    pub fn with_files(files: &[PathBuf]) -> io::Result<Self> {
        let mut texts = Vec::new();
        for path in files {
            let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
            let size = std::fs::metadata(path).map_err(named)?.len();
            if size > MAX_FILE_BYTES {
                return Err(io::Error::other(format!("{}: {size} bytes are too many for a profile", path.display())));
            }
            let bytes = std::fs::read(path).map_err(named)?;
            texts.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
        Ok(Profiles::of_texts(texts))
    }

    fn of_texts(own: Vec<(String, String)>) -> Self {
        let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let replaced: Vec<String> = own.iter().map(|(path, _)| name(path)).collect();
        let built_in = builtin_texts().iter().filter(|(path, _)| !replaced.contains(&name(path)));
        let mut texts: Vec<(String, String)> =
            built_in.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        texts.extend(own);
        let (library, faults) = Library::load(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let by_name: BTreeMap<String, String> = texts.into_iter().collect();
        let shown = |fault: LoadFault| {
            let text = by_name.get(&fault.file).cloned().unwrap_or_default();
            ProfileFault { fault, text }
        };
        Profiles { library, faults: faults.into_iter().map(shown).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_takes_the_place_of_the_profile_with_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "schema: 1\nid: at-zyxel\ntitle: Mine\nextends: at-vcid-formatted\n";
        std::fs::write(folder.path().join("at-zyxel.yaml"), text).expect("written");
        let profiles = Profiles::load(folder.path()).expect("read");
        assert!(profiles.faults.is_empty(), "{:?}", profiles.faults);
        assert_eq!(profiles.library.get("at-zyxel").map(|profile| profile.title.as_str()), Some("Mine"));
        assert_eq!(profiles.library.iter().count(), 20);
    }

    #[test]
    fn no_folder_leaves_the_profiles_of_the_binary() {
        let profiles = Profiles::load(Path::new("/nonexistent/hardware")).expect("none is no fault");
        assert_eq!(profiles.library.iter().count(), 20);
    }

    #[test]
    fn a_fault_is_shown_in_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("mine.yaml"), "schema: 1\nid: mine\nlins: 2\n").expect("written");
        let profiles = Profiles::load(folder.path()).expect("read");
        let shown: String = profiles.faults.iter().map(ProfileFault::render).collect();
        assert!(shown.contains("mine.yaml:3:1"), "{shown}");
    }
}
