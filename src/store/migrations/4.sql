-- Schema 4: what others could have repeated, and which devices stand on a list.

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

-- The newest list names it. `active` is more: a device that wrote since is, too.
ALTER TABLE omemo_devices ADD COLUMN listed INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1));
UPDATE omemo_devices SET listed = active;
