-- Schema 1.
--
-- Every table carries the account, and every row goes with its account (ON DELETE CASCADE).
-- Times are Unix milliseconds, JIDs are bare and normalised, booleans are 0 or 1, enums are the codes of codes.rs.
-- No ANALYZE anywhere: its samples would keep values of rows that were deleted.

PRAGMA application_id = 0x53757375; -- "Susu"

CREATE TABLE accounts (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    jid             TEXT    NOT NULL UNIQUE,
    password        BLOB    NOT NULL,
    server_host     TEXT,
    server_port     INTEGER CHECK (server_port BETWEEN 0 AND 65535),
    direct_tls      INTEGER NOT NULL DEFAULT 0 CHECK (direct_tls IN (0, 1)),
    ca_pem          TEXT,
    allow_plain     INTEGER NOT NULL DEFAULT 0 CHECK (allow_plain IN (0, 1)),
    resource        TEXT    NOT NULL,
    proved          INTEGER NOT NULL DEFAULT 0 CHECK (proved IN (0, 1)),
    mechanism       TEXT,
    -- Prekey ids ascend for ever, so the counter outlives the keys.
    next_prekey_id  INTEGER NOT NULL DEFAULT 1 CHECK (next_prekey_id BETWEEN 1 AND 16777214),
    CHECK ((server_host IS NULL) = (server_port IS NULL))
) STRICT;

CREATE TABLE contacts (
    account       INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    jid           TEXT    NOT NULL,
    name          TEXT,
    in_roster     INTEGER NOT NULL CHECK (in_roster IN (0, 1)),
    subscription  INTEGER NOT NULL,
    asked         INTEGER NOT NULL CHECK (asked IN (0, 1)),
    requests      INTEGER NOT NULL CHECK (requests IN (0, 1)),
    PRIMARY KEY (account, jid)
) STRICT, WITHOUT ROWID;

CREATE TABLE chats (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    peer       TEXT    NOT NULL,
    encrypted  INTEGER NOT NULL DEFAULT 1 CHECK (encrypted IN (0, 1)),
    UNIQUE (account, peer),
    UNIQUE (id, account)
) STRICT;

-- AUTOINCREMENT: a row id is never used again, so an id that a front end holds cannot come to mean another row.
-- A later full-text index can be an external-content table over (id, body).
CREATE TABLE messages (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    account      INTEGER NOT NULL,
    chat         INTEGER NOT NULL,
    sender       TEXT    NOT NULL,
    direction    INTEGER NOT NULL,
    stanza_id    TEXT    NOT NULL,
    server_id    TEXT,
    time         INTEGER NOT NULL,
    -- What the history is ordered by, then the row: servers stamp what they kept for us in whole seconds, so within a
    -- second the order of arrival tells more than the time.
    second       INTEGER GENERATED ALWAYS AS (time / 1000) VIRTUAL,
    body         TEXT,
    unreadable   INTEGER,
    protection   INTEGER NOT NULL,
    fingerprint  BLOB    CHECK (length(fingerprint) = 32),
    trust        INTEGER,
    state        INTEGER NOT NULL,
    failure      TEXT,
    listened     INTEGER NOT NULL DEFAULT 0 CHECK (listened IN (0, 1)),
    CHECK ((body IS NULL) <> (unreadable IS NULL)),
    FOREIGN KEY (chat, account) REFERENCES chats (id, account) ON DELETE CASCADE
) STRICT;

-- Every message appears once. A stanza without an id (empty) is like no other.
CREATE UNIQUE INDEX messages_by_stanza_id ON messages (chat, stanza_id, sender) WHERE stanza_id <> '';
CREATE UNIQUE INDEX messages_by_server_id ON messages (chat, server_id) WHERE server_id IS NOT NULL;
-- Paging. The row id stands at the end of every index entry, so this is the order (second, id).
CREATE INDEX messages_by_second ON messages (chat, second);
-- What `listen` has not printed yet: inbound (direction 0) rows only, so the index stays small.
CREATE INDEX messages_unlistened ON messages (account, id, sender) WHERE direction = 0 AND listened = 0;
-- Whether we ever wrote to a peer: outbound (direction 1) and not failed (state 4).
CREATE INDEX messages_written ON messages (chat) WHERE direction = 1 AND state <> 4;

