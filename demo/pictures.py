#!/usr/bin/env python3
"""Takes the pictures of the README: the running program, in a conversation made for them, drawn by picture.py."""

import argparse
import json
import shutil
import sys
import tempfile
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
    """A tmux with one window for each picture."""

    def __init__(self, tmux, out):
        self.tmux, self.out = tmux, out

    def open(self, name, size, command):
        columns, rows = size
        self.tmux.do("new-session", "-d", "-s", name, "-x", str(columns), "-y", str(rows), command)

    def press(self, name, *keys):
        self.tmux.do("send-keys", "-t", name, *keys)

    def type(self, name, text):
        self.tmux.do("send-keys", "-t", name, "-l", text)

    def wait(self, name, *words):
        self.tmux.wait(name, lambda screen: all(word in screen for word in words), repr(words))

    def take(self, name, title, columns):
        """Draws the screen as it is now into NAME.svg, and keeps the captured text beside it where asked for."""
        screen = self.tmux.do("capture-pane", "-e", "-p", "-N", "-t", name)
        (self.out / f"{name}.svg").write_text(picture.svg(picture.read(screen), title, columns), encoding="utf-8")
        return screen

    def close(self, name):
        self.press(name, "C-q")


def people(folder, program, server):
    """Ana and those she talks to, in several states of trust; all have written."""
    ana, bob, carol, dave = (Person(name, folder, program, server) for name in server.passwords)
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
    return ana, bob, carol


def verify(one, other):
    """Each has compared the other's fingerprint."""
    for reader, read in ((one, other), (other, one)):
        for line in reader.run("trust", "list", read.jid, "--offline", "--json").splitlines():
            key = json.loads(line)
            if key.get("fingerprint"):
                reader.run("trust", "verify", read.jid, key["fingerprint"])


def shoot(studio, ana, bob):
    """All pictures, one after the other: a vault can be open once."""
    del bob
    studio.open("conversation", (80, 24), ana.screen())
    studio.wait("conversation", "online", "Then nobody does.")
    studio.type("conversation", "See you at eight")
    studio.wait("conversation", "See you at eight")
    studio.take("conversation", "Ana talks with Bob; the line above the composer says who can read it", 80)
    del studio


def main():
    parser = argparse.ArgumentParser(description="Takes the pictures of the running program.")
    parser.add_argument("--susurro", type=Path, required=True, help="the program")
    parser.add_argument("out", type=Path, help="the folder for the pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="susurro-pictures-"))
    server = Server(folder / "server", ["ana", "bob", "carol", "dave"])
    tmux = None
    try:
        server.start()
        ana, bob, _ = people(folder, options.susurro.resolve(), server)
        tmux = Tmux(folder, CONFIGURATION)
        shoot(Studio(tmux, options.out), ana, bob)
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
