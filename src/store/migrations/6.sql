-- Schema 6: what a first trial of the whole program asked for.

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
