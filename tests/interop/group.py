"""A group: Susurro makes it on the client's own account, the client finds it in its list of rooms, and everybody reads everybody.

Ana and Bea run Susurro too. What each says is sealed for all of them, and for the client in the dialect that it knows.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from course import A_WHILE, UNICODE, Course
from ground import wait_for
from server import Failed
from stage import Person


class Group(Course):
    """Ana, Bea, the client, and a Susurro on the client's own account."""

    rooms = True

    def __init__(self, *what):
        super().__init__(*what)
        folder = self.ground.folder / "second"
        folder.mkdir()
        self.second = Person(self.client.name, folder, self.ana.program, self.ground.server)
        # The group's address, and what was said in it: (who, text), in order.
        self.hut, self.words = None, []

    def run(self):
        """Goes through it. Failed at the first thing that is not as it must be."""
        self.ana.move_in()
        self.bea.move_in()
        self.client.start()
        # What was on the account before is trusted there; what came later would have to be verified.
        self.second.move_in()
        self._made()
        self._from_the_client(f"hello from {self.client.shown}")
        self._to_the_client(self.ana, f"hello to {self.client.shown}")
        self._to_the_client(self.bea, UNICODE)
        self._to_the_client(self.second, "from the other device")
        self._from_the_client(f"{UNICODE}!")
        self.say("What the client said was read by Ana, Bea and the Susurro on its own account, each sealed by the client's key; "
                 "what each of those said was read by the client.")
        self.client.screen.picture(self.pictures / f"interop-{self.client.name}-group.png")
        self._restarted()
        self._everybody()

    def _made(self):
        made = self.second.run("room", "create", "--name", "Mountain hut", "--invite", self.ana.jid, "--invite", self.bea.jid)
        self.hut = made.strip()
        for person in (self.ana, self.bea):
            person.run("room", "join", self.hut)
        self._there()
        self.say("Susurro made a private group on the client's own account: the client entered it by the list of rooms.")
        self.client.open_group()
        self.client.encrypt_group()

    def _there(self):
        """Waits until the client is in it."""
        def present():
            people = self._json(self.ana, "room", "members", self.hut)
            return any(one["jid"] == self.client.jid and one["present"] for one in people)
        wait_for(f"{self.client.shown} in the group", present)

    def _to_the_client(self, person, text):
        person.run("send", self.hut, "-", input=text)
        self._kept_here(person.name, text)

    def _from_the_client(self, text):
        """The client says it while Ana listens."""
        with ThreadPoolExecutor(1) as pool:
            listening = pool.submit(self._json, self.ana, "listen", "--timeout", A_WHILE)
            time.sleep(2)
            self.client.say(text)
            self._kept_here(self.client.name, text)
            printed = [one for one in listening.result() if one["body"] == text]
        self._must(len(printed) == 1, f"Ana reads {text}", printed)
        seen = tuple(printed[0][field] for field in ("room", "real_jid", "encryption"))
        self._must(seen == (True, self.client.jid, self.client.encryption), "it is the client's", printed)
        keys = self._json(self.ana, "trust", "list", self.client.jid, "--offline")
        own = [key for key in keys if key[self.form] == self.client.fingerprint()]
        self._must([key["fingerprint"] for key in own] == [printed[0]["fingerprint"]], "it is sealed by the client's key", keys)

    def _kept_here(self, who, text):
        """Waits until the client's own database has it last, sealed."""
        self.words.append((who, text))
        kept = []

        def found():
            kept[:] = self.client.group(self.hut)
            return kept == [(said, True) for _, said in self.words]

        try:
            wait_for("the client's database", found, 20)
        except Failed:
            raise Failed(f"{self.client.shown} keeps {kept}, not {self.words}.") from None

    def _restarted(self):
        self.client.quit()
        self.ana.run("send", self.hut, "-", input="while you were away")
        self.client.start()
        self._there()
        self.client.open_group()
        self._kept_here("ana", "while you were away")
        self._from_the_client("back again")
        self._to_the_client(self.ana, "welcome back")
        self.say("The client was quit and started: it is in the group again, has what was said meanwhile, and goes on both ways.")

    def _everybody(self):
        """Each has everything, once, in order, and nothing else."""
        for person in (self.ana, self.bea, self.second):
            def all_of_it(who=person):
                who.run("listen", "--timeout", "3")
                return len(self._json(who, "history", self.hut)) >= len(self.words)
            wait_for(f"what {person.name} missed", all_of_it)
            history = [(row["body"], row["encryption"] != "none") for row in self._json(person, "history", self.hut)]
            self._must(history == [(text, True) for _, text in self.words], f"{person.name}'s history", json.dumps(history))
        dialects = sorted({part["dialect"] for one in self.ground.server.messages() if one.get("to") == self.hut
                           for part in one["encrypted"]})
        self.say(f"{len(self.words)} messages, the same for all four, all sealed (in {', '.join(dialects)}).")
