-- Schema 4: what others could have repeated.

-- When it was spent; null: it was not.
ALTER TABLE omemo_prekeys ADD COLUMN spent_at INTEGER;
-- Whose base keys were not noted could be used again by what was opened with them.
DELETE FROM omemo_prekeys WHERE spent = 1;

-- The key exchanges that were opened with a prekey which is still kept: none of them opens again.
CREATE TABLE omemo_base_keys (
    account   INTEGER NOT NULL,
    base_key  BLOB    NOT NULL CHECK (length(base_key) = 32),
    prekey    INTEGER NOT NULL,
    PRIMARY KEY (account, base_key),
    FOREIGN KEY (account, prekey) REFERENCES omemo_prekeys (account, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX omemo_base_keys_by_prekey ON omemo_base_keys (account, prekey);
