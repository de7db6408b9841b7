-- Schema 2: what the screen has to know again after a restart.

-- What stands in the composer, not sent.
ALTER TABLE chats ADD COLUMN draft TEXT NOT NULL DEFAULT '';
-- Which row stands at the lower edge of the history, and how many lines of it lie below; null: the newest row.
ALTER TABLE chats ADD COLUMN place INTEGER REFERENCES messages (id) ON DELETE SET NULL;
ALTER TABLE chats ADD COLUMN place_hidden INTEGER NOT NULL DEFAULT 0 CHECK (place_hidden BETWEEN 0 AND 65535);
CREATE INDEX chats_by_place ON chats (place) WHERE place IS NOT NULL;

-- The chat that is open.
ALTER TABLE accounts ADD COLUMN current_chat INTEGER REFERENCES chats (id) ON DELETE SET NULL;
CREATE INDEX accounts_by_current_chat ON accounts (current_chat) WHERE current_chat IS NOT NULL;

-- Inbound, and neither shown nor printed. What was there before the screen was counts as read.
ALTER TABLE messages ADD COLUMN unread INTEGER NOT NULL DEFAULT 0 CHECK (unread IN (0, 1));
CREATE INDEX messages_unread ON messages (chat, id) WHERE unread = 1;
-- What we wrote (direction 1) in a chat, for the composer's own history.
CREATE INDEX messages_own ON messages (chat, id) WHERE direction = 1;
