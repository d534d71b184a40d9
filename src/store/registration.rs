//! Registrations: where phones are, kept so that a restart loses none.

use super::db::Tx;
use super::error::StoreError;
use super::open::Store;
use super::row::json;
use super::sql::sql;
use crate::base::UtcMillis;
use crate::sip::registrar::BindingRow;

impl Store {
    /// The bindings that are good after `now`.
    pub async fn registrations(&self, now: UtcMillis) -> Result<Vec<BindingRow>, StoreError> {
        let rows: Vec<(String,)> = self
            .db
            .all(sql("SELECT body FROM registrations WHERE expires_at > $1 ORDER BY account, contact").bind(now))
            .await?;
        let read = |(body,): (String,)| {
            serde_json::from_str(&body)
                .map_err(|error| StoreError::Row { table: "registrations", problem: error.to_string() })
        };
        rows.into_iter().map(read).collect()
    }

    /// Removes the bindings that nobody refreshed.
    pub async fn forget_registrations(&self, expired_before: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(sql("DELETE FROM registrations WHERE expires_at <= $1").bind(expired_before)).await?;
        tx.commit().await
    }
}

impl Tx<'_> {
    pub(super) async fn save_registration(&mut self, row: &BindingRow) -> Result<(), StoreError> {
        let statement = sql("INSERT INTO registrations (account, contact, expires_at, body) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account, contact) DO UPDATE SET expires_at = excluded.expires_at, body = excluded.body");
        let statement = statement.bind(&row.user).bind(&row.contact).bind(row.expires_at).bind(json(row));
        self.execute(statement).await.map(|_| ())
    }

    pub(super) async fn delete_registration(&mut self, account: &str, contact: &str) -> Result<(), StoreError> {
        let statement = sql("DELETE FROM registrations WHERE account = $1 AND contact = $2");
        self.execute(statement.bind(account).bind(contact)).await.map(|_| ())
    }
}
