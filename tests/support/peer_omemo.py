"""The OMEMO half of the peer: slixmpp-omemo with the dialects that a test asks for, and the OMEMO 2 content it lacks.

slixmpp-omemo 2.2 publishes the keys of both dialects and manages the sessions of both (on oldmemo and twomemo), but
writes and reads the content of the legacy dialect only. Legacy messages go through it as in a real client; for OMEMO 2
the envelope is made and read here (envelope.py).
"""

import asyncio
import copy
import json
import os

import oldmemo
import slixmpp_omemo.xep_0384 as plugin_module
import twomemo
from omemo.session_manager import MessageNotForUs, SenderNotFound, SessionManager
from omemo.storage import Just, Nothing, Storage
from slixmpp import JID
from slixmpp.plugins import register_plugin
from slixmpp_omemo import XEP_0384

LEGACY = oldmemo.oldmemo.NAMESPACE
OMEMO_2 = twomemo.twomemo.NAMESPACE
# The better one first.
DIALECTS = {"legacy": [LEGACY], "omemo2": [OMEMO_2], "both": [OMEMO_2, LEGACY]}
WORDS = {LEGACY: "omemo-legacy", OMEMO_2: "omemo-2"}
NAMESPACES = {word: namespace for namespace, word in WORDS.items()}


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

    def forget(self, prefix):
        self._rows = {key: value for key, value in self._rows.items() if not key.startswith(prefix)}

    def flush(self):
        self._due = False
        fresh = self._path + ".new"
        with open(fresh, "w", encoding="utf-8") as file:
            json.dump(self._rows, file)
        os.replace(fresh, self._path)


class Omemo(XEP_0384):
    """slixmpp-omemo with our storage, blind trust before verification, and content for OMEMO 2."""

    default_config = {
        "fallback_message": "This message is OMEMO encrypted.",
        "storage": None,
        "spoken": DIALECTS["legacy"],
    }

    @property
    def storage(self):
        return self.config["storage"]

    @property
    def spoken(self):
        """The namespaces of the dialects in use, the better one first."""
        return self.config["spoken"]

    @property
    def _btbv_enabled(self):
        return True

    async def _prompt_manual_trust(self, manually_trusted, identifier):
        # Nobody is here to ask. What stays undecided makes the encryption fail, and the test sees it.
        return

    def plugin_init(self):
        # The library loads a session, waits for others, and stores it: two at once would use a message key twice.
        self.one_at_a_time = asyncio.Lock()
        super().plugin_init()
        if OMEMO_2 not in self.spoken:
            self.xmpp["xep_0163"].remove_interest(plugin_module.TWOMEMO_DEVICE_LIST_NODE)
        if LEGACY not in self.spoken:
            self.xmpp["xep_0163"].remove_interest(plugin_module.OLDMEMO_DEVICE_LIST_NODE)

    async def own_device(self):
        own, _ = await (await self.get_session_manager()).get_own_device_information()
        return own

    async def seal(self, to, plaintexts):
        """Seals for every device of `to` and our other ones, each in the first dialect of `plaintexts` that it has.

        Returns the <encrypted> elements by their namespace. Raises when a device could not be served.
        """
        return await self.seal_for({JID(to)}, plaintexts)

    async def seal_for(self, people, plaintexts):
        """The same for every device of several people."""
        async with self.one_at_a_time:
            await self.refresh_device_lists(people)
            manager = await self.get_session_manager()
            messages, problems = await manager.encrypt(
                frozenset(jid.bare for jid in people), plaintexts, backend_priority_order=list(plaintexts)
            )
        if problems:
            raise RuntimeError(f"not for every device: {problems}")
        writers = {OMEMO_2: twomemo.etree.serialize_message, LEGACY: oldmemo.etree.serialize_message}
        return {message.namespace: writers[message.namespace](message) for message in messages}

    async def unseal(self, stanza, addressed):
        """Opens a stanza in the best dialect in which it addresses us (of those that we speak).

        Returns namespace, plaintext (None: an empty message), device. Raises what the library raises.
        """
        namespace = next((each for each in self.spoken if each in addressed), None)
        if namespace is None:
            raise MessageNotForUs("no key for us")
        async with self.one_at_a_time:
            try:
                return namespace, *await self._unseal(stanza, namespace)
            except SenderNotFound:
                # A device that is not on the list that we hold: look again before giving up (XEP-0384, business rules).
                await self.refresh_device_lists({JID(stanza["from"].bare)}, force_download=True)
                return namespace, *await self._unseal(stanza, namespace)

    async def encrypt_message(self, stanza, recipient_jids, identifier=None):
        async with self.one_at_a_time:
            return await super().encrypt_message(stanza, recipient_jids, identifier)

    async def _unseal(self, stanza, namespace):
        if namespace == OMEMO_2:
            [encrypted] = stanza.xml.findall(f"{{{OMEMO_2}}}encrypted")
            message = twomemo.etree.parse_message(encrypted, stanza["from"].bare)
            manager = await self.get_session_manager()
            plaintext, device, _ = await manager.decrypt(message)
            return plaintext, device
        # What a client of that dialect alone would see of the stanza.
        seen = copy.copy(stanza)
        for encrypted in seen.xml.findall(f"{{{OMEMO_2}}}encrypted"):
            seen.xml.remove(encrypted)
        plain, device = await self.decrypt_message(seen)
        body = plain.xml.find("{jabber:client}body")
        return None if body is None else (body.text or "").encode(), device

    async def withdraw(self, namespace):
        """Takes this device off its list and its bundle off the server, and minds neither until it is told to."""
        manager = await self.get_session_manager()
        manager.withdrawn.add(namespace)
        own = await self.own_device()
        devices = await manager._download_device_list(namespace, own.bare_jid)
        devices.pop(own.device_id, None)
        await manager._upload_device_list(namespace, devices)
        await manager._delete_bundle(namespace, own.device_id)

    async def announce(self):
        """Publishes everything that is missing or damaged on the server."""
        manager = await self.get_session_manager()
        manager.withdrawn.clear()
        await manager.ensure_data_consistency()


