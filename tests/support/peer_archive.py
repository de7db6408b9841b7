"""What the peer does with its account's archive (XEP-0313): asks, pages, tells what was in there as if it had just come."""

import uuid
from xml.etree import ElementTree

MAM = "urn:xmpp:mam:2"
RSM = "http://jabber.org/protocol/rsm"
DATA = "jabber:x:data"
FORWARDED = "{urn:xmpp:forward:0}forwarded"
DELAY = "{urn:xmpp:delay}delay"
MESSAGE = "{jabber:client}message"


class Archive:
    """Commands; `self` is the XMPP client. Each takes the fields of its line and returns what "ok" shall hold."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.collected = {}

    def take_result(self, message):
        """Whether this is a message out of our archive, or claims to be."""
        result = message.xml.find(f"{{{MAM}}}result")
        if result is None:
            return False
        ours = message.xml.get("from") in (None, self.boundjid.bare)
        if ours and result.get("queryid") in self.collected:
            self.collected[result.get("queryid")].append(result)
        return True

    def query(self, queryid, fields, page):
        iq = self.make_iq_set()
        query = ElementTree.SubElement(iq.xml, f"{{{MAM}}}query", queryid=queryid)
        if fields:
            form = ElementTree.SubElement(query, f"{{{DATA}}}x", type="submit")
            for name, value in {"FORM_TYPE": MAM, **fields}.items():
                field = ElementTree.SubElement(form, f"{{{DATA}}}field", var=name)
                ElementTree.SubElement(field, f"{{{DATA}}}value").text = value
        if page:
            place = ElementTree.SubElement(query, f"{{{RSM}}}set")
            for name, value in page.items():
                ElementTree.SubElement(place, f"{{{RSM}}}{name}").text = str(value)
        return iq

    async def one_page(self, fields, page):
        """The results, and what `fin` says."""
        queryid = uuid.uuid4().hex
        self.collected[queryid] = []
        answer = await self.query(queryid, fields, page).send(timeout=60)
        await self.taken()
        fin = answer.xml.find(f"{{{MAM}}}fin")
        said = {name: fin.findtext(f"{{{RSM}}}set/{{{RSM}}}{name}") for name in ("first", "last", "count")}
        said["complete"] = fin.get("complete") in ("true", "1")
        return self.collected.pop(queryid), said

    async def do_archive(self, fields=None, page=None, whole=True, tell=False, until=None, brief=False):
        """`fields` of the form (`with`, `start`, …) and of the page (`max`, `after`, `before`); `whole`: page on to the end,
        or to the id `until`; `tell`: what was found is told as what comes is, with the id of the archive as "archived";
        `brief`: only its number is answered."""
        page = dict(page or {})
        found, pages = [], 0
        while True:
            results, said = await self.one_page(fields, page)
            found += [self.about_result(result) for result in results]
            pages += 1
            ended = until is not None and any(result.get("id") == until for result in results)
            if not whole or said["complete"] or not results or ended:
                break
            page |= {"after": said["last"]}
        if tell:
            for each in found:
                message = self.Message(xml=ElementTree.fromstring(each["xml"]))
                if message.xml.find(DELAY) is None:
                    ElementTree.SubElement(message.xml, DELAY, stamp=each["stamp"])
                self.turns.put_nowait((message, each))
            await self.turns.join()
        return {"messages": len(found) if brief else found, "pages": pages, **said}

    def about_result(self, result):
        forwarded = result.find(FORWARDED)
        message = forwarded.find(MESSAGE)
        return {
            "archived": result.get("id"),
            "stamp": forwarded.find(DELAY).get("stamp"),
            "from": message.get("from").split("/")[0],
            "to": message.get("to", self.boundjid.bare).split("/")[0],
            "id": message.get("id"),
            "type": message.get("type", "normal"),
            "body": message.findtext("{jabber:client}body"),
            "clear": [child.tag for child in message],
            "xml": ElementTree.tostring(message, encoding="unicode"),
        }
