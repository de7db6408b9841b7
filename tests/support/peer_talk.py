"""What the peer can say: messages in either dialect or both, what travels beside them, and stanzas made to be wrong."""

import copy
import uuid
from xml.etree import ElementTree

import envelope
from peer_omemo import LEGACY, OMEMO_2
from slixmpp import JID

STORE = "{urn:xmpp:hints}store"
EME = "{urn:xmpp:eme:0}encryption"


class Talk:
    """Commands; `self` is the XMPP client. Each takes the fields of its line and returns what "ok" shall hold."""

    def post(self, to, id, elements):
        """Sends a chat message made of the given elements; returns its id."""
        stanza = self.make_message(mto=JID(to), mtype="chat")
        stanza["id"] = id or uuid.uuid4().hex
        for each in elements:
            stanza.append(each)
        return self.dispatch(stanza)

    def dispatch(self, stanza):
        self.sent[stanza["id"]] = copy.deepcopy(stanza.xml)
        # The state first: a restored peer must never use a message key twice.
        self.omemo.storage.flush()
        stanza.send()
        return stanza["id"]

    async def seal_content(self, to, children, body=None):
        """The elements of a stanza that holds `children` sealed: in an envelope for OMEMO 2, the body alone for legacy.

        OMEMO 2 has no body for clients without it (XEP-0420, sending), but a hint to store and a word about the method.
        """
        plaintexts = {}
        if OMEMO_2 in self.spoken:
            plaintexts[OMEMO_2] = envelope.write(children, self.boundjid.bare, JID(to).bare)
        if LEGACY in self.spoken and body is not None:
            plaintexts[LEGACY] = body.encode()
        sealed = await self.omemo.seal(to, plaintexts)
        named = [envelope.element(EME, namespace=namespace) for namespace in sealed]
        return [*sealed.values(), envelope.element(STORE), *named], LEGACY in sealed

    async def do_send(self, to, body, encrypted=True, receipt=True, id=None, chat_state=None, inside=(), outside=()):
        """`inside`: more elements for the envelope, as XML; `outside`: more beside it."""
        beside = [*map(ElementTree.fromstring, outside)]
        if receipt:
            beside.append(envelope.element(f"{{{envelope.RECEIPTS}}}request"))
        if chat_state:
            beside.append(envelope.element(f"{{{envelope.CHAT_STATES}}}{chat_state}"))
        text = envelope.element("{jabber:client}body", body)
        if not encrypted:
            return self.post(to, id, [text, *beside])
        if OMEMO_2 not in self.spoken:
            return await self.send_legacy(to, body, id, beside)
        children = [text, *beside, *map(ElementTree.fromstring, inside)]
        elements, legacy = await self.seal_content(to, copy.deepcopy(children), body)
        # A device that only knows legacy would not find the wish inside.
        return self.post(to, id, elements + (beside if legacy else []))

    async def send_legacy(self, to, body, id, beside):
        """As slixmpp-omemo does it by itself."""
        stanza = self.make_message(mto=JID(to), mtype="chat")
        stanza["body"] = body
        stanza["id"] = id or uuid.uuid4().hex
        stanza, problems = await self.omemo.encrypt_message(stanza, JID(to), None)
        if problems:
            raise RuntimeError(f"not for every device: {problems}")
        stanza["type"] = "chat"
        for each in beside:
            stanza.append(each)
        return self.dispatch(stanza)

    async def do_receipt(self, to, id, clear=False):
        """Says that a message has come: sealed if we speak OMEMO 2, unless it shall be in clear."""
        received = envelope.element(f"{{{envelope.RECEIPTS}}}received", id=id)
        return await self.say_beside(to, received, clear)

    async def do_chat_state(self, to, state, clear=False):
        return await self.say_beside(to, envelope.element(f"{{{envelope.CHAT_STATES}}}{state}"), clear)

    async def say_beside(self, to, child, clear):
        if clear or OMEMO_2 not in self.spoken:
            return self.post(to, None, [child])
        elements, _ = await self.seal_content(to, [child])
        return self.post(to, None, elements)

    async def do_receipts(self, given):
        """Whether sealed wishes for a receipt are answered."""
        self.sealed_receipts = given

    async def do_opt_out(self, to, reason=None):
        """Asks for plain text (XEP-0384, opt-out)."""
        child = envelope.element(f"{{{OMEMO_2}}}opt-out")
        if reason is not None:
            child.append(envelope.element(f"{{{OMEMO_2}}}reason", reason))
        elements, _ = await self.seal_content(to, [child])
        return self.post(to, None, elements)

    async def do_send_envelope(self, to, envelope, beside=(), id=None):
        """Seals any bytes as OMEMO 2 content, whatever they are; `beside`: elements in clear, as XML."""
        sealed = await self.omemo.seal(to, {OMEMO_2: envelope.encode()})
        hint = ElementTree.Element(STORE)
        return self.post(to, id, [*sealed.values(), hint, *map(ElementTree.fromstring, beside)])

    async def do_resend(self, id, new_id=None, to=None, damaged=False):
        """Sends an earlier stanza again, byte for byte but for what is given; `damaged`: with other payloads."""
        xml = copy.deepcopy(self.sent[id])
        if damaged:
            for payload in (each for each in xml.iter() if each.tag.endswith("}payload")):
                payload.text = ("B" if payload.text[0] == "A" else "A") + payload.text[1:]
        if new_id is not None:
            xml.set("id", new_id)
        if to is not None:
            xml.set("to", to)
        self.send_raw(ElementTree.tostring(xml, encoding="unicode"))

    async def do_raw(self, xml):
        self.send_raw(xml)
