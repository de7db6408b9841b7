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
