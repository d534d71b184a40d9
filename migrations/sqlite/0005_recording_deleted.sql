-- When the file was deleted because its time was over; the row stays.
ALTER TABLE recordings ADD COLUMN deleted_at BIGINT;
