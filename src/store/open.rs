//! Opening the store: the address, the connections, the migrations.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::db::{Db, DbFile, SqliteDb};
use super::error::StoreError;
use crate::customer::{Number, NumberPlan};

/// The SQLite file in the data folder.
const FILE_NAME: &str = "hotline.db";
/// How long a statement waits for a lock that another process holds on the SQLite file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for a connection before it is told that the database is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Connections for requests; the recorder has its own.
const MAX_CONNECTIONS: u32 = 8;

static SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("./migrations/postgres");

/// Which database: `sqlite` (a file in the data folder) or `postgres://user:password@host:5432/database`.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    Sqlite,
    Postgres(String),
}

impl FromStr for StoreUrl {
    type Err = StoreError;
    fn from_str(text: &str) -> Result<Self, StoreError> {
        if text == "sqlite" {
            Ok(StoreUrl::Sqlite)
        } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(StoreUrl::Postgres(text.to_owned()))
        } else {
            Err(StoreError::Address { text: text.chars().take(80).collect() })
        }
    }
}

impl std::fmt::Debug for StoreUrl {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoreUrl::Sqlite => f.write_str("sqlite"),
            StoreUrl::Postgres(url) => f.write_str(&place_of(url)),
        }
    }
}

/// The rows of one call centre. Cheap to clone: clones share the connections.
#[derive(Clone)]
pub struct Store {
    pub(super) db: Db,
    pub(super) target: Arc<Target>,
    pub(super) plan: Arc<NumberPlan>,
}

/// How to make one more connection: the recorder opens its own.
pub(super) enum Target {
    Sqlite(SqliteConnectOptions),
    Pg(PgConnectOptions),
}

impl Store {
    /// Opens the database and brings its tables up to date. `data_dir` must exist; the SQLite file lies in it.
    pub async fn open(url: &StoreUrl, data_dir: &Path) -> Result<Store, StoreError> {
        match url {
            StoreUrl::Sqlite => open_sqlite(&data_dir.join(FILE_NAME)).await,
            StoreUrl::Postgres(url) => open_postgres(url).await,
        }
    }

    /// Reads numbers as they are written where the switch stands; China when this is not called.
    pub fn with_numbers(mut self, plan: NumberPlan) -> Store {
        self.plan = Arc::new(plan);
        self
    }

    /// What customers are found by, however the number is written; `None` for no number.
    pub fn number_key(&self, raw: &str) -> Option<String> {
        Number::parse(Some(raw), &self.plan).key().map(str::to_owned)
    }

    /// An answer from the database, for `/healthz`.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let _: (i64,) = self.db.one(super::sql::sql("SELECT value FROM counters WHERE name = 'ticket'")).await?;
        Ok(())
    }

    /// Closes the connections once their work is done.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite(db) => db.pool.close().await,
            Db::Pg(pool) => pool.close().await,
        }
    }
}

async fn open_sqlite(path: &PathBuf) -> Result<Store, StoreError> {
    let place = path.display().to_string();
    let fail = |reason: String| StoreError::Open {
        place: place.clone(),
        reason,
        advice: "check that the folder exists, that this user may write in it, and that the disk has room",
    };
    // FULL: a commit is on the disk when the call's events are published. Commits are grouped, so that it costs one
    // fsync for all that happened in some milliseconds, not one for each call.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.clone())
        .await
        .map_err(|error| fail(error.to_string()))?;
    SQLITE.run(&pool).await.map_err(|error| migration_failed(&place, error))?;
    let file = Arc::new(DbFile::opened(path));
    Ok(Store {
        db: Db::Sqlite(SqliteDb { pool, gate: Arc::default(), file }),
        target: Arc::new(Target::Sqlite(options)),
        plan: Arc::default(),
    })
}

async fn open_postgres(url: &str) -> Result<Store, StoreError> {
    let place = place_of(url);
    let fail = |reason: String| StoreError::Open {
        place: place.clone(),
        reason,
        advice: "check the address, the user and the password, and that the database exists: `createdb hotline`",
    };
    let options = PgConnectOptions::from_str(url).map_err(|error| fail(error.to_string()))?;
    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.clone())
        .await
        .map_err(|error| fail(error.to_string()))?;
    POSTGRES.run(&pool).await.map_err(|error| migration_failed(&place, error))?;
    Ok(Store { db: Db::Pg(pool), target: Arc::new(Target::Pg(options)), plan: Arc::default() })
}

fn migration_failed(place: &str, error: MigrateError) -> StoreError {
    let advice = match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
            "the database was made by a newer version: start that version, or restore a backup of this one"
        }
        _ => "the tables were left as they were; restore the backup made before the update, or report the message",
    };
    StoreError::Open { place: place.to_owned(), reason: error.to_string(), advice }
}

/// `postgres://host/database` without user and password, which belong in no message.
fn place_of(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    format!("{scheme}://{}", rest.split('?').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_addresses_and_refuses_others() {
        assert_eq!("sqlite".parse::<StoreUrl>().ok(), Some(StoreUrl::Sqlite));
        assert!(matches!("postgres://u:p@h/db".parse(), Ok(StoreUrl::Postgres(_))));
        assert!(matches!("mysql://h/db".parse::<StoreUrl>(), Err(StoreError::Address { .. })));
    }

    #[test]
    fn a_password_is_in_no_message() {
        let url = StoreUrl::Postgres("postgres://user:se@cret@host:5432/hotline?sslmode=require".to_owned());
        assert_eq!(format!("{url:?}"), "postgres://host:5432/hotline");
    }
}
