"""XEP-0420 (Stanza Content Encryption 0.4.1) as XEP-0384 0.9 wants it: what OMEMO 2 seals is an envelope around elements.

Written from the two specifications alone, so that it can judge what our program writes. It is strict on purpose: what a
lenient client would overlook is an error here.
"""

import datetime
import secrets
import string
from dataclasses import dataclass, field
from xml.etree import ElementTree

from slixmpp.xmlstream import tostring

SCE = "urn:xmpp:sce:1"
CLIENT = "jabber:client"
RECEIPTS = "urn:xmpp:receipts"
CHAT_STATES = "http://jabber.org/protocol/chatstates"

# XEP-0420 §server-processed: never inside, dropped by whoever reads.
SERVER_PROCESSED = ("urn:xmpp:hints", "http://jabber.org/protocol/address", "urn:xmpp:eme:0")
STANZA_ID = "{urn:xmpp:sid:0}stanza-id"

# First up to a fixed size, then a random amount on top (XEP-0420 §affix_elements).
SMALLEST = 256
RANDOM_PADDING = 200

# How far the sender's clock may be from the time of the stanza.
CLOCKS = datetime.timedelta(minutes=15)


class Refused(Exception):
    """An envelope that must not be believed, with the reason."""


@dataclass
class Opened:
    """What an envelope held. `tags` are the children of its content that may be there, in Clark's notation."""

    body: str | None = None
    receipt_request: bool = False
    receipt: str | None = None
    chat_state: str | None = None
    opt_out: bool = False
    tags: list = field(default_factory=list)
    dropped: list = field(default_factory=list)
    affixes: list = field(default_factory=list)
    padding: int = 0
    size: int = 0


def element(tag, text=None, **attributes):
    made = ElementTree.Element(tag, attributes)
    made.text = text
    return made


def write(children, sender, recipient):
    """The bytes of an envelope around the given elements: from, to and time, padded."""
    envelope = element(f"{{{SCE}}}envelope")
    content = ElementTree.SubElement(envelope, f"{{{SCE}}}content")
    content.extend(children)
    padding = ElementTree.SubElement(envelope, f"{{{SCE}}}rpad")
    envelope.append(element(f"{{{SCE}}}from", jid=sender))
    envelope.append(element(f"{{{SCE}}}to", jid=recipient))
    now = datetime.datetime.now(datetime.timezone.utc)
    envelope.append(element(f"{{{SCE}}}time", stamp=now.strftime("%Y-%m-%dT%H:%M:%SZ")))
    length = max(0, SMALLEST - len(tostring(envelope))) + secrets.randbelow(RANDOM_PADDING + 1)
    padding.text = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))
    return tostring(envelope).encode()


def read(plaintext, sender, recipient, sent):
    """Opens an envelope.

    `sender` and `recipient` are the bare addresses of the stanza, `sent` is when the server or we saw it first.
    Raises Refused.
    """
    envelope = parse(plaintext)
    if envelope.tag != f"{{{SCE}}}envelope":
        raise Refused(f"not an envelope but {envelope.tag}")
    affixes = {}
    for child in envelope:
        if child.tag in affixes:
            raise Refused(f"two {child.tag}")
        affixes[child.tag] = child
    content = affixes.pop(f"{{{SCE}}}content", None)
    if content is None:
        raise Refused("no content")
    check_affixes(affixes, sender, recipient, sent)
    opened = take_content(content)
    opened.affixes = sorted(tag.removeprefix(f"{{{SCE}}}") for tag in affixes)
    opened.padding = len(affixes[f"{{{SCE}}}rpad"].text or "")
    opened.size = len(plaintext)
    return opened


def parse(plaintext):
    text = plaintext.decode("utf-8")
    # Nothing of this may be in a stream (RFC 6120, 11.1), and a doctype could hold an entity bomb.
    for forbidden in ("<!", "<?"):
        if forbidden in text:
            raise Refused(f"{forbidden} in an envelope")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise Refused(f"not XML: {error}") from error


def check_affixes(affixes, sender, recipient, sent):
    def attribute(name, key):
        found = affixes.get(f"{{{SCE}}}{name}")
        if found is None:
            return None
        if found.get(key) is None:
            raise Refused(f"{name} without {key}")
        return found.get(key)

    if f"{{{SCE}}}rpad" not in affixes:
        raise Refused("no rpad")
    if attribute("from", "jid") not in (None, sender):
        raise Refused(f"from {attribute('from', 'jid')} in a stanza from {sender}")
    if attribute("to", "jid") not in (None, recipient):
        raise Refused(f"to {attribute('to', 'jid')} in a stanza to {recipient}")
    stamp = attribute("time", "stamp")
    if stamp is not None:
        try:
            time = datetime.datetime.fromisoformat(stamp)
        except ValueError as error:
            raise Refused(f"time {stamp!r}") from error
        if time.tzinfo is None or abs(time - sent) > CLOCKS:
            raise Refused(f"time {stamp} in a stanza of {sent.isoformat()}")


def take_content(content):
    opened = Opened()
    for child in content:
        # The default namespace of the envelope is not one of an element that lies in it.
        if not child.tag.startswith("{") or child.tag.startswith(f"{{{SCE}}}"):
            raise Refused(f"{child.tag} has no namespace of its own")
        namespace = child.tag[1:].split("}")[0]
        if namespace in SERVER_PROCESSED or child.tag == STANZA_ID:
            opened.dropped.append(child.tag)
            continue
        opened.tags.append(child.tag)
        if child.tag == f"{{{CLIENT}}}body":
            if opened.body is not None:
                raise Refused("two bodies")
            opened.body = child.text or ""
        elif child.tag == f"{{{RECEIPTS}}}request":
            opened.receipt_request = True
        elif child.tag == f"{{{RECEIPTS}}}received":
            opened.receipt = child.get("id")
        elif namespace == CHAT_STATES:
            opened.chat_state = child.tag.split("}")[1]
        elif child.tag == "{urn:xmpp:omemo:2}opt-out":
            opened.opt_out = True
    return opened
