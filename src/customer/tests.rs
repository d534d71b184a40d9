use super::*;

fn parse(raw: &str) -> Number {
    Number::parse(Some(raw), &NumberPlan::default())
}

/// E.164, kind and extension of each, in China and without an area.
fn check_phones(table: &[(&str, &str, Kind, Option<&str>)]) {
    for (raw, e164, kind, extension) in table {
        let number = parse(raw);
        let Number::Phone { e164: found, kind: found_kind, .. } = &number else { panic!("{raw}: {number:?}") };
        assert_eq!((found.as_str(), *found_kind, number.extension()), (*e164, *kind, *extension), "{raw}");
    }
}

#[test]
fn one_mobile_number_has_one_form_however_it_is_written() {
    let ways = [
        "13800138000",
        "+8613800138000",
        "+86 138 0013 8000",
        "+86-138-0013-8000",
        "+86 (0)138 0013 8000",
        "008613800138000",
        "0086 138-0013-8000",
        "8613800138000",
        "013800138000",
        "138/0013/8000",
        "138.0013.8000",
        "(138)00138000",
        "１３８００１３８０００",
        "＋８６１３８００１３８０００",
        "\u{202d}138 0013 8000\u{202c}",
        "138\u{a0}0013\u{2011}8000",
        "tel:+86-138-0013-8000",
        "tel:13800138000;phone-context=+86",
        "sip:+8613800138000@carrier.example;user=phone",
        "SIP:%2B8613800138000@10.0.0.1",
        "\"Zhang San\" <sip:13800138000@10.0.0.1>;tag=1",
        "17951 138 0013 8000",
        "12593013800138000",
        "  13800138000  ",
    ];
    for raw in ways {
        assert_eq!(parse(raw).key(), Some("+8613800138000"), "{raw}");
    }
    check_phones(&[
        ("13800138000", "+8613800138000", Kind::Mobile, None),
        ("19912345678", "+8619912345678", Kind::Mobile, None),
    ]);
}

#[test]
fn landlines_keep_their_area_and_lose_the_leading_zero() {
    check_phones(&[
        ("021-61234567", "+862161234567", Kind::Landline, None),
        ("02161234567", "+862161234567", Kind::Landline, None),
        ("2161234567", "+862161234567", Kind::Landline, None),
        ("+86 21 6123 4567", "+862161234567", Kind::Landline, None),
        ("+86 021 6123 4567", "+862161234567", Kind::Landline, None),
        ("862161234567", "+862161234567", Kind::Landline, None),
        ("8602161234567", "+862161234567", Kind::Landline, None),
        ("010 8888 1234", "+861088881234", Kind::Landline, None),
        ("1088881234", "+861088881234", Kind::Landline, None),
        ("0755-88881234", "+8675588881234", Kind::Landline, None),
        ("0391/8881234", "+863918881234", Kind::Landline, None),
        ("17909 0755 88881234", "+8675588881234", Kind::Landline, None),
        ("02195588", "+862195588", Kind::Landline, None),
        ("400-812-3602", "+864008123602", Kind::Service, None),
        ("4008123602", "+864008123602", Kind::Service, None),
        ("8008101234", "+868008101234", Kind::Service, None),
    ]);
}

#[test]
fn extensions_are_told_apart_and_do_not_change_the_key() {
    let with = |raw| (raw, "+862161234567", Kind::Landline, Some("801"));
    check_phones(
        &[
            "021-61234567-801",
            "021-61234567转801",
            "021-61234567 转 801",
            "021-61234567分机801",
            "021-61234567转分机801",
            "02161234567x801",
            "02161234567 ext. 801",
            "02161234567 EXT801",
            "02161234567,801",
            "02161234567#801",
            "tel:+862161234567;ext=801",
            "+86-21-6123-4567-801",
        ]
        .map(with),
    );
    for raw in ["755-8888-1234", "021-6123-4567", "138-0013-8000", "+1-212-555-0123", "0755-8888-1234"] {
        assert_eq!(parse(raw).extension(), None, "{raw}");
    }
    check_phones(&[("400-812-3602-5", "+864008123602", Kind::Service, Some("5"))]);
}

