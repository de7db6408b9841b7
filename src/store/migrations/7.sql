-- Schema 7: a house for what comes: archives, other devices, rooms, files, several accounts.
--
-- Tables are made anew where a constraint changes; the loop has foreign keys off meanwhile and checks them at the end.

-- Chats -----------------------------------------------------------------------------------------------------------

CREATE TABLE new_chats (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    account        INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- The bare JID of the person, or of the room.
    peer           TEXT    NOT NULL,
    -- 0 a person, 1 a room, 2 in private with an occupant of a room, who has a nick there.
    kind           INTEGER NOT NULL DEFAULT 0 CHECK (kind BETWEEN 0 AND 2),
    nick           TEXT    NOT NULL DEFAULT '',
    encrypted      INTEGER NOT NULL DEFAULT 1 CHECK (encrypted IN (0, 1)),
    -- Who must be able to read what is written: 0 everyday, 1 high risk, 2 a verified group.
    policy         INTEGER NOT NULL DEFAULT 0 CHECK (policy BETWEEN 0 AND 2),
    -- The peer asked to go on without encryption: the reason, maybe empty; null: nothing is asked.
    opted_out      TEXT,
    -- A stranger wrote first, and the person has not taken it up.
    request        INTEGER NOT NULL DEFAULT 0 CHECK (request IN (0, 1)),
    -- What stands in the composer, not sent.
    draft          TEXT    NOT NULL DEFAULT '',
    -- The message that it answers, or takes the place of once it is sent: a correction must not leave as a new message.
    draft_about    INTEGER REFERENCES messages (id) ON DELETE SET NULL,
    draft_corrects INTEGER NOT NULL DEFAULT 0 CHECK (draft_corrects IN (0, 1)),
    -- The entry at the lower edge of the history, and how many lines of it lie below; null: the newest.
    place          INTEGER,
    place_hidden   INTEGER NOT NULL DEFAULT 0 CHECK (place_hidden BETWEEN 0 AND 65535),
    -- What came in up to here was shown or printed, here or on another device.
    read_position  INTEGER NOT NULL DEFAULT 0,
    -- What we wrote up to here was read by the other side, as they say (XEP-0333).
    displayed_position  INTEGER NOT NULL DEFAULT 0,
    -- The server's id of the message up to which another device has read, while that message is not here.
    read_ahead     TEXT,
    -- What an archive has from this time or before is not brought back: it was deleted, or is kept no longer.
    not_before     INTEGER,
    -- Whether beside what is encrypted in the old dialect something may tell of which message it is; null: not asked.
    reveal         INTEGER CHECK (reveal IN (0, 1)),
    UNIQUE (account, peer, nick),
    UNIQUE (id, account),
    CHECK ((kind = 2) = (nick <> ''))
) STRICT;

-- Messages --------------------------------------------------------------------------------------------------------

CREATE TABLE new_messages (
    -- AUTOINCREMENT: never used again, so that no name of a message comes to mean another one.
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    account         INTEGER NOT NULL,
    chat            INTEGER NOT NULL,
    -- Where it stands in its chat. About 2^20 for each millisecond of its time (positions.rs), so that there is room
    -- between two rows for what an archive brings later.
    position        INTEGER NOT NULL,
    -- The bare JID of the author: ours, the contact's, in a room that of the occupant where the room shows it, else the room's.
    sender          TEXT    NOT NULL,
    -- In a room: the author's nick then, and who that is over all nicks (XEP-0421).
    nick            TEXT,
    occupant        TEXT,
    direction       INTEGER NOT NULL,
    stanza_id       TEXT    NOT NULL,
    server_id       TEXT,
    time            INTEGER NOT NULL,
    body            TEXT,
    unreadable      INTEGER,
    -- Its words were taken back, by 0 the author, 1 a moderator; null: they were not.
    retracted       INTEGER CHECK (retracted BETWEEN 0 AND 1),
    -- How many earlier versions there are, and how many files came with it.
    edited          INTEGER NOT NULL DEFAULT 0 CHECK (edited >= 0),
    files           INTEGER NOT NULL DEFAULT 0 CHECK (files >= 0),
    -- The id of the message that it answers, as its author names it (XEP-0461), and that one's author.
    reply_to        TEXT,
    reply_author    TEXT,
    -- Show the text as it is (XEP-0393 §7).
    unstyled        INTEGER NOT NULL DEFAULT 0 CHECK (unstyled IN (0, 1)),
    -- Somebody is called by name in it, and it is us.
    mention         INTEGER NOT NULL DEFAULT 0 CHECK (mention IN (0, 1)),
    -- Its author asks to be told that it was read (XEP-0333).
    markable        INTEGER NOT NULL DEFAULT 0 CHECK (markable IN (0, 1)),
    -- An archive brought it.
    archived        INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    protection      INTEGER NOT NULL,
    -- The device that wrote it, its key, and what was thought of that then.
    device          INTEGER CHECK (device BETWEEN 1 AND 2147483647),
    fingerprint     BLOB    CHECK (length(fingerprint) = 32),
    trust           INTEGER,
    state           INTEGER NOT NULL CHECK (state BETWEEN 0 AND 5),
    -- Why it failed, as a code, and what that is about; 0: the words of an older version.
    failure         INTEGER,
    failure_detail  TEXT,
    -- Of what this device wrote: 0 never written to a stream, 1 the same and taken back, 2 written, 3 written and refused.
    gone            INTEGER NOT NULL DEFAULT 0 CHECK (gone BETWEEN 0 AND 3),
    -- By what another copy is known where ids do not tell.
    mark            BLOB    CHECK (length(mark) = 16),
    -- Printed by `listen`.
    listened        INTEGER NOT NULL DEFAULT 0 CHECK (listened IN (0, 1)),
    -- Unread though it stands above the read position: its words could be read only later.
    fresh           INTEGER NOT NULL DEFAULT 0 CHECK (fresh IN (0, 1)),
    CHECK (body IS NULL OR (unreadable IS NULL AND retracted IS NULL)),
    CHECK (body IS NOT NULL OR unreadable IS NOT NULL OR retracted IS NOT NULL OR files > 0),
    CHECK ((failure IS NULL) <= (failure_detail IS NULL)),
    FOREIGN KEY (chat, account) REFERENCES chats (id, account) ON DELETE CASCADE
) STRICT;

