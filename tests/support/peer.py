"""The other side of the end-to-end tests: an XMPP client on slixmpp and slixmpp-omemo, which share no code with ours.

Driven by JSON lines. Each line on standard input is a command with a "call" number and gets exactly one answer with the
same number ({"call": 3, "ok": ...} or {"call": 3, "error": "..."}); what happens in between comes as lines with an
"event". The OMEMO state lies in a JSON file, so that the peer can be ended and started again, or re-installed.

Trust is blind before verification, as in the clients that people use. Content is legacy OMEMO (slixmpp-omemo has no
OMEMO 2 content), though keys of both dialects are published, as a real client's would be.
"""

import argparse
import asyncio
import base64
import copy
import json
import os
import sys
import uuid
from xml.etree import ElementTree

import slixmpp_omemo.xep_0384 as plugin_module
from omemo.session_manager import MessageNotForUs, SenderNotFound, SessionManager
from omemo.storage import Just, Nothing, Storage
from slixmpp import JID, ClientXMPP
from slixmpp.plugins import register_plugin
from slixmpp.xmlstream.handler import CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp_omemo import XEP_0384

LEGACY = "eu.siacs.conversations.axolotl"


class JsonStorage(Storage):
    """Keys and values in one file, replaced as a whole once per turn of the loop that changed something."""

    def __init__(self, path):
        super().__init__()
        self._path = path
        self._rows = {}
        self._due = False
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self._rows = json.load(file)

    async def _load(self, key):
        return Just(self._rows[key]) if key in self._rows else Nothing()

    async def _store(self, key, value):
        # The caller may go on changing what it handed over.
        self._rows[key] = copy.deepcopy(value)
        self._changed()

    async def _delete(self, key):
        self._rows.pop(key, None)
        self._changed()

    def _changed(self):
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self):
        self._due = False
        fresh = self._path + ".new"
        with open(fresh, "w", encoding="utf-8") as file:
            json.dump(self._rows, file)
        os.replace(fresh, self._path)


class Omemo(XEP_0384):
    """slixmpp-omemo with our storage and blind trust before verification."""

    default_config = {"fallback_message": "This message is OMEMO encrypted.", "storage": None}

    @property
    def storage(self):
        return self.config["storage"]

    @property
    def _btbv_enabled(self):
        return True

    async def _prompt_manual_trust(self, manually_trusted, identifier):
        # Nobody is here to ask. What stays undecided makes the encryption fail, and the test sees it.
        return


register_plugin(Omemo)


def take_device_id(wanted):
    """Makes the next first run take this device id, though the account's own list may already hold it."""
    SessionManager.DEVICE_ID_MIN = wanted
    SessionManager.DEVICE_ID_MAX = wanted + 1
    make = plugin_module._make_session_manager

    def make_blind_once(xmpp, xep_0384):
        base = make(xmpp, xep_0384)
        unseen = {"left": 2}  # one look per dialect, before an id is chosen

        class Manager(base):
            @staticmethod
            async def _download_device_list(namespace, bare_jid):
                devices = await base._download_device_list(namespace, bare_jid)
                if unseen["left"] > 0:
                    unseen["left"] -= 1
                    devices.pop(wanted, None)
                return devices

        return Manager

    plugin_module._make_session_manager = make_blind_once


def say(**fields):
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def why(error):
    """An exception and those that led to it, in one line."""
    chain = []
    while error is not None:
        chain.append(f"{type(error).__name__}: {error}")
        error = error.__cause__
    return " <- ".join(chain)


def fingerprint(identity_key):
    return "".join(SessionManager.format_identity_key(identity_key))


