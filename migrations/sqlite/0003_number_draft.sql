-- The flow whose draft answers a test number.
ALTER TABLE numbers ADD COLUMN draft TEXT REFERENCES flows (id);