-- The order that was: by the second in which it stood, then by row. Sixteen million rows fit into a second.
INSERT INTO new_messages (id, account, chat, position, sender, direction, stanza_id, server_id, time, body, unreadable, unstyled,
        protection, fingerprint, trust, state, failure, failure_detail, gone, mark, listened)
    SELECT id, account, chat,
        (min(max(standing, 0), 4000000000) * 1000 << 20)
            + 64 * row_number() OVER (PARTITION BY chat, min(max(standing, 0), 4000000000) ORDER BY standing, id),
        sender, direction, stanza_id, server_id, time, body, unreadable, state = 6,
        protection, fingerprint, trust, iif(state = 6, 0, state), iif(failure IS NULL, NULL, 0), failure, gone, mark, listened
    FROM messages;

-- What was read and stands below something unread keeps it so.
INSERT INTO new_chats (id, account, peer, encrypted, opted_out, request, draft, place, place_hidden, read_position)
    SELECT c.id, c.account, c.peer, c.encrypted, c.opted_out, c.request, c.draft,
        (SELECT n.position FROM new_messages n WHERE n.id = c.place), c.place_hidden,
        coalesce((SELECT max(n.position) FROM new_messages n JOIN messages m ON m.id = n.id
                  WHERE m.chat = c.id AND m.direction = 0 AND m.unread = 0), 0)
    FROM chats c;
UPDATE new_messages SET fresh = 1 WHERE id IN (
    SELECT n.id FROM messages m JOIN new_messages n ON n.id = m.id JOIN new_chats c ON c.id = m.chat
    WHERE m.direction = 0 AND m.unread = 1 AND n.position <= c.read_position);

-- Ids are never used again, also those of rows that are gone.
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'messages') WHERE name = 'new_messages';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_messages', seq FROM sqlite_sequence
    WHERE name = 'messages' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'new_messages');
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'chats') WHERE name = 'new_chats';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_chats', seq FROM sqlite_sequence
    WHERE name = 'chats' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'new_chats');
DROP TABLE messages;
ALTER TABLE new_messages RENAME TO messages;
DROP TABLE chats;
ALTER TABLE new_chats RENAME TO chats;

CREATE INDEX chats_requests ON chats (account) WHERE request = 1;
CREATE INDEX chats_by_draft ON chats (draft_about) WHERE draft_about IS NOT NULL;
CREATE UNIQUE INDEX messages_by_position ON messages (chat, position);
CREATE UNIQUE INDEX messages_by_server_id ON messages (chat, server_id) WHERE server_id IS NOT NULL;
-- Ids are unique per stream only (RFC 6120 §8.1.3): two messages of one sender may have the same.
CREATE INDEX messages_by_stanza_id ON messages (chat, stanza_id, sender) WHERE stanza_id <> '';
-- What came in (direction 0): how much of it stands below the read position, and what is unread above it.
CREATE INDEX messages_inbound ON messages (chat, position) WHERE direction = 0;
CREATE INDEX messages_fresh ON messages (chat, position) WHERE fresh = 1;
CREATE INDEX messages_unlistened ON messages (account, id, sender) WHERE direction = 0 AND listened = 0;
-- What we wrote (direction 1): for the composer's own history, whether anything that did not fail (state 4), what failed.
CREATE INDEX messages_own ON messages (chat, id) WHERE direction = 1;
CREATE INDEX messages_written ON messages (chat) WHERE direction = 1 AND state <> 4;
CREATE INDEX messages_failed ON messages (account, id) WHERE direction = 1 AND state = 4;

