"""An ejabberd of one's own instead of Prosody; what it sees is read from what it prints, which holds nothing of WebSockets."""

import json
import re
import subprocess
import urllib.request

import server
from ground import wait_for
from server import DOMAIN, Failed, bound, run

CONFIGURATION = """
hosts: [{domain}]
loglevel: debug
certfiles: ["{both}"]
ca_file: "{authority}"
auth_password_format: scram
auth_scram_hash: sha256
listen:
  - {{port: {port}, ip: "127.0.0.1", module: ejabberd_c2s, starttls_required: true, max_stanza_size: 262144}}
  - {{port: {web}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{/api: mod_http_api, /xmpp-websocket: ejabberd_http_ws}}}}
acl: {{loopback: {{ip: [127.0.0.0/8]}}}}
access_rules: {{loopback: {{allow: loopback}}}}
api_permissions: {{here: {{from: [mod_http_api], who: [{{access: loopback}}], what: ["register"]}}}}
modules:
  mod_blocking: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_client_state: {{}}
  mod_disco: {{}}
  mod_http_api: {{}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_private: {{}}
  mod_pubsub: {{plugins: [flat, pep], ignore_pep_from_offline: false}}
  mod_roster: {{}}
  mod_stream_mgmt: {{resume_timeout: 60}}
  mod_vcard: {{}}
{archive}"""
# What a stream brings, and whose it is: each with the Erlang process that reads it.
RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.", re.MULTILINE)
STANZA = re.compile(r"(<0\.\d+\.0>).*?Received XML on stream = <<(.*)>>", re.DOTALL)
SESSION = re.compile(rf"(<0\.\d+\.0>)\) Opened c2s session for ([^@\s]+)@{re.escape(DOMAIN)}")
ENCRYPTED = re.compile(r"<encrypted[^>]*xmlns=['\"](urn:xmpp:omemo:2|eu\.siacs\.conversations\.axolotl)['\"].*?</encrypted>")
NAMES = {"urn:xmpp:omemo:2": "omemo2", "eu.siacs.conversations.axolotl": "legacy"}


class Ejabberd(server.Server):
    """ejabberd with an account for each of `people`. With `archive` it keeps messages (XEP-0313)."""

    web_port = None
    archive = False

    @staticmethod
    def version():
        """What the distribution calls the version."""
        return run(["dpkg-query", "-W", "-f", "${Package} ${Version}", "ejabberd"])

    def _configure(self):
        self.web_port = server.free_port()
        both = self.folder / "both.pem"
        both.write_text((self.folder / "server.pem").read_text() + (self.folder / "server.key").read_text())
        (self.folder / "ejabberd.yml").write_text(CONFIGURATION.format(
            domain=DOMAIN, both=both, authority=self.ca_file, port=self.port, web=self.web_port,
            archive="  mod_mam: {default: always}\n" if self.archive else ""))
        # Names come from this file alone.
        (self.folder / "inetrc").write_text(f'{{lookup, [file]}}.\n{{host, {{127,0,0,1}}, ["localhost", "{DOMAIN}"]}}.\n')

    def _launch(self):
        """Whether it came up on its ports. Not by its control script: that one starts a port mapper for the whole machine."""
        command = ["erl", "-noinput", "+Bd", "-mnesia", "dir", f'"{self.folder}/database"', "-s", "ejabberd"]
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.folder), "ERL_LIBS": "/usr/lib/x86_64-linux-gnu",
            "ERL_INETRC": str(self.folder / "inetrc"), "EJABBERD_CONFIG_PATH": str(self.folder / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"),
        }
        with (self.folder / "output.log").open("wb") as sink:
            self.process = subprocess.Popen(bound(command), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=self.folder,
                                            env=environment, start_new_session=True)
        ports = [f"at 127.0.0.1:{port}" for port in (self.port, self.web_port)]
        wait_for("ejabberd to open its ports", lambda: all(port in self._log() for port in ports))
        for name, password in self.passwords.items():
            self._register(name, password)
        return True

    def _register(self, name, password):
        body = json.dumps({"user": name, "host": DOMAIN, "password": password}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.web_port}/api/register", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            if answer.status != 200:
                raise Failed(f"ejabberd did not register {name}: {answer.read()}")

    def _log(self):
        # Its own file of the log is begun anew when it is long.
        path = self.folder / "output.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _stanzas(self):
        """Who sent it, and what, oldest first."""
        people = {}
        for record in RECORD.split(self._log()):
            session, stanza = SESSION.search(record), STANZA.search(record)
            if session:
                people[session[1]] = session[2]
            elif stanza and stanza[1] in people:
                # Long ones are written in pieces.
                text = re.sub(r'"\s*"', "", stanza[2]).strip('"').replace('\\"', '"')
                yield people[stanza[1]], text

    def messages(self):
        """One dictionary for each encrypted message, oldest first."""
        found = []
        for sender, text in self._stanzas():
            parts = [{"dialect": NAMES[part[1]], "keys": len(re.findall("<key[ >]", part[0])), "payload": "<payload" in part[0]}
                     for part in ENCRYPTED.finditer(text)] if text.startswith("<message") else []
            if parts:
                found.append({"from": sender, "encrypted": parts})
        return found

    def published(self, name):
        """The nodes to which clients of an account published."""
        nodes = set()
        for sender, text in self._stanzas():
            if sender == name:
                nodes.update(re.findall(r"<publish node=['\"]([^'\"]+)", text))
        return nodes
