"""A Prosody of one's own: on a free loopback port, with an authority of its own, forgotten with its folder."""

import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path

from leaving import waiting

DOMAIN = "mired.test"
MODULES = "roster saslauth tls disco pep private blocklist vcard4 carbons csi_simple smacks offline ping".split()
PATIENCE = 30


class Failed(Exception):
    """What could not be done, and why, in sentences for a person."""


def tool(*names):
    """The first of these programs that is here."""
    for name in names:
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
        if path:
            return path
    raise Failed(f"{names[0]} is not installed. Run: make setup-demo")


def bound(command):
    """The command, made to end when we do, whatever ends us (on Linux)."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else command


def run(command, **more):
    """Runs a command to its end. Failed with its words if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **more)
    if done.returncode != 0:
        shown = " ".join(map(str, command[:3]))
        raise Failed(f"{shown} … ended with {done.returncode}:\n{done.stderr or done.stdout}")
    return done.stdout


def free_port():
    """A loopback port that is free now. Somebody may still be quicker: whoever binds it must be able to try again."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """Prosody with an account for each of `people`; passwords in `passwords`."""

    def __init__(self, folder, people):
        self.folder = Path(folder)
        self.folder.mkdir(mode=0o700)
        self.passwords = {name: secrets.token_urlsafe(24) for name in people}
        self.process = None
        self.port = None
        self.ca_file = self.folder / "authority.pem"

    def start(self):
        """Returns when it answers."""
        self._certify()
        for name, password in self.passwords.items():
            # Prosody replaces the password by a hash when it is first asked for.
            folder = self.folder / "data" / DOMAIN.replace(".", "%2e") / "accounts"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.dat").write_text(f'return {{ ["password"] = "{password}"; }};\n')
        for _ in range(5):
            self.port = free_port()
            self._configure()
            if self._launch():
                return
        raise Failed("Prosody found no free port. Try again.")

    def stop(self):
        """Ends it; returns when it is gone."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _certify(self):
        """An authority and, signed by it, a certificate for the domain; both last a week."""
        openssl = tool("openssl")
        config = self.folder / "openssl.cnf"
        config.write_text(
            "[req]\ndistinguished_name = name\nprompt = no\n[name]\nCN = Susurro demo\n"
            "[authority]\nbasicConstraints = critical, CA:true\nkeyUsage = critical, keyCertSign, cRLSign\n"
            "[leaf]\nbasicConstraints = critical, CA:false\nkeyUsage = critical, digitalSignature\n"
            f"extendedKeyUsage = serverAuth\nsubjectAltName = DNS:{DOMAIN}, DNS:localhost, IP:127.0.0.1\n"
        )
        for name in ("authority", "server"):
            key = self.folder / f"{name}.key"
            run([openssl, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key])
            key.chmod(0o600)
        week = ["-days", "7", "-sha256"]
        run([openssl, "req", "-x509", "-new", "-config", config, "-extensions", "authority", *week,
             "-key", self.folder / "authority.key", "-out", self.ca_file])
        request = self.folder / "server.csr"
        run([openssl, "req", "-new", "-config", config, "-key", self.folder / "server.key", "-out", request])
        run([openssl, "x509", "-req", "-in", request, "-extfile", config, "-extensions", "leaf", *week,
             "-CA", self.ca_file, "-CAkey", self.folder / "authority.key", "-set_serial", "1",
             "-out", self.folder / "server.pem"])

    def _configure(self):
        modules = " ".join(f'"{name}";' for name in MODULES)
        (self.folder / "prosody.cfg.lua").write_text(
            f"""
run_as_root = true
pidfile = "{self.folder}/prosody.pid"
data_path = "{self.folder}/data"
log = {{ info = "{self.folder}/prosody.log" }}
modules_enabled = {{ {modules} }}
modules_disabled = {{ "s2s"; }}
authentication = "internal_hashed"
storage = "internal"
c2s_ports = {{ {self.port} }}
c2s_interfaces = {{ "127.0.0.1" }}
c2s_direct_tls_ports = {{ }}
c2s_require_encryption = true
allow_registration = false
ssl = {{ certificate = "{self.folder}/server.pem"; key = "{self.folder}/server.key"; }}
VirtualHost "{DOMAIN}"
"""
        )

    def _launch(self):
        """Whether it came up on its port."""
        log, output = self.folder / "prosody.log", self.folder / "output.log"
        log.unlink(missing_ok=True)
        with output.open("wb") as sink:
            command = [tool("prosody"), "-F", "--config", str(self.folder / "prosody.cfg.lua")]
            # A session of its own: a Ctrl-C in the terminal is ours to answer.
            self.process = subprocess.Popen(
                bound(command), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=self.folder,
                start_new_session=True,
            )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            text = log.read_text(errors="replace") if log.exists() else ""
            if "Failed to open server port" in text:
                self.stop()
                return False
            if f"Activated service 'c2s' on [127.0.0.1]:{self.port}" in text:
                return True
            if self.process.poll() is not None:
                raise Failed(f"Prosody ended at once:\n{text}{output.read_text(errors='replace')}")
            with waiting():
                time.sleep(0.02)
        raise Failed(f"Prosody did not start in {PATIENCE} seconds:\n{log.read_text(errors='replace')}")