-- Earlier versions of messages that their authors corrected (XEP-0308), the oldest with the lowest id.
CREATE TABLE message_versions (
    id           INTEGER PRIMARY KEY,
    message      INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    body         TEXT    NOT NULL,
    unstyled     INTEGER NOT NULL DEFAULT 0 CHECK (unstyled IN (0, 1)),
    time         INTEGER NOT NULL,
    protection   INTEGER NOT NULL,
    device       INTEGER CHECK (device BETWEEN 1 AND 2147483647),
    fingerprint  BLOB    CHECK (length(fingerprint) = 32),
    trust        INTEGER,
    -- The ids of the correction that took its place: by them a copy, a receipt or an error of that is known.
    replaced_by  TEXT    NOT NULL,
    server_id    TEXT
) STRICT;
CREATE INDEX message_versions_by_message ON message_versions (message, id);
CREATE INDEX message_versions_by_correction ON message_versions (replaced_by) WHERE replaced_by <> '';

-- What somebody thinks of a message, one emoji a row (XEP-0444); their newest set takes the place of the one before.
CREATE TABLE reactions (
    message      INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    -- Whose: the bare JID, in a room the occupant (XEP-0421) or the nick.
    author       TEXT    NOT NULL,
    -- Empty: their newest set is empty, so that an archive does not bring back an older one.
    emoji        TEXT    NOT NULL,
    time         INTEGER NOT NULL,
    protection   INTEGER NOT NULL,
    device       INTEGER CHECK (device BETWEEN 1 AND 2147483647),
    fingerprint  BLOB    CHECK (length(fingerprint) = 32),
    trust        INTEGER,
    PRIMARY KEY (message, author, emoji)
) STRICT, WITHOUT ROWID;

-- What was said about a message that is not here (yet): an archive is read backwards, so corrections, reactions and
-- retractions come before what they are about.
CREATE TABLE early_contents (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    account      INTEGER NOT NULL,
    chat         INTEGER NOT NULL,
    -- The id of that message, as its author or the server names it.
    target       TEXT    NOT NULL,
    -- Whose, as in `reactions`.
    author       TEXT    NOT NULL,
    content      TEXT    NOT NULL,
    stanza_id    TEXT    NOT NULL,
    server_id    TEXT,
    time         INTEGER NOT NULL,
    protection   INTEGER NOT NULL,
    device       INTEGER CHECK (device BETWEEN 1 AND 2147483647),
    fingerprint  BLOB    CHECK (length(fingerprint) = 32),
    trust        INTEGER,
    FOREIGN KEY (chat, account) REFERENCES chats (id, account) ON DELETE CASCADE
) STRICT;
CREATE INDEX early_contents_by_target ON early_contents (chat, target);

-- Lines of the history that nobody wrote: a hole that the archive left, a room that changed, a new key.
CREATE TABLE chat_events (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    account   INTEGER NOT NULL,
    chat      INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    time      INTEGER NOT NULL,
    -- Of a hole: where it ends.
    until     INTEGER,
    detail    TEXT,
    -- It was looked at; null: nobody need.
    seen      INTEGER CHECK (seen IN (0, 1)),
    FOREIGN KEY (chat, account) REFERENCES chats (id, account) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX chat_events_by_position ON chat_events (chat, position);

-- Files that came with messages, or are to go with them.
CREATE TABLE files (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    account     INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    message     INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL CHECK (number >= 0),
    name        TEXT,
    media_type  TEXT,
    size        INTEGER CHECK (size >= 0),
    sha256      BLOB    CHECK (length(sha256) = 32),
    -- Where it lies, and what opens it there.
    url         TEXT,
    secret      BLOB,
    -- 0 there, 1 on its way, 2 here, 3 failed, 4 deleted; of what failed the code of the reason.
    state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 4),
    failure     INTEGER,
    -- The name of the container in the vault's folder that holds it, and how large that is.
    container   BLOB    CHECK (length(container) = 16),
    stored      INTEGER CHECK (stored >= 0),
    UNIQUE (message, number)
) STRICT;

-- What waits to be sent -------------------------------------------------------------------------------------------

