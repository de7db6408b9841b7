"""People with throw-away vaults, and a tmux of one's own in which they sit side by side."""

import os
import shlex
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from leaving import waiting
from server import DOMAIN, Failed, bound, run, tool

# Of every vault here. The folder is its owner's alone and goes when the demo ends; what is asked for after a lock has to
# be something that a person can type, and that 40 columns can show with a word before it.
PASSPHRASE = "lanterns over quiet water"
# What the program may know of the person's own surroundings.
KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LC_TIME", "TZ", "NO_COLOR")


def together(*jobs):
    """Does all of them at once; returns when all are done. The first failure is raised."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(job) for job in jobs]:
            with waiting():
                future.result()


class Person:
    """An account with a vault and a home of its own."""

    def __init__(self, name, folder, program, server):
        self.name, self.program, self.server = name, program, server
        self.jid = f"{name}@{DOMAIN}"
        self.home = Path(folder) / name
        self.home.mkdir(mode=0o700)
        self.passphrase = self._secret("passphrase", PASSPHRASE)
        self.environment = {key: os.environ[key] for key in KEPT if key in os.environ} | {"HOME": str(self.home)}

    def _secret(self, name, text):
        path = self.home / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
        return path

    def command(self, *arguments, locked=False):
        """The program's command line for this person."""
        common = ["--profile", str(self.home / "profile")]
        if not locked:
            common += ["--passphrase-file", str(self.passphrase)]
        return [str(self.program), *arguments, *common]

    def run(self, *arguments, **more):
        """Runs one of the program's commands."""
        return run(self.command(*arguments), env=self.environment, cwd=self.home, **more)

    def move_in(self):
        """Makes the vault and adds the account."""
        self.run("init", "--kdf", "light")
        password = self._secret("password", self.server.passwords[self.name])
        self.run("account", "add", self.jid, "--password-file", str(password),
                 "--server", f"127.0.0.1:{self.server.port}", "--ca-file", str(self.server.ca_file))
        password.unlink()

    def tell(self, to, text):
        """Sends a message, encrypted; returns when the other has it, so that both keep the same order."""
        self.run("send", to.jid, "-", input=text)
        to.run("listen", "--from", self.jid, "--count", "1", "--timeout", "20")

    def screen(self, **how):
        """The screen as a line for a shell; if it fails, what it says stays until somebody has read it."""
        variables = shlex.join(f"{key}={value}" for key, value in self.environment.items())
        line = f'env -i TERM="$TERM" COLORTERM="$COLORTERM" {variables} {shlex.join(self.command(**how))}'
        return f'{line} || {{ printf "\\nPress Enter. "; read -r answer; }}'


def befriend(one, other):
    """Each becomes the other's contact, by name."""
    together(
        lambda: one.run("contact", "add", other.jid, "--name", other.name.capitalize()),
        lambda: other.run("contact", "add", one.jid, "--name", one.name.capitalize()),
    )
    together(lambda: one.run("contact", "accept", other.jid), lambda: other.run("contact", "accept", one.jid))


class Tmux:
    """A tmux server of our own; its socket is `tmux` in `folder`."""

    def __init__(self, folder, configuration=""):
        self.folder = Path(folder)
        self.program = tool("tmux")
        path = self.folder / "tmux.conf"
        path.write_text(configuration)
        kept = {key: value for key, value in os.environ.items() if key not in ("TMUX", "TMUX_PANE")}
        self.environment = kept | {"SHELL": "/bin/sh"}
        # Named from its folder: a socket's path may have no more than about a hundred characters.
        self.process = subprocess.Popen(
            bound([self.program, "-u", "-S", "tmux", "-f", str(path), "-D"]), cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        self.client = None
        try:
            self._answers()
        except BaseException:
            self.stop()
            raise

    def _answers(self):
        """Waits until the server answers."""
        end = time.monotonic() + 10
        while self.ask("list-sessions") is None:
            if time.monotonic() > end:
                raise Failed("tmux does not start.")
            with waiting():
                time.sleep(0.02)

    def line(self, *arguments):
        """The command line that says something to our server."""
        return [self.program, "-u", "-S", "tmux", *arguments]

    def ask(self, *arguments):
        """What tmux answered; None if it refused."""
        done = subprocess.run(self.line(*arguments), cwd=self.folder, env=self.environment,
                              capture_output=True, check=False)
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None

    def do(self, *arguments):
        """The same, where it must not refuse."""
        answer = self.ask(*arguments)
        if answer is None:
            raise Failed(f"tmux refused: {shlex.join(arguments)}")
        return answer

    def wait(self, pane, wanted, what):
        """Waits until a pane's screen is as wanted; returns the screen."""
        end = time.monotonic() + 30
        while True:
            screen = self.ask("capture-pane", "-p", "-t", pane) or ""
            if wanted(screen):
                return screen
            if time.monotonic() > end:
                raise Failed(f"Waited in vain for {what} on this screen:\n{screen}")
            with waiting():
                time.sleep(0.05)

    def attach(self):
        """Shows what is in it here, until that is left; returns tmux's exit code."""
        self.client = subprocess.Popen(self.line("attach"), cwd=self.folder, env=self.environment)
        with waiting():
            return self.client.wait()

    def stop(self):
        """Ends the server and everything that runs in it; returns when all is gone."""
        panes = (self.ask("list-panes", "-a", "-F", "#{pane_pid}") or "").split()
        groups = [int(pane) for pane in panes]
        self.ask("kill-server")
        # The one that has this terminal goes by itself when its server does, and gives the terminal back.
        for process in filter(None, (self.process, self.client)):
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        end = time.monotonic() + 5
        while any(alive(group) for group in groups) and time.monotonic() < end:
            time.sleep(0.02)
        for group in filter(alive, groups):
            os.killpg(group, signal.SIGKILL)


def alive(group):
    """Whether anything runs in a process group; what is dead and not yet buried does not count, where we can tell."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    proc = Path("/proc/self/stat")
    if not proc.exists():
        return True
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # After the name, which may hold anything: state, parent, group.
            state, _, its_group = stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(its_group) == group and state != "Z":
            return True
    return False