#[test]
fn numbers_abroad_keep_their_country() {
    check_phones(&[
        ("+44 (0)20 7946 0018", "+442079460018", Kind::Other, None),
        ("0044 20 7946 0018", "+442079460018", Kind::Other, None),
        ("+1 (212) 555-0123", "+12125550123", Kind::Other, None),
        ("0012125550123", "+12125550123", Kind::Other, None),
        ("+852 2345 6789", "+85223456789", Kind::Other, None),
        ("+39 06 698 12345", "+390669812345", Kind::Other, None),
    ]);
    let national = |raw: &str| match parse(raw) {
        Number::Phone { national, .. } => national,
        other => panic!("{raw}: {other:?}"),
    };
    assert_eq!(national("+12125550123"), "2125550123");
    assert_eq!(national("+442079460018"), "2079460018");
    assert_eq!(national("+85223456789"), "23456789");
    assert_eq!(national("+989121234567"), "9121234567");
}

#[test]
fn internal_and_service_numbers_stay_as_they_are() {
    for raw in ["801", "1001", "0", "110", "10086", "12345", "95588", "95555123", "9 5 5 8 8", "sip:1001@pbx.example"] {
        let digits: String = raw.trim_start_matches("sip:").split('@').take(1).collect::<String>().replace(' ', "");
        assert_eq!(parse(raw), Number::Short { digits }, "{raw}");
    }
}

#[test]
fn hidden_callers_have_no_key() {
    let hidden = [
        "",
        " ",
        "anonymous",
        "Anonymous",
        "sip:anonymous@anonymous.invalid",
        "<sip:Restricted@x>",
        "PRIVATE",
        "unknown",
        "Unavailable",
        "P",
        "O",
        "no number",
        "未知",
        "匿名",
        "00000000000",
        "000",
    ];
    for raw in hidden {
        assert_eq!(parse(raw), Number::Withheld, "{raw:?}");
    }
    assert_eq!(Number::parse(None, &NumberPlan::default()), Number::Withheld);
    assert_eq!(Number::Withheld.key(), None);
}

#[test]
fn what_is_no_number_is_kept_as_text() {
    for (raw, text) in [
        ("sip:Alice@pbx.example", "alice"),
        ("bob x12", "bob x12"),
        ("*21#", "*21#"),
        ("张三", "张三"),
        ("123456789012345678901", "123456789012345678901"),
        ("+0123456789", "+0123456789"),
        ("99999999", "99999999"),
    ] {
        assert_eq!(parse(raw), Number::Name { text: text.to_owned() }, "{raw}");
    }
    let long = "9".repeat(10_000);
    assert!(parse(&long).key().is_some_and(|key| key.len() <= 128));
}

#[test]
fn a_local_number_is_completed_by_the_plans_area_alone() {
    let shanghai = NumberPlan::new("86", "00", "0", Some("21")).expect("a plan");
    assert_eq!(Number::parse(Some("6123 4567"), &shanghai).key(), Some("+862161234567"));
    assert_eq!(Number::parse(Some("61234567-801"), &shanghai).extension(), Some("801"));
    assert_eq!(parse("61234567-8001").extension(), Some("8001"));
    let local = Number::Local { digits: "61234567".into(), extension: None };
    assert_eq!(parse("6123-4567"), local);
    assert_eq!(local.e164(), None);
}

