-- Schema 9: what cannot be read is mended, and ratchets that may be older than what was sealed with them.

-- Nothing is sealed with this session any more; what is late it still opens.
ALTER TABLE omemo_sessions ADD COLUMN retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1));

-- How far this device has come, as it was told to our server last: a vault that was put back to an older copy knows a
-- lower number than the server. With it what tells two copies apart that went on by themselves.
ALTER TABLE omemo_own_device ADD COLUMN progress INTEGER NOT NULL DEFAULT 0 CHECK (progress >= 0);
ALTER TABLE omemo_own_device ADD COLUMN progress_mark BLOB NOT NULL DEFAULT x'' CHECK (length(progress_mark) IN (0, 16));

-- It cannot be read, and its author was asked to send it once more.
ALTER TABLE messages ADD COLUMN asked INTEGER NOT NULL DEFAULT 0 CHECK (asked IN (0, 1));
