//! The database locked, away, removed or broken: no call is lost, none is written twice, nobody waits.

use std::time::{Duration, Instant};

use hotline::call::event::CallEvent;
use hotline::store::Store;
use hotline::store::recorder::{Recorder, RecorderLimits};
use sqlx::Connection as _;

use crate::place::{Place, dump};
use crate::postgres::Postgres;
use crate::story::{abandoned, answered};

/// Long enough for a slow machine; every wait ends as soon as what it waits for has come.
const PATIENCE: Duration = Duration::from_secs(60);

fn hurried() -> RecorderLimits {
    RecorderLimits {
        write_timeout: Duration::from_millis(400),
        retry: Duration::from_millis(50),
        spool_bytes: 64 * 1024 * 1024,
        ..RecorderLimits::default()
    }
}

async fn start(place: &Place, limits: RecorderLimits) -> Recorder {
    Recorder::start(place.store.clone(), &place.spool(), limits).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Until everything that waited is in the database.
async fn back(recorder: &Recorder) {
    until("the database", || recorder.status().database && recorder.status().spooled_bytes == 0).await;
    recorder.settle().await;
}

fn calls(range: std::ops::Range<i64>) -> Vec<Vec<CallEvent>> {
    range
        .map(|n| if n % 3 == 0 { abandoned(n, Some("13900139000")) } else { answered(n, Some("13800138000")) })
        .collect()
}

/// What a store holds that was never in trouble.
async fn undisturbed(like: &Place, calls: &[Vec<CallEvent>]) -> String {
    let place = Place::like(like).await;
    let recorder = crate::place::running(&place).await;
    for events in calls {
        recorder.record(events.clone());
        recorder.settle().await;
    }
    dump(&place.store).await
}

/// Somebody else's lock on all that the recorder writes.
enum Lock {
    Sqlite(sqlx::SqliteConnection),
    Pg(sqlx::PgConnection),
}

impl Lock {
    async fn take(place: &Place) -> Lock {
        match &place.url {
            hotline::store::StoreUrl::Sqlite => {
                let mut line = place.sqlite_line().await;
                sqlx::query("BEGIN IMMEDIATE").execute(&mut line).await.expect("locked");
                Lock::Sqlite(line)
            }
            hotline::store::StoreUrl::Postgres(url) => {
                let mut line = sqlx::PgConnection::connect(url).await.expect("the cluster runs");
                sqlx::query("BEGIN").execute(&mut line).await.expect("begun");
                sqlx::query("LOCK TABLE events IN ACCESS EXCLUSIVE MODE").execute(&mut line).await.expect("locked");
                Lock::Pg(line)
            }
        }
    }

    async fn release(self) {
        match self {
            Lock::Sqlite(mut line) => drop(sqlx::query("ROLLBACK").execute(&mut line).await.expect("released")),
            Lock::Pg(mut line) => drop(sqlx::query("ROLLBACK").execute(&mut line).await.expect("released")),
        }
    }
}

on_both! {
    async fn a_locked_database_delays_nobody_and_gets_each_event_once(place: Place) {
        let recorder = start(&place, hurried()).await;
        let calls = calls(0..12);
        recorder.record(calls[0].clone());
        recorder.settle().await;
        let mut feed = recorder.subscribe();
        let mut alarms = recorder.alarms();
        let lock = Lock::take(&place).await;

        let begun = Instant::now();
        for events in &calls[1..] {
            recorder.record(events.clone());
        }
        assert!(begun.elapsed() < Duration::from_millis(200), "recording never waits");
        for _ in &calls[1..] {
            let told = tokio::time::timeout(PATIENCE, feed.recv()).await.expect("desks are told").expect("told");
            assert!(!told.committed && !told.events.is_empty());
        }
        recorder.settle().await;
        let status = recorder.status();
        assert!(!status.database && !status.full && status.lost == 0 && status.spooled_bytes > 1000, "{status:?}");
        assert!(!alarms.recv().await.expect("an alarm").over);

        lock.release().await;
        back(&recorder).await;
        assert!(alarms.recv().await.expect("all clear").over);
        let mut tickets = Vec::new();
        while tickets.len() < 11 {
            let told = tokio::time::timeout(PATIENCE, feed.recv()).await.expect("told").expect("told");
            assert!(told.committed && told.events.is_empty(), "events are told once");
            tickets.extend(told.tickets.iter().map(|ticket| ticket.number));
        }
        assert_eq!(tickets, (2..=12).collect::<Vec<_>>());
        assert_eq!(dump(&place.store).await, undisturbed(&place, &calls).await);
    }

    async fn a_crash_in_the_middle_of_a_spool_write_loses_only_that_write(place: Place) {
        let recorder = start(&place, hurried()).await;
        let calls = calls(0..5);
        let lock = Lock::take(&place).await;
        for events in &calls {
            recorder.record(events.clone());
            recorder.settle().await;
        }
        let copy = tempfile::tempdir().expect("a folder");
        for entry in std::fs::read_dir(place.spool()).expect("the spool").flatten() {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
        }
        lock.release().await;
        drop(recorder);

        // The last frame ends two bytes too early; behind it are the zeros of allocated blocks.
        let segment = copy.path().join("0000000001.spool");
        let mut bytes = std::fs::read(&segment).expect("the segment");
        let end = bytes.iter().rposition(|byte| *byte != 0).expect("frames");
        bytes[end - 1..=end].fill(0);
        std::fs::write(&segment, bytes).expect("written");

        let after = Place::like(&place).await;
        for _ in 0..2 {
            // The second time it replays what is there already: nothing is written twice.
            let spool = tempfile::tempdir().expect("a folder");
            std::fs::copy(&segment, spool.path().join("0000000001.spool")).expect("copied");
            let recorder = Recorder::start(after.store.clone(), spool.path(), crate::place::patient()).await.expect("started");
            recorder.caught_up().await;
        }
        assert_eq!(dump(&after.store).await, undisturbed(&place, &calls[..4]).await);
    }

    async fn a_full_spool_refuses_new_calls_until_the_database_is_back(place: Place) {
        let recorder = start(&place, RecorderLimits { spool_bytes: 40_000, ..hurried() }).await;
        let calls = calls(0..40);
        let lock = Lock::take(&place).await;
        let mut accepted = 0;
        for events in &calls {
            if recorder.is_full() {
                break;
            }
            recorder.record(events.clone());
            recorder.settle().await;
            accepted += 1;
        }
        assert!((3..40).contains(&accepted), "{accepted} calls");
        // Calls that are up are still taken, on disk or in memory.
        recorder.record(calls[accepted].clone());
        for events in &calls[accepted + 1..] {
            recorder.record(events.clone());
        }
        recorder.settle().await;
        assert!(recorder.is_full());
        lock.release().await;
        back(&recorder).await;
        until("room", || !recorder.is_full()).await;
        assert_eq!(recorder.status().lost, 0);
        assert_eq!(dump(&place.store).await, undisturbed(&place, &calls).await);
    }

    async fn one_call_that_the_database_refuses_does_not_stop_the_others(place: Place) {
        match &place.url {
            hotline::store::StoreUrl::Sqlite => place.run("CREATE TRIGGER no_poison BEFORE INSERT ON events \
                WHEN NEW.call = 8388608 BEGIN SELECT RAISE(ABORT, 'poison'); END").await,
            hotline::store::StoreUrl::Postgres(_) => {
                place.run("ALTER TABLE events ADD CONSTRAINT no_poison CHECK (call <> 8388608)").await;
            }
        }
        let recorder = start(&place, crate::place::patient()).await;
        let calls = calls(0..3);
        assert_eq!(calls[1][0].call.raw(), 8_388_608);
        recorder.record(calls.concat());
        recorder.settle().await;
        assert!(recorder.status().database);
        assert!(place.store.call(calls[0][0].call).await.is_ok() && place.store.call(calls[2][0].call).await.is_ok());
        assert!(place.store.call(calls[1][0].call).await.is_err());
        let aside = std::fs::read_to_string(place.spool().join("rejected.jsonl")).expect("put aside");
        assert!(aside.contains("poison") && aside.lines().count() == 1, "{aside}");
    }

    async fn many_recorders_give_ticket_numbers_without_gaps(place: Place) {
        let stores = [place.store.clone(), place.again().await, place.again().await];
        let mut work = tokio::task::JoinSet::new();
        for (k, store) in stores.into_iter().enumerate() {
            let spool = place.dir.path().join(format!("spool-{k}"));
            let k = i64::try_from(k).expect("small");
            work.spawn(async move {
                let recorder = Recorder::start(store.clone(), &spool, crate::place::patient()).await.expect("started");
                for n in 0..10 {
                    recorder.record(answered(k * 100 + n, Some("13800138000")));
                    let new = hotline::store::NewTicket { subject: "x".to_owned(), source: "api".to_owned(), ..Default::default() };
                    store.create_ticket(&new, &crate::place::admin(), crate::place::at(0)).await.expect("made");
                }
                recorder.settle().await;
            });
        }
        while let Some(done) = work.join_next().await {
            done.expect("no recorder failed");
        }
        for number in 1..=60 {
            place.store.ticket(number).await.unwrap_or_else(|error| panic!("{error}"));
        }
        assert!(place.store.ticket(61).await.is_err());
        let filter = hotline::store::CustomerFilter::default();
        let customers = place.store.customers(&filter, &Default::default()).await.expect("listed");
        assert_eq!(customers.items.len(), 1, "one caller is one customer, whoever was first");
    }
}

on_both! {
    /// A commit whose answer was lost: the spool brings the same events again, to a recorder that knows nothing of them.
    async fn a_whole_call_that_comes_twice_takes_no_second_ticket_number(place: Place) {
        let calls = calls(0..2);
        let first = start(&place, hurried()).await;
        first.record(calls[0].clone());
        first.settle().await;
        let second = Recorder::start(place.store.clone(), &place.dir.path().join("spool-2"), hurried()).await.expect("it starts");
        let mut told = second.subscribe();
        second.record(calls[0].clone());
        second.record(calls[1].clone());
        second.settle().await;
        let page = hotline::store::PageRequest::default();
        let tickets = place.store.tickets(&Default::default(), hotline::store::TicketSort::Number, Default::default(), &page).await;
        let mut numbers: Vec<i64> = tickets.expect("listed").items.iter().map(|ticket| ticket.number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2]);
        while let Ok(committed) = told.try_recv() {
            assert!(committed.tickets.iter().all(|ticket| numbers.contains(&ticket.number)), "{committed:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_file_that_is_moved_away_swallows_nothing() {
    let place = Place::sqlite().await;
    let recorder = start(&place, hurried()).await;
    let calls = calls(0..4);
    recorder.record(calls[0].clone());
    recorder.settle().await;
    let (file, aside) = (place.dir.path().join("hotline.db"), place.dir.path().join("moved.db"));
    std::fs::rename(&file, &aside).expect("moved");
    for events in &calls[1..] {
        recorder.record(events.clone());
    }
    until("the alarm", || !recorder.status().database).await;
    assert!(!file.exists(), "no new database hides the loss");
    let refused = place.store.set_setting("k", &1, crate::place::at(0)).await.expect_err("the file is gone");
    assert!(refused.to_string().contains("removed or replaced"), "{refused}");
    std::fs::rename(&aside, &file).expect("moved back");
    back(&recorder).await;
    assert_eq!(dump(&place.store).await, undisturbed(&place, &calls).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_postgresql_gets_every_event_once_when_it_is_back() {
    let Some(cluster) = Postgres::start_unless_skipped() else { return };
    let place = Place::in_cluster(&cluster).await;
    let recorder = start(&place, hurried()).await;
    let calls = calls(0..20);
    for (n, events) in calls.iter().enumerate() {
        match n {
            5 | 13 => cluster.stop(),
            9 | 17 => cluster.run().unwrap_or_else(|problem| panic!("{problem}")),
            _ => {}
        }
        for event in events {
            recorder.record(vec![event.clone()]);
        }
        recorder.settle().await;
    }
    back(&recorder).await;
    assert_eq!(recorder.status().lost, 0);
    let store: Store = place.again().await;
    assert_eq!(dump(&store).await, undisturbed(&place, &calls).await);
}
