//! Reads `hours:`: calendars of opening hours (E170).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{Fields, NameOf, Reader, Shape, Table, opt, req};
use crate::ivr::check::{Code, Diagnostic, say};
use crate::ivr::flow::{At, Calendar, CalendarName, DaySpan, Exception, Span, Weekly};
use crate::ivr::yaml::{Entry, Tree};

pub static CALENDAR: Table = Table {
    en: "a calendar",
    zh: "日历",
    fields: &[
        opt("timezone", Shape::Text, "A name of the IANA time zones, such as Asia/Shanghai. Required."),
        req("weekly", Shape::Own("weekly"), "Open hours by day: mon to sun, or mon-fri."),
        opt("exceptions", Shape::List(&EXCEPTION), "Holidays and make-up working days; they win over weekly."),
        opt("note", Shape::Text, "For people."),
    ],
    shared: &[],
};

pub static EXCEPTION: Table = Table {
    en: "an exception",
    zh: "例外日期",
    fields: &[
        req("dates", Shape::Text, "One day, 2026-10-10, or a range, 2026-10-01..2026-10-07."),
        opt("name", Shape::Text, "For people."),
        req("open", Shape::Names(NameOf::Text), "Open hours on these days; [] is closed."),
    ],
    shared: &[],
};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub fn read_calendars(tree: &Tree, reader: &mut Reader<'_>) -> BTreeMap<CalendarName, Calendar> {
    let mut calendars = BTreeMap::new();
    for Entry { key, value } in reader.entries(tree, &say!("`hours`", "`hours` ")) {
        let mut fields = Fields::open(value, &CALENDAR, key.span, reader);
        let calendar = read_calendar(&mut fields);
        calendars.insert(CalendarName::new(&key.text), calendar);
    }
    calendars
}

fn read_calendar(fields: &mut Fields<'_, '_, '_>) -> Calendar {
    let timezone = read_timezone(fields);
    let weekly = read_weekly(fields);
    let exceptions = fields.list("exceptions", read_exception).into_iter().flatten().collect();
    Calendar { timezone, weekly, exceptions, span: fields.span }
}

fn read_timezone(fields: &mut Fields<'_, '_, '_>) -> Tz {
    let help = say!("write timezone: Asia/Shanghai", "请写 timezone: Asia/Shanghai");
    if fields.tree("timezone").is_none() {
        let message = say!("the calendar has no time zone", "日历没有时区");
        fields.reader.error_help(Code::E170, fields.span, message, help);
        return Tz::UTC;
    }
    let Some(text) = fields.text("timezone") else { return Tz::UTC };
    text.value.parse().unwrap_or_else(|_| {
        let name = &text.value;
        fields.reader.error_help(
            Code::E170,
            text.span,
            say!("there is no time zone `{name}`", "没有时区 `{name}`"),
            help,
        );
        Tz::UTC
    })
}

fn read_weekly(fields: &mut Fields<'_, '_, '_>) -> Weekly {
    let Some(tree) = fields.tree("weekly") else { return Weekly::default() };
    let reader = &mut *fields.reader;
    let mut days: BTreeMap<u8, Vec<At<DaySpan>>> = BTreeMap::new();
    for Entry { key, value } in reader.entries(tree, &say!("`weekly`", "`weekly` ")) {
        let Some((first, last)) = days_of(&key.text) else {
            let day = &key.text;
            let help = say!("write mon to sun, or a range such as mon-fri", "请写 mon 到 sun，或 mon-fri 这样的范围");
            reader.error_help(Code::E170, key.span, say!("there is no day `{day}`", "没有 `{day}` 这一天"), help);
            continue;
        };
        let ranges = read_ranges(value, reader);
        (first..=last).for_each(|day| days.entry(day).or_default().extend(ranges.iter().cloned()));
    }
    days.values_mut().for_each(|ranges| sort_ranges(ranges, reader));
    Weekly(days)
}

/// Days from 0 = Monday, both included.
fn days_of(text: &str) -> Option<(u8, u8)> {
    let number = |name: &str| DAYS.iter().position(|day| *day == name.trim()).and_then(|n| u8::try_from(n).ok());
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some((first, last))
}

fn read_exception(fields: &mut Fields<'_, '_, '_>) -> Option<Exception> {
    let name = fields.text("name").map(|name| name.value);
    let mut open = fields.tree("open").map_or_else(Vec::new, |tree| read_ranges(tree, fields.reader));
    sort_ranges(&mut open, fields.reader);
    let dates = fields.text("dates")?;
    let (first, last) = dates.value.split_once("..").unwrap_or((&dates.value, &dates.value));
    match (date(first), date(last)) {
        (Some(first), Some(last)) if first <= last => Some(Exception { first, last, name, open, span: dates.span }),
        _ => {
            let message = say!("these are no dates", "日期不正确");
            let help = say!("write 2026-10-01 or 2026-10-01..2026-10-07", "请写 2026-10-01 或 2026-10-01..2026-10-07");
            fields.reader.error_help(Code::E170, dates.span, message, help);
            None
        }
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()
}

fn read_ranges(tree: &Tree, reader: &mut Reader<'_>) -> Vec<At<DaySpan>> {
    let what = say!("open hours", "开放时间");
    let texts: Vec<_> = reader.items(tree, &what).iter().filter_map(|item| reader.text(item, &what)).collect();
    texts.iter().filter_map(|text| read_range(text, reader)).collect()
}

fn read_range(text: &At<String>, reader: &mut Reader<'_>) -> Option<At<DaySpan>> {
    let times = text.value.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
    let help =
        say!("write \"09:00-18:00\"; \"24:00\" is the end of the day", "请写 \"09:00-18:00\"；\"24:00\" 是一天的结束");
    match times {
        Some((from_minute, to_minute)) if from_minute < to_minute => {
            Some(At::new(DaySpan { from_minute, to_minute }, text.span))
        }
        Some(_) => {
            let help = say!(
                "past midnight, write two ranges: \"22:00-24:00\", and \"00:00-02:00\" on the next day",
                "跨越零点请写成两段：\"22:00-24:00\" 和次日 \"00:00-02:00\""
            );
            reader.error_help(
                Code::E170,
                text.span,
                say!("this range ends before it begins", "结束时间不晚于开始时间"),
                help,
            );
            None
        }
        None => {
            reader.error_help(Code::E170, text.span, say!("this is no range of hours", "时间范围不正确"), help);
            None
        }
    }
}

/// Minutes from midnight of `09:30`.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| digits)
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 24 * 60).then_some(total)
}

/// Sorts, and tells ranges that overlap.
fn sort_ranges(ranges: &mut [At<DaySpan>], reader: &mut Reader<'_>) {
    ranges.sort_by_key(|range| (range.value, range.span));
    for pair in ranges.windows(2) {
        if pair[1].from_minute < pair[0].to_minute {
            let (later, earlier): (Span, Span) = (pair[0].span.max(pair[1].span), pair[0].span.min(pair[1].span));
            let finding = Diagnostic::new(Code::E170, later, say!("these hours overlap", "时间范围重叠"));
            reader.findings.add(finding.note(say!("with these", "与这里"), earlier));
        }
    }
}
