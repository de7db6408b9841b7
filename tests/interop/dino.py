"""Dino, as its user sees it, and what its own databases say."""

import base64
import sqlite3
import time

from ground import end, wait_for
from server import DOMAIN, run

# Dino's own numbers.
SENT, OMEMO, VERIFIED = 1, 2, 0


class Dino:
    """Dino with an account of its own; the places that are clicked are those of its maximised window."""

    name, shown = "dino", "Dino"
    size = (1180, 760)
    encryption = "omemo-legacy"
    # Its receipts go to the address that the message came from.
    confirms_at_once = True
    corrects_from_one_address = shows_answers = shows_likes = True

    def __init__(self, ground, screen):
        self.ground, self.screen = ground, screen
        self.jid = f"{self.name}@{DOMAIN}"
        self.home = ground.folder / "home-dino"
        self.home.mkdir()
        # The contact whose chat is open.
        self.process = self.partner = None

    @staticmethod
    def version():
        """What the distribution calls the version."""
        return run(["dpkg-query", "-W", "-f", "${Package} ${Version}", "dino-im"])

    def start(self):
        """Starts it; the first time it learns of the account first."""
        if not self._data("dino.db").exists():
            self._launch()
            wait_for("Dino to make its databases", self._data("omemo.db").exists)
            self.screen.window("Dino")
            time.sleep(3)
            self.end()
            self._write("insert into account (bare_jid, resourcepart, password, alias, enabled) values (?, 'dino', ?, '', 1)",
                        (self.jid, self.ground.server.passwords[self.name]))
            self._write("insert or replace into settings (key, value) values ('window_maximized', 'true')")
        self._launch()
        wait_for("Dino to have keys", lambda: self._rows("omemo.db", "select 1 from identity"))
        self.screen.window("Dino")
        time.sleep(6)

    def _launch(self):
        self.process = self.ground.spawn("dino", ["dino-im", "--print-xmpp=all"], self.home)

    def quit(self):
        """Leaves it, as its user does: it says goodbye to the server."""
        self.screen.keys("ctrl+q")
        wait_for(f"{self.shown} to end", lambda: self.process.poll() is not None, 20)

    def end(self):
        """Ends it without asking it; the server believes it there for a while."""
        end(self.process)

    def befriend(self, _jid):
        """Accepts the one request there is; Dino asks back by itself."""
        # The notice stands in the middle of the chat, right below the title.
        self.screen.click(883, 79)
        time.sleep(2)

    def open_chat(self, jid):
        """Opens the newest chat."""
        self.partner = jid
        self.screen.click(150, 82)

    def encrypt(self):
        """Turns OMEMO on in the open chat."""
        self.screen.click(-37, -37)
        self.screen.click(-75, -88)
        self.screen.keys("Escape")

    def open_group(self):
        """Opens the one group there is."""
        self.screen.click(150, 82)

    def encrypt_group(self):
        """Turns OMEMO on in the open group."""
        self.encrypt()

    def say(self, text):
        """Types a message into the open chat and sends it."""
        self.screen.click(600, -37)
        self.screen.type(text)
        self.screen.keys("Return")
        time.sleep(0.5)

    def correct(self, text):
        """Puts other words in the place of those of the last message."""
        self.screen.click(600, -37)
        self.screen.keys("Up", "ctrl+a")
        self.screen.type(text)
        self.screen.keys("Return")
        time.sleep(1)

    def answer(self, text):
        """Answers the last message, which is an answer itself: what is offered for it comes when the mouse moves over it."""
        for x in (700, 705):
            self.screen.do("mousemove", x, 677)
            time.sleep(0.6)
        self.screen.click(1111, 595)
        self.screen.type(text)
        self.screen.keys("Return")
        time.sleep(1)

    def like(self):
        """Thinks the same of the last message as the one who thought something of it."""
        self.screen.click(381, 674)
        time.sleep(1)

    def verify(self, pictures, _fingerprint):
        """Verifies the one key of the open chat's contact; takes pictures of that key and of the own one."""
        screen = self.screen
        screen.click(1038, 28)
        screen.click(793, 312)
        screen.picture(pictures / "interop-dino-key.png", "410x248+385+256")
        screen.click(529, 456)
        screen.click(580, 394)
        # "Fingerprints match", "Confirm".
        screen.click(588, 477)
        screen.click(728, 261)
        screen.keys("Escape", "Escape")
        screen.click(281, 28)
        screen.click(247, 80)
        time.sleep(1)
        screen.picture(pictures / "interop-dino-own-key.png", "700x400+240+180")
        screen.keys("Escape")

    def messages(self, jid):
        """What it keeps of a chat: (whether it was sent, text, whether in OMEMO), oldest first."""
        rows = self._rows("dino.db", "select direction, body, encryption from message join jid on jid.id = counterpart_id "
                                     "where bare_jid = ? order by message.id", (jid,))
        return [(direction == SENT, body, encryption == OMEMO) for direction, body, encryption in rows]

    def group(self, jid):
        """What it keeps of a group: (text, whether in OMEMO), oldest first."""
        return [(text, sealed) for _sent, text, sealed in self.messages(jid)]

    def about(self, jid):
        """What a chat shows: text, what that answers, reactions."""
        return self._rows("dino.db", """
            select substr(message.body, 1 + coalesce(max(body_meta.to_char), 0)),
                substr(answered.body, 1 + coalesce(max(cut.to_char), 0)), emojis
            from content_item join conversation on conversation.id = content_item.conversation_id
            join jid on jid.id = conversation.jid_id
            join message on message.id = content_item.foreign_id
            left join body_meta on body_meta.message_id = message.id and body_meta.info = 'urn:xmpp:reply:0'
            left join reply on reply.message_id = message.id
            left join content_item of on of.id = quoted_message_id left join message answered on answered.id = of.foreign_id
            left join body_meta cut on cut.message_id = answered.id and cut.info = 'urn:xmpp:reply:0'
            left join reaction on content_item_id = content_item.id
            where content_item.hide = 0 and bare_jid = ? group by content_item.id order by content_item.id""", (jid,))

    def bubbles(self, jid):
        """How many things a chat shows."""
        return self._rows("dino.db", "select count(*) from content_item join conversation on conversation.id = conversation_id "
                                     "join jid on jid.id = jid_id where hide = 0 and bare_jid = ?", (jid,))[0][0]

    def fingerprint(self):
        """Of its own key."""
        return self._hex(self._rows("omemo.db", "select identity_key_public_base64 from identity")[0][0])

    def keys_of(self, jid):
        """Fingerprint and whether it is verified, of each key of a contact."""
        rows = self._rows("omemo.db", "select identity_key_public_base64, trust_level from identity_meta "
                                      "where address_name = ? and identity_key_public_base64 is not null", (jid,))
        return {self._hex(key): trust == VERIFIED for key, trust in rows}

    @staticmethod
    def _hex(key):
        # One byte that says which curve comes first.
        return base64.b64decode(key)[1:].hex()

    def _data(self, name):
        return self.home / ".local/share/dino" / name

    def _rows(self, name, question, values=()):
        database = sqlite3.connect(f"file:{self._data(name)}?mode=ro", uri=True, timeout=10)
        try:
            return database.execute(question, values).fetchall()
        finally:
            database.close()

    def _write(self, statement, values=()):
        database = sqlite3.connect(self._data("dino.db"), timeout=10)
        with database:
            database.execute(statement, values)
        database.close()