class Peer(ClientXMPP):
    """One login of one device."""

    def __init__(self, options, password, storage):
        jid = JID(options.jid)
        jid.resource = options.resource or "peer-" + uuid.uuid4().hex[:8]
        super().__init__(jid, password)
        self.options = options
        self.sent = {}
        self.ready = asyncio.get_running_loop().create_future()
        self.enable_direct_tls = False
        self.enable_plaintext = False
        self.auto_authorize = True
        self.auto_subscribe = True
        self.ca_certs = options.ca_file
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0060")
        self.register_plugin("xep_0163")
        self.register_plugin("xep_0184")
        self.register_plugin("xep_0199")
        self.register_plugin("xep_0203")
        self.register_plugin("xep_0280")
        self.register_plugin("xep_0334")
        self.register_plugin("xep_0384", {"storage": storage}, module=sys.modules[__name__])
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("omemo_initialized", self.initialised)
        self.add_event_handler("failed_all_auth", lambda _: self.failed("not authorised"))
        self.add_event_handler("ssl_invalid_chain", lambda _: self.failed("certificate"))
        self.add_event_handler("disconnected", lambda reason: say(event="disconnected", reason=str(reason)))
        self.add_event_handler("receipt_received", lambda m: say(event="receipt", **{"from": m["from"].bare}, id=m["receipt"]))
        self.add_event_handler("presence_available", self.presence)
        self.add_event_handler("presence_unavailable", self.presence)
        # In order of arrival, one after the other: a ratchet cares.
        self.turns = asyncio.Queue()
        self.worker = asyncio.ensure_future(self.take_turns())
        self.register_handler(CoroutineCallback("messages", MatchXPath("{jabber:client}message"), self.arrived))

    def failed(self, why):
        if not self.ready.done():
            self.ready.set_exception(RuntimeError(why))

    async def started(self, _):
        if not self.options.silent:
            self.send_presence()
        await self.get_roster()

    def initialised(self, _):
        if not self.ready.done():
            self.ready.set_result(None)

    def presence(self, presence):
        say(event="presence", **{"from": str(presence["from"])}, type=presence["type"])

    async def arrived(self, message):
        self.turns.put_nowait(message)

    async def take_turns(self):
        while True:
            message = await self.turns.get()
            try:
                await self.take(message)
            except Exception as error:  # a test wants to see it, and the next message
                say(event="broken", error=why(error))

    async def take(self, message):
        xml = message.xml
        about = {
            "from": message["from"].bare,
            "full": str(message["from"]),
            "to": str(message["to"]),
            "id": xml.get("id"),
            "type": message["type"],
            "delayed": xml.find("{urn:xmpp:delay}delay") is not None,
            "xml": ElementTree.tostring(xml, encoding="unicode"),
        }
        if message["type"] == "error":
            say(event="error", **about)
            return
        omemo = self.plugin["xep_0384"]
        if not omemo.is_encrypted(message):
            body = xml.find("{jabber:client}body")
            if body is not None:
                say(event="message", body=body.text or "", encryption="none", **about)
            return
        try:
            try:
                plain, device = await omemo.decrypt_message(message)
            except SenderNotFound:
                # A device that is not on the list that we hold: look again before giving up (XEP-0384, business rules).
                await omemo.refresh_device_lists({JID(message["from"].bare)}, force_download=True)
                plain, device = await omemo.decrypt_message(message)
        except MessageNotForUs:
            say(event="undecryptable", error="not for this device", **about)
            return
        except Exception as error:
            say(event="undecryptable", error=why(error), **about)
            return
        body = plain.xml.find("{jabber:client}body")
        say(
            event="message" if body is not None else "empty",
            body=None if body is None else body.text or "",
            encryption="omemo-legacy",
            device=device.device_id,
            fingerprint=fingerprint(device.identity_key),
            trust=device.trust_level_name,
            **about,
        )

    # The commands. Each takes the fields of its line and returns what "ok" shall hold.

    async def do_send(self, to, body, encrypted=True, receipt=True, id=None):
        stanza = self.make_message(mto=JID(to), mtype="chat")
        stanza["body"] = body
        stanza["id"] = id or uuid.uuid4().hex
        if encrypted:
            stanza, problems = await self.plugin["xep_0384"].encrypt_message(stanza, JID(to), None)
            if problems:
                raise RuntimeError(f"not for every device: {problems}")
            stanza["type"] = "chat"
        if receipt:
            stanza.append(ElementTree.Element("{urn:xmpp:receipts}request"))
        self.sent[stanza["id"]] = copy.deepcopy(stanza.xml)
        # The state first: a restored peer must never use a message key twice.
        self.plugin["xep_0384"].storage.flush()
        stanza.send()
        return stanza["id"]

    async def do_resend(self, id, new_id=None, to=None):
        """Sends an earlier stanza again, byte for byte but for what is given."""
        xml = copy.deepcopy(self.sent[id])
        if new_id is not None:
            xml.set("id", new_id)
        if to is not None:
            xml.set("to", to)
        self.send_raw(ElementTree.tostring(xml, encoding="unicode"))

    async def do_raw(self, xml):
        self.send_raw(xml)

    async def do_subscribe(self, to):
        self.send_presence_subscription(pto=JID(to), ptype="subscribe")

    async def do_roster(self):
        # What was pushed, too: with roster versions, an answer holds only what changed.
        await self.get_roster()
        return {str(jid): self.client_roster[jid]["subscription"] for jid in self.client_roster}

    async def do_own(self):
        manager = await self.plugin["xep_0384"].get_session_manager()
        own, others = await manager.get_own_device_information()
        return {
            "device": own.device_id,
            "fingerprint": fingerprint(own.identity_key),
            "others": sorted(other.device_id for other in others),
        }

    async def do_devices(self, of):
        """The legacy device list of an account, as its server gives it out."""
        answer = await self.plugin["xep_0060"].get_items(JID(of), f"{LEGACY}.devicelist")
        found = answer.xml.iter(f"{{{LEGACY}}}device")
        return sorted(int(device.get("id")) for device in found)

    async def do_bundle(self, of, device):
        """Identity key and prekey ids of a published legacy bundle."""
        answer = await self.plugin["xep_0060"].get_items(JID(of), f"{LEGACY}.bundles:{device}")
        bundle = next(answer.xml.iter(f"{{{LEGACY}}}bundle"))
        identity = base64.b64decode(bundle.find(f"{{{LEGACY}}}identityKey").text)
        prekeys = [int(key.get("preKeyId")) for key in bundle.iter(f"{{{LEGACY}}}preKeyPublic")]
        return {"identity": identity[1:].hex(), "prekeys": prekeys}

    async def do_trust(self, of, fingerprint, level):
        manager = await self.plugin["xep_0384"].get_session_manager()
        for device in await manager.get_device_information(of):
            if globals()["fingerprint"](device.identity_key) == fingerprint:
                await manager.set_trust(of, device.identity_key, level)
                return
        raise RuntimeError("no such key")

    async def do_forget_devices(self):
        """Publishes an empty legacy device list, as a careless client would, and does not mind being off it."""
        self.del_event_handler("oldmemo_device_list_publish", self.plugin["xep_0384"]._on_device_list_update)
        empty = ElementTree.Element(f"{{{LEGACY}}}list")
        await self.plugin["xep_0060"].publish(JID(self.boundjid.bare), f"{LEGACY}.devicelist", "current", empty)

    async def do_ping(self):
        """Once answered, the server has taken everything that was sent before."""
        await self.plugin["xep_0199"].ping(JID(self.boundjid.domain))


async def answer(peer, line):
    command = json.loads(line)
    call, name = command.pop("call"), command.pop("do")
    try:
        result = await getattr(peer, "do_" + name)(**command)
    except Exception as error:
        say(call=call, error=why(error))
    else:
        say(call=call, ok=result)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jid", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca-file", required=True)
    parser.add_argument("--state", required=True)
    parser.add_argument("--resource")
    parser.add_argument("--device-id", type=int, help="for a first run only")
    parser.add_argument("--silent", action="store_true", help="send no presence")
    options = parser.parse_args()

    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    password = (await reader.readline()).decode().rstrip("\n")
    if options.device_id is not None:
        take_device_id(options.device_id)

    storage = JsonStorage(options.state)
    peer = Peer(options, password, storage)
    peer.connect("127.0.0.1", options.port)
    try:
        await asyncio.wait_for(peer.ready, 60)
    except Exception as error:
        say(event="not ready", error=why(error))
        return
    storage.flush()
    say(event="ready", jid=str(peer.boundjid))
    # One after the other: the order of the commands is the order on the wire.
    while line := await reader.readline():
        await answer(peer, line)
    await peer.disconnect(wait=2)
    storage.flush()


asyncio.run(main())
