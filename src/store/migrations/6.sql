-- Schema 6: what a first trial of the whole program asked for.

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
