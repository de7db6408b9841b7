"""Converse.js in Chromium, which speaks both dialects of OMEMO: as its user sees it, and what it keeps."""

import base64
import functools
import http.server
import json
import shutil
import threading
import time
from pathlib import Path

from chromium import Chromium
from ground import end, wait_for
from server import DOMAIN

# Where `trixie` unpacks it.
PROGRAM = Path("/opt/converse")
PAGE = """<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="dist/converse.min.css"><body class="converse-fullscreen">
<script type="module">
import "./dist/converse.min.js";
converse.plugins.add("seen", { initialize() { window.seen = this._converse; } });
converse.initialize(%s);
</script>"""


class Converse:
    """Converse with an account of its own, in a browser of its own."""

    name, shown = "converse", "Converse"
    size = (1180, 760)
    encryption = "omemo-2"
    # It looks for a request beside the encrypted part only, and in OMEMO 2 that lies inside.
    confirms_at_once, confirms = False, False
    asks_back = False
    # Whoever closes its window says no goodbye: a server keeps the old stream for a while, and with it what comes.
    from_archive = True

    def __init__(self, ground, screen):
        self.ground, self.screen = ground, screen
        self.jid = f"{self.name}@{DOMAIN}"
        self.home = ground.folder / "home-converse"
        self.home.mkdir()
        self.browser = Chromium(ground, self.home)
        self.partner = self.own = None
        self.pages = self._serve()

    @staticmethod
    def version():
        """What its package calls the version."""
        package = json.loads((PROGRAM / "package.json").read_text(encoding="utf-8"))
        return f"{package['name']} {package['version']}"

    def _serve(self):
        """Serves the program and its one page on a port of this machine; the port."""
        folder = self.ground.folder / "pages"
        folder.mkdir()
        (folder / "dist").symlink_to(PROGRAM / "dist")
        # It looks for this beside the page.
        shutil.copy(PROGRAM / "dist/curve25519_compiled.wasm", folder)
        settings = {
            "jid": self.jid, "password": self.ground.server.passwords[self.name], "authentication": "login", "auto_login": True,
            "websocket_url": f"ws://localhost:{self.ground.server.web_port}/xmpp-websocket", "discover_connection_methods": False,
            "view_mode": "fullscreen", "persistent_store": "IndexedDB", "omemo_default": True, "loglevel": "debug",
            "assets_path": "/dist/", "whitelisted_plugins": ["seen"], "auto_reconnect": True, "i18n": "en",
        }
        (folder / "index.html").write_text(PAGE % json.dumps(settings), encoding="utf-8")
        handler = functools.partial(Quiet, directory=str(folder))
        serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        return serving.server_port

    def start(self):
        """Opens the page, which logs in."""
        self.browser.start(f"http://localhost:{self.pages}/index.html")
        wait_for("Converse to log in", lambda: self.browser.run("!!window.seen?.api?.connection?.connected()"))
        time.sleep(5)


    def quit(self):
        """Leaves it, as its user does: the window is closed. It writes what it keeps a moment later than it shows it."""
        time.sleep(4)
        self.browser.close()

    def end(self):
        """Ends the browser without asking it."""
        time.sleep(4)
        end(self.browser.process)

    def befriend(self, jid):
        """Accepts the one request there is. Converse does not ask back."""
        self._click(".accept-xmpp-request")
        self._click(".modal.show button[type=submit]")

    def open_chat(self, jid):
        """Opens the chat with somebody from the list."""
        self.partner = jid
        if not self.browser.run(f"!!document.querySelector('.open-chat[data-jid=\"{jid}\"]')"):
            self.browser.run(f"seen.api.chats.open({json.dumps(jid)}, {{}}, true).then(() => true)")
            time.sleep(1)
            return
        self._click(f'.open-chat[data-jid="{jid}"]')

    def encrypt(self):
        """Nothing: it encrypts where it can."""

    def say(self, text):
        """Types a message into the open chat and sends it."""
        self.browser.run("document.querySelector('converse-chat .chat-textarea').focus()")
        self.browser.type(text)
        self.browser.enter()
        time.sleep(1)

    def verify(self, pictures, fingerprint):
        """Says of the one key of the open chat's contact that it is trusted; takes a picture of the two forms that it has."""
        self._click(".show-user-details-modal")
        self._click(".modal.show #omemo-tab")
        (shown,) = [text for text in self._fingerprints() if text == fingerprint]
        # It takes any key for trusted that nobody decided about: it is a decision only where it changes something.
        for value in (-1, 1):
            self._click(f'.modal.show input[value="{value}"][data-version="urn:xmpp:omemo:2"]')
        self.screen.picture(pictures / "interop-converse-keys.png", "700x500+240+180")
        self._click(".modal.show [data-bs-dismiss=modal]")

    def messages(self, jid):
        """What it keeps of a chat: (whether it was sent, text, whether in OMEMO), oldest first."""
        return [tuple(row) for row in self._kept(jid, "messages.models.filter(one => one.get('type') == 'chat').map(one => "
                                                      "[one.get('sender') == 'me', one.get('plaintext') ?? one.get('message'), "
                                                      "!!one.get('is_encrypted')])")]

    def bubbles(self, jid):
        """How many messages a chat has, of whatever kind, but for what the page says by itself."""
        return len(self._kept(jid, "messages.models.filter(one => !one.get('template_hook')).map(one => 1)"))

    def _kept(self, jid, what):
        return self.browser.run(f"seen.state.chatboxes.get({json.dumps(jid)})?.{what}") or []

    def fingerprint(self):
        """Of its own key, in the form for OMEMO 2, as it shows it."""
        if self.own is None:
            self._click(".show-profile")
            self._click(".modal.show #omemo-tab")
            self.own = self._fingerprints()[-1]
            self._click(".modal.show [data-bs-dismiss=modal]")
        return self.own

    def keys_of(self, jid):
        """Fingerprint and whether it is verified, of each key of a contact."""
        rows = self.browser.run(f"seen.state.devicelists_v2.get({json.dumps(jid)})?.devices.models.filter(one => one.get('bundle'))"
                                ".map(one => [one.get('bundle').identity_key, one.get('trusted')])") or []
        return {base64.b64decode(key).hex(): trusted == 1 for key, trusted in rows}

    def _fingerprints(self):
        shown = self.browser.run("[...document.querySelectorAll('.modal.show .fingerprint')].map(one => one.textContent)")
        return [text.replace(" ", "").strip() for text in shown]

    def _click(self, selector):
        """Clicks the first of these, once it is there."""
        chosen = f"document.querySelector({json.dumps(selector)})"
        wait_for(f"{selector} on the page", lambda: self.browser.run(f"!!{chosen}"), 20)
        self.browser.run(f"{chosen}.click()")
        time.sleep(1)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, *_arguments):
        pass
