//! Which part a key, a paste or a click is for. The mouse, where it was turned on: the wheel scrolls, a click
//! opens a chat or selects a message.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{App, Focus};
use crate::action::{Action, KeyContext};
use crate::history::Scroll;
use crate::key::Key;
use model::Timestamp;
use store::{self, Reads};

/// Lines that one notch of the wheel moves.
const NOTCH: i32 = 3;

impl App {
    /// The innermost part that has a use for the key gets it: page, question, selection, list, composer.
    pub(super) fn on_key(&mut self, key: Key, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let doubled = self.chat_pane.take_doubled();
        let everywhere = self.facts.keymap.action(&[KeyContext::Everywhere], key);
        let sure = self.out.notices.key_pressed(now);
        if everywhere == Some(Action::Interrupt) {
            self.interrupt(sure, now);
            return Ok(());
        }
        if let Some(action) = everywhere {
            return self.perform(action, store, now);
        }
        if let Some(answer) = self.asking.on_key(&self.facts.world(store, now), key)? {
            return self.answer(answer, store, now);
        }
        let action = self.facts.keymap.action(&self.contexts(), key);
        if action != Some(Action::DeleteMessage) {
            self.chat_pane.not_sure();
        }
        if !matches!(action, Some(Action::Complete | Action::CompleteBack)) {
            self.chat_pane.end_completion();
        }
        match (action, key.typed()) {
            (Some(Action::RetryMessage), _) => self.retry_message(doubled, store, now),
            (Some(action), _) => self.perform(action, store, now),
            (None, Some(c)) => {
                self.panes.focus = Focus::Composer;
                self.chat_pane.type_in(c, now);
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    /// The contexts that hold on the main screen, the innermost first.
    pub fn contexts(&self) -> Vec<KeyContext> {
        let mut contexts = Vec::with_capacity(4);
        if self.chat_pane.selected().is_some() {
            contexts.push(KeyContext::Selection);
        }
        match self.panes.focus {
            Focus::List => contexts.push(KeyContext::List),
            Focus::Composer => contexts.push(KeyContext::Composer),
        }
        contexts.push(KeyContext::Main);
        contexts
    }

    /// Pasted text is text: it is neither sent nor run, and answers no question (threat 81).
    pub(super) fn on_paste(&mut self, text: &str, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        if let Some(answer) = self.asking.on_paste(&world, text)? {
            return self.answer(answer, store, now);
        }
        self.panes.focus = Focus::Composer;
        self.chat_pane.paste(&world, text, &mut self.out);
        self.look_at_pasted(text);
        Ok(())
    }

    pub(super) fn on_mouse(
        &mut self,
        event: MouseEvent,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        let areas = self.areas(store, now);
        let at = Position::new(event.column, event.row);
        let lines = match event.kind {
            MouseEventKind::ScrollUp => -NOTCH,
            MouseEventKind::ScrollDown => NOTCH,
            MouseEventKind::Down(MouseButton::Left) => 0,
            _ => return Ok(()),
        };
        if areas.list.contains(at) {
            let rows = areas.list_rows();
            let top = self
                .list_pane
                .top(rows, self.panes.focus, self.facts.chat.as_ref());
            let line = at.y.checked_sub(rows.y);
            let row = line.and_then(|line| self.list_pane.row_at(rows, top, line));
            return self.mouse_on_list(lines, row, store, now);
        }
        if !areas.history.contains(at) {
            if lines == 0 && areas.composer.contains(at) {
                self.panes.focus = Focus::Composer;
            }
            return Ok(());
        }
        if let Some(page) = &mut self.asking.page {
            page.on_wheel(lines);
            return Ok(());
        }
        if lines == 0 {
            self.chat_pane.select_at(at.y - areas.history.y);
            return Ok(());
        }
        let world = self.facts.world(store, now);
        self.chat_pane.scroll(&world, Scroll::Lines(lines), &mut self.out)
    }

    fn mouse_on_list(
        &mut self,
        lines: i32,
        at: Option<usize>,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        if lines != 0 {
            self.panes.focus = Focus::List;
            self.list_pane.move_choice(lines.signum() as isize);
            return Ok(());
        }
        match at {
            Some(at) => self.open_row(at, store, now),
            None => Ok(()),
        }
    }
}
