-- Schema 3: the second dialect of OMEMO, device labels, a request to stop encrypting.

-- Over the 32-byte encoding, for OMEMO 2; null: not signed for it yet.
ALTER TABLE omemo_signed_prekeys ADD COLUMN signature2 BLOB CHECK (length(signature2) = 64);

-- What we call this device, and the signature that is published with it; empty: nothing.
ALTER TABLE omemo_own_device ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE omemo_own_device ADD COLUMN label_signature BLOB CHECK (length(label_signature) = 64);

-- As the list shows it; believed where it is read, if the identity key signed it.
ALTER TABLE omemo_devices ADD COLUMN label TEXT;
ALTER TABLE omemo_devices ADD COLUMN label_signature BLOB;
-- Of a row of the legacy dialect: it was told that this device is written to in it, though it spoke OMEMO 2 before.
ALTER TABLE omemo_devices ADD COLUMN lowering_told INTEGER NOT NULL DEFAULT 0 CHECK (lowering_told IN (0, 1));

-- The peer asked, inside an encrypted message, to go on without encryption (XEP-0384 opt-out): the reason, maybe empty.
-- Nothing leaves the chat until the person decided; null: nothing is asked.
ALTER TABLE chats ADD COLUMN opted_out TEXT;
