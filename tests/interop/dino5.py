"""Dino 0.5, whose keys stand on other pages than before."""

import time

from dino import Dino
from ground import wait_for


class Dino5(Dino):
    """Dino 0.5 with an account of its own; the places that are clicked are those of its maximised window."""

    def verify(self, pictures, fingerprint):
        """Verifies the one key of the open chat's contact; takes pictures of that key and of the own one."""
        screen, jid = self.screen, self.partner
        # The menu of the chat; "Conversation Details"; "Encryption"; the key; "Verify key fingerprint".
        for place in ((1038, 28), (1038, 79), (440, 288), (800, 432), (580, 394)):
            screen.click(*place)
            time.sleep(2)
        screen.picture(pictures / "interop-dino-key.png", "400x316+390+222")
        # "Fingerprints match"; "Confirm".
        for place in ((588, 481), (733, 250)):
            screen.click(*place)
            time.sleep(2)
        wait_for("Dino to verify the key", lambda: self.keys_of(jid).get(fingerprint), 20)
        # Out of the details; the program's menu; "Preferences"; "Encryption".
        for place in ((861, 107), (281, 28), (240, 79), (590, 132)):
            screen.click(*place)
            time.sleep(2)
        screen.picture(pictures / "interop-dino-own-key.png", "700x550+240+105")
        screen.click(911, 132)
        time.sleep(2)
