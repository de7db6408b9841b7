"""A device on python's oldmemo or twomemo as a program for tests: one command a line on standard input, one answer a line on
standard output, in the language of benches/libomemo/serve.c.

What a client does with these libraries is done as omemo's SessionManager does it: one session for each device, which the
other side's new key exchange replaces, and a prekey that is deleted when it was used. Keys other than the identity key are
made here; the random bytes of the next command come from the line `random`. What is refused is answered with `no -1`.
"""

import os
import sys

# The libraries number the prekeys in the order of a set, and so differently each time, were it not for this.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.execve(sys.executable, [sys.executable, "-B", *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})

import asyncio
import base64
import hashlib
import json
import secrets

import oldmemo
import oldmemo.etree
import twomemo
import twomemo.etree
from doubleratchet.recommended import diffie_hellman_ratchet_curve25519
from omemo.session import Initiation
from omemo.storage import Just, Nothing, Storage

JID = "peer@mired.test"
DIALECTS = {"legacy": (oldmemo, oldmemo.oldmemo.Oldmemo), "omemo2": (twomemo, twomemo.twomemo.Twomemo)}


class Stream:
    """Bytes from a seed, in place of the system's random source: so a life can be lived again."""

    def __init__(self):
        self.seed(b"")

    def seed(self, seed):
        self.key, self.drawn = seed, 0

    def take(self, length):
        self.drawn += 1
        return hashlib.shake_256(self.key + self.drawn.to_bytes(8, "big")).digest(length)


STREAM = Stream()
secrets.token_bytes = STREAM.take
diffie_hellman_ratchet_curve25519.DiffieHellmanRatchet._generate_priv = staticmethod(lambda: STREAM.take(32))


class Memory(Storage):
    """Everything in a dictionary."""

    def __init__(self, values):
        super().__init__(disable_cache=True)
        self.values = values

    async def _load(self, key):
        return Just(json.loads(self.values[key])) if key in self.values else Nothing()

    async def _store(self, key, value):
        self.values[key] = json.dumps(value)

    async def _delete(self, key):
        self.values.pop(key, None)


class Refused(Exception):
    pass


