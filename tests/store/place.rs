//! A fresh store on either database.

use std::sync::atomic::{AtomicU32, Ordering};

use hotline::base::UtcMillis;
use hotline::config::setup::Role;
use hotline::store::recorder::{Recorder, RecorderLimits};
use hotline::store::{
    Actor, CallFilter, CallSort, CustomerFilter, Order, PageRequest, Store, StoreUrl, TicketFilter, TicketSort,
};
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;

use crate::postgres::{self, Postgres};

/// A store with nothing in it, gone with its folder.
pub struct Place {
    pub store: Store,
    pub url: StoreUrl,
    /// The data folder.
    pub dir: TempDir,
}

impl Place {
    pub async fn sqlite() -> Place {
        Place::open(StoreUrl::Sqlite).await
    }

    /// `None` when the tests go without PostgreSQL.
    pub async fn postgres() -> Option<Place> {
        match postgres::shared() {
            Some(cluster) => Some(Place::in_cluster(cluster).await),
            None => None,
        }
    }

    /// A new database in a cluster.
    pub async fn in_cluster(cluster: &Postgres) -> Place {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("store_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut connection = sqlx::PgConnection::connect(&cluster.url("postgres")).await.expect("the cluster runs");
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut connection).await.expect("the database is new");
        Place::open(StoreUrl::Postgres(cluster.url(&name))).await
    }

    /// A further fresh store on the same kind of database.
    pub async fn like(other: &Place) -> Place {
        match &other.url {
            StoreUrl::Sqlite => Place::sqlite().await,
            StoreUrl::Postgres(_) => Place::postgres().await.expect("the other one is in the cluster"),
        }
    }

    async fn open(url: StoreUrl) -> Place {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(&url, dir.path()).await.unwrap_or_else(|error| panic!("{error}"));
        Place { store, url, dir }
    }

    /// Another store on the same database, as another process would have.
    pub async fn again(&self) -> Store {
        Store::open(&self.url, self.dir.path()).await.unwrap_or_else(|error| panic!("{error}"))
    }
}

impl Place {
    /// Runs a statement beside the store, as somebody at the database's own tool would.
    pub async fn run(&self, statement: &'static str) {
        let done = match &self.url {
            StoreUrl::Sqlite => {
                let mut connection = self.sqlite_line().await;
                sqlx::query(statement).execute(&mut connection).await.map(|_| ())
            }
            StoreUrl::Postgres(url) => {
                let mut connection = sqlx::PgConnection::connect(url).await.expect("the cluster runs");
                sqlx::query(statement).execute(&mut connection).await.map(|_| ())
            }
        };
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }

    /// A connection of its own to the SQLite file.
    pub async fn sqlite_line(&self) -> sqlx::SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(self.dir.path().join("hotline.db"))
            .busy_timeout(std::time::Duration::from_secs(20));
        sqlx::SqliteConnection::connect_with(&options).await.expect("the file is there")
    }

    pub fn spool(&self) -> std::path::PathBuf {
        self.dir.path().join("spool")
    }
}

/// A recorder that is not hurried: the machine that tests run on may be slow.
pub fn patient() -> RecorderLimits {
    RecorderLimits { write_timeout: std::time::Duration::from_secs(20), ..RecorderLimits::default() }
}

pub async fn recorder(store: &Store, place: &Place) -> Recorder {
    Recorder::start(store.clone(), &place.spool(), patient()).await.unwrap_or_else(|error| panic!("{error}"))
}

pub async fn running(place: &Place) -> Recorder {
    recorder(&place.store, place).await
}

/// Everything that follows from events, as text.
pub async fn dump(store: &Store) -> String {
    use std::fmt::Write as _;
    let all = PageRequest { limit: Some(500), after: None };
    let calls = store.calls(&CallFilter::default(), CallSort::Started, Order::Ascending, &all).await.expect("calls");
    let tickets = store.tickets(&TicketFilter::default(), TicketSort::Number, Order::Ascending, &all).await;
    let customers = store.customers(&CustomerFilter::default(), &all).await.expect("customers");
    let mut text = String::new();
    for call in calls.items {
        let id = call.id;
        let _ = writeln!(text, "{call:?}\n{:?}", store.events(id).await.expect("events"));
        let _ = writeln!(text, "{:?}", store.segments(id).await.expect("segments"));
        let _ = writeln!(text, "{:?}", store.recordings(id).await.expect("recordings"));
    }
    let _ = writeln!(text, "{:#?}\n{:#?}", tickets.expect("tickets").items, customers.items);
    text
}

/// 2026-08-08T12:00:00Z and some seconds.
pub fn at(seconds: i64) -> UtcMillis {
    UtcMillis(1_786_190_400_000 + seconds * 1000)
}

pub fn admin() -> Actor {
    Actor::person("admin", Role::Admin)
}

/// Makes two tests of each function: `on_sqlite` and `on_postgres`.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($place:ident: Place) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$meta])*
            async fn check($place: crate::place::Place) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                check(crate::place::Place::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(place) = crate::place::Place::postgres().await {
                    check(place).await;
                }
            }
        }
    )*};
}
