//! Conversations on the screen: with a client that shares no code with ours, over
//! lost connections and restarts.

use crate::desk::{ANA, Start, Table};

#[test]
fn a_conversation_goes_both_ways_and_shows_how_far_each_message_came() {
    let Table {
        desk,
        mut bob,
        server: _server,
    } = Table::set();
    desk.line("Are we still on for tonight?");
    let message = bob.message();
    assert_eq!(message["body"], "Are we still on for tonight?");
    assert_eq!(message["encryption"], "omemo-legacy");
    let row = |screen: &str, body: &str| screen.lines().find(|line| line.contains(body)).map(str::to_owned);
    let ends = |screen: &str, body: &str, mark: &str| {
        row(screen, body).is_some_and(|row| row.trim_end().ends_with(mark))
    };
    desk.wait_for("the mark of a receipt", |screen| {
        ends(screen, "Are we still on", "✓✓")
    });
    bob.send(ANA, "Yes. Bring the list.\nIt is in the drawer.");
    let screen = desk.wait("It is in the drawer.");
    let (first, second) = (
        row(&screen, "Yes. Bring").unwrap(),
        row(&screen, "It is in the drawer").unwrap(),
    );
    assert!(first.contains("Bob"), "no name: {first}");
    // A second line begins where the text of the first does: it cannot pass for a line of its own.
    assert_eq!(first.find("Yes."), second.find("It is"), "{screen}");
    assert!(!second.contains("Bob"), "{second}");
    // A message of two lines, written here.
    desk.text("one line");
    desk.keys(&["M-Enter"]);
    desk.line("and another");
    assert_eq!(bob.bodies(1), ["one line\nand another"]);
    bob.go_offline();
    desk.line("sleep well");
    desk.wait_for("the mark of the server", |screen| {
        ends(screen, "sleep well", " ✓")
    });
}

#[test]
fn what_is_written_while_the_server_is_away_goes_out_when_it_is_back() {
    let Table {
        desk,
        mut bob,
        mut server,
    } = Table::after_a_greeting();
    bob.go_offline();
    server.stop();
    desk.wait("offline");
    desk.line("written in the dark");
    desk.wait("1 queued");
    desk.wait_for("the mark of what waits", |screen| {
        let row = screen.lines().find(|line| line.contains("written in the dark"));
        row.is_some_and(|row| row.trim_end().ends_with('…'))
    });
    server.start_again();
    desk.wait("online");
    desk.wait_gone("1 queued");
    bob.come_online();
    assert_eq!(bob.bodies(1), ["written in the dark"]);
}

#[test]
fn a_draft_and_the_open_chat_are_there_again_after_a_restart() {
    let Table {
        desk,
        mut bob,
        server: _server,
    } = Table::after_a_greeting();
    desk.text("half a thought");
    desk.wait("half a thought");
    desk.keys(&["C-q"]);
    desk.ended(0);
    let desk = desk.restart(&Start::default());
    desk.wait("to Bob");
    let screen = desk.wait("half a thought");
    assert!(screen.contains("good day to you"), "{screen}");
    desk.text(", finished");
    desk.wait("online");
    desk.keys(&["Enter"]);
    assert_eq!(bob.bodies(1), ["half a thought, finished"]);
    desk.wait_for("the composer to be empty", |screen| {
        screen.matches("half a thought").count() == 1
    });
    desk.keys(&["C-q"]);
    desk.ended(0);
    let desk = desk.restart(&Start::default());
    let screen = desk.wait("half a thought");
    assert_eq!(screen.matches("half a thought").count(), 1, "{screen}");
}
