"""What the peer can do to nodes: look at lists and bundles of both dialects as published, and change or break its own
account's, as another client of the same account would."""

import base64
from xml.etree import ElementTree

import xeddsa
from peer_omemo import LEGACY, NAMESPACES, OMEMO_2
from slixmpp import JID
from slixmpp.exceptions import IqError
from slixmpp.plugins.xep_0004 import Form
from slixmpp.xmlstream import tostring


def form(kind, fields):
    made = Form()
    made["type"] = "submit"
    made.add_field(var="FORM_TYPE", ftype="hidden", value=f"http://jabber.org/protocol/pubsub#{kind}")
    for name, value in fields.items():
        made.add_field(var=f"pubsub#{name}", value=value)
    return made


def decoded(parent, tag):
    return base64.b64decode(parent.find(tag).text)


class Nodes:
    """Commands; `self` is the XMPP client. Each takes the fields of its line and returns what "ok" shall hold."""

    def own_account(self):
        return JID(self.boundjid.bare)

    async def items(self, of, node, ids=None):
        answer = await self.plugin["xep_0060"].get_items(JID(of), node, item_ids=ids)
        return list(answer.xml.iter("{http://jabber.org/protocol/pubsub}item"))

    async def do_devices(self, of):
        """The ids on an account's legacy device list, as its server gives it out."""
        answer = await self.plugin["xep_0060"].get_items(JID(of), f"{LEGACY}.devicelist")
        return sorted(int(device.get("id")) for device in answer.xml.iter(f"{{{LEGACY}}}device"))

    async def do_bundle(self, of, device):
        """Identity key, signed prekey id and prekey ids of a published legacy bundle."""
        answer = await self.plugin["xep_0060"].get_items(JID(of), f"{LEGACY}.bundles:{device}")
        bundle = next(answer.xml.iter(f"{{{LEGACY}}}bundle"))
        return {
            "identity": decoded(bundle, f"{{{LEGACY}}}identityKey")[1:].hex(),
            "spk": int(bundle.find(f"{{{LEGACY}}}signedPreKeyPublic").get("signedPreKeyId")),
            "prekeys": [int(key.get("preKeyId")) for key in bundle.iter(f"{{{LEGACY}}}preKeyPublic")],
        }

    async def do_omemo2_devices(self, of):
        """An account's OMEMO 2 device list: id, label, and whether the label's signature is good (null: no label)."""
        devices = []
        for item in await self.items(of, f"{OMEMO_2}:devices"):
            devices.extend(item.iter(f"{{{OMEMO_2}}}device"))
        return [
            {
                "id": int(device.get("id")),
                "label": device.get("label"),
                "signed": await self.signed(of, device),
            }
            for device in sorted(devices, key=lambda device: int(device.get("id")))
        ]

    async def signed(self, of, device):
        if device.get("label") is None:
            return None
        if device.get("labelsig") is None:
            return False
        try:
            key = bytes.fromhex((await self.do_omemo2_bundle(of, int(device.get("id"))))["ik"])
        except (IqError, RuntimeError):
            return False
        return xeddsa.ed25519_verify(base64.b64decode(device.get("labelsig")), key, device.get("label").encode())

    async def do_omemo2_bundle(self, of, device):
        """A published OMEMO 2 bundle: `ik` as on the wire, `identity` as the curve key that fingerprints show."""
        items = await self.items(of, f"{OMEMO_2}:bundles", [str(device)])
        if not items:
            raise RuntimeError("no such bundle")
        bundle = next(items[0].iter(f"{{{OMEMO_2}}}bundle"))
        ik = decoded(bundle, f"{{{OMEMO_2}}}ik")
        spk = decoded(bundle, f"{{{OMEMO_2}}}spk")
        return {
            "ik": ik.hex(),
            "identity": xeddsa.ed25519_pub_to_curve25519_pub(ik).hex(),
            "spk": int(bundle.find(f"{{{OMEMO_2}}}spk").get("id")),
            "signed": xeddsa.ed25519_verify(decoded(bundle, f"{{{OMEMO_2}}}spks"), ik, spk),
            "prekeys": [int(key.get("id")) for key in bundle.iter(f"{{{OMEMO_2}}}pk")],
        }

    async def do_items(self, of, node):
        """What any node holds: the payloads by item id."""
        return {item.get("id"): "".join(map(tostring, item)) for item in await self.items(of, node)}

    async def do_configuration(self, node):
        """The configuration of a node of the own account, by names without `pubsub#`."""
        answer = await self.plugin["xep_0060"].get_node_config(self.own_account(), node)
        found = {}
        for field in answer.xml.iter("{jabber:x:data}field"):
            values = [value.text or "" for value in field.iterfind("{jabber:x:data}value")]
            found[(field.get("var") or "").removeprefix("pubsub#")] = values[0] if len(values) == 1 else values
        return found

    async def do_configure(self, node, options):
        await self.plugin["xep_0060"].set_node_config(self.own_account(), node, form("node_config", options))

    async def do_publish(self, node, item, xml, options=None):
        """Publishes anything on a node of the own account."""
        options = form("publish-options", options) if options else None
        payload = ElementTree.fromstring(xml)
        await self.plugin["xep_0060"].publish(self.own_account(), node, item, payload, options)

    async def do_retract(self, node, item):
        await self.plugin["xep_0060"].retract(self.own_account(), node, item, notify=True)

    async def do_delete_node(self, node):
        await self.plugin["xep_0060"].delete_node(self.own_account(), node)

    async def do_rename(self, label):
        """Signs and publishes another label of this device."""
        await (await self.plugin["xep_0384"].get_session_manager()).set_own_label(label)

    async def do_withdraw(self, dialect):
        """Is no longer found in a dialect ("omemo-2", "omemo-legacy"), though it still reads it."""
        await self.plugin["xep_0384"].withdraw(NAMESPACES[dialect])

    async def do_announce(self):
        await self.plugin["xep_0384"].announce()

    async def do_forget_devices(self):
        """Publishes an empty legacy device list, as a careless client would, and does not mind being off it."""
        self.del_event_handler("oldmemo_device_list_publish", self.plugin["xep_0384"]._on_device_list_update)
        empty = ElementTree.Element(f"{{{LEGACY}}}list")
        await self.plugin["xep_0060"].publish(self.own_account(), f"{LEGACY}.devicelist", "current", empty)
