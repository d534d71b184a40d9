//! “Did you mean”.

use super::{Text, say};

/// Longer names and longer lists are not compared: a typing slip is not hidden in them, and time would be.
const MAX_CHARS: usize = 64;
const MAX_NAMES: usize = 1000;

/// The help for a name that is none, when one of `names` is close.
pub(super) fn did_you_mean<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<Text> {
    let best = closest(name, names)?;
    Some(say!("did you mean `{best}`?", "是不是 `{best}`？"))
}

pub(super) fn closest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wanted: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    if wanted.is_empty() || wanted.len() > MAX_CHARS {
        return None;
    }
    let allowed = (wanted.len() / 3).max(1);
    let ranked = names.into_iter().take(MAX_NAMES).filter_map(|candidate| {
        let letters: Vec<char> = candidate.chars().flat_map(char::to_lowercase).take(MAX_CHARS + 1).collect();
        if letters.len().abs_diff(wanted.len()) > allowed {
            return None;
        }
        let distance = distance(&wanted, &letters);
        (distance <= allowed).then_some((distance, candidate))
    });
    ranked.min().map(|(_, candidate)| candidate)
}

/// Edits between two words; two letters changed about count as one (Damerau, restricted).
fn distance(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; width];
        for j in 1..width {
            let change = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let names = ["main_menu", "to_presales", "presales", "aftersales"];
        assert_eq!(closest("main_meun", names), Some("main_menu"));
        assert_eq!(closest("presale", names), Some("presales"));
        assert_eq!(closest("Main_Menu", names), Some("main_menu"));
        assert_eq!(closest("voicemail", names), None);
        assert_eq!(closest("", names), None);
        assert_eq!(closest(&"a".repeat(1000), names), None);
    }

    #[test]
    fn swapped_letters_are_one_edit() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("meun"), &chars("menu")), 1);
        assert_eq!(distance(&chars("售前"), &chars("售后")), 1);
        assert_eq!(distance(&chars(""), &chars("abc")), 3);
    }
}