class Device:
    def __init__(self, dialect, own_id, peer_id, values):
        self.dialect, self.id, self.peer = dialect, own_id, peer_id
        self.package, make = DIALECTS[dialect]
        self.classes = sys.modules[make.__module__]
        self.storage = Memory(values)
        self.backend = make(self.storage)
        # A bundle from which the next message is to begin a session.
        self.bundle = None

    def encode(self, key):
        return self.classes.StateImpl.serialize_public_key(key) if self.dialect == "legacy" else key

    async def published(self):
        """The fields of the bundle as this library writes it into XML."""
        bundle = await self.backend.get_bundle(JID, self.id)
        texts, prekeys = {}, {}
        for element in self.package.etree.serialize_bundle(bundle).iter():
            name = element.tag.split("}")[1]
            if name in ("pk", "preKeyPublic"):
                prekeys[int(element.get("id") or element.get("preKeyId"))] = base64.b64decode(element.text)
            elif element.text:
                texts[name] = base64.b64decode(element.text)
        names = {
            "legacy": ("identityKey", "signedPreKeyPublic", "signedPreKeySignature"),
            "omemo2": ("ik", "spk", "spks"),
        }[self.dialect]
        return [texts[name] for name in names], prekeys

    def parse_bundle(self, identity, signed_prekey, signature, prekey_id, prekey):
        def text(data):
            return base64.b64encode(data).decode()

        if self.dialect == "legacy":
            xml = (
                f"<bundle xmlns='{oldmemo.oldmemo.NAMESPACE}'>"
                f"<signedPreKeyPublic signedPreKeyId='1'>{text(signed_prekey)}</signedPreKeyPublic>"
                f"<signedPreKeySignature>{text(signature)}</signedPreKeySignature>"
                f"<identityKey>{text(identity)}</identityKey>"
                f"<prekeys><preKeyPublic preKeyId='{prekey_id}'>{text(prekey)}</preKeyPublic></prekeys></bundle>"
            )
        else:
            xml = (
                f"<bundle xmlns='{twomemo.twomemo.NAMESPACE}'><spk id='1'>{text(signed_prekey)}</spk>"
                f"<spks>{text(signature)}</spks><ik>{text(identity)}</ik>"
                f"<prekeys><pk id='{prekey_id}'>{text(prekey)}</pk></prekeys></bundle>"
            )
        element = self.package.etree.ET.fromstring(xml)
        # The schema asks for many prekeys; these tests offer one, so that no two sessions begin with the same.
        schema = self.package.etree.BUNDLE_SCHEMA
        self.package.etree.BUNDLE_SCHEMA = type("Any", (), {"validate": staticmethod(lambda _: None)})
        try:
            return self.package.etree.parse_bundle(element, JID, self.peer)
        finally:
            self.package.etree.BUNDLE_SCHEMA = schema

    async def begin(self, words):
        try:
            identity, signed_prekey, signature = (bytes.fromhex(word) for word in words[1:4])
            bundle = self.parse_bundle(identity, signed_prekey, signature, int(words[4]), bytes.fromhex(words[5]))
            # Only to see whether it can be done: a session begins with a message.
            await self.backend.build_session_active(JID, self.peer, bundle, self.material(bytes(32)))
        except Exception as error:
            raise Refused from error
        await self.storage.store_bytes("/test/identity", bundle.identity_key)
        self.bundle = bundle

    def material(self, data):
        return self.classes.PlainKeyMaterialImpl(data[:32], data[32:])

    async def encrypt(self, data):
        if self.bundle is None:
            session = await self.backend.load_session(JID, self.peer)
            sealed = await self.backend.encrypt_key_material(session, self.material(data))
        else:
            session, sealed = await self.backend.build_session_active(
                JID, self.peer, self.bundle, self.material(data)
            )
            self.bundle = None
        await self.backend.store_session(session)
        message = sealed.serialize()
        if session.initiation is Initiation.PASSIVE or session.confirmed:
            return "message", message
        exchange = session.key_exchange.serialize(message)
        return "prekey", exchange[0] if self.dialect == "legacy" else exchange

    def parse(self, is_prekey, data, identity):
        exchange = None
        if is_prekey:
            sign_bit = (bool(identity[31] >> 7) if identity else False,) if self.dialect == "legacy" else ()
            exchange, data = self.classes.KeyExchangeImpl.parse(data, *sign_bit)
        return exchange, self.classes.EncryptedKeyMaterialImpl.parse(data, JID, self.peer)

    async def open(self, is_prekey, data):
        identity = (await self.storage.load_bytes("/test/identity")).maybe(None)
        exchange, sealed = self.parse(is_prekey, data, identity)
        session = await self.backend.load_session(JID, self.peer)
        if exchange is not None:
            if identity is not None and exchange.identity_key != identity:
                raise Refused
            if session is not None and not (
                session.initiation is Initiation.PASSIVE and session.key_exchange.builds_same_session(exchange)
            ):
                session = None
        elif session is None:
            raise Refused
        if session is None:
            session, material = await self.backend.build_session_passive(JID, self.peer, exchange, sealed)
        else:
            material = await self.backend.decrypt_key_material(session, sealed)
        await self.backend.store_session(session)
        if exchange is not None:
            await self.storage.store_bytes("/test/identity", exchange.identity_key)
            await self.backend.delete_pre_key(session)
        return material.key + material.auth_tag

    async def decrypt(self, is_prekey, data, keeps):
        before = dict(self.storage.values)
        try:
            opened = await self.open(is_prekey, data)
        except Exception as error:
            # The numbers of spent prekeys may be gone from the storage by now; of the session nothing may.
            for name, value in before.items():
                assert JID not in name or self.storage.values[name] == value, name
            raise Refused from error
        if not keeps:
            self.storage.values.clear()
            self.storage.values.update(before)
        return opened


def unhex(word):
    return b"" if word == "-" else bytes.fromhex(word)


async def make(words):
    device = Device(words[0], int(words[1]), int(words[2]), {})
    await device.storage.store("/ikp/is_seed", False)
    await device.storage.store_bytes("/ikp/key", bytes.fromhex(words[3]))
    await device.backend.generate_pre_keys(len(words[5].split(",")))
    await device.published()
    return device


async def obey(device, command, words):
    """The device afterwards and the words of the answer."""
    if command == "random":
        STREAM.seed(b"".join(map(bytes.fromhex, words)))
    elif command == "init":
        return await make(words), []
    elif command == "restore":
        return Device(words[0], int(words[1]), int(words[2]), json.loads(bytes.fromhex(words[3]))), []
    elif command == "bundle":
        fields, prekeys = await device.published()
        prekeys = ",".join(f"{number}:{key.hex()}" for number, key in sorted(prekeys.items()))
        return device, [field.hex() for field in fields] + [prekeys]
    elif command == "begin":
        await device.begin(words)
    elif command == "encrypt":
        kind, message = await device.encrypt(bytes.fromhex(words[0]))
        return device, [kind, message.hex()]
    elif command in ("decrypt", "probe"):
        opened = await device.decrypt(words[0] == "prekey", unhex(words[1]), command == "decrypt")
        return device, [opened.hex()]
    elif command == "save":
        values = json.dumps(device.storage.values).encode().hex()
        return device, [device.dialect, str(device.id), str(device.peer), values]
    else:
        raise ValueError(command)
    return device, []


async def main():
    device = None
    for line in sys.stdin:
        command, *words = line.split()
        try:
            device, answer = await obey(device, command, words)
            print(" ".join(["ok", *answer]), flush=True)
        except Refused:
            print("no -1", flush=True)


asyncio.run(main())
