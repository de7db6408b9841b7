"""The ground that the clients stand on: names, an authority, a display and a bus that only they see.

To be called in mount, network and process namespaces of one's own (see `run`): what is put over the system's files here is
seen by nobody else.
"""

import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "demo"))

import server  # noqa: E402
from server import DOMAIN, Failed, run  # noqa: E402

# The number that the clients believe to run under: Gajim refuses root, and both ask who they are.
PERSON = 1000
# Main windows fill the screen, so that everything is where the scripts click.
WINDOWS = """<?xml version="1.0"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
<applications><application class="*" type="normal"><maximized>yes</maximized></application></applications>
</openbox_config>
"""
PATIENCE = 60


def wait_for(what, found, seconds=PATIENCE):
    """Waits until `found()` is something; returns that. Failed when it takes too long."""
    end = time.monotonic() + seconds
    while True:
        value = found()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"Waited {seconds} seconds in vain for {what}.")
        time.sleep(0.2)


class Server(server.Server):
    """A Prosody that writes down what it sees of OMEMO (see mod_seen.lua), and talks to browsers on `web_port`. With `archive`
    it keeps messages for whoever asks for them later (XEP-0313). With `rooms` there is a service for rooms, which keeps what is said
    in them."""

    web_port = None
    archive = rooms = False

    @staticmethod
    def version():
        """What the distribution calls the version."""
        return run(["dpkg-query", "-W", "-f", "${Package} ${Version}", "prosody"])

    def _configure(self):
        super()._configure()
        self.web_port = server.free_port()
        path = self.folder / "prosody.cfg.lua"
        more = ('"mam"; ' if self.archive or self.rooms else "") + ('"bookmarks"; ' if self.rooms else "")
        rooms = f'Component "rooms.{DOMAIN}" "muc"\nmodules_enabled = {{ "muc_mam"; }}\n' if self.rooms else ""
        path.write_text(
            f'plugin_paths = {{ "{Path(__file__).resolve().parent}" }}\nseen_file = "{self.folder}/seen"\n'
            f'http_ports = {{ {self.web_port} }}\nhttp_interfaces = {{ "127.0.0.1" }}\nhttps_ports = {{ }}\n'
            f'http_default_host = "{DOMAIN}"\nconsider_websocket_secure = true\n'
            f'{path.read_text()}modules_enabled = {{ "seen"; "websocket"; {more}}}\n{rooms}'
        )

    def messages(self):
        """One dictionary for each encrypted message, oldest first."""
        return [line for line in self._seen() if "encrypted" in line]

    def clear(self, name):
        """What the server can read of each message of an account, oldest first."""
        return [line["clear"] for line in self._seen() if line["from"] == name and "clear" in line]

    def published(self, name):
        """The nodes to which clients of an account published."""
        return {line["published"] for line in self._seen() if line["from"] == name and "published" in line}

    def _seen(self):
        path = self.folder / "seen"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class Ground:
    """A server (with an archive or none), a resolver, a display of `size` with a window manager, and a session bus. `folder` is
    for this run alone."""

    def __init__(self, folder, people, size, archive=False, kind=Server):
        self.folder, self.size = Path(folder), size
        self.started = []
        self.server = kind(self.folder / "server", people)
        self.server.archive = archive
        self.display = None
        self.bus = f"unix:path={self.folder}/bus"

    def start(self):
        """Returns when everything answers."""
        run(["ip", "link", "set", "lo", "up"])
        # Where loopback is all there is, glibc finds no host name for programs that ask only for what they can reach.
        run(["ip", "address", "add", "192.0.2.1/32", "dev", "lo"])
        run(["mount", "--make-rprivate", "/"])
        self.server.start()
        self._names()
        self._system_files()
        self._screen()
        self._bus()

    def _names(self):
        """Says where the server is to whoever asks DNS."""
        end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        end.bind(("127.0.0.1", 53))
        threading.Thread(target=serve_names, args=(end, self.server), daemon=True).start()

    def _system_files(self):
        """Lays our own names, people and authority over the system's."""
        files = {
            "/etc/resolv.conf": "nameserver 127.0.0.1\n",
            "/etc/hosts": f"127.0.0.1 localhost {DOMAIN} {socket.gethostname()}\n",
            "/etc/passwd": f"root:x:0:0::/root:/bin/sh\nperson:x:{PERSON}:{PERSON}:Person:/:/bin/sh\n",
            "/etc/group": f"root:x:0:\nperson:x:{PERSON}:\n",
            "/etc/ssl/certs/ca-certificates.crt": self.server.ca_file.read_text(),
        }
        for number, (path, text) in enumerate(files.items()):
            ours = self.folder / f"over-{number}"
            ours.write_text(text)
            # What a link points to may not be there.
            run(["mount", "--bind", ours, os.path.realpath(path)])
        run(["mount", "-t", "tmpfs", "none", "/tmp"])

    def _screen(self):
        reader, writer = os.pipe()
        width, height = self.size
        self.spawn("xvfb", ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"],
                   pass_fds=(writer,), person=False)
        os.close(writer)
        with os.fdopen(reader) as answer:
            self.display = f":{answer.readline().strip()}"
        rules = self.folder / "openbox.xml"
        rules.write_text(WINDOWS)
        self.spawn("openbox", ["openbox", "--sm-disable", "--config-file", str(rules)])

    def _bus(self):
        self.spawn("bus", ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={self.bus}"])
        wait_for("the session bus", (self.folder / "bus").exists)

    def environment(self, home):
        """What a client sees: a home of its own, and nothing of ours but the path."""
        return {
            "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "DISPLAY": self.display or "",
            "DBUS_SESSION_BUS_ADDRESS": self.bus, "XDG_RUNTIME_DIR": str(home), "GSETTINGS_BACKEND": "memory",
            "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo", "NO_AT_BRIDGE": "1", "GTK_A11Y": "none",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }

    def spawn(self, name, command, home=None, person=True, **more):
        """Starts a program that ends with us; what it says goes to `name`.log. `person`: not as root, in its own eyes."""
        home = home or self.folder
        if person:
            command = ["unshare", "--user", f"--map-user={PERSON}", f"--map-group={PERSON}", *command]
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=home,
                                       env=self.environment(home), **more)
        self.started.append(process)
        return process

    def stop(self):
        """Ends everything, the last first."""
        for process in reversed(self.started):
            end(process)
        self.server.stop()


