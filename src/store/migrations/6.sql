-- Schema 6: what a first trial of the whole program asked for.

-- Requests, what was deleted here, who is blocked -----------------------------------------------------------------

-- Somebody whom we do not know wrote first, and the person has not taken it up: it waits among the requests.
ALTER TABLE chats ADD COLUMN request INTEGER NOT NULL DEFAULT 0 CHECK (request IN (0, 1));
CREATE INDEX chats_requests ON chats (account) WHERE request = 1;

-- The key of the hashes below; `owed`: something was deleted since the file was written anew.
CREATE TABLE deletions (
    account  INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    key      BLOB    NOT NULL CHECK (length(key) = 32),
    owed     INTEGER NOT NULL CHECK (owed IN (0, 1))
) STRICT;

-- No further copy of what was deleted here is stored: keyed hashes of its ids, so that these are not kept themselves.
CREATE TABLE deleted_messages (
    account  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash     BLOB    NOT NULL CHECK (length(hash) = 16),
    PRIMARY KEY (account, hash)
) STRICT, WITHOUT ROWID;

-- Of a chat that was deleted whole: the keyed hash of its address, and the time of its newest row. What an archive has of it
-- from then or before is not brought back.
CREATE TABLE deleted_chats (
    account     INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash        BLOB    NOT NULL CHECK (length(hash) = 16),
    not_before  INTEGER NOT NULL,
    PRIMARY KEY (account, hash)
) STRICT, WITHOUT ROWID;

-- Addresses whose stanzas are not taken in (XEP-0191).
CREATE TABLE blocked (
    account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    jid        TEXT    NOT NULL,
    -- It stands on the server's list; else it is blocked here only.
    at_server  INTEGER NOT NULL CHECK (at_server IN (0, 1)),
    PRIMARY KEY (account, jid)
) STRICT, WITHOUT ROWID;
