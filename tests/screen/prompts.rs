//! A passphrase that is asked for on the command line, and what comes instead of an
//! answer: the terminal is as before.

use rustix::process::Signal;

use crate::jobs::Shell;
use crate::support::susurro::Susurro;

const BOB: &str = "bob@mired.test";
const PROMPT: &str = "Passphrase:";
/// Half of a passphrase: nobody may run it or see it.
const TYPED: &str = "sesame";

fn asked() -> Shell {
    Shell::open(Susurro::with_vault(), false, &["history", BOB])
}

#[test]
fn whatever_ends_a_prompt_gives_the_terminal_back_and_is_what_ended_it() {
    let shell = asked();
    let ends = [
        ("Ctrl-C", None, 130),
        ("SIGINT", Some(Signal::INT), 130),
        ("SIGTERM", Some(Signal::TERM), 143),
        ("SIGHUP", Some(Signal::HUP), 129),
        ("SIGQUIT", Some(Signal::QUIT), 131),
    ];
    for (name, signal, status) in ends {
        shell.line("rm -f pid; clear");
        // The prompt of the round before would pass for this one's.
        shell.wait_for("a screen without it", |screen| !screen.contains(PROMPT));
        shell.line("sh run");
        shell.wait(PROMPT);
        match signal {
            None => {
                shell.text(TYPED);
                shell.keys(&["C-c"]);
            }
            Some(signal) => shell.signal(signal),
        }
        // What is typed before the terminal is given back is thrown away with the rest.
        shell.wait_for("the shell", |screen| screen.trim_end().ends_with("ready>"));
        shell.text("echo ended with $?");
        shell.keys(&["C-j"]);
        shell.wait(&format!("ended with {status}\n"));
        shell.assert_restored(name);
        assert!(!shell.everything().contains(TYPED), "{name}");
    }
}

#[test]
fn in_a_script_too() {
    let shell = asked();
    std::fs::write(
        shell.home.folder().join("script"),
        "sh run\necho \"ended with $?\"\nstty -g >script-after\n",
    )
    .unwrap();
    shell.line("clear; sh script");
    shell.wait(PROMPT);
    shell.signal(Signal::TERM);
    shell.wait("ended with 143");
    shell.assert_restored("a script");
    let [before, after] = ["before", "script-after"]
        .map(|name| std::fs::read_to_string(shell.home.folder().join(name)).unwrap());
    assert_eq!(before, after);
}

#[test]
fn a_prompt_that_is_stopped_asks_again_when_it_goes_on_and_shows_nothing_then() {
    let shell = asked();
    shell.line("clear; sh run");
    shell.wait(PROMPT);
    shell.text(TYPED);
    shell.keys(&["C-z"]);
    shell.wait("Stopped");
    shell.assert_restored("a stop");
    shell.line("clear");
    shell.wait_gone(PROMPT);
    shell.line("fg");
    shell.wait(PROMPT);
    shell.line(shell.home.passphrase());
    shell.wait_for("an answer to the passphrase", |screen| {
        screen.contains("There is no account")
    });
    shell.assert_restored("the end");
    assert!(!shell.everything().contains(shell.home.passphrase()));
}
