#!/usr/bin/env python3
"""Takes the pictures of the README: the running program, in a conversation made for them, drawn by picture.py."""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import picture
from server import Failed, Server
from stage import PASSPHRASE, Person, Tmux, befriend, together

TALK = (
    ("ana", "Are we still on for tonight?"),
    ("bob", "Yes. Eight, at the harbour?"),
    ("ana", "Good. Bring the list.\nIt is in the drawer, under the maps."),
    ("bob", "Found it 👍"),
    ("ana", "Does anybody else know?"),
    ("bob", "Only Carol, and she reads this in 漢字 anyway."),
    ("ana", "Then nobody does."),
)
CONFIGURATION = """
set -g default-terminal tmux-256color
set -s escape-time 0
set -g status off
"""


class Studio:
    """A tmux with one window for each screen."""

    def __init__(self, tmux, out, keep):
        self.tmux, self.out, self.keep = tmux, out, keep

    def open(self, name, size, command):
        columns, rows = size
        self.tmux.do("new-session", "-d", "-s", name, "-x", str(columns), "-y", str(rows), command)

    def press(self, name, *keys):
        self.tmux.do("send-keys", "-t", name, *keys)

    def type(self, name, text):
        self.tmux.do("send-keys", "-t", name, "-l", text)

    def wait(self, name, *words):
        self.tmux.wait(name, lambda screen: all(word in screen for word in words), repr(words))

    def resize(self, name, size):
        columns, rows = size
        self.tmux.do("resize-window", "-t", name, "-x", str(columns), "-y", str(rows))

    def take(self, name, file, title):
        """Draws the screen as it is now."""
        # What was drawn last may still be on its way to tmux.
        seen = None
        while seen != (seen := self.tmux.do("capture-pane", "-e", "-p", "-N", "-t", name)):
            time.sleep(0.3)
        columns = int(self.tmux.do("display-message", "-p", "-t", name, "#{pane_width}"))
        (self.out / f"{file}.svg").write_text(picture.svg(picture.read(seen), title, columns), encoding="utf-8")
        if self.keep:
            (self.out / f"{file}.captured").write_text(seen, encoding="utf-8")


def people(folder, program, server):
    """Ana and those she talks to, in several states of trust; all have written."""
    ana, bob, carol, dave = (Person(name, folder, program, server) for name in ("ana", "bob", "carol", "dave"))
    together(*(one.move_in for one in (ana, bob, carol, dave)))
    for other in (bob, carol, dave):
        befriend(ana, other)
    dave.tell(ana, "The old mill, Friday. Tell nobody.")
    carol.tell(ana, "I have the photographs.")
    by_name = {"ana": ana, "bob": bob}
    for name, text in TALK:
        by_name[name].tell(bob if name == "ana" else ana, text)
    verify(ana, bob)
    ana.run("send", dave.jid, "-", "--plaintext", input="Write to my other address.")
    return ana, bob


def verify(one, other):
    """Each has compared the other's fingerprint."""
    for reader, read in ((one, other), (other, one)):
        for line in reader.run("trust", "list", read.jid, "--offline", "--json").splitlines():
            key = json.loads(line)
            if key.get("fingerprint"):
                reader.run("trust", "verify", read.jid, key["fingerprint"])


def first_run(studio, eva):
    """The wizard, driven by its keys."""
    studio.open("eva", (80, 24), eva.screen(locked=True))
    studio.wait("eva", "step 1 of 4")
    for _ in range(2):
        studio.type("eva", PASSPHRASE)
        studio.press("eva", "Enter")
    studio.wait("eva", "step 2 of 4")
    studio.type("eva", eva.jid)
    studio.press("eva", "Tab")
    studio.type("eva", eva.server.passwords[eva.name])
    studio.press("eva", "F3")
    studio.type("eva", f"127.0.0.1:{eva.server.port}")
    studio.press("eva", "Tab", "Tab")
    studio.type("eva", str(eva.server.ca_file))
    studio.press("eva", "Tab", "Enter")
    studio.wait("eva", "is ready")
    studio.take("eva", "first-run", "The first start: what was checked, and the key of this device")
    studio.press("eva", "C-q")


def conversation(studio, ana, bob):
    """Ana's screen: the usual size, the fingerprints, a wide one."""
    studio.open("bob", (80, 24), bob.screen())
    studio.wait("bob", "online")
    studio.open("ana", (80, 24), ana.screen())
    studio.wait("ana", "online")
    studio.press("ana", "C-p")
    studio.type("ana", "Bob")
    studio.press("ana", "Enter")
    studio.wait("ana", "Then nobody does.", "to Bob")
    studio.type("ana", "See you at eight")
    studio.wait("ana", "See you at eight")
    studio.take("ana", "conversation", "Ana talks with Bob; the line above the composer says who can read it")
    studio.press("ana", "M-v")
    studio.wait("ana", "Fingerprints of Bob")
    studio.take("ana", "fingerprints", "The fingerprints of both sides, to compare")
    studio.press("ana", "Escape")
    studio.resize("ana", (160, 50))
    studio.wait("ana", "Then nobody does.")
    # What is verified and what is not stands in the details.
    studio.wait("ana", "compares and verifies")
    studio.take("ana", "wide", "A wide terminal: chats, conversation and details")


def main():
    parser = argparse.ArgumentParser(description="Takes the pictures of the running program.")
    parser.add_argument("--susurro", type=Path, required=True, help="the program")
    parser.add_argument("--captured", action="store_true", help="also keep what tmux saw, beside each picture")
    parser.add_argument("out", type=Path, help="the folder for the pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="susurro-pictures-"))
    server = Server(folder / "server", ["ana", "bob", "carol", "dave", "eva"])
    tmux = None
    try:
        server.start()
        program = options.susurro.resolve()
        tmux = Tmux(folder, CONFIGURATION)
        studio = Studio(tmux, options.out, options.captured)
        first_run(studio, Person("eva", folder, program, server))
        conversation(studio, *people(folder, program, server))
    except Failed as why:
        print(f"pictures: {why}", file=sys.stderr)
        return 1
    finally:
        if tmux is not None:
            tmux.stop()
        server.stop()
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
