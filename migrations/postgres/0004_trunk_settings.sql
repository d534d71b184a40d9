-- All that is set up for a trunk, as JSON; without it only name, sources and uri are. The password stands apart: what
-- is read for lists never holds it.
ALTER TABLE trunks ADD COLUMN settings TEXT;
ALTER TABLE trunks ADD COLUMN password TEXT;
