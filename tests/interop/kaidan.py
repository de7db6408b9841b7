"""Kaidan, which speaks OMEMO 2 alone: as its user sees it, and what its own database says."""

import sqlite3
import time

from ground import end, wait_for
from server import DOMAIN, run

# Kaidan's own numbers: how a message is encrypted, what is thought of a key.
OMEMO2, AUTHENTICATED = 7, 32


class Kaidan:
    """Kaidan with an account of its own; the places that are clicked are those of its maximised window."""

    name, shown = "kaidan", "Kaidan"
    # In a smaller one its pages take turns.
    size = (1720, 1010)
    encryption = "omemo-2"
    # For the first messages of a device that is new to it there is no receipt, or one that only its own other devices can read.
    confirms_at_once = False
    # What a server hands out at login it cannot read yet; what came meanwhile it takes from the archive.
    from_archive = True

    def __init__(self, ground, screen):
        self.ground, self.screen = ground, screen
        self.jid = f"{self.name}@{DOMAIN}"
        self.home = ground.folder / "home-kaidan"
        self.home.mkdir()
        self.database = self.home / ".local/share/kaidan/kaidan.sqlite3"
        # The contact whose chat is open.
        self.process = self.partner = None

    @staticmethod
    def version():
        """What the distribution calls the version."""
        return run(["dpkg-query", "-W", "-f", "${Package} ${Version}", "kaidan"])

    def start(self):
        """Starts it; the first time it logs in, as its user does."""
        new = not self.database.exists()
        self.process = self.ground.spawn("kaidan", ["kaidan"], self.home)
        self.screen.window("kaidan", "--class")
        time.sleep(8)
        if new:
            for place, text in (((860, 617), self.jid), ((860, 672), self.ground.server.passwords[self.name])):
                self.screen.click(*place)
                self.screen.type(text)
            self.screen.keys("Return")
            wait_for("Kaidan to publish its keys", lambda: "urn:xmpp:omemo:2:devices" in self.ground.server.published(self.name))
            time.sleep(3)

    def quit(self):
        """Leaves it, as its user does: it says goodbye to the server."""
        self.screen.keys("alt+F4")
        wait_for(f"{self.shown} to end", lambda: self.process.poll() is not None, 20)

    def end(self):
        """Ends it without asking it; the server believes it there for a while."""
        end(self.process)

    def befriend(self, jid):
        """Accepts the one request there is, in the chat; Kaidan asks back by itself."""
        self.open_chat(jid)
        self.screen.click(1266, 930)
        time.sleep(2)

    def open_chat(self, jid):
        """Opens the newest chat."""
        self.partner = jid
        self.screen.click(150, 110)
        time.sleep(2)

    def encrypt(self):
        """Nothing: it encrypts where it can."""

    def say(self, text):
        """Types a message into the open chat and sends it."""
        self.screen.click(900, 980)
        self.screen.type(text)
        self.screen.keys("Return")
        time.sleep(0.5)

    def verify(self, pictures, fingerprint):
        """Verifies the one key of the open chat's contact by typing what the contact reads out."""
        screen = self.screen
        # The name above the chat; "Verify your contact's unknown devices"; "Verify manually"; the field.
        for place in ((440, 48), (858, 700), (860, 980), (410, 497)):
            screen.click(*place)
            time.sleep(2)
        screen.type(fingerprint)
        screen.picture(pictures / "interop-kaidan-key.png", "1480x180+140+420")
        screen.keys("Return")
        wait_for("Kaidan to verify the key", lambda: self.keys_of(self.partner).get(fingerprint), 20)
        # Back to the chat, which waits behind the notice.
        screen.click(72, 48)
        time.sleep(2)
        screen.keys("Escape")
        time.sleep(2)
        self.open_chat(self.partner)

    def messages(self, jid):
        """What it keeps of a chat: (whether it was sent, text, whether in OMEMO), oldest first."""
        rows = self._rows("select isOwn, body, encryption from messages where chatJid = ? order by timestamp, rowid", (jid,))
        return [(bool(own), body, encryption == OMEMO2) for own, body, encryption in rows]

    def bubbles(self, jid):
        """How many messages a chat has, of whatever kind."""
        return self._rows("select count(*) from messages where chatJid = ?", (jid,))[0][0]

    def fingerprint(self):
        """Of its own key."""
        return self._rows("select keyId from trustOwnKeys")[0][0].hex()

    def keys_of(self, jid):
        """Fingerprint and whether it is verified, of each key of a contact."""
        rows = self._rows("select keyId, trustLevel from trustKeys where ownerJid = ?", (jid,))
        return {key.hex(): trust == AUTHENTICATED for key, trust in rows}

    def _rows(self, question, values=()):
        database = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        try:
            return database.execute(question, values).fetchall()
        finally:
            database.close()
