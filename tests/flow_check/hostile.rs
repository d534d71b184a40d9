//! Files that nobody wrote with good will, or that somebody's cat wrote.

use std::time::{Duration, Instant};

use hotline::base::Rng;
use hotline::ivr::check::{Code, MAX_FINDINGS};

use super::check_anything;

/// Far above what any of these takes in a debug build on a busy machine, and far below what a blow-up would take.
const SOON: Duration = Duration::from_secs(20);

fn soon(name: &str, bytes: &[u8]) -> Vec<Code> {
    let start = Instant::now();
    let checked = check_anything(bytes);
    println!("{name}: {:?}", start.elapsed());
    assert!(start.elapsed() < SOON, "{name} took {:?}", start.elapsed());
    assert!(checked.diagnostics.len() <= 2 * MAX_FINDINGS);
    checked.diagnostics.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn what_is_no_text_or_too_large_is_one_finding() {
    assert_eq!(soon("empty", b""), [Code::E001]);
    assert_eq!(soon("blank", b" \n\n# nothing\n"), [Code::E001]);
    assert_eq!(soon("not UTF-8", b"ivr: 1\nname: \xff\xfe\n"), [Code::E001]);
    assert_eq!(soon("NUL", b"ivr: 1\nname: \0\n"), [Code::E001]);
    assert_eq!(soon("10 MB", &vec![b'a'; 10 << 20]), [Code::E001]);
    assert_eq!(soon("random", &(0..=255).cycle().take(4096).collect::<Vec<u8>>()), [Code::E001]);
    assert!(soon("a list", b"[1, 2]").contains(&Code::E117));
    assert!(soon("a word", b"hello").contains(&Code::E117));
}

#[test]
fn an_alias_bomb_is_not_expanded() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..40 {
        let before = format!("*a{}", n - 1);
        bomb += &format!("a{n}: &a{n} [{}]\n", [before.as_str(); 9].join(", "));
    }
    assert!(soon("bomb", bomb.as_bytes()).contains(&Code::E001));
}

