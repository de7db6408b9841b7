//! Writing in the open chat: the composer, completion, and sending what was typed.

use std::ops::Range;

use super::ChatPane;
use crate::action::Action;
use crate::app::notice::Holds;
use crate::app::outlet::Outlet;
use crate::ask::Context;
use crate::commands;
use crate::composer::Edit;
use crate::history::Scroll;
use crate::recipients::ChatSecurity;
use model::{Clean, DraftAbout, Timestamp, shown};
use store;

/// Lines of the composer that are shown at most.
const COMPOSER: usize = 8;

/// A completion that further presses walk through.
pub(super) struct Completion {
    options: Vec<String>,
    at: usize,
    /// Where the present option stands.
    range: Range<usize>,
}

impl ChatPane {
    /// Lines that the composer takes at this width; more than are ever shown are not counted.
    pub(in crate::app) fn composer_lines(&self, columns: u16) -> u16 {
        // The view keeps a column free at the left, where there is room.
        let columns = columns - u16::from(columns > 4);
        let window = self.composer.layout_window(usize::from(columns.max(2)), COMPOSER);
        u16::try_from(window.lines.len()).unwrap_or(u16::MAX)
    }

    pub(in crate::app) fn type_in(&mut self, c: char, now: Timestamp) {
        if let Some(open) = &mut self.open {
            open.history.unselect();
        }
        self.composer.insert(c.encode_utf8(&mut [0; 4]));
        self.touched(now);
    }

    /// Pasted text is text: it is neither sent nor run.
    pub(in crate::app) fn paste(&mut self, world: &Context<'_>, text: &str, out: &mut Outlet) {
        self.completion = None;
        let fits = self.composer.paste(text);
        self.touched(world.now);
        let key = world.keymap.name(Action::Send);
        match (fits, text.lines().count()) {
            (false, _) => out.complain("That is more than one message can hold; the rest was left out."),
            (true, lines @ 10..) => out.say(format!(
                "{lines} lines were pasted; nothing is sent before you press {key}."
            )),
            (true, _) => {}
        }
    }

    /// A text for the person to go on with.
    pub(in crate::app) fn compose(&mut self, text: &str, now: Timestamp) {
        self.composer.set(text);
        self.touched(now);
    }

    pub(in crate::app) fn edit(&mut self, edit: Edit, now: Timestamp) {
        if self.composer.edit(edit) {
            self.touched(now);
        }
    }

    /// Own history while the composer is empty, else a line up or down.
    pub(in crate::app) fn up_or_down(&mut self, up: bool, now: Timestamp) {
        let walked = match up {
            true => self.composer.older(),
            false => self.composer.newer(),
        };
        if walked {
            self.touched(now);
        } else {
            self.edit(if up { Edit::LineUp } else { Edit::LineDown }, now);
        }
    }

    /// Empties the composer: its text is on its way.
    pub(in crate::app) fn taken(&mut self, now: Timestamp) {
        self.composer.take();
        self.touched(now);
    }

    /// Empties the composer into the kill ring: what was typed is not lost.
    pub(in crate::app) fn clear(&mut self, now: Timestamp) {
        self.composer.edit(Edit::KillAll);
        self.touched(now);
    }

    /// Sends a text, as protected as the chat says.
    pub(in crate::app) fn send(
        &mut self,
        world: &Context<'_>,
        text: &str,
        out: &mut Outlet,
    ) -> store::Result<()> {
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        if open.recipients.security == ChatSecurity::Asked {
            let cut = crate::questions::cut(world.keymap, "your text");
            out.complain_while(
                Holds::Undecided(open.peer.clone()),
                format!("Nothing is sent until you decide: {cut}, then /encrypt or /plaintext."),
            );
            return Ok(());
        }
        let peer = open.peer.clone();
        open.history.unselect();
        match self.about() {
            None => out.message(&peer, text),
            Some(about) => {
                if !self.send_about(&peer, about, text, out) {
                    return Ok(());
                }
            }
        }
        // Whoever changes an old message goes on reading there.
        let stays = matches!(self.about(), Some(DraftAbout::Correction(_)));
        self.said(world.now);
        match &mut self.open {
            Some(open) if !stays => open.history.scroll(world, Scroll::Newest),
            _ => Ok(()),
        }
    }

    /// Nothing is completed any more. True if something was.
    pub(in crate::app) fn end_completion(&mut self) -> bool {
        self.completion.take().is_some()
    }

    /// Puts the next possibility in the place of what is being typed.
    pub(in crate::app) fn complete(
        &mut self,
        world: &Context<'_>,
        forward: bool,
        out: &mut Outlet,
    ) -> store::Result<()> {
        let mut completion = match self.completion.take() {
            Some(mut known) => {
                let count = known.options.len();
                known.at = (known.at + if forward { 1 } else { count.saturating_sub(1) }) % count.max(1);
                known
            }
            None => {
                let text = self.composer.text();
                let (range, options) = commands::completions(world, text, self.composer.cursor())?;
                Completion {
                    options,
                    at: 0,
                    range,
                }
            }
        };
        let Some(option) = completion.options.get(completion.at).cloned() else {
            return Ok(());
        };
        self.composer.replace(completion.range.clone(), &option);
        completion.range.end = completion.range.start + option.len();
        // Nicks are the words of others.
        let shown = |option: &String| shown::one_line(&Clean::line(option.trim_end()));
        let rest: Vec<String> = completion.options.iter().map(shown).collect();
        if rest.len() > 1 {
            let key = world.keymap.name(Action::Complete);
            out.say(format!("{key} goes on: {}", rest.join("  ")));
            self.completion = Some(completion);
        }
        self.touched(world.now);
        Ok(())
    }
}
