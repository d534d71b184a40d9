//! Device profiles: those that come with the binary are right, and wrong ones are told at their place.

use hotline::phonebox::{Library, builtin_texts};

#[test]
fn the_profiles_of_the_binary_have_no_faults() {
    let (library, faults) = Library::load(builtin_texts().iter().copied());
    let text = |file: &str| builtin_texts().iter().find(|(name, _)| *name == file).map_or("", |(_, text)| *text);
    let told: String = faults.iter().map(|fault| fault.fault.render(&fault.file, text(&fault.file))).collect();
    assert!(faults.is_empty(), "{told}");
    assert_eq!(library.iter().count(), 20);
}
