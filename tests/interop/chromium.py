"""Chromium, told what to do through its own protocol for debugging, over a pipe: no port, no library."""

import json
import os

from ground import wait_for
from server import Failed


class Chromium:
    """One window with one page. `ground` starts it and ends it."""

    def __init__(self, ground, home):
        self.ground, self.home = ground, home
        self.process = self.session = self.reader = self.writer = None
        self.number = 0

    def start(self, address):
        """Opens a page; returns when it is loaded."""
        ours, theirs = os.pipe(), os.pipe()
        # It reads from 3 and writes to 4. Bash, because other shells know no numbers of two digits there.
        chromium = ("exec chromium --no-sandbox --no-first-run --disable-gpu --disable-background-networking --disable-sync "
                    "--disable-quic --disable-component-update --disable-notifications --test-type --remote-debugging-pipe "
                    "--window-position=0,0 --start-maximized "
                    f"--user-data-dir={self.home} about:blank 3<&{theirs[0]} 4>&{ours[1]}")
        self.process = self.ground.spawn("chromium", ["bash", "-c", chromium], self.home, person=False,
                                         pass_fds=(theirs[0], ours[1]))
        os.close(theirs[0])
        os.close(ours[1])
        self.reader, self.writer = os.fdopen(ours[0], "rb"), os.fdopen(theirs[1], "wb")
        self.session = None
        (page,) = [one for one in self._ask("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        self.session = self._ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        self._ask("Page.navigate", url=address)
        wait_for("the page", lambda: self.run("document.readyState") == "complete")

    def run(self, script):
        """What a piece of JavaScript comes to; of a promise what it promises."""
        answer = self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise Failed(f"The page says: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def type(self, text):
        """Puts a text where the cursor stands, as an input method would."""
        self._ask("Input.insertText", text=text)

    def enter(self):
        """Presses Enter."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        self._ask("Input.dispatchKeyEvent", type="keyDown", **key)
        self._ask("Input.dispatchKeyEvent", type="keyUp", **key)

    def close(self):
        """Closes it, as its user does."""
        self.session = None
        self._ask("Browser.close")
        self.process.wait(20)

    def _ask(self, method, **parameters):
        self.number += 1
        question = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            question["sessionId"] = self.session
        self.writer.write(json.dumps(question).encode() + b"\0")
        self.writer.flush()
        heard = b""
        while True:
            byte = self.reader.read(1)
            if not byte:
                raise Failed(f"Chromium ended while it was asked: {method}")
            if byte != b"\0":
                heard += byte
                continue
            answer = json.loads(heard)
            heard = b""
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Failed(f"Chromium refuses {method}: {answer['error']}")
                return answer["result"]
