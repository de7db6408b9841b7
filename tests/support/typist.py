"""Presses keys in a terminal of its own and tells how long each took until it was drawn.

Its argument is a line for the shell. It types from the moment when the screen shows a chat until a line comes on
standard input: so many seconds before that line nothing more happened that matters. Then it prints milliseconds, a line
for each key.
"""

import fcntl
import os
import pty
import random
import select
import struct
import sys
import termios
import time

# A chat is on the screen.
CHAT = b"bob"
# Letters that nobody writes, so that one that is drawn was typed.
LETTERS = range(0x180, 0x24F)
PAUSE = (0.02, 0.05)
PATIENCE = 30


def start(line):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execvp("sh", ["sh", "-c", line])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    return pid, terminal


def read_until(terminal, wanted, end):
    """Reads what is drawn until something stands in it, or until a time."""
    drawn = b""
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            drawn = drawn[-8:] + os.read(terminal, 1 << 16)
            if wanted is not None and wanted in drawn:
                return True
    return False


def press(terminal, letter):
    began = time.monotonic()
    os.write(terminal, letter)
    if not read_until(terminal, letter, began + PATIENCE):
        raise SystemExit("a key was not drawn")
    return began, time.monotonic() - began


def main():
    pid, terminal = start(sys.argv[1])
    if not read_until(terminal, CHAT, time.monotonic() + PATIENCE):
        raise SystemExit("no chat was drawn")
    pressed = []
    while not select.select([sys.stdin], [], [], 0)[0]:
        letter = chr(LETTERS[len(pressed) % len(LETTERS)]).encode()
        pressed.append(press(terminal, letter))
        os.write(terminal, b"\x7f")
        read_until(terminal, None, time.monotonic() + random.uniform(*PAUSE))
    end = time.monotonic() - float(sys.stdin.readline())
    os.kill(pid, 15)
    for began, took in pressed:
        if began < end:
            print(f"{took * 1000:.2f}")


main()
