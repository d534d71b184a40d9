//! A set of profiles that may extend each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::load::load;
use super::types::Profile;
use crate::base::{Diagnostic, Place, Severity};

/// Profiles by id.
#[derive(Clone, Debug, Default)]
pub struct Library {
    profiles: BTreeMap<String, Arc<Profile>>,
}

/// A fault in one of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadFault {
    pub file: String,
    pub fault: Diagnostic,
}

impl Library {
    /// Reads all files (`name`, text). Profiles without errors are usable, also when others have some.
    pub fn load<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Self, Vec<LoadFault>) {
        let mut library = Library::default();
        let (mut faults, mut waiting) = (Vec::new(), Vec::new());
        for (name, text) in files {
            // A file that extends another waits for it; every file is read once its parent is known.
            if load(text, &|_| None).extends.is_some() {
                waiting.push((name, text));
            } else {
                library.take(name, text, &Library::default(), &mut faults);
            }
        }
        let parents = library.clone();
        for (name, text) in waiting {
            library.take(name, text, &parents, &mut faults);
        }
        (library, faults)
    }

    /// The profiles that come with the binary. Their files are tested, so they have no faults.
    pub fn builtin() -> Self {
        Library::load(super::builtin_texts().iter().copied()).0
    }

    fn take(&mut self, name: &str, text: &str, parents: &Library, faults: &mut Vec<LoadFault>) {
        let loaded = load(text, &|id| parents.get(id).map(|profile| Profile::clone(profile)));
        let fault = |fault| LoadFault { file: name.to_owned(), fault };
        faults.extend(loaded.faults.into_iter().map(fault));
        let Some(profile) = loaded.profile else { return };
        if self.profiles.contains_key(&profile.id) {
            let place = Place { line: 1, column: 1, width: 1 };
            let message = format!("another file has the profile {} too", profile.id);
            faults.push(fault(Diagnostic::error("duplicate-id", place, message)));
            return;
        }
        self.profiles.insert(profile.id.clone(), Arc::new(profile));
    }

    /// Adds the profiles of `other`; its own win where ids are equal.
    pub fn extended_by(mut self, other: Library) -> Self {
        self.profiles.extend(other.profiles);
        self
    }

    pub fn get(&self, id: &str) -> Option<&Arc<Profile>> {
        self.profiles.get(id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Profile>> {
        self.profiles.values()
    }
}

impl LoadFault {
    pub fn is_error(&self) -> bool {
        self.fault.severity == Severity::Error
    }
}
