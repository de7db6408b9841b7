"""What is said about messages, between Susurro and one other client: other words, answers, what one thinks of them, that one is
taken back. What a client does not know is shown by it in some way of its own; that is said, and not judged."""

import time
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

from course import Course
from ground import wait_for
from server import Failed

LIKES = "👍"


class About(Course):
    """Ana and the client. Each of her commands has an address of its own, as it has in the other course."""

    def __init__(self, *what):
        super().__init__(*what)
        # What the client shows of the chat: text, what it answers, reactions.
        self.shown = []

    def run(self):
        """Goes through it. Failed at the first thing that is not as it must be."""
        self.ana.move_in()
        self.client.start()
        self._contacts(self.ana)
        self._begun_by_the_client()
        self._answered()
        self.shown = self._there()
        # Dino does not find a message any more by its first id once it was corrected.
        self._answer_here()
        self._answer_there()
        self._liked_here()
        self._liked_there()
        self._corrected_here()
        self._corrected_there()
        self.client.screen.picture(self.pictures / f"interop-{self.client.name}-about.png")
        self._taken_back()
        self._look("taken-back")
        self._in_clear()

    def _corrected_here(self):
        before, text = [*self.shown, ("first words", None, None)], f"corrected for {self.client.shown}"
        self.ana.run("send", self.client.jid, "-", input="first words")
        self._until(before)
        self.ana.run("edit", self.client.jid, self._last("out")["id"], "-", input=text)
        # Dino takes a correction only from the full address that it had the message from, which a new process does not have.
        anew = getattr(self.client, "corrects_from_one_address", False)
        self._until([*(before if anew else before[:-1]), (text, None, None)], corrected=True)
        row = self._last("out")
        self._must((row["body"], row["edited"]) == (text, 1), "Susurro's own words are corrected", row)
        self.say("Susurro corrected its last message in a process of its own. The client shows the new words "
                 f"{'as a message of their own' if anew else 'in place'}.")

    def _corrected_there(self):
        self._while_listening(lambda: self.client.say("words"))
        self._until([*self.shown, ("words", None, None)])
        old, text = self._last("in"), f"corrected by {self.client.shown}"
        before = self.shown
        self._while_listening(lambda: self.client.correct(text))
        self._until([(text, *more) if was == old["body"] else (was, *more) for was, *more in before], corrected=True)
        row = self._last("in")
        self._must((row["id"], row["body"], row["edited"]) == (old["id"], text, 1), "the client's words are corrected", row)
        self.say("The client corrected its last message: Susurro has the new words in place.")

    def _answer_here(self):
        before, to, text = self.shown, self._last("in"), f"an answer to {self.client.shown}"
        self.ana.run("send", self.client.jid, "--reply-to", to["id"], "--reveal", "-", input=text)
        knows = self.client.shows_answers
        self._until([*before, (text, to["body"], None) if knows else (f"> {to['body']}\n{text}", None, None)])
        self.say(f"Susurro answered that. The client shows {'an answer, without the quote' if knows else 'the quote as text'}.")

    def _answer_there(self):
        if not hasattr(self.client, "answer"):
            self.say("The client has no answers.")
            return
        to, text = self._last("out"), f"answered by {self.client.shown}"
        self._while_listening(lambda: self.client.answer(text))
        row = self._last("in")
        self._until([*self.shown, (text, to["body"], None)])
        self._must((row["body"], row["reply_to"]) == (text, to["id"]), "the client's answer, without its quote", row)
        self.say("The client answered that: Susurro has the answer without the quote, and what it answers.")

    def _liked_here(self):
        before = self.shown
        self.ana.run("react", self.client.jid, self._last("in")["id"], LIKES)
        if not self.client.shows_likes:
            time.sleep(3)
            self._until(before)
            self.say(f"Susurro reacted with {LIKES}. The client shows nothing.")
            return
        liked = self._last("in")["body"]
        self._until([(text, to, LIKES if text == liked else likes) for text, to, likes in before])
        self.say(f"Susurro reacted with {LIKES}, which the client shows.")

    def _liked_there(self):
        if not hasattr(self.client, "like"):
            self.say("The client has no reactions.")
            return
        self._while_listening(self.client.like)
        row = self._last("in")
        both = [{"emoji": LIKES, "from": sorted([self.ana.jid, self.client.jid])}]
        self._must(row["reactions"] == both, "both reactions", row)
        self.say("So did the client, to the same message: Susurro has both.")

    def _taken_back(self):
        before, text = self.shown, f"not for {self.client.shown}"
        self.ana.run("send", self.client.jid, "-", input=text)
        self._until([*before, (text, None, None)])
        self.ana.run("retract", self.client.jid, self._last("out")["id"])
        wait_for("the client to be told", lambda: len(self._there()) > len(before) + 1, 20)
        row, shown = self._last("out"), self._there()
        self._must((row["body"], row["retracted"]) == (None, True), "Susurro took it back", row)
        self._must(shown[:-1] == [*before, (text, None, None)], "the client knows no retractions", shown)
        self.say(f"Susurro took a message back. The client keeps it, and shows in clear: {shown[-1][0]}")

    def _in_clear(self):
        """What the server sees of messages, of each side; where it notes that."""
        if not hasattr(self.ground.server, "clear"):
            return
        for name in ("ana", self.client.name):
            kinds = sorted({" ".join(child.tag.split("}")[-1] for child in ElementTree.fromstring(stanza))
                            for stanza in self.ground.server.clear(name)})
            self.say(f"In clear from {name}: {'; '.join(kinds)}.")

    def _while_listening(self, do):
        """The client does something while Susurro is there."""
        with ThreadPoolExecutor(1) as pool:
            listening = pool.submit(self._json, self.ana, "listen", "--timeout", "9")
            time.sleep(2)
            do()
            listening.result()

    def _last(self, direction):
        return [row for row in self._json(self.ana, "history", self.client.jid) if row["direction"] == direction][-1]

    def _there(self):
        return self.client.about(self.ana.jid)

    def _until(self, wanted, corrected=False):
        """Waits until this is what the client shows."""
        self.shown = wanted
        if corrected and getattr(self.client, "corrects_late", False):
            # It is looked at after the next message.
            return
        there = []

        def found():
            there[:] = self._there()
            return there == wanted

        try:
            wait_for("what the client shows", found, 20)
        except Failed:
            self._must(False, f"the client shows {wanted}", there)