register_plugin(Omemo)


def addressed(xml, own_jid, own_device):
    """In which dialects a stanza holds a key for us, whether we speak them or not."""
    found = []
    for keys in xml.findall(f"{{{OMEMO_2}}}encrypted/{{{OMEMO_2}}}header/{{{OMEMO_2}}}keys"):
        if keys.get("jid") == own_jid and any(key.get("rid") == str(own_device) for key in keys):
            found.append(OMEMO_2)
    for header in xml.findall(f"{{{LEGACY}}}encrypted/{{{LEGACY}}}header"):
        if any(key.get("rid") == str(own_device) for key in header.iter(f"{{{LEGACY}}}key")):
            found.append(LEGACY)
    return found


def recipients(xml):
    """The device ids that a stanza has keys for, by dialect: a flat list in legacy, by address in OMEMO 2."""
    found = {}
    for header in xml.findall(f"{{{LEGACY}}}encrypted/{{{LEGACY}}}header"):
        found[WORDS[LEGACY]] = sorted(int(key.get("rid")) for key in header.iter(f"{{{LEGACY}}}key"))
    for header in xml.findall(f"{{{OMEMO_2}}}encrypted/{{{OMEMO_2}}}header"):
        found[WORDS[OMEMO_2]] = {
            keys.get("jid"): sorted(int(key.get("rid")) for key in keys) for keys in header
        }
    return found


async def no_label(_backend, _label):
    """Legacy lists have no labels; but the library asks every backend for a signature as soon as it has one to sign."""
    return b""


oldmemo.Oldmemo.sign_own_label = no_label


def prepare(spoken, label, device_id):
    """Makes the session manager know only the dialects `spoken`, and the next first run take this id, if one is given,
    though the account's own list may already hold it."""
    if device_id is not None:
        SessionManager.DEVICE_ID_MIN = device_id
        SessionManager.DEVICE_ID_MAX = device_id + 1
    make = plugin_module._make_session_manager

    def make_ours(xmpp, xep_0384):
        base = make(xmpp, xep_0384)
        unseen = {"left": 0 if device_id is None else len(spoken)}  # one look per dialect, before an id is chosen

        class Manager(base):
            withdrawn = set()

            @classmethod
            async def create(cls, backends, *rest, **named):
                named["initial_own_label"] = label
                known = [backend for backend in backends if backend.namespace in spoken]
                return await super().create(known, *rest, **named)

            async def update_device_list(self, namespace, bare_jid, device_list):
                ours = namespace in self.withdrawn and bare_jid == xmpp.boundjid.bare
                if namespace in spoken and not ours:
                    await super().update_device_list(namespace, bare_jid, device_list)

            @staticmethod
            async def _download_device_list(namespace, bare_jid):
                devices = await base._download_device_list(namespace, bare_jid)
                if unseen["left"] > 0:
                    unseen["left"] -= 1
                    devices.pop(device_id, None)
                return devices

        return Manager

    plugin_module._make_session_manager = make_ours
