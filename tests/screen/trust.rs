//! Who may read: new devices, fingerprints, and writing in clear.

use crate::desk::{ANA, BOB, Desk, Table};

/// Bob, whose key Ana has compared, comes back with a device that nobody knows.
fn with_a_new_device() -> Table {
    let mut table = Table::after_a_greeting();
    let before = table.bob.fingerprint();
    table.desk.keys(&["M-v"]);
    let screen = table.desk.wait("Fingerprints of Bob");
    assert!(
        shows(&screen, &before),
        "{before} is not on the screen:\n{screen}"
    );
    table.desk.keys(&["v"]);
    // The key for it is gone, since nothing is left to verify.
    table.desk.wait_gone("v verified: it is the same");
    table.desk.keys(&["Escape"]);
    table.desk.wait_for("the truth line", |screen| {
        let line = screen.lines().find(|line| line.contains("to Bob"));
        line.is_some_and(|line| line.contains("verified") && !line.contains("not verified"))
    });
    table.bob.install_anew();
    assert_ne!(table.bob.fingerprint(), before);
    // Its key is known when it writes, or is written to.
    table.bob.send(ANA, "it is me, on another telephone");
    table.desk.wait("it is me, on another telephone");
    table.desk.wait("Bob has a new device");
    table
}

/// What Ana's vault says of a key of Bob's, once her screen is left.
fn trust_of(desk: &Desk, fingerprint: &str) -> String {
    desk.keys(&["C-q"]);
    desk.ended(0);
    let keys = desk
        .home()
        .run(&["trust", "list", BOB, "--offline", "--json"])
        .expect(0)
        .json();
    let key = keys.iter().find(|key| key["fingerprint"] == fingerprint);
    key.map_or_else(
        || "unknown".to_owned(),
        |key| key["trust"].as_str().unwrap().to_owned(),
    )
}

/// Whether every group of a fingerprint stands on the screen, in groups of eight.
fn shows(screen: &str, fingerprint: &str) -> bool {
    let groups = fingerprint.as_bytes().chunks(8);
    groups
        .map(|group| std::str::from_utf8(group).unwrap())
        .all(|group| screen.contains(group))
}

#[test]
fn a_new_device_gets_nothing_until_somebody_decides_and_is_trusted_by_pressing_twice() {
    let Table {
        desk,
        mut bob,
        server: _server,
    } = with_a_new_device();
    // Left for later, nothing goes to it.
    desk.keys(&["Escape"]);
    desk.wait_gone("Bob has a new device");
    desk.wait("left out");
    let new = bob.fingerprint();
    desk.line("not for strangers");
    desk.wait("not for strangers");
    // Where the keys are, it can still be decided.
    desk.line("/fingerprint");
    desk.wait("Fingerprints of Bob");
    desk.keys(&["t"]);
    let screen = desk.wait_gone("left out");
    assert!(shows(&screen, &new), "{screen}");
    desk.keys(&["Escape"]);
    desk.wait_gone("Fingerprints of Bob");
    desk.wait("2 devices");
    desk.line("now you may read");
    let heard = bob.events_until("now you may read");
    // It would have come before.
    assert!(
        !heard.iter().any(|event| event["body"] == "not for strangers"),
        "the new device could read it: {heard:#?}"
    );
}

#[test]
fn typing_never_answers_the_question_about_a_new_device() {
    let Table {
        desk,
        mut bob,
        server: _server,
    } = with_a_new_device();
    // Begins with the letter that trusts; no letter of it is lost.
    desk.line("tell them all to wait");
    desk.wait("tell them all to wait");
    // Nor do the letters that compare and leave out.
    for text in ["vivid it was", "xylophones too"] {
        desk.line(text);
        desk.wait(text);
    }
    desk.wait("Bob has a new device");
    // Answered on purpose, it takes two presses.
    desk.keys(&["t"]);
    desk.wait("again");
    desk.keys(&["t"]);
    desk.wait_gone("Bob has a new device");
    desk.line("now read on");
    let heard = bob.events_until("now read on");
    assert!(
        !heard.iter().any(|event| event["body"] == "tell them all to wait"),
        "{heard:#?}"
    );
    assert_eq!(trust_of(&desk, &bob.fingerprint()), "blind");
}

#[test]
fn a_new_device_is_compared_by_pressing_twice_and_a_letter_more_verifies_nothing() {
    let Table {
        desk,
        mut bob,
        server: _server,
    } = with_a_new_device();
    desk.keys(&["v"]);
    desk.wait("again: compare");
    // The same letter once more in one go is for no page that was not seen yet.
    desk.keys(&["v", "v"]);
    let screen = desk.wait("Fingerprints of Bob");
    assert!(shows(&screen, &bob.fingerprint()), "{screen}");
    desk.wait("new, left out");
    desk.keys(&["Escape"]);
    desk.wait_gone("Fingerprints of Bob");
    desk.wait("1 new device left out");
    assert_eq!(trust_of(&desk, &bob.fingerprint()), "undecided");
}

#[test]
fn a_new_device_is_left_out_by_pressing_twice() {
    let Table {
        desk,
        mut bob,
        server: _server,
    } = with_a_new_device();
    desk.keys(&["x"]);
    desk.wait("again: leave it out");
    desk.keys(&["x"]);
    desk.wait_gone("Bob has a new device");
    assert_eq!(trust_of(&desk, &bob.fingerprint()), "distrusted");
}

#[test]
fn writing_in_clear_has_to_be_typed_out_and_is_marked_wherever_it_shows() {
    let Table {
        desk,
        mut bob,
        server: _server,
    } = Table::after_a_greeting();
    desk.line("/plaintext");
    desk.wait("Turn encryption off");
    // A word typed by habit changes nothing.
    desk.line("yes");
    desk.wait("nothing is changed");
    desk.keys(&["Escape"]);
    desk.wait_gone("Turn encryption off");
    desk.line("still sealed");
    assert_eq!(bob.message()["encryption"], "omemo-legacy");
    desk.line("/plaintext");
    desk.wait("Turn encryption off");
    desk.line("clear");
    let screen = desk.wait("IN CLEAR");
    let truth = screen.lines().find(|line| line.contains("to Bob")).unwrap();
    assert!(truth.contains("IN CLEAR"), "{screen}");
    assert!(screen.contains("PLAIN"), "the list does not say so:\n{screen}");
    desk.line("for every postman");
    let message = bob.message();
    assert_eq!(
        (message["body"].as_str(), message["encryption"].as_str()),
        (Some("for every postman"), Some("none"))
    );
    let _ = (ANA, BOB);
}
