//! A panic in any thread: the terminal is given back before the one line about it, and the program ends.

use susurro::tui::targets::Table;
use susurro::tui::terminal::Screen;

use crate::support::scratch::Scratch;
use crate::support::tmux::Terminal;

const SHOWN: &str = "the harbour at midnight";

/// The variable that names the file whose appearance makes it panic.
const GO: &str = "SUSURRO_TEST_PANIC";

/// Run by the test below in a terminal: takes it, shows something, and panics in another thread.
#[test]
#[ignore = "only for the test below"]
fn a_screen_that_panics() {
    let Some(go) = std::env::var_os(GO) else {
        return;
    };
    susurro::logging::quiet_panics();
    let mut screen = Screen::take(true, true, false).unwrap();
    screen
        .draw(|frame| {
            frame.render_widget(SHOWN, frame.area());
            Table::default()
        })
        .unwrap();
    let worker = std::thread::spawn(move || {
        // Not before the test has seen what is shown.
        crate::support::wait_for("the word to panic", || {
            std::path::Path::new(&go).exists().then_some(())
        });
        panic!("{SHOWN}");
    });
    // The program would go on drawing.
    let _ = worker.join();
    loop {
        screen.redraw().unwrap();
        screen
            .draw(|frame| {
                frame.render_widget(SHOWN, frame.area());
                Table::default()
            })
            .unwrap();
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_shows_nothing() {
    let scratch = Scratch::new("panic");
    let go = scratch.path().join("go");
    let terminal = Terminal::new("panic", scratch.path(), &[(GO, go.as_os_str())]);
    let program = std::env::current_exe().unwrap();
    let command = format!(
        "stty -g >before; {} --ignored --exact --nocapture panic::a_screen_that_panics; echo ended with $?; stty -g >after; \
         cmp before after && echo as before; exec sleep 1000",
        program.display()
    );
    terminal.run((80, 24), &command);
    terminal.wait(SHOWN);
    std::fs::write(&go, "").unwrap();
    terminal.wait("as before");
    let left = terminal.everything();
    assert!(left.contains("ended with 101"), "{left}");
    assert!(left.contains("a fault in the program itself"), "{left}");
    assert!(!left.contains(SHOWN), "{left}");
}
