-- Schema 5: what was typed in the wizard, until there is an account.

-- Belongs to no account, since there is none yet; it goes when there is one. Never a password. One row at most.
CREATE TABLE wizard (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    make         INTEGER NOT NULL CHECK (make IN (0, 1)),
    address      TEXT    NOT NULL,
    server       TEXT    NOT NULL,
    direct_tls   INTEGER NOT NULL CHECK (direct_tls IN (0, 1)),
    ca_file      TEXT    NOT NULL,
    allow_plain  INTEGER NOT NULL CHECK (allow_plain IN (0, 1))
) STRICT;
