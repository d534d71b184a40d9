//! Numbers in Mandarin.
//!
//! Four digits make a section (千百十), sections are joined by 万 and 亿. A gap of zeros before a digit is one 零.
//! 10 to 19 begin with 十, not 一十. 2 is 两 before 百, 千, 万 and 亿 and when it counts something by itself, else 二.

use super::parts::{Part, Reading};

const ZERO: Part = ("0", "零");
const ONE: Part = ("1", "一");
const TWO: Part = ("2", "二");
const THREE: Part = ("3", "三");
const FOUR: Part = ("4", "四");
const FIVE: Part = ("5", "五");
const SIX: Part = ("6", "六");
const SEVEN: Part = ("7", "七");
const EIGHT: Part = ("8", "八");
const NINE: Part = ("9", "九");
/// 2 as a quantity.
const LIANG: Part = ("liang", "两");
/// 1 in a string of digits, where 一 sounds too much like 七.
const YAO: Part = ("yao", "幺");
const TEN: Part = ("ten", "十");
const HUNDRED: Part = ("hundred", "百");
const THOUSAND: Part = ("thousand", "千");
const WAN: Part = ("wan", "万");
const YI: Part = ("yi", "亿");
const MINUS: Part = ("minus", "负");
const POINT: Part = ("point", "点");
const STAR: Part = ("star", "星号");
const HASH: Part = ("hash", "井号");
const PLUS: Part = ("plus", "加");

const DIGITS: [Part; 10] = [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

#[rustfmt::skip]
pub(super) const PARTS: &[Part] = &[
    ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE, LIANG, YAO, TEN, HUNDRED, THOUSAND, WAN, YI,
    MINUS, POINT, STAR, HASH, PLUS, ("next", "您是下一位。"), ("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"), ("e", "E"), ("f", "F"),
    ("g", "G"), ("h", "H"), ("i", "I"), ("j", "J"), ("k", "K"), ("l", "L"), ("m", "M"), ("n", "N"),
    ("o", "O"), ("p", "P"), ("q", "Q"), ("r", "R"), ("s", "S"), ("t", "T"), ("u", "U"), ("v", "V"),
    ("w", "W"), ("x", "X"), ("y", "Y"), ("z", "Z"),
];

pub(super) fn number(n: i64, reading: Reading) -> Vec<Part> {
    let mut out = Vec::new();
    if n < 0 {
        out.push(MINUS);
    }
    match (n.unsigned_abs(), reading) {
        (0, _) => out.push(ZERO),
        (2, Reading::Count) => out.push(LIANG),
        (size, _) => push_number(size, &mut out),
    }
    out
}

pub(super) fn digit(c: char) -> Option<Part> {
    match c {
        '1' => Some(YAO),
        '*' => Some(STAR),
        '#' => Some(HASH),
        '+' => Some(PLUS),
        '.' => Some(POINT),
        _ => digit_or_letter(c),
    }
}

fn digit_or_letter(c: char) -> Option<Part> {
    let mut name = [0; 4];
    let name: &str = c.to_ascii_lowercase().encode_utf8(&mut name);
    PARTS.iter().copied().find(|(part, _)| *part == name)
}

/// `n` above zero, cut at the largest of 亿 and 万 that it reaches.
fn push_number(n: u64, out: &mut Vec<Part>) {
    let (unit, part) = match n {
        0..10_000 => return push_section(n, out),
        10_000..100_000_000 => (10_000, WAN),
        _ => (100_000_000, YI),
    };
    match n / unit {
        2 => out.push(LIANG),
        above => push_number(above, out),
    }
    out.push(part);
    let rest = n % unit;
    if rest > 0 {
        if rest < unit / 10 {
            out.push(ZERO);
        }
        push_rest(rest, out);
    }
}

/// What follows a larger unit: there 10 is 一十.
fn push_rest(n: u64, out: &mut Vec<Part>) {
    if (10..20).contains(&n) {
        out.push(ONE);
    }
    if n / 10_000 >= 10 && n / 10_000 < 20 {
        out.push(ONE);
    }
    push_number(n, out);
}

/// A section from 1 to 9,999.
fn push_section(n: u64, out: &mut Vec<Part>) {
    let mut gap = false;
    let mut begun = false;
    for (unit, part) in [(1000, Some(THOUSAND)), (100, Some(HUNDRED)), (10, Some(TEN)), (1, None)] {
        let d = (n / unit % 10) as usize;
        if d == 0 {
            gap = begun;
            continue;
        }
        if gap {
            out.push(ZERO);
            gap = false;
        }
        match (d, unit) {
            (1, 10) if !begun => {}
            (2, 100 | 1000) => out.push(LIANG),
            _ => out.push(DIGITS[d]),
        }
        out.extend(part);
        begun = true;
    }
}
