"""What is said between Susurro and one other client, and what has to be true of it afterwards.

Ana runs Susurro: each of her commands is a process of its own, so that she is started anew at every step, and offline between
them. The first session with her is begun by the other side, the one with Bea by Susurro.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from ground import wait_for
from server import Failed
from stage import Person

UNICODE = "Grüße, 你好, здравствуйте, مرحبا, e\u0301tude, 👩🏽\u200d💻 🇪🇸"
LETTER = "A letter.\n\nIts second paragraph, with <angle> brackets & an ampersand.\n" + "\n".join(
    f"Line {number}: the quick brown fox jumps over the lazy dog." for number in range(1, 41)
)
# The form of a fingerprint that clients show, by what they encrypt in: the Curve25519 or the Ed25519 key.
FORMS = {"omemo-legacy": "fingerprint", "omemo-2": "fingerprint_ed25519"}
LISTS = {"eu.siacs.conversations.axolotl.devicelist", "urn:xmpp:omemo:2:devices"}
# Long enough for an empty message, which is gathered for a second and a half.
A_WHILE = "7"


class Course:
    """The whole of it. `say` gets a sentence for each thing that was seen."""

    # Whether it needs a service for rooms.
    rooms = False

    def __init__(self, ground, client, program, pictures, say):
        self.ground, self.client, self.pictures, self.say = ground, client, pictures, say
        self.form = FORMS[client.encryption]
        self.ana = Person("ana", ground.folder, program, ground.server)
        self.bea = Person("bea", ground.folder, program, ground.server)
        # Of each person's chat with the client: (whether the client sent it, text), in order.
        self.said = {self.ana: [], self.bea: []}

    def run(self):
        """Goes through it. Failed at the first thing that is not as it must be."""
        self.ana.move_in()
        self.bea.move_in()
        self._published()
        self.client.start()
        self._contacts(self.ana)
        self._begun_by_the_client()
        self._answered()
        self._verified()
        self._in_a_row()
        self._unicode()
        self.client.screen.picture(self.pictures / f"interop-{self.client.name}.png")
        self._letter()
        self._restarted()
        self._offline()
        self._begun_by_susurro()
        self._in_both_dialects()
        self._nothing_more()

    def _published(self):
        nodes = self.ground.server.published("ana")
        self._must(LISTS <= nodes, "Susurro publishes in both dialects", nodes)
        self.say("Susurro publishes its keys in both dialects.")

    def _contacts(self, person):
        person.run("contact", "add", self.client.jid, "--name", self.client.shown)
        time.sleep(3)
        self.client.befriend(person.jid)

        def both():
            # A request comes to whoever is present, which a command that lists is not.
            person.run("listen", "--timeout", "3")
            contacts = self._json(person, "contact", "list")
            if any(contact["requests"] for contact in contacts):
                person.run("contact", "accept", self.client.jid)
            wanted = "both" if self._back() else "to"
            return any(one["jid"] == self.client.jid and one["subscription"] == wanted for one in contacts)

        wait_for("the contact", both)
        self.say("Contacts both ways: Susurro asked, the client accepted and asked back, Susurro accepted." if self._back() else
                 "A contact: Susurro asked, the client accepted.")

    def _begun_by_the_client(self):
        self.client.open_chat(self.ana.jid)
        self.client.encrypt()
        (message,) = self._from_client(self.ana, [f"hello from {self.client.shown}"])
        self._must(message["trust"] == "blind", "the first key is trusted blindly", message)
        read = f"The client's first message was read live ({message['encryption']}, {message['trust']})"
        if not self._back():
            # It was asked, and may not see by itself when Ana is there.
            self._must(not self._from(self.ana), "Susurro answers nothing by itself", self._from(self.ana))
            self.say(f"{read}; Susurro answers nothing by itself to somebody who may not see when it is there.")
            return
        completing = wait_for("what completes the session", lambda: self._from(self.ana), 20)
        what = "a sealed receipt" if full(completing[0]) else "an empty message"
        self.say(f"{read}, and {what} completed the session.")

    def _answered(self):
        text = f"hello to {self.client.shown}"
        if self.client.confirms_at_once:
            self._to_client(self.ana, [text], "--wait", "delivered")
            self.say("Susurro's answer was read by the client, which confirmed its delivery while Susurro waited.")
            return
        self._to_client(self.ana, [text])
        self._read(self.ana, self._json(self.ana, "listen", "--timeout", "4"), [])
        row = self._json(self.ana, "history", self.client.jid)[-1]
        confirms = getattr(self.client, "confirms", True)
        self._must((row["body"], row["state"]) == (text, "delivered" if confirms else "sent"), "the delivery is confirmed", row)
        self.say("Susurro's answer was read by the client, which confirms no delivery." if not confirms else
                 "Susurro's answer was read by the client; Susurro took in the confirmation of its delivery when it listened next.")

    def _verified(self):
        own, theirs = self._own(self.ana), self.client.fingerprint()
        self._must(list(self.client.keys_of(self.ana.jid)) == [own], "the client has Susurro's key", own)
        keys = self._json(self.ana, "trust", "list", self.client.jid)
        self._must([key[self.form] for key in keys] == [theirs], "Susurro has the client's key", keys)
        self.client.verify(self.pictures, own)
        self._must(self.client.keys_of(self.ana.jid) == {own: True}, "the client has verified Susurro's key", own)
        self.ana.run("trust", "verify", self.client.jid, theirs)
        self._to_client(self.ana, ["verified from here"])
        (message,) = self._from_client(self.ana, ["verified from there"])
        self._must(message["trust"] == "verified", "the message is verified", message)
        self.say(f"Fingerprints are the same on both sides and were verified on both.\n  Susurro {own}\n  "
                 f"{self.client.shown} {theirs}")

    def _in_a_row(self):
        self._to_client(self.ana, [f"{number} of five to {self.client.shown}" for number in range(1, 6)])
        self._from_client(self.ana, [f"{number} of five from {self.client.shown}" for number in range(1, 6)])
        self.say("Five messages in a row, each way, were read in order.")

    def _unicode(self):
        self._to_client(self.ana, [UNICODE])
        self._from_client(self.ana, [UNICODE])
        self.say(f"Each way, unchanged: {UNICODE}")

    def _letter(self):
        self._to_client(self.ana, [LETTER])
        self._from_client(self.ana, [LETTER.replace("\n", " ") if getattr(self.client, "one_line", False) else LETTER])
        self.say(f"Each way, unchanged: a letter of {len(LETTER)} characters in {LETTER.count(chr(10)) + 1} lines.")

    def _restarted(self):
        for turn, leave in (("once", self.client.quit), ("twice", self.client.end)):
            leave()
            self.client.start()
            self.client.open_chat(self.ana.jid)
            # Either side is the first to speak after one of the two.
            if turn == "once":
                self._to_client(self.ana, [f"to the one restarted {turn}"])
            self._from_client(self.ana, [f"from the one restarted {turn}"])
            if turn == "twice":
                self._to_client(self.ana, [f"to the one restarted {turn}"])
        self.say("After the client was quit and started, and after it was killed and started, messages were read both ways. "
                 "(Susurro is a new process at each command.)")

    def _offline(self):
        self.client.quit()
        texts = ["while you were away", "and once more"]
        for text in texts:
            self.ana.run("send", self.client.jid, "-", input=text)
            # A server notes when it took in a message to the second, and Gajim shows those of one second in any order.
            time.sleep(1.2)
        self.client.start()
        self._kept(self.ana, [(False, text) for text in texts])
        self.client.open_chat(self.ana.jid)
        texts = ["while Susurro was away", "and again"]
        for text in texts:
            self.client.say(text)
        self._kept(self.ana, [(True, text) for text in texts])
        self._read(self.ana, self._json(self.ana, "listen", "--timeout", A_WHILE), texts)
        self.say("What was sent while the other side was offline was read when it came back, each way.")
        self._look("after-offline")

    def _begun_by_susurro(self):
        # A stranger to the client, where it lets strangers write: no contact in either direction.
        if getattr(self.client, "for_contacts_only", False):
            self._contacts(self.bea)
        self._to_client(self.bea, ["this session is begun by Susurro"])
        # Until the chat stands at the top of the list.
        time.sleep(3)
        self.client.open_chat(self.bea.jid)
        self.client.encrypt()
        time.sleep(5)
        (message,) = self._from_client(self.bea, ["so it seems"])
        self._must(list(self.client.keys_of(self.bea.jid)) == [self._own(self.bea)], "the client has Bea's key", None)
        self._to_client(self.bea, ["it does"])
        self.say("A session that Susurro began, with somebody new, was used both ways.")

    def _in_both_dialects(self):
        """A Susurro joins the client on its account. What Bea writes from now on is for each of the two in its own dialect."""
        folder = self.ground.folder / "second"
        folder.mkdir()
        second = Person(self.client.name, folder, self.bea.program, self.ground.server)
        second.move_in()
        self.bea.run("trust", "list", self.client.jid)
        text = "in both dialects at once"
        with ThreadPoolExecutor(1) as pool:
            listening = pool.submit(self._json, second, "listen", "--timeout", A_WHILE)
            time.sleep(3)
            self._to_client(self.bea, [text])
            read = listening.result()
        message = [one for one in self.ground.server.messages() if one["from"] == "bea" and full(one)][-1]
        parts = {part["dialect"]: part["keys"] for part in message["encrypted"] if part["payload"]}
        both = self.client.encryption == "omemo-legacy"
        self._must(parts == ({"legacy": 1, "omemo2": 1} if both else {"omemo2": 2}), "one key for each, in its dialect", message)
        self._must([(one["body"], one["encryption"]) for one in read] == [(text, "omemo-2")], "the other Susurro reads it", read)
        self._look("in-both-dialects")
        self.say("One message in both dialects was read by the client in the legacy one and shown once, and by a Susurro on the "
                 "client's own account in OMEMO 2." if both else
                 "One message was read by the client, shown once, and by a Susurro on the client's own account.")

    def _nothing_more(self):
        """Nothing is shown that nobody wrote, and nothing is missing."""
        for person, said in self.said.items():
            history = self._json(person, "history", self.client.jid, "--limit", "1000")
            self._must([(row["direction"] == "in", row["body"]) for row in history] == said, "Susurro's history", history)
            self._must(all(row["encryption"] == self.client.encryption for row in history), "all was in OMEMO", history)
            kept = self.client.messages(person.jid)
            self._must(kept == [(sent, text, True) for sent, text in said], "the client's history", kept)
            shown = self.client.bubbles(person.jid)
            self._must(shown == len(said), f"{len(said)} messages are shown", shown)
        seen = self.ground.server.messages()
        from_client = [one for one in seen if one["from"] == self.client.name]
        counts = {
            name: [sum(1 for one in seen if (one["from"] == self.client.name) == theirs and has(one))
                   for theirs in (False, True)]
            for name, has in (("with a payload", full), ("empty", lambda one: not full(one)))
        }
        dialects = sorted({part["dialect"] for one in seen if one not in from_client for part in one["encrypted"]})
        total = sum(map(len, self.said.values()))
        self.say(f"{total} messages, the same in both histories, in order. On the wire: from Susurro "
                 f"{counts['with a payload'][0]} with a payload and {counts['empty'][0]} empty (in {', '.join(dialects)}), from the "
                 f"client {counts['with a payload'][1]} and {counts['empty'][1]}. Nothing is shown for the empty ones.")

    def _look(self, when):
        """A picture for whoever wants to look, not for the documentation."""
        self.client.screen.picture(self.pictures / f"{self.client.name}-{when}.png")

    def _to_client(self, person, texts, *how):
        """Susurro sends, and the client has it in OMEMO."""
        for text in texts:
            person.run("send", self.client.jid, "-", *how, input=text)
        self._kept(person, [(False, text) for text in texts])

    def _from_client(self, person, texts):
        """The client sends while Susurro listens; returns what that printed."""
        with ThreadPoolExecutor(1) as pool:
            listening = pool.submit(self._json, person, "listen", "--timeout", str(int(A_WHILE) + 3 * len(texts)))
            time.sleep(2)
            for text in texts:
                self.client.say(text)
            self._kept(person, [(True, text) for text in texts])
            return self._read(person, listening.result(), texts)

    def _read(self, person, printed, texts):
        """Susurro printed these texts and nothing else, in OMEMO, sealed by the client's key."""
        self._must([one["body"] for one in printed] == texts, f"Susurro reads {texts}", printed)
        (key,) = self._json(person, "trust", "list", self.client.jid, "--offline")
        self._must(key[self.form] == self.client.fingerprint(), "it is the client's key", key)
        self._must(all((one["encryption"], one["fingerprint"]) == (self.client.encryption, key["fingerprint"]) for one in printed),
                   "it is sealed by the client's key", printed)
        return printed

    def _kept(self, person, more):
        """Waits until the client's own database ends with these."""
        self.said[person] += more
        wanted = [(sent, text, True) for sent, text in self.said[person]]
        try:
            wait_for("the client's database", lambda: self.client.messages(person.jid) == wanted, 20)
        except Failed:
            kept = self.client.messages(person.jid)
            raise Failed(f"{self.client.shown} keeps {kept[-len(more) - 1:]}, not {wanted[-len(more) - 1:]}.") from None

    def _back(self):
        """Whether the client asks back when it accepts a contact."""
        return getattr(self.client, "asks_back", True)

    def _from(self, person):
        """The encrypted messages that a person has sent."""
        return [one for one in self.ground.server.messages() if one["from"] == person.name]

    def _own(self, person):
        (device,) = [one for one in self._json(person, "devices") if one["this"]]
        return device[self.form]

    @staticmethod
    def _json(person, *command):
        return [json.loads(line) for line in person.run(*command, "--json").splitlines()]

    @staticmethod
    def _must(true, what, shown):
        if not true:
            raise Failed(f"Not so: {what}. There is: {shown}")


def full(message):
    """Whether a message on the wire has a payload."""
    return any(part["payload"] for part in message["encrypted"])
