"""Goes through the whole course with each client; says what was seen, and leaves pictures. See `run`."""

import argparse
import shutil
import sys
import time
import traceback
from pathlib import Path

from ground import Ground
from server import Failed, run
from course import Course
from dino import Dino
from gajim import Gajim
from screen import Screen

CLIENTS = {one.name: one for one in (Dino, Gajim)}
ROOT = Path(__file__).resolve().parents[2]


def arguments():
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument("--susurro", type=Path, default=ROOT / "target/debug/susurro", help="the program")
    parser.add_argument("--into", type=Path, default=ROOT / "target/interop", help="a folder for the report and the pictures")
    parser.add_argument("--only", choices=CLIENTS, help="go through it with this client alone")
    return parser.parse_args()


def go(client, options, say):
    """One client on ground of its own. Whether all was as it must be."""
    folder = options.into / client.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ground = Ground(folder, ["ana", "bea", client.name])
    try:
        ground.start()
        screen = Screen(ground.display)
        say(f"{client.version()}")
        try:
            Course(ground, client(ground, screen), options.susurro, options.into, lambda text: say(f"- {text}")).run()
            return True
        except BaseException:
            screen.picture(options.into / f"{client.name}-failed.png")
            raise
    except Failed as failure:
        say(f"FAILED: {failure}")
    except Exception:
        say(f"FAILED: {traceback.format_exc()}")
    finally:
        ground.stop()
    return False


def main():
    options = arguments()
    options.into, options.susurro = options.into.resolve(), options.susurro.resolve()
    options.into.mkdir(parents=True, exist_ok=True)
    report = (options.into / "report.txt").open("w", encoding="utf-8")

    def say(text):
        print(text, flush=True)
        print(text, file=report, flush=True)

    say(f"{run([options.susurro, '--version']).strip()}, {time.strftime('%Y-%m-%d')}")
    wanted = [CLIENTS[options.only]] if options.only else list(CLIENTS.values())
    # Not any(): the second goes on where the first fails.
    done = [go(client, options, say) for client in wanted]
    say("All as it must be." if all(done) else "Not all was as it must be.")
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
