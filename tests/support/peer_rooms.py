"""The peer in rooms: in it, who is in it, and what is said there, sealed for its members (XEP-0045, XEP-0384)."""

import copy
import uuid
from xml.etree import ElementTree

import envelope
from peer_omemo import LEGACY, OMEMO_2
from slixmpp import JID

MUC = "http://jabber.org/protocol/muc"
USER = "{http://jabber.org/protocol/muc#user}"


class Rooms:
    """Commands and what they need; `self` is the XMPP client."""

    def room_presence(self, presence):
        """Who is there and who is who, as the room says."""
        who = str(presence["from"])
        (self.there.discard if presence["type"] == "unavailable" else self.there.add)(who)
        found = [item.get("jid") for item in presence.xml.iter(f"{USER}item") if item.get("jid")]
        if found:
            self.real[who] = JID(found[-1]).bare

    def of_room(self, message):
        """The message as if its real author had sent it, where the room said who that is."""
        real = self.real.get(str(message["from"])) if message["type"] == "groupchat" else None
        if real is None:
            return message
        named = copy.copy(message)
        named.xml = copy.deepcopy(message.xml)
        named["from"] = real
        # The library would ask a plugin for rooms of its own who that is.
        named["type"] = "chat"
        return named

    async def do_enter(self, room, nick):
        """Goes in; returns when its own presence is there."""
        presence = self.make_presence(pto=JID(f"{room}/{nick}"))
        x = ElementTree.SubElement(presence.xml, f"{{{MUC}}}x")
        ElementTree.SubElement(x, f"{{{MUC}}}history", maxstanzas="0")
        presence.send()
        while f"{room}/{nick}" not in self.there:
            await self.wait_until("presence_available", timeout=20)

    async def do_send_private(self, room, nick, body, marked=True):
        """Says something to one of those in it (XEP-0045 7.5); returns its id."""
        stanza = self.make_message(mto=JID(f"{room}/{nick}"), mtype="chat", mbody=body)
        stanza["id"] = uuid.uuid4().hex
        if marked:
            ElementTree.SubElement(stanza.xml, f"{USER}x")
        return self.dispatch(stanza)

    async def do_leave_room(self, room, nick):
        """Goes out; somebody else may take the nick then."""
        self.make_presence(pto=JID(f"{room}/{nick}"), ptype="unavailable").send()

    async def do_there(self, room):
        """The nicks of those who are in a room that it is in."""
        return sorted(JID(who).resource for who in self.there if JID(who).bare == room)

    async def do_send_room(self, room, body, members, encrypted=True):
        """Says something there, sealed for these people; returns its id."""
        stanza = self.make_message(mto=JID(room), mtype="groupchat")
        stanza["id"] = uuid.uuid4().hex
        if not encrypted:
            stanza["body"] = body
            return self.dispatch(stanza)
        plaintexts = {}
        if OMEMO_2 in self.spoken:
            words = [envelope.element("{jabber:client}body", body)]
            plaintexts[OMEMO_2] = envelope.write(words, self.boundjid.bare, JID(room).bare)
        if LEGACY in self.spoken:
            plaintexts[LEGACY] = body.encode()
        sealed = await self.omemo.seal_for({JID(member) for member in members}, plaintexts)
        for element in [*sealed.values(), envelope.element("{urn:xmpp:hints}store")]:
            stanza.append(element)
        if LEGACY in sealed:
            stanza["body"] = "This message is OMEMO encrypted."
        return self.dispatch(stanza)
