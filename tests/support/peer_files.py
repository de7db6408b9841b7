"""The peer and files: where the server takes them (XEP-0363)."""

from xml.etree import ElementTree

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