#[test]
fn other_countries_have_other_prefixes() {
    let plan = |country, international, national, area| {
        NumberPlan::new(country, international, national, area).expect("a plan")
    };
    let (uk, usa) = (plan("44", "00", "0", None), plan("1", "011", "1", Some("212")));
    for (plan, raw, key) in [
        (&uk, "020 7946 0018", "+442079460018"),
        (&uk, "2079460018", "+442079460018"),
        (&uk, "0086 138 0013 8000", "+8613800138000"),
        (&uk, "+44 20 7946 0018", "+442079460018"),
        (&uk, "201", "201"),
        (&usa, "1-212-555-0123", "+12125550123"),
        (&usa, "(212) 555-0123", "+12125550123"),
        (&usa, "555-0123", "+12125550123"),
        (&usa, "011 86 138 0013 8000", "+8613800138000"),
    ] {
        assert_eq!(Number::parse(Some(raw), plan).key(), Some(key), "{raw}");
    }
}

#[test]
fn a_plan_with_wrong_codes_is_refused() {
    assert_eq!(NumberPlan::new("086", "00", "0", None), Err(PlanError::Country("086".into())));
    assert_eq!(NumberPlan::new("", "00", "0", None), Err(PlanError::Country(String::new())));
    assert_eq!(NumberPlan::new("86", "+", "0", None), Err(PlanError::Prefix("+".into())));
    assert_eq!(NumberPlan::new("86", "00", "0", Some("021")), Err(PlanError::Area("021".into())));
}

#[test]
fn reading_a_key_again_gives_the_same_key() {
    for raw in ["13800138000", "021-61234567-801", "+44 20 7946 0018", "801", "61234567", "Alice", "*21#"] {
        let number = parse(raw);
        let key = number.key().expect("a key");
        assert_eq!(parse(key).key(), Some(key), "{raw}");
    }
}

#[test]
fn no_text_at_all_makes_it_fail() {
    let mut rng = crate::base::Rng::from_number(20_261_121);
    const PIECES: [&str; 24] = [
        "+", "0", "00", "86", "1", "138", "021", "10", "95", "-", " ", "(", "(0)", "/", "x", "ext", "转", "tel:",
        "sip:", "<", "@", ";", "%2B", "é",
    ];
    for _ in 0..20_000 {
        let len = rng.below(8);
        let raw: String = (0..len).map(|_| PIECES[rng.below(PIECES.len() as u64) as usize]).collect();
        let number = parse(&raw);
        let _ = (number.key(), number.maybe_key(), Redacted(&raw).to_string());
        if let Some(e164) = number.e164() {
            assert!(e164.starts_with('+') && (8..=16).contains(&e164.len()), "{raw}: {e164}");
        }
    }
}

#[test]
fn one_customer_opens_several_are_a_choice_none_is_new() {
    let number = parse("021-61234567");
    for (exact, maybe, expected) in [
        (vec![7], vec![], Match::Open(7)),
        (vec![7, 7], vec![9], Match::Open(7)),
        (vec![7, 8, 7], vec![9], Match::Choose(vec![7, 8])),
        (vec![], vec![9], Match::Choose(vec![9])),
        (vec![], vec![], Match::New),
    ] {
        assert_eq!(decide(&number, &exact, &maybe), expected, "{exact:?} {maybe:?}");
    }
    assert_eq!(decide(&Number::Withheld, &[7], &[]), Match::Nobody);
}

#[test]
fn only_a_landline_may_have_been_noted_without_its_area() {
    for (raw, key) in [
        ("021-61234567", Some("61234567")),
        ("0391-8881234", Some("8881234")),
        ("02195588", None),
        ("13800138000", None),
        ("801", None),
    ] {
        assert_eq!(parse(raw).maybe_key(), key, "{raw}");
    }
}

#[test]
fn logs_show_enough_to_recognise_and_too_little_to_call() {
    for (raw, shown) in [
        ("13800138000", "138****8000"),
        ("+8613800138000", "+86138****8000"),
        ("021-61234567", "021-****4567"),
        ("61234567", "61****67"),
        ("8881234", "8****34"),
        ("1001", "1001"),
        ("95588", "95588"),
        ("alice", "a***"),
        ("张三", "张***"),
        ("", ""),
    ] {
        assert_eq!(Redacted(raw).to_string(), shown, "{raw}");
    }
}