CREATE TABLE new_outbox (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    account   INTEGER NOT NULL,
    chat      INTEGER NOT NULL,
    -- The row of the history that it is; null: it says something that has no row (a reaction, a marker), as `content`, about
    -- the row `target`.
    message   INTEGER UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
    content   TEXT,
    target    INTEGER REFERENCES messages (id) ON DELETE CASCADE,
    clear     INTEGER NOT NULL CHECK (clear IN (0, 1)),
    stanza    TEXT,
    sequence  INTEGER CHECK (sequence BETWEEN 0 AND 4294967295),
    blamed    INTEGER NOT NULL DEFAULT 0 CHECK (blamed BETWEEN 0 AND 255),
    CHECK ((message IS NULL) = (content IS NOT NULL)),
    FOREIGN KEY (chat, account) REFERENCES chats (id, account) ON DELETE CASCADE
) STRICT;
INSERT INTO new_outbox (id, account, chat, message, clear, stanza, sequence, blamed)
    SELECT id, account, chat, message, clear, stanza, sequence, blamed FROM outbox;
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'outbox') WHERE name = 'new_outbox';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_outbox', seq FROM sqlite_sequence
    WHERE name = 'outbox' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'new_outbox');
DROP TABLE outbox;
ALTER TABLE new_outbox RENAME TO outbox;
CREATE INDEX outbox_by_account ON outbox (account);
CREATE INDEX outbox_by_chat ON outbox (chat);
CREATE INDEX outbox_by_target ON outbox (target) WHERE target IS NOT NULL;

-- Archives, rooms, accounts ---------------------------------------------------------------------------------------

-- Nothing ever wrote it: an unbroken catch-up is a range now.
DROP TABLE archive_cursors;
-- The unbroken parts of an archive (XEP-0313) that were read: of the whole, or of what one chat has in it.
CREATE TABLE archive_ranges (
    id          INTEGER PRIMARY KEY,
    account     INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- Whose archive: our own bare JID, or a room's.
    archive     TEXT    NOT NULL,
    chat        INTEGER REFERENCES chats (id) ON DELETE CASCADE,
    -- Its ends, by the archive's ids, with their times.
    first_id    TEXT    NOT NULL,
    first_time  INTEGER NOT NULL,
    last_id     TEXT    NOT NULL,
    last_time   INTEGER NOT NULL,
    -- The archive has nothing before it.
    is_start    INTEGER NOT NULL CHECK (is_start IN (0, 1))
) STRICT;
CREATE INDEX archive_ranges_by_archive ON archive_ranges (account, archive, last_time);
CREATE INDEX archive_ranges_by_chat ON archive_ranges (chat) WHERE chat IS NOT NULL;

-- What came live while a catch-up with the archive runs, until that is done.
CREATE TABLE held_stanzas (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    account  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    time     INTEGER NOT NULL,
    stanza   TEXT    NOT NULL
) STRICT;
CREATE INDEX held_stanzas_by_account ON held_stanzas (account, id);

-- What is known of a room beside its chat.
CREATE TABLE rooms (
    chat        INTEGER PRIMARY KEY REFERENCES chats (id) ON DELETE CASCADE,
    name        TEXT,
    -- Ours.
    own_nick    TEXT    NOT NULL,
    password    BLOB,
    autojoin    INTEGER NOT NULL CHECK (autojoin IN (0, 1)),
    -- 0 everything, 1 what mentions us, 2 nothing.
    notify      INTEGER NOT NULL DEFAULT 0 CHECK (notify BETWEEN 0 AND 2),
    pinned      INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
    -- What the room said that it is, as it was when the person joined; what others put beside the bookmark (XEP-0402).
    features    TEXT    NOT NULL DEFAULT '',
    extensions  TEXT    NOT NULL DEFAULT '',
    -- It is another one than it was: nothing is sent into it.
    suspect     INTEGER NOT NULL DEFAULT 0 CHECK (suspect IN (0, 1))
) STRICT;
CREATE TABLE room_members (
    chat         INTEGER NOT NULL REFERENCES rooms (chat) ON DELETE CASCADE,
    jid          TEXT    NOT NULL,
    affiliation  INTEGER NOT NULL,
    nick         TEXT,
    PRIMARY KEY (chat, jid)
) STRICT, WITHOUT ROWID;

-- What the person calls it, and whether it is to be connected.
ALTER TABLE accounts ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1));
-- When it was first online from here: what an archive has from before is not new to anybody. Null: it never was.
ALTER TABLE accounts ADD COLUMN first_online INTEGER;
UPDATE accounts SET first_online = (SELECT created FROM omemo_own_device WHERE account = accounts.id);
