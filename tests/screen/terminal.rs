//! The terminal: taken, given back whatever ends the program, and nothing written to it but our own.

use rustix::process::Signal;

use crate::desk::{ANA, BOB, Desk, Start, Table};
use crate::sequences;
use crate::support::SILENCE;
use crate::support::prosody::Prosody;
use crate::support::susurro::Susurro;

/// In the history and in the composer: nothing of either may stay behind.
const SAID: &str = "the harbour at midnight";
const TYPED: &str = "bring the lantern";

/// A home with a message in it, for which nobody else is needed.
fn home(server: &Prosody) -> Susurro {
    let home = Susurro::with_account(&server.address(), "ana");
    home.run_with_input(&["send", BOB, "-", "--plaintext"], SAID)
        .expect(0);
    home
}

fn at_work(home: Susurro) -> Desk {
    let desk = Desk::open(home);
    desk.wait("online");
    desk.wait(SAID);
    desk.text(TYPED);
    desk.wait(TYPED);
    desk
}

fn nothing_left(desk: &Desk) {
    let left = desk.ended(0);
    for word in [SAID, TYPED, "bob", "Bob", "ana@"] {
        assert!(!left.contains(word), "{word:?} is still in the terminal:\n{left}");
    }
}

#[test]
fn keys_and_signals_that_end_it_give_the_terminal_back_with_nothing_left_in_it() {
    let server = Prosody::start();
    let mut desk = at_work(home(&server));
    desk.keys(&["C-q"]);
    nothing_left(&desk);
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        desk = desk.restart(&Start::default());
        desk.wait("online");
        // What was being written is there again, whatever the end was.
        desk.wait(TYPED);
        desk.signal(signal);
        nothing_left(&desk);
    }
}

#[test]
fn control_c_clears_what_was_written_and_leaves_only_when_it_is_pressed_again() {
    let server = Prosody::start();
    let desk = at_work(home(&server));
    desk.keys(&["C-c"]);
    desk.wait_gone(TYPED);
    desk.keys(&["C-y"]);
    desk.wait(TYPED);
    desk.keys(&["C-c"]);
    desk.wait_gone(TYPED);
    desk.keys(&["C-c"]);
    desk.wait("again within two seconds leaves");
    // It is not asked for ever.
    desk.wait_gone("again within two seconds leaves");
    // The two together, so that no slow machine comes between them.
    desk.keys(&["C-c", "C-c"]);
    nothing_left(&desk);
}

#[test]
fn a_terminal_that_is_gone_ends_it_in_good_order() {
    let server = Prosody::start();
    let desk = at_work(home(&server));
    let program = desk.program();
    let home = desk.hang_up();
    crate::support::wait_for("the end of the program", || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", program.as_raw_nonzero()));
        // Whoever is in charge of orphans here may take its time to bury it.
        stat.map_or(true, |stat| stat.contains(") Z ")).then_some(())
    });
    // Nothing holds the profile any more. Its first thread may be dead a moment before the last one, which
    // has the lock.
    crate::support::wait_for("the profile to be free", || {
        (home.run(&["history", BOB]).code() == Some(0)).then_some(())
    });
}

#[test]
fn locking_leaves_nothing_but_the_unlock_screen_and_unlocking_brings_it_back() {
    let server = Prosody::start();
    let desk = at_work(home(&server));
    for way in ["key", "command"] {
        match way {
            "key" => desk.keys(&["M-l"]),
            _ => desk.line("/lock"),
        }
        desk.wait_gone(SAID);
        desk.wait_for("the unlock screen", |screen| {
            screen.to_lowercase().contains("passphrase")
        });
        let left = desk.everything();
        for word in [SAID, TYPED, "Bob", "bob@"] {
            assert!(!left.contains(word), "{word:?} is still in the terminal:\n{left}");
        }
        // Another program than before, which asks whatever else it was started with.
        assert!(desk.arguments().contains(" --locked "), "{}", desk.arguments());
        desk.line(desk.home().passphrase());
        desk.wait(SAID);
        desk.wait("online");
        if way == "key" {
            desk.wait(TYPED);
            desk.keys(&["C-e", "C-u"]);
            desk.wait_gone(TYPED);
        }
    }
    desk.keys(&["C-q"]);
    nothing_left(&desk);
}

