"""Goes through the whole course with one client; says what was seen, and leaves pictures. See `run`."""

import os
import shutil
import sys
import time
import traceback
from pathlib import Path

from about import About
from converse import Converse
from course import Course
from dino import Dino
from dino5 import Dino5
from ejabberd import Ejabberd
from gajim import Gajim
from gajim2 import Gajim2
from ground import Ground, Server
from group import Group
from kaidan import Kaidan
from profanity import Profanity
from screen import Screen
from server import Failed, run


def newer():
    """Whether this is Debian 13 or later: its clients have other windows."""
    version = Path("/etc/debian_version").read_text(encoding="ascii").split(".")[0]
    return version.isdigit() and int(version) >= 13


CLIENTS = {one.name: one for one in ((Dino5, Gajim2, Profanity, Kaidan, Converse) if newer() else (Dino, Gajim))}
SERVERS = {"prosody": Server, "ejabberd": Ejabberd}
COURSES = {"whole": Course, "about": About, "group": Group}
COURSE = COURSES[os.environ.get("COURSE", "whole")]
SERVER = SERVERS[os.environ.get("SERVER", "prosody")]


def go(client, program, into, say):
    """The course on ground of its own. Whether all was as it must be."""
    folder = into / client.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ground = Ground(folder, ["ana", "bea", client.name], client.size, getattr(client, "from_archive", False), SERVER)
    ground.server.rooms = COURSE.rooms
    try:
        ground.start()
        screen = Screen(ground.display)
        try:
            COURSE(ground, client(ground, screen), program, into, lambda text: say(f"- {text}")).run()
            return True
        except BaseException:
            screen.picture(into / f"{client.name}-failed.png")
            raise
    except Failed as failure:
        say(f"FAILED: {failure}")
    except Exception:
        say(f"FAILED: {traceback.format_exc()}")
    finally:
        ground.stop()
    return False


def main():
    name, program, into = sys.argv[1:]
    if name not in CLIENTS:
        sys.exit(f"There is no {name} here, only: {', '.join(CLIENTS)}.")
    if COURSE is not Course and not issubclass(CLIENTS[name], (Dino, Gajim)):
        sys.exit("What is said about messages, and groups, are gone through with Dino and Gajim alone.")
    client, program, into = CLIENTS[name], Path(program).resolve(), Path(into).resolve()
    for path in (program, into):
        if path.is_relative_to("/tmp"):
            # An empty one is laid over it: the sockets of displays lie in there.
            sys.exit(f"{path} cannot be seen where the clients are. Choose a place outside of /tmp.")
    into.mkdir(parents=True, exist_ok=True)
    with (into / f"{name}.txt").open("w", encoding="utf-8") as report:
        def say(text):
            print(text, flush=True)
            print(text, file=report, flush=True)

        say(f"{client.version()} and {run([program, '--version']).strip()} on {SERVER.version()}, {time.strftime('%Y-%m-%d')}")
        done = go(client, program, into, say)
        say("All was as it must be." if done else "Not all was as it must be.")
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
