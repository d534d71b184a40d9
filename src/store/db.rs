//! The two databases behind one face: a pool to read from, transactions to write in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, PgPool, Postgres, Sqlite, SqlitePool, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::error::StoreError;
use super::sql::{Sql, Value, insert_some, sql};

/// A row that both databases can give.
pub(crate) trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}

/// Where the rows are.
#[derive(Clone)]
pub(crate) enum Db {
    Sqlite(SqliteDb),
    Pg(PgPool),
}

/// SQLite has one writer. The gate makes this process's writers queue in order instead of polling the file's lock.
#[derive(Clone)]
pub(crate) struct SqliteDb {
    pub pool: SqlitePool,
    pub gate: Arc<Mutex<()>>,
    pub file: Arc<DbFile>,
}

/// The database file as it was opened: a file that was removed or replaced would swallow what is written.
pub(crate) struct DbFile {
    pub path: PathBuf,
    identity: Option<(u64, u64)>,
}

impl DbFile {
    pub fn opened(path: &Path) -> Self {
        DbFile { path: path.to_owned(), identity: identity(path) }
    }

    /// An error when the path no longer names the file that is open.
    pub fn check(&self) -> Result<(), StoreError> {
        if identity(&self.path) == self.identity {
            return Ok(());
        }
        Err(StoreError::Replaced { path: self.path.display().to_string() })
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// A transaction that writes. Dropped without [`Tx::commit`] it leaves no trace.
pub(crate) enum Tx<'c> {
    Sqlite(Transaction<'c, Sqlite>, OwnedMutexGuard<()>),
    Pg(Transaction<'c, Postgres>),
}

/// Runs one statement on whichever database `$self` is: `$query` with the executor of each, then `$method`.
macro_rules! on_either {
    ($enum:ident, $self:expr, $statement:expr, $query:ident<$($row:ty)?>, $method:ident, $sqlite:ident => $sqlite_on:expr, $pg:ident => $pg_on:expr) => {
        match $self {
            $enum::Sqlite($sqlite, ..) => {
                let (text, arguments) = $statement.into_sqlite();
                let query = sqlx::$query::<Sqlite, $($row,)? _>(AssertSqlSafe(text), arguments.map_err(sqlx::Error::Encode)?);
                query.$method($sqlite_on).await?
            }
            $enum::Pg($pg) => {
                let (text, arguments) = $statement.into_postgres();
                let query = sqlx::$query::<Postgres, $($row,)? _>(AssertSqlSafe(text), arguments.map_err(sqlx::Error::Encode)?);
                query.$method($pg_on).await?
            }
        }
    };
}

impl Db {
    /// Every row of the answer.
    pub async fn all<T: Record>(&self, statement: Sql) -> Result<Vec<T>, StoreError> {
        Ok(on_either!(Db, self, statement, query_as_with<T>, fetch_all, db => &db.pool, pool => pool))
    }

    /// The only row, if there is one.
    pub async fn optional<T: Record>(&self, statement: Sql) -> Result<Option<T>, StoreError> {
        Ok(on_either!(Db, self, statement, query_as_with<T>, fetch_optional, db => &db.pool, pool => pool))
    }

    /// The only row of a statement that always gives one.
    pub async fn one<T: Record>(&self, statement: Sql) -> Result<T, StoreError> {
        Ok(on_either!(Db, self, statement, query_as_with<T>, fetch_one, db => &db.pool, pool => pool))
    }

    /// A transaction that may write from its first statement on.
    pub async fn begin(&self) -> Result<Tx<'static>, StoreError> {
        match self {
            Db::Sqlite(db) => {
                let turn = db.gate.clone().lock_owned().await;
                db.file.check()?;
                // IMMEDIATE takes the write lock now, so that no statement half way can find it taken.
                Ok(Tx::Sqlite(db.pool.begin_with("BEGIN IMMEDIATE").await?, turn))
            }
            Db::Pg(pool) => Ok(Tx::Pg(pool.begin().await?)),
        }
    }
}

impl Tx<'_> {
    pub async fn execute(&mut self, statement: Sql) -> Result<u64, StoreError> {
        match self {
            Tx::Sqlite(tx, _) => {
                let (text, arguments) = statement.into_sqlite();
                let query = sqlx::query_with(AssertSqlSafe(text), arguments.map_err(sqlx::Error::Encode)?);
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
            Tx::Pg(tx) => {
                let (text, arguments) = statement.into_postgres();
                let query = sqlx::query_with(AssertSqlSafe(text), arguments.map_err(sqlx::Error::Encode)?);
                Ok(query.execute(&mut **tx).await?.rows_affected())
            }
        }
    }

    pub async fn all<T: Record>(&mut self, statement: Sql) -> Result<Vec<T>, StoreError> {
        Ok(on_either!(Tx, self, statement, query_as_with<T>, fetch_all, tx => &mut **tx, tx => &mut **tx))
    }

    pub async fn optional<T: Record>(&mut self, statement: Sql) -> Result<Option<T>, StoreError> {
        Ok(on_either!(Tx, self, statement, query_as_with<T>, fetch_optional, tx => &mut **tx, tx => &mut **tx))
    }

    pub async fn one<T: Record>(&mut self, statement: Sql) -> Result<T, StoreError> {
        Ok(on_either!(Tx, self, statement, query_as_with<T>, fetch_one, tx => &mut **tx, tx => &mut **tx))
    }

    /// Inserts rows in as few statements as possible.
    pub async fn insert_rows(
        &mut self,
        head: &'static str,
        mut rows: Vec<Vec<Value>>,
        tail: &'static str,
    ) -> Result<(), StoreError> {
        while !rows.is_empty() {
            self.execute(insert_some(head, &mut rows, tail)).await?;
        }
        Ok(())
    }

    /// The first of the next `count` numbers. The counter's row is held until the end of the transaction, so that numbers
    /// have no gaps and no two transactions take the same.
    pub async fn next_numbers(&mut self, counter: &'static str, count: i64) -> Result<i64, StoreError> {
        let statement = sql("UPDATE counters SET value = value + $1 WHERE name = $2 RETURNING value");
        let (last,): (i64,) = self.one(statement.bind(count).bind(counter)).await?;
        Ok(last - count + 1)
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Tx::Sqlite(tx, _turn) => Ok(tx.commit().await?),
            Tx::Pg(tx) => Ok(tx.commit().await?),
        }
    }
}
