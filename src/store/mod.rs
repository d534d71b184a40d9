//! Layer 3: the only SQL: SQLite embedded or PostgreSQL.
