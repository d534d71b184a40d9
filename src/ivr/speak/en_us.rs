//! Numbers in American English: groups of three digits, without "and".

use super::parts::Part;

const HUNDRED: Part = ("hundred", "hundred");
const MINUS: Part = ("minus", "minus");

/// 0 to 19, then the tens from 20 to 90: `PARTS` begins with them in this order.
const SMALL: usize = 20;

/// The groups of three from the lowest; the first has no name.
const GROUPS: [Option<Part>; 7] = [
    None,
    Some(("thousand", "thousand")),
    Some(("million", "million")),
    Some(("billion", "billion")),
    Some(("trillion", "trillion")),
    Some(("quadrillion", "quadrillion")),
    Some(("quintillion", "quintillion")),
];

#[rustfmt::skip]
pub(super) const PARTS: &[Part] = &[
    ("0", "zero"), ("1", "one"), ("2", "two"), ("3", "three"), ("4", "four"), ("5", "five"), ("6", "six"),
    ("7", "seven"), ("8", "eight"), ("9", "nine"), ("10", "ten"), ("11", "eleven"), ("12", "twelve"),
    ("13", "thirteen"), ("14", "fourteen"), ("15", "fifteen"), ("16", "sixteen"), ("17", "seventeen"),
    ("18", "eighteen"), ("19", "nineteen"), ("20", "twenty"), ("30", "thirty"), ("40", "forty"),
    ("50", "fifty"), ("60", "sixty"), ("70", "seventy"), ("80", "eighty"), ("90", "ninety"), HUNDRED,
    ("thousand", "thousand"), ("million", "million"), ("billion", "billion"), ("trillion", "trillion"),
    ("quadrillion", "quadrillion"), ("quintillion", "quintillion"), MINUS, ("point", "point"),
    ("star", "star"), ("hash", "pound"), ("plus", "plus"), ("next", "You are next in line."), ("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"),
    ("e", "E"), ("f", "F"), ("g", "G"), ("h", "H"), ("i", "I"), ("j", "J"), ("k", "K"), ("l", "L"),
    ("m", "M"), ("n", "N"), ("o", "O"), ("p", "P"), ("q", "Q"), ("r", "R"), ("s", "S"), ("t", "T"),
    ("u", "U"), ("v", "V"), ("w", "W"), ("x", "X"), ("y", "Y"), ("z", "Z"),
];

pub(super) fn number(n: i64) -> Vec<Part> {
    let mut out = Vec::new();
    if n < 0 {
        out.push(MINUS);
    }
    let size = n.unsigned_abs();
    if size == 0 {
        out.push(PARTS[0]);
    }
    for (index, name) in GROUPS.iter().enumerate().rev() {
        let group = (size / 1000_u64.pow(index as u32) % 1000) as usize;
        if group > 0 {
            push_group(group, &mut out);
            out.extend(*name);
        }
    }
    out
}

pub(super) fn digit(c: char) -> Option<Part> {
    let name = match c {
        '*' => "star",
        '#' => "hash",
        '+' => "plus",
        '.' => "point",
        _ => return digit_or_letter(c),
    };
    PARTS.iter().copied().find(|(part, _)| *part == name)
}

fn digit_or_letter(c: char) -> Option<Part> {
    let mut name = [0; 4];
    let name: &str = c.to_ascii_lowercase().encode_utf8(&mut name);
    PARTS.iter().copied().find(|(part, _)| *part == name)
}

/// 1 to 999.
fn push_group(n: usize, out: &mut Vec<Part>) {
    if n >= 100 {
        out.push(PARTS[n / 100]);
        out.push(HUNDRED);
    }
    match n % 100 {
        0 => {}
        small @ 1..SMALL => out.push(PARTS[small]),
        tens => {
            out.push(PARTS[SMALL + tens / 10 - 2]);
            if tens % 10 > 0 {
                out.push(PARTS[tens % 10]);
            }
        }
    }
}
