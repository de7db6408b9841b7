#!/usr/bin/env python3
"""Ana and Bob, side by side, in this terminal: a private server, two throw-away vaults, two running programs.

`make demo` builds the program and calls this. Everything lies in one temporary folder and is gone when the demo is left,
however it is left: both sides quit, the terminal closed, Ctrl-C, SIGTERM.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from leaving import Left, tidy, waiting, watch
from server import Failed, Server
from stage import PASSPHRASE, Person, Tmux, befriend, together

# Two lines, since a small terminal has no room for both in one; of either the first 40 columns say enough.
STATUS = " F6 other side · F7 zoom · Ctrl-Q leave (both sides: the demo ends)"
SECRET = f" passphrase: {PASSPHRASE} · of both sides, for Alt-L"


def say(text):
    # The terminal may be what is gone.
    with contextlib.suppress(OSError):
        print(f"demo: {text}", file=sys.stderr, flush=True)


def configuration():
    """No prefix key: every key but F6 and F7 is the program's, also in a tmux within a tmux."""
    colours = os.environ.get("COLORTERM") in ("truecolor", "24bit")
    known = subprocess.run(["infocmp", "tmux-256color"], capture_output=True, check=False).returncode == 0
    return f"""
set -g default-terminal {"tmux-256color" if known else "screen-256color"}
set -s escape-time 0
set -s set-clipboard on
set -g prefix None
set -g mouse off
set -g history-limit 0
set -g status 2
set -g status-format[1] '{SECRET}'
set -g status-style 'reverse'
set -g status-left '{STATUS}'
set -g status-left-length 500
set -g status-right ''
set -g window-status-format ''
set -g window-status-current-format ''
set -g pane-active-border-style 'bold'
bind -n F6 select-pane -Z -t :.+
bind -n F7 resize-pane -Z
{"set -as terminal-features ',*:RGB'" if colours else ""}
"""


def prepare(folder, program):
    """Server, accounts, vaults, contacts and a first exchange; returns the server and the two people."""
    server = Server(folder / "server", ["ana", "bob"])
    try:
        say("starting a server for the two of them")
        server.start()
        say("making their vaults and keys")
        ana, bob = (Person(name, folder, program, server) for name in ("ana", "bob"))
        together(ana.move_in, bob.move_in)
        befriend(ana, bob)
        ana.tell(bob, "Are we still on for tonight?")
        bob.tell(ana, "Yes. Bring the list.")
    except BaseException:
        tidy()
        server.stop()
        raise
    return server, (ana, bob)


def open_window(tmux, people, size):
    """Both in one window, ana's side chosen; where there is no room for two, one at a time."""
    columns, rows = size
    ana, bob = people
    tmux.do("new-session", "-d", "-s", "demo", "-x", str(columns), "-y", str(rows), ana.screen())
    # A server in the foreground would stay without it when both have left.
    tmux.do("set-option", "-s", "exit-empty", "on")
    tmux.do("split-window", "-h" if columns >= 80 or rows < 26 else "-v", "-t", "demo", bob.screen())
    tmux.do("select-pane", "-t", "demo:.0")
    if columns < 80 and rows < 26:
        tmux.do("resize-pane", "-Z", "-t", "demo:.0")


def play(folder, options):
    """The whole demo; returns when it is left."""
    server, people = prepare(folder, options.susurro)
    tmux = None
    try:
        tmux = Tmux(folder, configuration())
        open_window(tmux, people, options.size or shutil.get_terminal_size())
        if options.detached:
            print(f"ready: tmux -S {folder}/tmux attach", flush=True)
            with waiting():
                tmux.process.wait()
        else:
            if tmux.attach() != 0:
                raise Failed("tmux could not use this terminal; its words are above.")
    finally:
        tidy()
        if tmux is not None:
            tmux.stop()
        server.stop()


def size(text):
    columns, rows = text.split("x")
    return int(columns), int(rows)


def main():
    parser = argparse.ArgumentParser(description="Ana and Bob side by side, for trying Susurro out.")
    parser.add_argument("--susurro", type=Path, required=True, help="the program")
    parser.add_argument("--detached", action="store_true", help="do not show it; print how to, and end on a signal")
    parser.add_argument("--size", type=size, help="of the window when detached, as in 160x50")
    options = parser.parse_args()
    options.susurro = options.susurro.resolve()
    if not options.detached and not (sys.stdin.isatty() and sys.stdout.isatty()):
        parser.error("this needs a terminal; --detached works without one")
    watch()
    # Its owner's alone (0700).
    folder = Path(tempfile.mkdtemp(prefix="susurro-demo-"))
    try:
        play(folder, options)
    except Left as why:
        say(f"left by {why}")
    except Failed as why:
        say(why)
        return 1
    finally:
        tidy()
        shutil.rmtree(folder)
    say("everything of it is gone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
