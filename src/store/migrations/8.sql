-- Schema 8: who is told how far was read here.

-- What came in up to here was read on this device.
ALTER TABLE chats ADD COLUMN read_here INTEGER NOT NULL DEFAULT 0;
-- Up to here our other devices know what was read (XEP-0490): they were told, or told us.
ALTER TABLE chats ADD COLUMN synced_position INTEGER NOT NULL DEFAULT 0;
-- Up to here the authors were told (XEP-0333), by this device or another one, or are not told at all.
ALTER TABLE chats ADD COLUMN marked_position INTEGER NOT NULL DEFAULT 0;
