"""Profanity, as its user sees it in a terminal, and what its own log of chats says."""

import re
import sqlite3
import time

import raw
from ground import wait_for
from server import DOMAIN, run
from stage import Tmux

LIST = "eu.siacs.conversations.axolotl"


class Profanity:
    """Profanity with an account of its own, in a terminal wide enough for a message to be one line."""

    name, shown = "profanity", "Profanity"
    size = (1180, 760)
    encryption = "omemo-legacy"
    confirms_at_once = True
    # It shows its keys to contacts alone, and writes one line at a time.
    for_contacts_only, one_line = True, True

    def __init__(self, ground, screen):
        self.ground, self.screen = ground, screen
        self.jid = f"{self.name}@{DOMAIN}"
        self.home = ground.folder / "home-profanity"
        self.home.mkdir()
        self.data = self.home / ".local/share/profanity"
        self.tmux = None
        # The contact whose chat is open.
        self.partner = f"ana@{DOMAIN}"

    @staticmethod
    def version():
        """What the distribution calls the version."""
        return run(["dpkg-query", "-W", "-f", "${Package} ${Version}", "profanity"])

    def start(self):
        """Starts it; the first time it makes its keys."""
        new = not self.data.exists()
        if new:
            self._settle()
            # Where there is no list of devices it never publishes one: another client of the account was there before.
            raw.publish(self.ground.server, self.name, f"{LIST}.devicelist", f"<list xmlns='{LIST}'/>")
        self.tmux = Tmux(self.ground.folder, "set -g default-terminal tmux-256color\n")
        home = f"HOME={self.home} SSL_CERT_FILE={self.ground.server.ca_file} LANG=C.UTF-8"
        self.tmux.do("new-session", "-d", "-x", "220", "-y", "50", f"env {home} profanity --account {self.jid}")
        self._wait("logged in successfully")
        if new:
            self._line("/omemo gen")
            self._wait("materials generated. Your Device ID is")

    def _settle(self):
        """Writes account and settings."""
        certificates = self.home / "certificates"
        certificates.mkdir()
        (certificates / "authority.pem").write_text(self.ground.server.ca_file.read_text())
        run(["openssl", "rehash", certificates])
        settings = self.home / ".config/profanity"
        settings.mkdir(parents=True)
        (settings / "profrc").write_text(f"[tls]\ncertpath={certificates}\n[omemo]\ntrustmode=blind\n[logging]\nchlog=true\n")
        self.data.mkdir(parents=True)
        (self.data / "accounts").write_text(
            f"[{self.jid}]\nenabled=true\njid={self.jid}\nresource=profanity\nserver=127.0.0.1\nport={self.ground.server.port}\n"
            f"password={self.ground.server.passwords[self.name]}\ntls.policy=force\npresence.login=online\n"
        )

    def _line(self, text):
        self.tmux.do("send-keys", "-l", text)
        self.tmux.do("send-keys", "Enter")
        time.sleep(0.7)

    def _shown(self):
        return self.tmux.ask("capture-pane", "-p", "-J") or ""

    def _wait(self, text):
        return wait_for(f"{text!r} on Profanity's screen", lambda: self._shown() if text in self._shown() else None)

    def quit(self):
        """Leaves it, as its user does: it says goodbye to the server."""
        self._line("/quit")
        wait_for(f"{self.shown} to end", lambda: not self._shown(), 20)
        self.tmux.stop()

    def end(self):
        """Ends it without asking it; the server believes it there for a while."""
        self.tmux.stop()

    def befriend(self, jid):
        """Accepts a contact's request, and asks back."""
        self._line(f"/sub allow {jid}")
        self._line(f"/sub request {jid}")

    def open_chat(self, jid):
        """Opens the chat with a contact."""
        self.partner = jid
        self._line(f"/msg {jid}")

    def encrypt(self):
        """Turns OMEMO on in the open chat."""
        self._line(f"/omemo start {self.partner}")
        self._wait("[OMEMO]")

    def say(self, text):
        """Types a message into the open chat and sends it. While it fetches keys on the side it refuses to: it is asked again."""
        refused = "cannot be decrypted for any recipient"
        for _ in range(10):
            before = self._shown().count(refused)
            self.tmux.do("send-keys", "-l", text)
            self.tmux.do("send-keys", "Enter")
            time.sleep(1)
            if self._shown().count(refused) == before:
                return

    def verify(self, _pictures, fingerprint):
        """Trusts nobody any more but this one key of the open chat's contact."""
        self._line("/omemo trustmode manual")
        parts = "-".join(re.findall(".{8}", fingerprint))
        self._line(f"/omemo trust {self.partner} {parts}")
        self._line("/omemo trustmode blind")

    def messages(self, jid):
        """What it keeps of a chat: (whether it was sent, text, whether in OMEMO), oldest first."""
        rows = self._rows("select from_jid, message, encryption from ChatLogs where ? in (from_jid, to_jid) order by id", jid)
        return [(sender == self.jid, text, encryption == "omemo") for sender, text, encryption in rows]

    def bubbles(self, jid):
        """How many messages a chat has, of whatever kind."""
        return len(self.messages(jid))

    def fingerprint(self):
        """Of its own key."""
        (own,) = self._keys("known_devices", self.jid).values()
        return own

    def keys_of(self, jid):
        """Fingerprint and whether it is trusted, of each key of a contact: it knows no difference between that and verified."""
        trusted = self._keys("trust", jid)
        return {key: device in trusted for device, key in self._keys("known_devices", jid).items()}

    def _keys(self, name, jid):
        """A section of one of its files about devices: keys by device."""
        path = self.data / "omemo" / self.jid.replace("@", "_at_") / f"{name}.txt"
        _, _, rest = path.read_text().partition(f"[{jid}]\n") if path.exists() else ("", "", "")
        return dict(line.split("=", 1) for line in rest.partition("[")[0].splitlines() if line)

    def _rows(self, question, *values):
        path = self.data / "database" / self.jid.replace("@", "_at_") / "chatlog.db"
        if not path.exists():
            return []
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
        try:
            return database.execute(question, values).fetchall()
        finally:
            database.close()
