"""The other side of the end-to-end tests: an XMPP client on slixmpp and slixmpp-omemo, which share no code with ours.

Driven by JSON lines. Each line on standard input is a command with a "call" number and gets exactly one answer with the
same number ({"call": 3, "ok": ...} or {"call": 3, "error": "..."}); what happens in between comes as lines with an
"event". The OMEMO state lies in a JSON file, so that the peer can be ended and started again, or re-installed.

Trust is blind before verification, as in the clients that people use. --dialects says what it speaks: only that is
published, sealed and opened. Under OMEMO 2 all that belongs to the conversation travels in the envelope, and receipts
that were asked for there are given there.
"""

import argparse
import asyncio
import datetime
import json
import sys
import uuid
from xml.etree import ElementTree

import envelope
from omemo.session_manager import MessageNotForUs, SessionManager
from peer_archive import Archive
from peer_files import Files
from peer_nodes import Nodes
from peer_omemo import DIALECTS, LEGACY, WORDS, JsonStorage, addressed, prepare, recipients
from peer_rooms import Rooms
from peer_talk import Talk
from slixmpp import JID, ClientXMPP
from slixmpp.xmlstream.handler import CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath

DELAY = "{urn:xmpp:delay}delay"
PUBSUB_EVENT = "{http://jabber.org/protocol/pubsub#event}event"


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


def sent_at(xml):
    """When the server had it first, or now."""
    delay = xml.find(DELAY)
    if delay is None:
        return datetime.datetime.now(datetime.timezone.utc)
    return datetime.datetime.fromisoformat(delay.get("stamp"))


