use std::collections::BTreeSet;

use super::*;

fn zh(n: i64) -> String {
    number_text(n, "zh-CN", Reading::Count).expect("zh-CN is spoken")
}

fn en(n: i64) -> String {
    number_text(n, "en-US", Reading::Count).expect("en-US is spoken")
}

#[test]
#[rustfmt::skip]
fn reads_mandarin_numbers() {
    for (n, text) in [
        (0, "零"), (1, "一"), (2, "两"), (3, "三"), (9, "九"), (10, "十"), (11, "十一"), (12, "十二"), (19, "十九"),
        (20, "二十"), (21, "二十一"), (22, "二十二"), (99, "九十九"), (100, "一百"), (101, "一百零一"), (102, "一百零二"),
        (110, "一百一十"), (111, "一百一十一"), (112, "一百一十二"), (120, "一百二十"), (200, "两百"), (202, "两百零二"),
        (220, "两百二十"), (222, "两百二十二"), (999, "九百九十九"), (1000, "一千"), (1001, "一千零一"), (1010, "一千零一十"),
        (1011, "一千零一十一"), (1100, "一千一百"), (1101, "一千一百零一"), (1110, "一千一百一十"), (2000, "两千"), (2002, "两千零二"),
        (2020, "两千零二十"), (2222, "两千两百二十二"), (9999, "九千九百九十九"), (10_000, "一万"), (10_001, "一万零一"),
        (10_010, "一万零一十"), (10_100, "一万零一百"), (11_000, "一万一千"), (12_345, "一万两千三百四十五"), (20_000, "两万"),
        (20_002, "两万零二"), (22_000, "两万两千"), (100_000, "十万"), (100_010, "十万零一十"), (101_000, "十万一千"),
        (120_000, "十二万"), (200_000, "二十万"), (220_000, "二十二万"), (1_000_000, "一百万"), (1_100_000, "一百一十万"),
        (2_000_000, "两百万"), (10_010_000, "一千零一万"), (10_000_001, "一千万零一"), (20_000_000, "两千万"),
        (100_000_000, "一亿"), (100_000_001, "一亿零一"), (100_001_000, "一亿零一千"), (100_010_000, "一亿零一万"),
        (100_100_000, "一亿零一十万"), (110_000_000, "一亿一千万"), (120_003_000, "一亿两千万三千"), (200_000_000, "两亿"),
        (1_000_000_000, "十亿"), (1_010_000_000, "十亿一千万"), (12_0000_0000, "十二亿"), (1_0000_0000_0000, "一万亿"),
        (2_0000_0000_0000, "两万亿"), (-5, "负五"), (-10, "负十"),
    ] {
        assert_eq!(zh(n), text, "{n}");
    }
}

#[test]
fn two_is_er_when_it_is_a_place_and_liang_when_it_counts() {
    assert_eq!(number_text(2, "zh-CN", Reading::Ordinal).as_deref(), Some("二"));
    assert_eq!(number_text(2, "zh-CN", Reading::Count).as_deref(), Some("两"));
    assert_eq!(number_text(12, "zh-CN", Reading::Ordinal).as_deref(), Some("十二"));
}

#[test]
#[rustfmt::skip]
fn reads_english_numbers() {
    for (n, text) in [
        (0, "zero"), (1, "one"), (7, "seven"), (12, "twelve"), (13, "thirteen"), (19, "nineteen"),
        (20, "twenty"), (21, "twenty one"), (40, "forty"), (99, "ninety nine"), (100, "one hundred"),
        (101, "one hundred one"), (115, "one hundred fifteen"), (342, "three hundred forty two"),
        (1000, "one thousand"), (1001, "one thousand one"), (12_000, "twelve thousand"),
        (100_000, "one hundred thousand"), (1_000_000, "one million"), (1_000_001, "one million one"),
        (2_345_678, "two million three hundred forty five thousand six hundred seventy eight"),
        (1_000_000_000, "one billion"), (-1, "minus one"),
    ] {
        assert_eq!(en(n), text, "{n}");
    }
}

