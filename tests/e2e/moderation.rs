//! What moderators of rooms take away, on two servers: one that can do that, and one that cannot.

use crate::support::ejabberd::Ejabberd;
use crate::support::prosody::{Options, Prosody};
use crate::support::susurro::{Susurro, bodies};

const BOB: &str = "bob@mired.test";

fn group(ana: &Susurro) -> String {
    let made = ana.run(&["room", "create", "--invite", BOB]).expect(0);
    made.out.trim().to_owned()
}

/// The id of what is said last there.
fn last(who: &Susurro, hut: &str) -> String {
    let history = who.history(hut);
    history.last().unwrap()["ref"].as_str().unwrap().to_owned()
}

#[test]
fn what_a_moderator_takes_away_is_gone_for_all_on_prosody() {
    let server = Prosody::with(Options {
        room_modules: vec!["muc_moderation"],
        ..Options::default()
    });
    let ana = Susurro::with_account(&server.address(), "ana");
    let bob = Susurro::with_account(&server.address(), "bob");
    let hut = &group(&ana);
    bob.run(&["room", "join", hut]).expect(0);
    ana.send_now(hut, "welcome");
    assert_eq!(bodies(&bob.receive(1)), ["welcome"]);
    // Bob may take away nothing of hers.
    let refused = bob.run(&["retract", hut, &last(&bob, hut), "--reason", "rude"]);
    let refused = refused.expect(8);
    assert!(
        refused.err.contains("does not let you do that"),
        "{}",
        refused.err
    );
    bob.send_now(hut, "buy this");
    assert_eq!(bodies(&ana.receive(1)), ["buy this"]);
    ana.run(&["retract", hut, &last(&ana, hut), "--reason", "spam"])
        .expect(0);
    // Who was away hears of it when they come.
    ana.send_now(hut, "be kind");
    assert_eq!(bodies(&bob.receive(1)), ["be kind"]);
    for who in [&ana, &bob] {
        let history = who.history(hut);
        let row = history.iter().find(|row| row["retracted"] == true);
        let row = row.expect("the message");
        assert_eq!(row["body"], serde_json::Value::Null, "{row}");
        assert_eq!(
            (&row["retracted"], &row["reason"], &row["reason_text"]),
            (&true.into(), &"moderated".into(), &"spam".into()),
            "{row}"
        );
        let shown = who.run(&["history", hut]).expect(0);
        assert!(
            shown.out.contains("removed by a moderator: spam"),
            "{}",
            shown.out
        );
        assert!(!shown.out.contains("buy this"), "{}", shown.out);
    }
}

#[test]
fn a_server_that_lets_nobody_do_that_is_said_so_on_ejabberd() {
    let server = Ejabberd::start();
    let ana = Susurro::with_account(&server.address(), "ana");
    let bob = Susurro::with_account(&server.address(), "bob");
    let hut = &group(&ana);
    bob.run(&["room", "join", hut]).expect(0);
    bob.send_now(hut, "buy this");
    assert_eq!(bodies(&ana.receive(1)), ["buy this"]);
    let refused = ana.run(&["retract", hut, &last(&ana, hut)]).expect(8);
    assert!(
        refused.err.contains("lets nobody take away what others wrote"),
        "{}",
        refused.err
    );
    assert_eq!(ana.history(hut).last().unwrap()["body"], "buy this");
}
