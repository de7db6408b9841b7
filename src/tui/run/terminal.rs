//! The terminal's side of the loop: lent and taken back, what it answers, and what it does not send.

use std::io;

use crate::probe::Probe;
use crate::terminal::Screen;
use crate::text;
use signals::{self, Signal};

const NOT_UTF8: &str =
    "Your terminal does not send UTF-8, so some of what you type is lost: set it, or its locale, to UTF-8.";

/// The terminal that the loop has.
pub(super) struct Terminal {
    pub(super) screen: Screen,
    /// It was told that the terminal sends something else than UTF-8.
    told_utf8: bool,
    /// What was asked about emoji is not answered yet.
    probe: Option<Probe>,
}

impl Terminal {
    pub(super) fn new(screen: Screen) -> Self {
        Self {
            screen,
            told_utf8: false,
            probe: None,
        }
    }

    pub(super) fn ask_about_emoji(&mut self, unicode: bool) -> io::Result<()> {
        let kind = std::env::var("TERM").ok().filter(|_| unicode);
        if let Some((question, probe)) = Probe::begin(kind.as_deref()) {
            self.screen.ask(&question)?;
            self.probe = Some(probe);
        }
        Ok(())
    }

    /// The terminal answers what was asked about emoji. True if texts have other widths now.
    pub(super) fn answered(&mut self, column: u16, row: u16) -> bool {
        let Some(whole) = self.probe.as_mut().and_then(|probe| probe.answer(column, row)) else {
            return false;
        };
        self.probe = None;
        text::draw_whole(whole);
        true
    }

    /// What is typed gets lost. What to say of that, once.
    pub(super) fn not_utf8(&mut self) -> Option<&'static str> {
        (!std::mem::replace(&mut self.told_utf8, true)).then_some(NOT_UTF8)
    }

    /// The terminal says that it has another size. It may be the one from before: smaller and back in one go,
    /// and what it cut off is gone, so everything is painted anew.
    pub(super) fn resized(&mut self) -> io::Result<(u16, u16)> {
        self.screen.redraw()?;
        self.screen.size()
    }

    /// Stops, with the terminal given back, until somebody wants us to go on; where
    /// nobody could, nothing stops us.
    pub(super) fn stop(&mut self) -> io::Result<()> {
        self.drop_answers();
        self.screen.lend();
        signals::act(Signal::SIGTSTP)?;
        signals::go_on();
        Ok(())
    }

    /// What the terminal may still answer is not typed to a shell.
    pub(super) fn drop_answers(&mut self) {
        if self.probe.take().is_some_and(|probe| probe.is_open()) {
            self.screen.drop_input();
        }
    }

    /// The person wants their shell: with us stops what was started together with us.
    pub(super) fn suspend(&mut self) {
        self.drop_answers();
        self.screen.lend();
        signals::stop_job();
    }
}
