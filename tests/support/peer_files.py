"""The peer and files: where the server takes them (XEP-0363), and what it sends and reads of them (XEP-0454)."""

import asyncio
import hashlib
import os
import ssl
import urllib.request
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from slixmpp import JID

UPLOAD = "urn:xmpp:http:upload:0"


class Files:
    """Commands; `self` is the XMPP client."""

    async def do_slot(self, service, name, size):
        """Where a file of so many bytes may be put, with which headers, and where it lies then."""
        question = self.make_iq_get(ito=JID(service))
        attributes = {"filename": name, "size": str(size), "content-type": "application/octet-stream"}
        question.xml.append(ElementTree.Element(f"{{{UPLOAD}}}request", attributes))
        slot = (await question.send()).xml.find(f"{{{UPLOAD}}}slot")
        put = slot.find(f"{{{UPLOAD}}}put")
        headers = [[header.get("name"), header.text] for header in put]
        return {"put": put.get("url"), "headers": headers, "get": slot.find(f"{{{UPLOAD}}}get").get("url")}

    async def do_share(self, to, service, name, path, ca_file):
        """Sends what is at `path` as Conversations, Dino and Gajim do: sealed, and its address the whole body."""
        with open(path, "rb") as file:
            clear = file.read()
        key, iv = os.urandom(32), os.urandom(12)
        sealed = AESGCM(key).encrypt(iv, clear, None)
        slot = await self.do_slot(service, name, len(sealed))
        headers = {**dict(slot["headers"]), "Content-Type": "application/octet-stream"}
        request = urllib.request.Request(slot["put"], data=sealed, headers=headers, method="PUT")
        await asyncio.to_thread(asked, request, ca_file)
        body = "aesgcm" + slot["get"].removeprefix("https") + "#" + (iv + key).hex()
        return await self.do_send(to, body)

    async def do_fetch(self, body, ca_file):
        """What lies at an `aesgcm` address: how long it is, and its hash."""
        address, fragment = body.removeprefix("aesgcm").split("#")
        secret = bytes.fromhex(fragment)
        sealed = await asyncio.to_thread(asked, "https" + address, ca_file)
        clear = AESGCM(secret[12:]).decrypt(secret[:12], sealed, None)
        return {"size": len(clear), "sha256": hashlib.sha256(clear).hexdigest()}


def asked(request, ca_file):
    context = ssl.create_default_context(cafile=ca_file)
    with urllib.request.urlopen(request, context=context, timeout=60) as answer:
        return answer.read()
