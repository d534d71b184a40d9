//! The recorder's own connection: apart from the pool, so that a database which hangs can be left at once.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection, SqliteConnection};

use super::db::{Db, DbFile, Tx};
use super::error::StoreError;
use super::open::{Store, Target};

/// How long the recorder lets SQLite wait for another process's lock before the batch goes to the spool.
const BUSY_TIMEOUT: Duration = Duration::from_millis(250);

pub(super) enum Line {
    Sqlite(SqliteConnection, DbFile),
    Pg(PgConnection),
}

impl Line {
    pub async fn open(store: &Store) -> Result<Line, StoreError> {
        match &*store.target {
            Target::Sqlite(options) => {
                // Never a new file: an empty database beside the lost one would hide the loss.
                let options = options.clone().create_if_missing(false).busy_timeout(BUSY_TIMEOUT);
                let connection = SqliteConnection::connect_with(&options).await?;
                Ok(Line::Sqlite(connection, DbFile::opened(options.get_filename())))
            }
            Target::Pg(options) => Ok(Line::Pg(PgConnection::connect_with(options).await?)),
        }
    }

    /// A transaction that may write from its first statement on.
    pub async fn begin(&mut self, db: &Db) -> Result<Tx<'_>, StoreError> {
        match (self, db) {
            (Line::Sqlite(connection, file), Db::Sqlite(shared)) => {
                let turn = shared.gate.clone().lock_owned().await;
                file.check()?;
                Ok(Tx::Sqlite(connection.begin_with("BEGIN IMMEDIATE").await?, turn))
            }
            (Line::Pg(connection), Db::Pg(_)) => Ok(Tx::Pg(connection.begin().await?)),
            (Line::Sqlite(..), Db::Pg(_)) | (Line::Pg(_), Db::Sqlite(_)) => {
                Err(StoreError::Database(sqlx::Error::WorkerCrashed))
            }
        }
    }
}
