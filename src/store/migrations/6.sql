-- Schema 6: what a first trial of the whole program asked for.

-- Fingerprints, and who can read what is written -------------------------------------------------------------------

-- The key as OMEMO 2 publishes it (Ed25519, sign bit included), which the other form does not tell; null: not seen.
ALTER TABLE omemo_trust ADD COLUMN ed25519 BLOB CHECK (length(ed25519) = 32);
-- A session record of OMEMO 2 holds it: version (1), dialect (1), Curve25519 form (32), Ed25519 form (32).
UPDATE omemo_trust SET ed25519 = (
    SELECT substr(s.record, 35, 32) FROM omemo_sessions s
    WHERE s.account = omemo_trust.account AND s.jid = omemo_trust.jid AND s.dialect = 1
        AND length(s.record) >= 66 AND substr(s.record, 3, 32) = omemo_trust.identity
    ORDER BY s.rowid DESC LIMIT 1);

-- When it was missing on a list that had named it before; null: no list ever named it, or the newest does.
ALTER TABLE omemo_devices ADD COLUMN taken_off INTEGER;
-- What older versions kept does not tell which. Where there ever was a list it counts as taken off: that writes to nobody who was
-- removed.
UPDATE omemo_devices SET taken_off = max(first_seen, coalesce(last_seen, 0)) WHERE listed = 0 AND EXISTS (
    SELECT 1 FROM omemo_device_lists l
    WHERE l.account = omemo_devices.account AND l.jid = omemo_devices.jid AND l.dialect = omemo_devices.dialect);
-- In use is what the newest list names; the sessions tell who wrote besides.
UPDATE omemo_devices SET active = listed;

-- The newest list names nothing but numbers that no device can have.
ALTER TABLE omemo_device_lists ADD COLUMN impossible INTEGER NOT NULL DEFAULT 0 CHECK (impossible IN (0, 1));

-- What a killed process would no longer know of a stream that it resumes ------------------------------------------

-- What answers by itself (receipts, empty messages) and is not acknowledged: a crash loses none of it.
CREATE TABLE answers (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    account   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Worth sending on another stream too.
    lasting   INTEGER NOT NULL CHECK (lasting IN (0, 1)),
    -- As it leaves; null: it is sealed when it can leave, for this device.
    stanza    TEXT,
    peer      TEXT,
    device    INTEGER CHECK (device BETWEEN 1 AND 2147483647),
    dialect   INTEGER,
    -- What is sealed: the receipt for this id, to this address; null: nothing, the message is empty.
    address   TEXT,
    receipt   TEXT,
    -- Its number in the current stream; null: it waits until the server has acknowledged more of what was sent before.
    sequence  INTEGER CHECK (sequence BETWEEN 0 AND 4294967295),
    CHECK (stanza IS NOT NULL OR (peer IS NOT NULL AND device IS NOT NULL AND dialect IS NOT NULL)),
    CHECK ((address IS NULL) = (receipt IS NULL)),
    CHECK (stanza IS NOT NULL OR sequence IS NULL)
) STRICT;
CREATE INDEX answers_held ON answers (account, id) WHERE sequence IS NULL;
CREATE INDEX answers_sent ON answers (account, id) WHERE sequence IS NOT NULL;
-- One empty message for a device is enough.
CREATE UNIQUE INDEX answers_empty ON answers (account, peer, dialect, device) WHERE stanza IS NULL AND receipt IS NULL;

-- How contacts are here, as told on the stream that can be resumed.
CREATE TABLE presences (
    account       INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    jid           TEXT    NOT NULL,
    resource      TEXT    NOT NULL,
    priority      INTEGER NOT NULL CHECK (priority BETWEEN -128 AND 127),
    availability  INTEGER NOT NULL,
    status        TEXT,
    PRIMARY KEY (account, jid, resource)
) STRICT, WITHOUT ROWID;

-- The server vouches for the ids by which it names messages.
ALTER TABLE streams ADD COLUMN vouches INTEGER NOT NULL DEFAULT 0 CHECK (vouches IN (0, 1));

-- When the whole roster was read last; null: never, or before this was noted.
ALTER TABLE accounts ADD COLUMN roster_seen INTEGER;

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

-- For whom a message was sealed ----------------------------------------------------------------------------------

-- Each device that a message of ours was sealed for, with its key and what was decided about that at the time. Of messages
-- from before this, and of those that another device of ours sent, nothing is known.
CREATE TABLE message_recipients (
    message   INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    jid       TEXT    NOT NULL,
    device    INTEGER NOT NULL CHECK (device BETWEEN 1 AND 2147483647),
    identity  BLOB    NOT NULL CHECK (length(identity) = 32),
    trust     INTEGER NOT NULL CHECK (trust BETWEEN 0 AND 3),
    dialect   INTEGER NOT NULL CHECK (dialect BETWEEN 0 AND 1),
    PRIMARY KEY (message, jid, device)
) STRICT, WITHOUT ROWID;
