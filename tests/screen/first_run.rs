//! From nothing to a sent message, and through the unlock screen: as somebody would who has never seen it.

use crate::desk::{ANA, BOB, Desk, Start, Table};
use crate::support::peer::Peer;
use crate::support::prosody::{self, Prosody};
use crate::support::susurro::Susurro;

const LOCKED: Start<'static> = Start {
    size: crate::desk::USUAL,
    unlocked: false,
    variables: &[],
};

/// Fills the form of the account and logs in.
fn fill_in(desk: &Desk, server: &Prosody, password: &str) {
    let address = server.address();
    desk.line(ANA);
    desk.text(password);
    desk.keys(&["F3"]);
    desk.wait("CA file");
    desk.text(&format!("127.0.0.1:{}", address.port));
    desk.keys(&["Tab", "Tab"]);
    desk.text(&address.ca_file.display().to_string());
    desk.keys(&["Tab", "Enter"]);
}

#[test]
fn from_nothing_to_a_sent_message() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let desk = Desk::with(Susurro::fresh(), &LOCKED);
    let passphrase = desk.home().passphrase().to_owned();
    desk.wait("step 1 of 4");
    // A weak one is refused with the reason; what helps is one key away.
    desk.line("password");
    desk.wait("common password");
    desk.keys(&["F2"]);
    desk.wait("Six random words");
    desk.keys(&["C-u"]);
    desk.line(&passphrase);
    desk.line("not the same at all");
    desk.wait("not the same");
    desk.line(&passphrase);
    let screen = desk.wait("step 2 of 4");
    assert!(!screen.contains("lanterns"), "{screen}");
    // The server says no: why, and what was typed is still there.
    fill_in(&desk, &server, "not her password");
    desk.wait("failed");
    let screen = desk.wait("password");
    assert!(screen.contains("Connection encrypted"), "{screen}");
    desk.keys(&["Escape"]);
    let screen = desk.wait("step 2 of 4");
    assert!(screen.contains(ANA) && !screen.contains("not her"), "{screen}");
    let mut screen = screen;
    while !focused(&screen, "Password") {
        desk.keys(&["Up"]);
        screen = desk.wait_for("the field above", |after| focus(after) != focus(&screen));
    }
    desk.keys(&["C-u"]);
    let password = prosody::password("ana");
    desk.text(&password);
    screen = desk.wait(&"●".repeat(password.chars().count()));
    while screen.contains("step 2 of 4") {
        desk.keys(&["Enter"]);
        screen = desk.wait_for("the next field", |after| focus(after) != focus(&screen));
    }
    desk.wait("is ready");
    desk.wait("Keys published");
    desk.keys(&["Enter"]);
    desk.wait("step 4 of 4");
    desk.line("bob@nowhere@else");
    desk.wait_for("what is wrong with it", |screen| {
        screen.contains("step 4 of 4") && !focused(screen, "Name")
    });
    desk.keys(&["C-u"]);
    desk.line(BOB);
    desk.line("Bob");
    desk.wait("online");
    desk.wait("to Bob");
    desk.line("here I am");
    assert_eq!(bob.bodies(1), ["here I am"]);
    desk.wait("✓✓");
    // Neither secret was ever drawn, nor anything else than dots for it.
    let written = String::from_utf8_lossy(&desk.written()).into_owned();
    assert!(
        !written.contains("lanterns") && !written.contains("has-a-long"),
        "a secret was drawn"
    );
}

/// The name of the field that has the focus, with the blanks around it.
fn focus(screen: &str) -> Option<&str> {
    let line = screen.lines().find(|line| line.contains('▸'))?;
    let (_, name) = line.split_once('▸')?;
    name.get(..10)
}

/// Whether the field of this name has the mark of the focus.
fn focused(screen: &str, field: &str) -> bool {
    screen
        .lines()
        .any(|line| line.contains('▸') && line.contains(field))
}

#[test]
fn an_account_can_be_made_in_the_wizard_and_the_first_contact_left_for_later() {
    let server = Prosody::start();
    // The vault is there, the account is not: the wizard goes on where it was left.
    let desk = Desk::with(Susurro::with_vault(), &LOCKED);
    desk.wait("Passphrase");
    desk.line(desk.home().passphrase());
    desk.wait("step 2 of 4");
    desk.keys(&["Space"]);
    desk.wait("Again");
    let address = server.address();
    desk.line("");
    desk.line("newcomer@mired.test");
    desk.line("the newcomer's long password");
    desk.text("the newcomer's long password");
    desk.keys(&["F3"]);
    desk.wait("CA file");
    desk.text(&format!("127.0.0.1:{}", address.port));
    desk.keys(&["Tab", "Tab"]);
    desk.text(&address.ca_file.display().to_string());
    desk.keys(&["Tab", "Enter"]);
    let screen = desk.wait("newcomer@mired.test is ready");
    for done in [
        "Server found",
        "Connection encrypted",
        "Account made",
        "Logged in",
        "Keys published",
    ] {
        assert!(screen.contains(done), "{done}: {screen}");
    }
    desk.keys(&["Enter"]);
    desk.wait("step 4 of 4");
    desk.keys(&["Escape"]);
    desk.wait("online");
    // The account is the server's, too: somebody else can log in to it.
    desk.keys(&["C-q"]);
    desk.ended(0);
    let other = Susurro::with_vault();
    other
        .add_account_with(&address, "newcomer", "the newcomer's long password", &[])
        .expect(0);
}

#[test]
fn a_wrong_passphrase_is_refused_in_words_and_the_right_one_opens() {
    let Table {
        desk,
        bob: _bob,
        server: _server,
    } = Table::after_a_greeting();
    desk.keys(&["C-q"]);
    desk.ended(0);
    let desk = desk.restart(&LOCKED);
    let screen = desk.wait("Passphrase");
    for word in [ANA, BOB, "Bob", "good day"] {
        assert!(!screen.contains(word), "told before it is open: {screen}");
    }
    desk.line("seven lanterns drift over loud water");
    let refused = desk.wait_for("the refusal", |screen| {
        screen.contains("does not open this vault")
    });
    assert!(!refused.contains("lanterns"), "{refused}");
    // Enter alone is no try.
    desk.keys(&["Enter"]);
    desk.wait("Type the passphrase first");
    desk.paste(desk.home().passphrase());
    desk.keys(&["Enter"]);
    desk.wait("good day to you");
    desk.wait("online");
    assert!(!String::from_utf8_lossy(&desk.written()).contains("lanterns"));
}
