-- How long a caller of the number hears ringing before the switch answers, in milliseconds.
ALTER TABLE numbers ADD COLUMN answer_after_ms BIGINT NOT NULL DEFAULT 0;