#[test]
fn while_nothing_happens_no_byte_is_written() {
    let Table {
        desk,
        bob: _bob,
        server: _server,
    } = Table::after_a_greeting();
    // The last thing that the greeting brings.
    desk.wait("✓✓");
    desk.settle(SILENCE);
    let before = desk.written().len();
    std::thread::sleep(SILENCE * 3);
    let after = desk.written();
    assert_eq!(
        after.len(),
        before,
        "written while idle: {:?}",
        String::from_utf8_lossy(&after[before..])
    );
    // It was not asleep.
    desk.text("x");
    desk.wait_for("a key to be drawn", |_| desk.written().len() > before);
}

#[test]
fn no_colour_is_written_where_none_is_wanted() {
    let server = Prosody::start();
    let mut desk = Desk::open(home(&server));
    desk.wait(SAID);
    desk.wait("online");
    // Else the check below would show nothing.
    desk.wait_for("colours by default", |_| sequences::colours(&desk.written()) > 0);
    for variables in [[("NO_COLOR", "1")], [("TERM", "dumb")]] {
        desk.keys(&["C-q"]);
        desk.ended(0);
        desk = desk.restart(&Start {
            variables: &variables,
            ..Start::default()
        });
        desk.wait(SAID);
        desk.wait("online");
        // What was sent in clear says so in words, too.
        desk.wait("PLAIN");
        desk.keys(&["F1"]);
        desk.wait("Ctrl-Q");
        assert_eq!(sequences::colours(&desk.written()), 0, "{variables:?}");
        desk.keys(&["Escape"]);
        desk.wait(SAID);
    }
}

#[test]
fn whatever_others_send_the_terminal_gets_our_own_sequences_only() {
    let Table {
        desk,
        mut bob,
        server: _server,
    } = Table::after_a_greeting();
    let hostile = [
        "\u{1b}[2Jcleared",
        "\u{1b}]0;owned\u{7}title",
        "\u{1b}]52;c;b3duZWQ=\u{7}clip",
        "\u{1b}]8;;http://evil.test\u{1b}\\link",
        "\u{9b}31mred",
        "\u{9d}0;owned\u{9c}string",
        "\u{90}q#0;2;0;0;0\u{9c}sixel",
        "\u{1b}P$q\"p\u{1b}\\dcs",
        "\u{1b}_apc\u{1b}\\",
        "bell\u{7}\u{8}\u{8}\u{8}\u{c}feed\u{b}tab\tdel\u{7f}",
        "\u{202e}reversed\u{2066}\u{2067}\u{2068}open",
        "\u{e}\u{f}charset\u{1b}(0lqk",
        "late\u{1b}[?1;2c\u{1b}[24;80R",
        "\r\rreturn\r\nnext",
        "👩‍👩‍👧‍👦 flag 🇺🇳 heart ❤️ keycap 1️⃣",
        "z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}algo",
        "wide 漢字 half ﾊﾝ",
        "عربي אבג \u{202d}mixed",
    ];
    for body in hostile {
        bob.send(ANA, body);
    }
    bob.send(ANA, "and a nickname in a message: \u{1b}c");
    bob.send(ANA, &"long ".repeat(4000));
    bob.send(ANA, "the very last one");
    desk.wait("the very last one");
    for key in [
        "PPage", "PPage", "PPage", "NPage", "C-Home", "C-End", "C-Up", "C-Up", "d",
    ] {
        desk.keys(&[key]);
        desk.settle(std::time::Duration::from_millis(200));
    }
    desk.keys(&["Escape", "Escape"]);
    desk.resize((41, 13));
    desk.settle(std::time::Duration::from_millis(200));
    desk.resize((132, 40));
    desk.line("and we are still here");
    assert_eq!(bob.bodies(1), ["and we are still here"]);
    desk.keys(&["C-q"]);
    desk.ended(0);
    sequences::only_ours(&desk.written());
    let written = String::from_utf8_lossy(&desk.written()).into_owned();
    assert!(written.contains("reversed"), "the messages were not shown");
    // Started again over all that.
    let desk = desk.restart(&Start::default());
    desk.wait("the very last one");
}
