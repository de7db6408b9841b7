"""Gajim 2, which has OMEMO built in: as its user sees it, and what its own databases say."""

import time

from gajim import Gajim
from ground import wait_for
from server import run

# Gajim's own number for the direction of a message.
SENT = 2


class Gajim2(Gajim):
    """Gajim 2 with an account of its own; the places that are clicked are those of its maximised window."""

    @staticmethod
    def version():
        """What the distribution calls the version."""
        return run(["dpkg-query", "-W", "-f", "${Package} ${Version}", "gajim"])

    def _address(self):
        return {"address": self.jid}

    def befriend(self, jid):
        """Accepts the one request there is, and asks back in the window that Gajim opens for it."""
        log = self.ground.folder / "gajim.log"
        wait_for("Gajim to tell of the request", lambda: f"Received Subscribe: {jid}" in log.read_text(errors="replace"))
        time.sleep(3)
        # The activities at the upper left; the newest; "Accept"; "Next"; "Add Contact", which opens the chat.
        for place in ((34, 80), (240, 178), (814, 349), (1130, 725), (1130, 725)):
            self.screen.click(*place)
            time.sleep(3)

    def open_chat(self, _jid=None):
        """Opens the newest chat of the workspace."""
        self.screen.click(34, 144)
        self.screen.click(240, 178)
        time.sleep(1)

    def encrypt(self):
        """Turns OMEMO on in the open chat."""
        self.screen.click(1148, 735)
        self.screen.click(1127, 625)
        time.sleep(1)

    def say(self, text):
        """Types a message into the open chat and sends it. Where it has to ask for keys first it leaves the text standing."""
        before = self._count()
        super().say(text)
        for _ in range(10):
            if self._count() > before:
                return
            time.sleep(0.3)
        self.screen.keys("Return")

    def _count(self):
        return self._rows("logs.db", "select count(*) from message")[0][0]

    def verify(self, pictures, _fingerprint):
        """Verifies the one key of the open chat's contact; takes a picture of that key and of the own one."""
        screen = self.screen
        # Where OMEMO is on, the shield stands beside the lock.
        screen.click(1148, 735)
        time.sleep(2)
        screen.click(315, 345)
        screen.click(313, 403)
        time.sleep(1)
        screen.picture(pictures / "interop-gajim-keys.png", "930x330+250+90")
        screen.keys("Escape")
        time.sleep(1)

    def messages(self, jid):
        """What it keeps of a chat: (whether it was sent, text, whether in OMEMO), oldest first."""
        rows = self._rows("logs.db", "select direction, text, protocol from message join remote on remote.pk = fk_remote_pk "
                                     "left join encryption on encryption.pk = fk_encryption_pk where jid = ? order by message.pk", (jid,))
        return [(direction == SENT, text, protocol == "OMEMO") for direction, text, protocol in rows]

    def bubbles(self, jid):
        """How many messages a chat has, of whatever kind."""
        return self._rows("logs.db", "select count(*) from message join remote on remote.pk = fk_remote_pk where jid = ?",
                          (jid,))[0][0]