#[test]
fn reads_the_largest_and_the_smallest_number() {
    assert!(en(i64::MAX).starts_with("nine quintillion two hundred twenty three quadrillion"));
    assert!(en(i64::MIN).starts_with("minus nine quintillion"));
    assert!(zh(i64::MIN).starts_with("负九百二十二亿"));
}

#[test]
fn no_mandarin_number_says_zero_twice_in_a_row_or_ends_in_one() {
    for n in (1..12_000_i64).chain((12_000..300_000).step_by(7)).chain((99_990_000..100_020_000).step_by(7)) {
        let said = zh(n);
        assert!(!said.contains("零零"), "{n}: {said}");
        assert!(!said.ends_with('零'), "{n}: {said}");
        assert_eq!(value_of(&said), n, "{said}");
    }
}

/// Reads Mandarin back, by rules of its own.
fn value_of(said: &str) -> i64 {
    let (mut total, mut section, mut digit) = (0, 0, 0);
    for c in said.chars() {
        match c {
            '十' => section += std::mem::take(&mut digit).max(1) * 10,
            '百' => section += std::mem::take(&mut digit) * 100,
            '千' => section += std::mem::take(&mut digit) * 1000,
            '万' => total += (std::mem::take(&mut section) + std::mem::take(&mut digit)) * 10_000,
            '亿' => total = (total + std::mem::take(&mut section) + std::mem::take(&mut digit)) * 100_000_000,
            '两' => digit = 2,
            c => digit = "零一二三四五六七八九".chars().position(|d| d == c).expect("a digit") as i64,
        }
    }
    total + section + digit
}

#[test]
fn reads_digits_one_by_one() {
    assert_eq!(digits_text("1001", "zh-CN").as_deref(), Some("幺零零幺"));
    assert_eq!(digits_text("1001", "en-US").as_deref(), Some("one zero zero one"));
    assert_eq!(digits_text("+86 138-0013", "zh-CN").as_deref(), Some("加八六幺三八零零幺三"));
    assert_eq!(digits_text("A0*", "en-US").as_deref(), Some("A zero star"));
    assert_eq!(digits("", "en-US"), Some(Vec::new()));
    assert_eq!(digits("3", "zh-CN"), Some(vec!["num/zh-CN/3".to_owned()]));
}

#[test]
fn says_nothing_in_a_language_without_recordings() {
    assert_eq!(number(1, "fr-FR", Reading::Count), None);
    assert_eq!(digits("1", "fr-FR"), None);
    assert!(!speaks("fr-FR"));
}

#[test]
fn every_part_that_is_asked_for_is_in_the_list_of_recordings() {
    let listed: BTreeSet<String> = recorded_parts().into_iter().map(|part| part.id).collect();
    for language in ["zh-CN", "en-US"] {
        let numbers = (-20..12_000).chain((1..62).map(|bit| (1_i64 << bit) + 7)).chain([i64::MIN, i64::MAX]);
        for n in numbers {
            for id in number(n, language, Reading::Count).expect("spoken") {
                assert!(listed.contains(&id), "{id} for {n}");
            }
        }
        let all: String = (' '..='~').collect();
        for id in digits(&all, language).expect("spoken") {
            assert!(listed.contains(&id), "{id}");
        }
    }
}

#[test]
fn the_list_of_recordings_names_each_once_and_only_in_its_language() {
    let parts = recorded_parts();
    let ids: BTreeSet<&str> = parts.iter().map(|part| part.id.as_str()).collect();
    assert_eq!(ids.len(), parts.len());
    assert!(parts.iter().all(|part| part.id.starts_with(&format!("num/{}/", part.language))));
}

#[test]
fn the_waiting_tone_is_never_silent_for_two_seconds() {
    let waiting = tones().into_iter().find(|tone| tone.id == WAITING).expect("listed");
    assert!(waiting.off_ms < 2000);
}
