"""Gajim with its OMEMO plugin, as its user sees it, and what its own databases say."""

import json
import sqlite3
import time

from ground import end, wait_for
from server import DOMAIN, run

# Gajim's own numbers: kinds of log lines, and the plugin's levels of trust.
RECEIVED, SENT, IN_GROUP, VERIFIED = 4, 6, 2, 1


class Gajim:
    """Gajim with an account of its own; the places that are clicked are those of its maximised window."""

    name, shown = "gajim", "Gajim"
    size = (1180, 760)
    encryption = "omemo-legacy"
    # Its receipts go to the bare address, and so to nobody while Susurro runs a single command, which is not present.
    confirms_at_once = False
    shows_answers = shows_likes = False
    # Its database has them at the next message.
    corrects_late = True

    def __init__(self, ground, screen):
        self.ground, self.screen = ground, screen
        self.jid = f"{self.name}@{DOMAIN}"
        self.home = ground.folder / "home-gajim"
        self.home.mkdir()
        self.settings = self.home / ".config/gajim/settings.sqlite"
        self.data = self.home / ".local/share/gajim"
        self.process = None

    @staticmethod
    def version():
        """What the distribution calls the versions."""
        return run(["dpkg-query", "-W", "-f", "${Package} ${Version}  ", "gajim", "gajim-omemo"]).strip()

    def start(self):
        """Starts it; the first time it learns of the account first."""
        if not self.settings.exists():
            self._launch()
            wait_for("Gajim to make its databases", self.settings.exists)
            self.screen.window("Gajim")
            time.sleep(5)
            self.end()
            self._settle()
        self._launch()
        self.screen.window("Gajim")
        time.sleep(8)

    def _settle(self):
        """Writes the account into its settings; the password too, for there is no keyring."""
        account = {
            **self._address(), "password": self.ground.server.passwords[self.name], "savepass": True,
            "active": True, "account_label": self.jid, "resource": "gajim",
        }
        app = {"use_keyring": False, "is_window_visible": True, "check_for_update": False}
        with sqlite3.connect(self.settings, timeout=10) as database:
            database.execute("update settings set settings = ? where name = 'app'", (json.dumps(app),))
            database.execute("insert into account_settings values (?, ?)",
                             (self.name, json.dumps({"account": account, "contact": {}, "group_chat": {}})))
        database.close()

    def _address(self):
        return {"name": self.name, "hostname": DOMAIN}

    def _launch(self):
        self.process = self.ground.spawn("gajim", ["gajim", "--verbose"], self.home)

    def quit(self):
        """Leaves it, as its user does: it says goodbye to the server."""
        self.screen.keys("ctrl+q")
        wait_for(f"{self.shown} to end", lambda: self.process.poll() is not None, 20)

    def end(self):
        """Ends it without asking it; the server believes it there for a while."""
        end(self.process)

    def befriend(self, _jid):
        """Accepts the one request there is, and asks back in the window that Gajim opens for it."""
        # The account at the lower left; "Accept"; "Next"; "Add Contact".
        for place in ((34, 728), (920, 450), (810, 559), (707, 559)):
            self.screen.click(*place)
            time.sleep(2)
        # The contact, twice: its chat.
        self.screen.click(146, 200)
        self.screen.do("click", "--repeat", "2", "--delay", "120", "1")
        time.sleep(2)

    def open_chat(self, _jid=None):
        """Opens the newest chat of the workspace."""
        self.screen.click(34, 137)
        self.screen.click(200, 185)
        time.sleep(1)

    def encrypt(self):
        """Turns OMEMO on in the open chat."""
        self.screen.click(1126, 737)
        self.screen.click(1090, 631)
        time.sleep(1)

    def open_group(self):
        """Opens the one group there is."""
        self.open_chat()

    def encrypt_group(self):
        """Turns OMEMO on in the open group."""
        self.encrypt()

    def say(self, text):
        """Types a message into the open chat and sends it."""
        self.screen.click(700, 737)
        self.screen.type(text)
        self.screen.keys("Return")
        time.sleep(0.5)

    def correct(self, text):
        """Puts other words in the place of those of the last message."""
        self.screen.click(700, 737)
        self.screen.keys("ctrl+Up", "ctrl+a")
        self.screen.type(text)
        self.screen.keys("Return")
        time.sleep(1)

    def verify(self, pictures, _fingerprint):
        """Verifies the one key of the open chat's contact; takes a picture of that key and of the own one."""
        screen = self.screen
        screen.click(1126, 737)
        time.sleep(1)
        screen.click(390, 338)
        screen.click(425, 388)
        time.sleep(1)
        screen.click(759, 615)
        time.sleep(1)
        screen.picture(pictures / "interop-gajim-keys.png", "502x512+340+146")
        screen.keys("Escape")
        screen.click(831, 156)

    def messages(self, jid):
        """What it keeps of a chat: (whether it was sent, text, whether in OMEMO), oldest first."""
        rows = self._rows("logs.db", "select kind, message, additional_data from logs join jids using (jid_id) "
                                     "where jid = ? and kind in (?, ?) order by log_line_id", (jid, RECEIVED, SENT))
        return [(kind == SENT, text, self._sealed(more)) for kind, text, more in rows]

    def group(self, jid):
        """What it keeps of a group: (text, whether in OMEMO), oldest first."""
        rows = self._rows("logs.db", "select message, additional_data from logs join jids using (jid_id) "
                                     "where jid = ? and kind = ? order by log_line_id", (jid, IN_GROUP))
        return [(text, self._sealed(more)) for text, more in rows]

    def about(self, jid):
        """What a chat shows: text, what that answers, reactions. It knows nothing of the last two."""
        return [(text, None, None) for _sent, text, _sealed in self.messages(jid)]

    @staticmethod
    def _sealed(more):
        return ((json.loads(more) if more else {}).get("encrypted") or {}).get("name") == "OMEMO"

    def bubbles(self, jid):
        """How many lines a chat has, of whatever kind."""
        return self._rows("logs.db", "select count(*) from logs join jids using (jid_id) where jid = ?", (jid,))[0][0]

    def fingerprint(self):
        """Of its own key."""
        return self._hex(self._keys("select public_key from secret")[0][0])

    def keys_of(self, jid):
        """Fingerprint and whether it is verified, of each key of a contact."""
        rows = self._keys("select public_key, trust from identities where recipient_id = ?", (jid,))
        return {self._hex(key): trust == VERIFIED for key, trust in rows}

    @staticmethod
    def _hex(key):
        # One byte that says which curve comes first.
        return bytes(key)[1:].hex()

    def _keys(self, question, values=()):
        return self._rows(f"omemo_{self.jid}.db", question, values)

    def _rows(self, name, question, values=()):
        database = sqlite3.connect(f"file:{self.data / name}?mode=ro", uri=True, timeout=10)
        try:
            return database.execute(question, values).fetchall()
        finally:
            database.close()