class Peer(Talk, Nodes, Archive, Rooms, Files, ClientXMPP):
    """One login of one device."""

    def __init__(self, options, password, storage):
        jid = JID(options.jid)
        jid.resource = options.resource or "peer-" + uuid.uuid4().hex[:8]
        super().__init__(jid, password)
        self.options = options
        self.spoken = DIALECTS[options.dialects]
        self.sealed_receipts = True
        self.sent = {}
        # Who is behind an occupant's address, as rooms say.
        self.real, self.there = {}, set()
        self.ready = asyncio.get_running_loop().create_future()
        self.enable_direct_tls = False
        self.enable_plaintext = False
        self.auto_authorize = True
        self.auto_subscribe = True
        self.ca_certs = options.ca_file
        for plugin in ("0030", "0060", "0163", "0184", "0199", "0203", "0280", "0334"):
            self.register_plugin("xep_" + plugin)
        config = {"storage": storage, "spoken": self.spoken}
        self.register_plugin("xep_0384", config, module=sys.modules["peer_omemo"])
        self.omemo = self.plugin["xep_0384"]
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("omemo_initialized", self.initialised)
        self.add_event_handler("failed_all_auth", lambda _: self.failed("not authorised"))
        self.add_event_handler("ssl_invalid_chain", lambda _: self.failed("certificate"))
        self.add_event_handler("disconnected", lambda reason: say(event="disconnected", reason=str(reason)))
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
        self.room_presence(presence)
        say(event="presence", **{"from": str(presence["from"])}, type=presence["type"])

    async def arrived(self, message):
        self.turns.put_nowait((message, None))

    async def take_turns(self):
        while True:
            message, archived = await self.turns.get()
            try:
                await self.take(message, archived)
            except Exception as error:  # a test wants to see it, and the next message
                say(event="broken", error=why(error))
            finally:
                self.turns.task_done()

    async def take(self, message, archived):
        """`archived`: what is known of it if it is out of the archive."""
        xml = message.xml
        if xml.find(PUBSUB_EVENT) is not None or self.take_result(message):
            return
        carbon = None
        for direction in ("sent", "received"):
            if xml.find(f"{{urn:xmpp:carbons:2}}{direction}") is not None and message["from"] == self.boundjid.bare:
                carbon = direction
        if carbon:
            message = message["carbon_" + carbon]
            xml = message.xml
        about = {
            "from": message["from"].bare,
            "full": str(message["from"]),
            "to": str(message["to"]),
            "id": xml.get("id"),
            "type": message["type"],
            "delayed": archived is not None or xml.find(DELAY) is not None,
            # What it was to another device of the account: sent, or received.
            "carbon": carbon is not None,
            "direction": carbon,
            "archived": archived and archived["archived"],
            # What everybody on the way could see.
            "clear": [child.tag for child in xml],
            "recipients": recipients(xml),
            "xml": ElementTree.tostring(xml, encoding="unicode"),
        }
        if message["type"] == "error":
            say(event="error", **about)
            return
        receipt = xml.find(f"{{{envelope.RECEIPTS}}}received")
        if receipt is not None:
            said = {"from": message["from"].bare, "id": receipt.get("id"), "stanza": xml.get("id")}
            say(event="receipt", encryption="none", clear=about["clear"], **said)
        if self.omemo.is_encrypted(message):
            await self.take_sealed(message, about)
            return
        body = xml.find("{jabber:client}body")
        if body is not None:
            say(event="message", body=body.text or "", encryption="none", **about)
        elif receipt is None:
            say(event="bare", encryption="none", **about)

    async def take_sealed(self, message, about):
        own = await self.omemo.own_device()
        for_us = addressed(message.xml, self.boundjid.bare, own.device_id)
        about["addressed"] = [WORDS[namespace] for namespace in for_us]
        message = self.of_room(message)
        try:
            namespace, plaintext, device = await self.omemo.unseal(message, for_us)
        except MessageNotForUs:
            say(event="undecryptable", error="not for this device", **about)
            return
        except Exception as error:
            say(event="undecryptable", error=why(error), **about)
            return
        about |= {
            "encryption": WORDS[namespace],
            "device": device.device_id,
            "fingerprint": fingerprint(device.identity_key),
            "trust": device.trust_level_name,
        }
        if plaintext is None:
            say(event="empty", body=None, **about)
        elif namespace == LEGACY:
            say(event="message", body=plaintext.decode(), **about)
        else:
            await self.take_envelope(message, plaintext, about)

    async def take_envelope(self, message, plaintext, about):
        try:
            # What is said in a room is for the room.
            whom = JID(about["from"] if about["type"] == "groupchat" else about["to"]).bare
            opened = envelope.read(plaintext, message["from"].bare, whom, sent_at(message.xml))
        except (envelope.Refused, UnicodeError) as error:
            say(event="undecryptable", error=why(error), envelope=plaintext.decode(errors="replace"), **about)
            return
        inside = vars(opened)
        event = "content" if opened.body is None else "message"
        say(event=event, body=opened.body, inside=inside, envelope=plaintext.decode(), **about)
        if opened.receipt is not None:
            said = {"from": about["from"], "id": opened.receipt, "stanza": about["id"]}
            say(event="receipt", encryption=about["encryption"], clear=about["clear"], **said)
        wanted = opened.receipt_request and self.sealed_receipts and not (about["carbon"] or about["archived"])
        if wanted and about["id"] is not None:
            # To the very client that asked (XEP-0184, 5.3): it may be there for this message only, without a presence.
            await self.do_receipt(about["full"], about["id"])

    # The commands. Each takes the fields of its line and returns what "ok" shall hold.

    async def do_subscribe(self, to):
        self.send_presence_subscription(pto=JID(to), ptype="subscribe")

    async def do_carbons(self):
        await self.plugin["xep_0280"].enable()

    async def do_carbons_off(self):
        await self.plugin["xep_0280"].disable()

    async def do_roster(self):
        # What was pushed, too: with roster versions, an answer holds only what changed.
        await self.get_roster()
        return {str(jid): self.client_roster[jid]["subscription"] for jid in self.client_roster}

    async def do_own(self):
        manager = await self.omemo.get_session_manager()
        own, others = await manager.get_own_device_information()
        return {
            "device": own.device_id,
            "fingerprint": fingerprint(own.identity_key),
            "label": own.label,
            "others": sorted(other.device_id for other in others),
        }

    async def do_trust(self, of, fingerprint, level):
        manager = await self.omemo.get_session_manager()
        for device in await manager.get_device_information(of):
            if globals()["fingerprint"](device.identity_key) == fingerprint:
                await manager.set_trust(of, device.identity_key, level)
                return
        raise RuntimeError("no such key")

    async def do_ping(self):
        """Once answered, the server has taken everything that was sent before."""
        await self.plugin["xep_0199"].ping(JID(self.boundjid.domain))

    async def do_settle(self):
        """Once answered, everything has been told that the server had for us when it was asked."""
        await self.do_ping()
        await self.taken()

    async def taken(self):
        """What came before the answer that was just read is taken in: it was handed to its handlers before."""
        await asyncio.sleep(0)
        await self.turns.join()


async def answer(peer, line):
    command = json.loads(line)
    call, name = command.pop("call"), command.pop("do")
    try:
        result = await getattr(peer, "do_" + name)(**command)
    except Exception as error:
        say(call=call, error=why(error))
    else:
        say(call=call, ok=result)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jid", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca-file", required=True)
    parser.add_argument("--state", required=True)
    parser.add_argument("--resource")
    parser.add_argument("--dialects", choices=DIALECTS, default="legacy")
    parser.add_argument("--device-id", type=int, help="for a first run only")
    parser.add_argument("--label", help="for a first run only")
    parser.add_argument("--silent", action="store_true", help="send no presence")
    return parser.parse_args()


async def main():
    options = arguments()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    password = (await reader.readline()).decode().rstrip("\n")
    prepare(DIALECTS[options.dialects], options.label, options.device_id)
    storage = JsonStorage(options.state)
    # Lists in a dialect that it did not speak before were not taken in: each login looks anew at whom it writes to.
    storage.forget("/slixmpp/subscribed/")
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


if __name__ == "__main__":
    asyncio.run(main())
