//! Tokens for access. A token is shown once; the store keeps its SHA-256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::audit::{Actor, Entry};
use super::error::StoreError;
use super::open::Store;
use super::sql::sql;
use crate::base::UtcMillis;
use crate::config::setup::Role;

/// Tokens begin with this, so that a leaked one is recognised.
const PREFIX: &str = "hl";
/// Random bytes of the secret.
const SECRET_BYTES: usize = 32;
const MAX_TOKEN_LEN: usize = 100;

#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct TokenRow {
    pub id: i64,
    pub name: String,
    pub role: Role,
    /// The agent that it speaks for.
    pub agent: Option<String>,
    pub created_at: UtcMillis,
    pub created_by: String,
    pub expires_at: Option<UtcMillis>,
    pub revoked_at: Option<UtcMillis>,
}

/// What a new token may do, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    pub name: String,
    pub role: Role,
    pub agent: Option<String>,
    pub expires_at: Option<UtcMillis>,
}

#[derive(sqlx::FromRow)]
struct Hashed {
    #[sqlx(flatten)]
    row: TokenRow,
    hash: Vec<u8>,
}

impl Store {
    /// Makes a token from 256 random bits of `rng` and returns its text, which is kept nowhere.
    pub async fn create_token(
        &self,
        new: &NewToken,
        rng: &mut crate::base::Rng,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<String, StoreError> {
        if new.name.trim().is_empty() || new.name.chars().count() > 100 {
            return Err(StoreError::invalid("name", "1 to 100 characters that tell what the token is for"));
        }
        let mut secret = [0_u8; SECRET_BYTES];
        rng.fill(&mut secret);
        let hash = Sha256::digest(secret).to_vec();
        let mut tx = self.db.begin().await?;
        let statement = sql("INSERT INTO tokens (name, role, agent, hash, created_at, created_by, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id");
        let statement = statement
            .bind(&new.name)
            .bind(new.role)
            .bind(new.agent.as_deref())
            .bind(hash)
            .bind(at)
            .bind(&by.name)
            .bind(new.expires_at);
        let (id,): (i64,) = tx.one(statement).await?;
        let detail = serde_json::json!({ "name": new.name, "role": new.role });
        tx.audit(Entry { at, by, action: "create", kind: "token", subject: id.to_string(), why: None, detail }).await?;
        tx.commit().await?;
        Ok(format!("{PREFIX}_{id}_{}", URL_SAFE_NO_PAD.encode(secret)))
    }

    /// Whose token this is. `None` when there is no such token, or it is revoked or expired.
    ///
    /// The row is found by the number in the token; the secret is compared by its hash, in constant time.
    pub async fn token(&self, text: &str, now: UtcMillis) -> Result<Option<TokenRow>, StoreError> {
        let Some((id, secret)) = parts(text) else { return Ok(None) };
        let statement = sql("SELECT id, name, role, agent, created_at, created_by, expires_at, revoked_at, hash \
             FROM tokens WHERE id = $1");
        let found: Option<Hashed> = self.db.optional(statement.bind(id)).await?;
        let given = Sha256::digest(secret);
        Ok(found
            .filter(|token| bool::from(token.hash.ct_eq(&given[..])))
            .map(|token| token.row)
            .filter(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|end| end > now)))
    }

    /// All tokens, newest first, without their secrets.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        self.db
            .all(sql("SELECT id, name, role, agent, created_at, created_by, expires_at, revoked_at FROM tokens \
                 ORDER BY id DESC"))
            .await
    }

    /// Makes a token worthless. A second time changes nothing.
    pub async fn revoke_token(&self, id: i64, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let known: Option<(i64,)> = tx.optional(sql("SELECT id FROM tokens WHERE id = $1").bind(id)).await?;
        known.ok_or_else(|| StoreError::not_found("token", id))?;
        let statement = sql("UPDATE tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL");
        if tx.execute(statement.bind(at).bind(id)).await? > 0 {
            let detail = serde_json::json!({});
            tx.audit(Entry { at, by, action: "revoke", kind: "token", subject: id.to_string(), why: None, detail })
                .await?;
        }
        tx.commit().await
    }
}

fn parts(text: &str) -> Option<(i64, Vec<u8>)> {
    if text.len() > MAX_TOKEN_LEN {
        return None;
    }
    let (id, secret) = text.strip_prefix(PREFIX)?.strip_prefix('_')?.split_once('_')?;
    let secret = URL_SAFE_NO_PAD.decode(secret).ok()?;
    (secret.len() == SECRET_BYTES).then_some((id.parse().ok()?, secret))
}
