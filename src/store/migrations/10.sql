-- Schema 10: what a file of a message shows before it is here.

-- A small picture as its author sent it (XEP-0264), or null.
ALTER TABLE files ADD COLUMN preview BLOB CHECK (length(preview) <= 65536);
-- Of sound: how long it lasts, in milliseconds.
ALTER TABLE files ADD COLUMN duration INTEGER CHECK (duration >= 0);
-- Of ours: what is here stays when it was sent.
ALTER TABLE files ADD COLUMN kept INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1));
CREATE INDEX files_by_container ON files (container) WHERE container IS NOT NULL;
