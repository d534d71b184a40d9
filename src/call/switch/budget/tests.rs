use std::time::Duration;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

fn at(text: &str) -> Now {
    let utc = chrono::DateTime::parse_from_rfc3339(text).expect("a time").timestamp_millis();
    Now::new(Instant::from_millis(1_000_000_000), UtcMillis(utc))
}

fn limits(calls: Option<u32>, minutes: Option<u32>, timezone: Tz) -> BTreeMap<String, DailyBudget> {
    BTreeMap::from([("carrier".to_owned(), DailyBudget { calls, minutes, timezone })])
}

fn set(budgets: &mut Budgets, limits: BTreeMap<String, DailyBudget>, spent: Option<&[Spent]>, now: Now) {
    budgets.configure(limits, spent, now);
}

fn call(budgets: &mut Budgets, now: Now) {
    budgets.today("carrier", now.utc).calls += 1;
}

#[test]
fn calls_are_counted_until_midnight_of_the_trunks_time_zone() {
    let mut budgets = Budgets::default();
    // Nine in the evening in Shanghai.
    let evening = at("2026-11-28T13:00:00Z");
    set(&mut budgets, limits(Some(2), None, Tz::Asia__Shanghai), None, evening);
    call(&mut budgets, evening);
    assert!(budgets.barred(evening).is_empty());
    call(&mut budgets, evening);
    let barred = budgets.barred(evening);
    assert_eq!(barred.len(), 1);
    assert_eq!((budgets.untold(&barred, evening).len(), budgets.untold(&barred, evening).len()), (1, 0), "told once");
    assert_eq!(budgets.barred(evening.plus(2 * HOUR)).len(), 1);
    let next_day = evening.plus(3 * HOUR);
    assert!(budgets.barred(next_day).is_empty(), "it is midnight there, not yet by UTC");
    assert_eq!(budgets.spent("carrier", next_day), (0, 0));
}

#[test]
fn minutes_of_calls_that_are_up_count_and_belong_to_the_day_of_their_end() {
    let mut budgets = Budgets::default();
    let evening = at("2026-11-28T23:50:00Z");
    set(&mut budgets, limits(None, Some(30), Tz::UTC), None, evening);
    let leg = crate::base::CallId::from_raw(1).leg(0);
    budgets.talking.insert(leg, ("carrier".to_owned(), evening.instant));
    assert!(budgets.barred(evening.plus(HOUR / 2 - Duration::from_secs(1))).is_empty());
    let later = evening.plus(HOUR / 2);
    assert_eq!(budgets.barred(later).len(), 1);
    assert_eq!(budgets.spent("carrier", later), (0, 30 * 60_000));
}

#[test]
fn what_records_of_a_former_run_say_is_counted_in_once_and_yesterday_not() {
    let mut budgets = Budgets::default();
    let now = at("2026-11-28T12:00:00Z");
    let spent = |at: Now, calls, talk_ms| Spent { trunk: "carrier".to_owned(), at: at.utc, calls, talk_ms };
    let records = [
        spent(at("2026-11-27T23:59:59Z"), 1, 0),
        spent(at("2026-11-28T00:00:00Z"), 1, 0),
        spent(at("2026-11-28T11:00:00Z"), 0, 90_000),
    ];
    call(&mut budgets, now);
    for _ in 0..2 {
        set(&mut budgets, limits(Some(5), None, Tz::UTC), Some(&records), now);
        assert_eq!(budgets.spent("carrier", now), (1, 90_000));
    }
    call(&mut budgets, now);
    set(&mut budgets, limits(Some(2), None, Tz::UTC), Some(&records), now);
    assert_eq!(budgets.spent("carrier", now), (2, 90_000), "a new limit forgets nothing");
    assert_eq!(budgets.barred(now).len(), 1);
}