def end(process):
    """Ends a program; returns when it is gone."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def serve_names(end, server):
    """Answers A for the domain and SRV for its client service; everything else does not exist."""
    while True:
        question, asker = end.recvfrom(2048)
        answer = resolve(question, server.port)
        if answer:
            end.sendto(answer, asker)


def resolve(question, port):
    """The answer to a DNS question (RFC 1035; SRV: RFC 2782); None if it cannot be read."""
    labels, at = [], 12
    while at < len(question) and question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode("ascii", "replace").lower())
        at += 1 + question[at]
    if len(question) < at + 5:
        return None
    (kind,) = struct.unpack("!H", question[at + 1:at + 3])
    name, data = ".".join(labels), None
    if name == DOMAIN and kind == 1:
        data = bytes([127, 0, 0, 1])
    elif name == f"_xmpp-client._tcp.{DOMAIN}" and kind == 33:
        target = b"".join(bytes([len(part)]) + part.encode() for part in DOMAIN.split(".")) + b"\0"
        data = struct.pack("!HHH", 0, 0, port) + target
    known = name == DOMAIN or data is not None
    # An answer, recursion there, NXDOMAIN (3) for names that are not ours.
    head = question[:2] + struct.pack("!HHHHH", 0x8180 | (0 if known else 3), 1, 1 if data else 0, 0, 0)
    body = question[12:at + 5]
    if data:
        body += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    return head + body
