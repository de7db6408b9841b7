//! Groups with a client that people have, which knows the older dialect alone.

use crate::peers::befriended;
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, bodies};

const BOB: &str = "bob@mired.test";
const CAROL: &str = "carol@mired.test";

#[test]
fn profanity_and_ours_read_each_other_in_a_group() {
    let server = Prosody::start();
    let (mut bob, ana) = befriended(&server);
    let carol = Susurro::with_account(&server.address(), "carol");
    let arguments = [
        "room", "create", "--name", "Hut", "--invite", BOB, "--invite", CAROL,
    ];
    let made = ana.run(&arguments).expect(0);
    let hut = made.out.trim();
    carol.run(&["room", "join", hut]).expect(0);
    bob.enter_group(hut);
    let mut listener = ana.listen();
    listener.wait_online(1);
    bob.say("hello from the terminal");
    let line = listener.next();
    assert_eq!(
        (&line["body"], &line["encryption"], &line["real_jid"]),
        (
            &"hello from the terminal".into(),
            &"omemo-legacy".into(),
            &BOB.into()
        )
    );
    assert_eq!(listener.interrupt().1, Vec::<serde_json::Value>::new());
    ana.send_now(hut, "hello to the terminal");
    bob.wait_screen("hello to the terminal");
    bob.quit();
    bob.start();
    bob.back_in_group();
    ana.send_now(hut, "you were away");
    bob.wait_screen("you were away");
    bob.say("so I was");
    assert_eq!(bodies(&ana.receive(1)), ["so I was"]);
    let all = [
        "hello from the terminal",
        "hello to the terminal",
        "you were away",
        "so I was",
    ];
    assert_eq!(bodies(&carol.receive(4)), all);
    for who in [&ana, &carol] {
        assert_eq!(bodies(&who.history(hut)), all);
    }
}
