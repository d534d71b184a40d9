//! The serial and HID ports and the sound cards of this machine, for `hotline phonebox list`.

use std::path::{Path, PathBuf};

use crate::driver::phonebox::{PortName, Roots, places, port_ids};
use crate::driver::sound::card_names;
use crate::phonebox::Library;

/// Prints the USB ports that are plugged in and the profiles that name them, if there are some.
pub fn print(library: &Library) {
    let roots = Roots::default();
    let found = port_ids(&roots);
    if found.is_empty() {
        println!("\nNo USB serial or HID device is plugged in.");
        return;
    }
    println!("\n{:<20} {:<10}  PROFILES THAT NAME IT", "PORT", "USB");
    for (path, vendor, product) in found {
        println!("{:<20} {vendor:04x}:{product:04x}  {}", path.display(), profiles(&path, library, &roots));
    }
}

/// Prints the sound cards that can record.
pub fn print_cards() {
    match card_names() {
        Ok(cards) if cards.is_empty() => println!("\nNo sound card that records is plugged in."),
        Ok(cards) => {
            println!("\n{:<40} SOUND CARD", "SOUND");
            cards.iter().for_each(|card| println!("{:<40} {}", card.name, card.title));
        }
        Err(why) => println!("\nNo sound: {why}"),
    }
}

fn profiles(path: &Path, library: &Library, roots: &Roots) -> String {
    let is_here = |place: PathBuf| std::fs::canonicalize(place).is_ok_and(|place| place == path);
    let hinted = library.iter().filter(|profile| {
        places(&PortName::Auto, profile, roots).iter().any(|place| place.path().is_some_and(|p| is_here(p.to_owned())))
    });
    hinted.map(|profile| profile.id.as_str()).collect::<Vec<_>>().join(", ")
}
