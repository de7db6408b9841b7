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
-- What left this machine -----------------------------------------------------------------------------------------

-- Of what this device wrote: 0 never written to a stream, 1 the same and taken back by the person, 2 written to a stream,
-- so that it may have arrived, 3 written, and refused before it could arrive.
ALTER TABLE messages ADD COLUMN gone INTEGER NOT NULL DEFAULT 0 CHECK (gone BETWEEN 0 AND 3);
-- What failed (4) before that was noted may have arrived, unless its reason says that it was not sent.
UPDATE messages SET gone = CASE
        WHEN failure LIKE 'Taken back before %' OR failure LIKE '% and was withdrawn.' THEN 1
        WHEN failure LIKE 'Cannot encrypt to %' OR failure LIKE 'Not sent: %'
            OR failure LIKE '% asked to go on without encryption%' THEN 0
        ELSE 2 END
    WHERE direction = 1 AND state = 4;
-- What was sealed was written in the same breath.
UPDATE messages SET gone = 2 WHERE id IN (SELECT message FROM outbox WHERE stanza IS NOT NULL);

-- How many streams the server ended right after this row, before it acknowledged it.
ALTER TABLE outbox ADD COLUMN blamed INTEGER NOT NULL DEFAULT 0 CHECK (blamed BETWEEN 0 AND 255);

-- The size of the smallest stanza at which the server of an account ended the stream because it was too large, and when.
CREATE TABLE too_large (
    account  INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    bytes    INTEGER NOT NULL CHECK (bytes BETWEEN 1 AND 4294967295),
    time     INTEGER NOT NULL
) STRICT;
-- What failed, for whoever asks whether anything did.
CREATE INDEX messages_failed ON messages (account, id) WHERE direction = 1 AND state = 4;

-- Copies, and places in the history --------------------------------------------------------------------------------

-- Ids are unique per stream only (RFC 6120 §8.1.3): two messages of one sender may have the same.
DROP INDEX messages_by_stanza_id;
CREATE INDEX messages_by_stanza_id ON messages (chat, stanza_id, sender) WHERE stanza_id <> '';
-- By what another copy of it is known where ids do not tell: a digest of what arrived. Null: in clear, ours, or from before there
-- was one.
ALTER TABLE messages ADD COLUMN mark BLOB CHECK (length(mark) = 16);

-- The letters that were opened: digests of their payloads, the newest ones. A row of the history may be deleted, and a receipt in an
-- envelope has none; a copy of either is a copy all the same.
CREATE TABLE omemo_opened (
    id       INTEGER PRIMARY KEY,
    account  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    payload  BLOB    NOT NULL CHECK (length(payload) = 16),
    UNIQUE (account, payload)
) STRICT;

-- Where it stands, if not at its time: times are what others say, and clocks are set; what arrives stands below what was there.
ALTER TABLE messages ADD COLUMN moved INTEGER;
-- What the history is ordered by, then the row.
ALTER TABLE messages ADD COLUMN standing INTEGER GENERATED ALWAYS AS (coalesce(moved, time / 1000)) VIRTUAL;
DROP INDEX messages_by_second;
CREATE INDEX messages_by_standing ON messages (chat, standing);