CREATE TABLE outbox (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    account   INTEGER NOT NULL,
    chat      INTEGER NOT NULL,
    message   INTEGER NOT NULL UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
    clear     INTEGER NOT NULL CHECK (clear IN (0, 1)),
    stanza    TEXT,
    sequence  INTEGER CHECK (sequence BETWEEN 0 AND 4294967295),
    FOREIGN KEY (chat, account) REFERENCES chats (id, account) ON DELETE CASCADE
) STRICT;
CREATE INDEX outbox_by_account ON outbox (account);
CREATE INDEX outbox_by_chat ON outbox (chat);

CREATE TABLE streams (
    account   INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    sm_id     TEXT    NOT NULL,
    bound     TEXT    NOT NULL,
    location  TEXT,
    inbound   INTEGER NOT NULL CHECK (inbound BETWEEN 0 AND 4294967295),
    outbound  INTEGER NOT NULL CHECK (outbound BETWEEN 0 AND 4294967295)
) STRICT;

-- Up to where an archive (XEP-0313) was read: the last id of an unbroken catch-up.
CREATE TABLE archive_cursors (
    account  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    archive  TEXT    NOT NULL,
    last_id  TEXT    NOT NULL,
    updated  INTEGER NOT NULL,
    PRIMARY KEY (account, archive)
) STRICT, WITHOUT ROWID;

-- OMEMO: our own device ------------------------------------------------------------------------------------------

CREATE TABLE omemo_own_device (
    account   INTEGER PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    device    INTEGER NOT NULL CHECK (device BETWEEN 1 AND 2147483647),
    identity  BLOB    NOT NULL CHECK (length(identity) = 32),
    created   INTEGER NOT NULL
) STRICT;

CREATE TABLE omemo_signed_prekeys (
    account    INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id         INTEGER NOT NULL CHECK (id BETWEEN 0 AND 4294967295),
    secret     BLOB    NOT NULL CHECK (length(secret) = 32),
    -- Legacy: over the 33-byte encoding.
    signature  BLOB    NOT NULL CHECK (length(signature) = 64),
    created    INTEGER NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE omemo_prekeys (
    account  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id       INTEGER NOT NULL CHECK (id BETWEEN 1 AND 4294967295),
    secret   BLOB    NOT NULL CHECK (length(secret) = 32),
    -- The public half, so that publishing a hundred costs no arithmetic.
    public   BLOB    NOT NULL CHECK (length(public) = 32),
    spent    INTEGER NOT NULL DEFAULT 0 CHECK (spent IN (0, 1)),
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

-- OMEMO: other devices, and our other ones -----------------------------------------------------------------------

CREATE TABLE omemo_devices (
    account     INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    jid         TEXT    NOT NULL,
    dialect     INTEGER NOT NULL,
    device      INTEGER NOT NULL CHECK (device BETWEEN 1 AND 2147483647),
    identity    BLOB    CHECK (length(identity) = 32),
    active      INTEGER NOT NULL CHECK (active IN (0, 1)),
    first_seen  INTEGER NOT NULL,
    last_seen   INTEGER,
    PRIMARY KEY (account, jid, dialect, device)
) STRICT, WITHOUT ROWID;

CREATE TABLE omemo_device_lists (
    account  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    jid      TEXT    NOT NULL,
    dialect  INTEGER NOT NULL,
    seen     INTEGER NOT NULL,
    PRIMARY KEY (account, jid, dialect)
) STRICT, WITHOUT ROWID;

CREATE TABLE omemo_sessions (
    account  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    jid      TEXT    NOT NULL,
    dialect  INTEGER NOT NULL,
    device   INTEGER NOT NULL CHECK (device BETWEEN 1 AND 2147483647),
    record   BLOB    NOT NULL,
    PRIMARY KEY (account, jid, dialect, device)
) STRICT;

-- Hangs on (account, JID, key): never on the device id, never on the key alone.
CREATE TABLE omemo_trust (
    account     INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    jid         TEXT    NOT NULL,
    identity    BLOB    NOT NULL CHECK (length(identity) = 32),
    trust       INTEGER NOT NULL,
    first_seen  INTEGER NOT NULL,
    PRIMARY KEY (account, jid, identity)
) STRICT, WITHOUT ROWID;
