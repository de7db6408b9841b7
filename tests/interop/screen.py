"""Hands and eyes at a display: keys, clicks, pictures."""

import os
import subprocess
import time

from ground import wait_for
from server import Failed, run


class Screen:
    """One X display, whose main windows are maximised."""

    def __init__(self, display):
        self.environment = {"PATH": os.environ["PATH"], "DISPLAY": display, "LANG": "C.UTF-8"}

    def do(self, *arguments):
        """Runs xdotool; returns what it says."""
        return run(["xdotool", *map(str, arguments)], env=self.environment)

    def window(self, title, by="--name"):
        """Waits for a visible window whose title (or `--class`) holds this regular expression; returns its number."""
        def found():
            try:
                return self.do("search", "--onlyvisible", by, title).split()
            except Failed:
                return None
        return wait_for(f"a window called {title}", found)[-1]

    def click(self, x, y, button=1):
        """Clicks at a place, counted from the upper left corner; from the lower right one where negative."""
        width, height = map(int, self.do("getdisplaygeometry").split())
        self.do("mousemove", x if x >= 0 else width + x, y if y >= 0 else height + y)
        time.sleep(0.3)
        self.do("click", button)
        time.sleep(0.7)

    def keys(self, *keys):
        """Presses keys, one after the other, by their X names."""
        for key in keys:
            self.do("key", "--clearmodifiers", key)
            time.sleep(0.3)

    def type(self, text):
        """Types what has keys on a keyboard; pastes anything else."""
        if text.isascii() and text.isprintable():
            self.do("type", "--delay", "15", "--", text)
        else:
            # xclip goes on in the background for as long as it owns the clipboard.
            subprocess.run(["xclip", "-selection", "clipboard"], input=text.encode(), env=self.environment, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.do("key", "--clearmodifiers", "ctrl+v")
        time.sleep(0.5)

    def picture(self, path, crop=None):
        """Takes a picture of all, or of WIDTHxHEIGHT+X+Y; as small a PNG as 64 colours give."""
        cut = ["-crop", crop, "+repage"] if crop else []
        run(["import", "-window", "root", *cut, "-strip", "+dither", "-colors", "96", "-define", "png:compression-level=9", str(path)],
            env=self.environment)
