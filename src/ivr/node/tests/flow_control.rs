//! `hours`, `set`, `switch`, `ticket`, `end`.

use super::*;

const HOURS: &str = r##"
  first: { type: hours, calendar: office, open: yes, closed: no }
  yes: { type: end }
  no: { type: end }
"##;

fn open_at(time: &str) -> bool {
    let at = chrono::DateTime::parse_from_rfc3339(time).expect("a time");
    let flows = Flows::new(flow(HOURS), []);
    let (_, out) = Call::at(flows, CallFacts::default(), UtcMillis(at.timestamp_millis()));
    edges(&out) == ["first: open"]
}

#[test]
fn hours_follow_the_wall_clock_of_the_time_zone() {
    for (time, open) in [
        ("2026-03-02T09:00:00+08:00", true),
        ("2026-03-02T08:59:59+08:00", false),
        ("2026-03-02T11:59:59+08:00", true),
        ("2026-03-02T12:00:00+08:00", false),
        ("2026-03-02T13:30:00+08:00", true),
        ("2026-03-02T17:59:59Z", false),
        ("2026-03-02T01:30:00Z", true),
        ("2026-03-03T10:00:00+08:00", false),
        ("2026-03-07T10:00:00+08:00", true),
        ("2026-03-08T10:00:00+08:00", false),
    ] {
        assert_eq!(open_at(time), open, "{time}");
    }
}

#[test]
fn hours_are_right_through_a_change_of_summer_time() {
    let text = format!("{TOP}{HOURS}").replace("Asia/Shanghai", "Europe/Berlin");
    let flows = Flows::new(whole(&text, "t"), []);
    // The clocks went forward on 2026-03-29: nine o'clock is an hour earlier in UTC the day after.
    for (time, open) in [
        ("2026-03-27T07:30:00Z", false),
        ("2026-03-27T08:00:00Z", true),
        ("2026-03-30T06:59:00Z", false),
        ("2026-03-30T07:00:00Z", true),
    ] {
        let at = chrono::DateTime::parse_from_rfc3339(time).expect("a time").timestamp_millis();
        let (_, out) = Call::at(flows.clone(), CallFacts::default(), UtcMillis(at));
        assert_eq!(edges(&out) == ["first: open"], open, "{time}");
    }
}

#[test]
fn set_gives_typed_values_in_order() {
    let nodes = r##"
  first: { type: set, set: { code: "0042", count: "-7", good: "true", name: "${code}/${CallerNumber}" }, next: say }
  say: { type: play, prompt: said, next: end }
  end: { type: end }
"##;
    let (call, out) = Call::start(nodes);
    assert_eq!(call.session.value("name").as_deref(), Some("0042/13800138000"));
    assert_eq!(
        sounds(&out),
        [
            "zh-CN:号码",
            "num/zh-CN/0",
            "num/zh-CN/0",
            "num/zh-CN/4",
            "num/zh-CN/2",
            "zh-CN:，第",
            "num/zh-CN/minus",
            "num/zh-CN/7",
            "zh-CN:个，",
            "zh-CN:0042/13800138000",
        ]
    );
}

fn switched(value: &str, when: &str) -> bool {
    let nodes = format!(
        r##"
  first: {{ type: set, set: {{ {value} }}, next: which }}
  which: {{ type: switch, cases: [ {{ when: '{when}', next: yes }} ], else: no }}
  yes: {{ type: end }}
  no: {{ type: end }}
"##
    );
    edges(&Call::start(&nodes).1).contains(&"which: cases.1".to_owned())
}

#[test]
fn switch_compares_by_type() {
    for (value, when, holds) in [
        ("count: \"10\"", "${count} > 9", true),
        ("count: \"10\"", "${count} < 9", false),
        ("count: \"10\"", "${count} >= 10", true),
        ("count: \"10\"", "${count} <= 9", false),
        ("count: \"10\"", "${count} != 10", false),
        ("good: \"true\"", "${good} == true", true),
        ("good: \"false\"", "${good} == true", false),
        ("name: gold", "${name} in [silver, gold]", true),
        ("name: iron", "${name} in [silver, gold]", false),
        ("code: \"007\"", "${code} == \"007\"", true),
        ("code: \"07\"", "${code} == \"007\"", false),
    ] {
        assert_eq!(switched(value, when), holds, "{value}: {when}");
    }
}

#[test]
fn ticket_says_what_the_flow_knows() {
    let nodes = r##"
  first: { type: ticket, subject: "来电 ${CallerNumber}", skill_group: support, body: "到 ${CalledNumber}", fields: { call: "${CallId}" }, next: end }
  end: { type: end }
"##;
    let (_, out) = Call::start(nodes);
    assert!(out.contains(&Output::Ticket {
        subject: "来电 13800138000".to_owned(),
        group: "support".to_owned(),
        body: Some("到 4008123602".to_owned()),
        fields: vec![("call".to_owned(), "c1".to_owned())],
    }));
    assert_eq!(end(&out), Some((&EndReason::FlowEnd, Some("end"))));
}