#[test]
fn deep_nesting_stops_early() {
    for (name, open) in [("lists", "["), ("maps", "{a: "), ("blocks", "- ")] {
        let deep = open.repeat(200_000);
        assert!(soon(name, deep.as_bytes()).contains(&Code::E001), "{name}");
    }
    let steps: String = (0..2000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    assert!(soon("steps", &steps.as_bytes()[..1 << 20]).contains(&Code::E001));
}

/// As much of everything as fits into a quarter of the largest file that is read.
#[test]
fn very_large_files_are_checked_soon() {
    let head = "ivr: 1\nid: any\nlanguages: [zh-CN]\nstart: n0\n";
    let limit = 1 << 18;
    let fill = |head: &str, line: &dyn Fn(usize) -> String| {
        let mut text = head.to_owned();
        for n in 0.. {
            let line = line(n);
            if text.len() + line.len() > limit {
                break;
            }
            text += &line;
        }
        text
    };
    let nodes = format!("{head}nodes:\n");
    let cases: [(&str, String); 8] = [
        ("a chain", fill(&nodes, &|n| format!("  n{n}: {{type: play, prompt: p, next: n{}}}\n", n + 1))),
        ("loops", fill(&nodes, &|n| format!("  n{n}: {{type: play, prompt: p, next: n{n}}}\n"))),
        ("wrong edges", fill(&nodes, &|n| format!("  n{n}: {{type: play, prompt: p, next: m{n}}}\n"))),
        ("wrong types", fill(&nodes, &|n| format!("  n{n}: {{type: t{n}}}\n"))),
        ("unknown fields", fill(&nodes, &|n| format!("  n{n}: {{type: end, x{n}: 1}}\n"))),
        ("equal keys", fill(&nodes, &|_| "  n0: {type: end}\n".to_owned())),
        (
            "variables",
            fill(&format!("{head}nodes:\n  n0: {{type: end}}\nvars:\n"), &|n| format!("  v{n}: {{type: int}}\n")),
        ),
        (
            "options",
            fill(&format!("{nodes}  n0:\n    type: branch\n    prompt: p\n    options:\n"), &|n| {
                format!("      - {{name: o{n}, keywords: [\"{n}\"], next: n0}}\n")
            }),
        ),
    ];
    for (name, text) in cases {
        soon(name, text.as_bytes());
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_change_nothing() {
    let text = std::fs::read_to_string("ivr-flows/reception.yaml").expect("the flow ships");
    for variant in [text.replace('\n', "\r\n"), format!("\u{feff}{text}"), text.trim_end().to_owned()] {
        let found = check_anything(variant.replace("id: reception", "id: any").as_bytes());
        assert_eq!(found.diagnostics, []);
    }
    let broken = "ivr: 1\r\nid: any\r\nlanguages: [zh-CN]\r\nstart: b\r\nnodes:\r\n  a: { type: end }\r\n";
    let found = check_anything(broken.as_bytes()).diagnostics;
    assert_eq!((found[0].code, found[0].span.line, found[0].span.column), (Code::E100, 4, 8));
}

#[test]
fn slips_are_all_told_in_one_pass() {
    let text = "ivr: 1\nid: any\nlanguages: [zh-CN]\nstart: a\nprompts:\n  p: { zh-CN: { tts: x } }\nnodes:\n  a:\n    \
                type: branch\n    prompt：p\n    options:\n      - { name: x, keywords: [*], next: b }\n      \
                - { name: y, keywords: [\"1\", #], next: b }\n      - { name: z, keywords: [*2], next: b }\n  \
                b: { type: end, label：B }\n";
    let found = check_anything(text.as_bytes()).diagnostics;
    let places: Vec<_> = found.iter().map(|found| (found.code, found.span.line, found.span.column)).collect();
    let expected = [
        (Code::E001, 10, 11),
        (Code::E001, 12, 31),
        (Code::E001, 13, 36),
        (Code::E001, 14, 31),
        (Code::W201, 14, 31),
        (Code::E001, 15, 24),
    ];
    assert_eq!(places, expected, "{found:#?}");
}

/// Changes a good flow a little, as editors, merges and tired people do; replayable by its seed.
#[test]
fn no_mutation_of_a_flow_brings_the_checker_down() {
    let seed = 20_261_121;
    println!("seed {seed}");
    let mut rng = Rng::from_number(seed);
    let files = ["ivr-flows/hotline-main.yaml", "tests/flows/base.yaml", "tests/flows/broken.yaml"];
    let texts = files.map(|path| {
        let text = std::fs::read_to_string(path).expect("the file is part of the project");
        ["hotline-main", "base"].iter().fold(text, |text, id| text.replace(&format!("\nid: {id}"), "\nid: any"))
    });
    let mut good = 0;
    for round in 0..600 {
        let mut text = texts[round % texts.len()].clone();
        for _ in 0..=rng.below(3) {
            text = mutate(&text, &mut rng);
        }
        good += usize::from(check_anything(text.as_bytes()).flow.is_some());
    }
    assert!(good > 10, "some mutations are harmless: {good}");
}

fn mutate(text: &str, rng: &mut Rng) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let pick = |rng: &mut Rng, count: usize| rng.below(count as u64) as usize;
    let (a, b) = (pick(rng, lines.len()), pick(rng, lines.len()));
    match rng.below(8) {
        0 => drop(lines.remove(a)),
        1 => lines.insert(b, lines[a].clone()),
        2 => lines.swap(a, b),
        3 => lines[a] = format!("  {}", lines[a]),
        4 => lines[a] = lines[a].trim_start().to_owned(),
        5 => lines[a] = lines[a].replace(": ", "："),
        6 => lines[a] = lines[a].replace('"', ""),
        _ => {
            const LETTERS: &[char] = &[
                '*', '#', '&', '!', '[', ']', '{', '}', ':', ',', '"', '\'', '\t', '%', '@', '`', '|', '>', '-', '?',
                '一', '\u{0}', '\u{85}', '\u{2028}', '9',
            ];
            let mut chars: Vec<char> = lines[a].chars().collect();
            let at = pick(rng, chars.len() + 1);
            chars.insert(at, LETTERS[pick(rng, LETTERS.len())]);
            lines[a] = chars.into_iter().collect();
        }
    }
    lines.join("\n") + "\n"
}
