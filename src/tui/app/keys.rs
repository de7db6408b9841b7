//! Which part a key is for, and what the actions do.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::notice::Holds;
use super::opened::Standing;
use super::{App, Effect, Focus};
use crate::action::{Action, KeyContext};
use crate::ask::{Ask, PageName};
use crate::composer::Edit;
use crate::history::Scroll;
use crate::key::Key;
use model::Timestamp;
use store::{self, Reads};

impl App {
    /// The innermost part that has a use for the key gets it: page, question, selection, list, composer.
    pub(super) fn on_key(&mut self, key: Key, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let doubled = self.doubled.take();
        let everywhere = self.facts.keymap.action(&[KeyContext::Everywhere], key);
        let sure = self.key_pressed(now);
        if everywhere == Some(Action::Interrupt) {
            self.interrupt(sure, now);
            return Ok(());
        }
        if let Some(action) = everywhere {
            return self.perform(action, store, now);
        }
        let world = self.facts.world(store, now);
        if let Some(page) = &mut self.page {
            let asks = page.on_key(key, &world)?;
            return self.answer(asks, false, store, now);
        }
        if let Some((_, question)) = &mut self.question
            && question.wants(key, &world)
        {
            let asks = question.on_key(key, &world)?;
            return self.answer(asks, true, store, now);
        }
        let action = self.facts.keymap.action(&self.contexts(), key);
        if action != Some(Action::DeleteMessage) {
            self.sure = None;
        }
        if !matches!(action, Some(Action::Complete | Action::CompleteBack)) {
            self.completion = None;
        }
        match (action, key.typed()) {
            (Some(Action::RetryMessage), _) => self.retry_message(doubled, store, now),
            (Some(action), _) => self.perform(action, store, now),
            (None, Some(c)) => {
                self.type_in(c, now);
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    /// The contexts that hold on the main screen, the innermost first.
    pub fn contexts(&self) -> Vec<KeyContext> {
        let mut contexts = Vec::with_capacity(4);
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.history.selected().is_some())
        {
            contexts.push(KeyContext::Selection);
        }
        match self.focus {
            Focus::List => contexts.push(KeyContext::List),
            Focus::Composer => contexts.push(KeyContext::Composer),
        }
        contexts.push(KeyContext::Main);
        contexts
    }

    fn type_in(&mut self, c: char, now: Timestamp) {
        self.focus = Focus::Composer;
        if let Some(open) = &mut self.open {
            open.history.unselect();
        }
        self.composer.insert(c.encode_utf8(&mut [0; 4]));
        self.touched(now);
    }

    /// There is no chat yet to send this to; what was typed stays.
    pub(super) fn open_first(&mut self) {
        let key = self.facts.keymap.name(Action::Find);
        let words = format!("Open a chat first: {key} finds contacts and commands.");
        self.say_while(Holds::NoChat, words);
    }

    /// Pasted text is text: it is neither sent nor run, and answers no question (threat 81).
    pub(super) fn on_paste(&mut self, text: &str, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        if let Some(page) = &mut self.page {
            let asks = page.on_paste(text, &world)?;
            return self.answer(asks, false, store, now);
        }
        // A question that takes letters takes these, too.
        let letter = Key::from(KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE));
        if let Some((_, question)) = &mut self.question
            && question.wants(letter, &world)
            && question.on_paste(text)
        {
            return Ok(());
        }
        self.focus = Focus::Composer;
        self.completion = None;
        let fits = self.composer.paste(text);
        self.touched(now);
        let key = self.facts.keymap.name(Action::Send);
        match (fits, text.lines().count()) {
            (false, _) => self.complain("That is more than one message can hold; the rest was left out."),
            (true, lines @ 10..) => self.say(format!(
                "{lines} lines were pasted; nothing is sent before you press {key}."
            )),
            (true, _) => {}
        }
        Ok(())
    }

    /// Does what a key, the finder or a command asks for.
    pub(super) fn perform(&mut self, action: Action, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        match action {
            Action::Send => self.enter(store, now)?,
            Action::Open => self.open_chosen(store, now)?,
            Action::Find => self.show(&PageName::Find, store, now)?,
            Action::PreviousChat => self.step(-1, store, now)?,
            Action::NextChat => self.step(1, store, now)?,
            Action::NextUnread => self.next_unread(store, now)?,
            Action::Complete => self.complete(true, store, now)?,
            Action::CompleteBack => self.complete(false, store, now)?,
            Action::Up | Action::Down => self.up_or_down(action == Action::Up, now),
            Action::Fingerprints => match self.facts.chat.clone() {
                Some(jid) => self.show(&PageName::Fingerprints(jid), store, now)?,
                None => self.show(&PageName::Devices, store, now)?,
            },
            Action::Help if self.page.is_some() && self.page_name == Some(PageName::Help) => self.page = None,
            Action::Help => self.show(&PageName::Help, store, now)?,
            Action::ToggleList => self.toggle_list(),
            Action::ToggleDetails => {
                self.details_shown = !self.details_shown;
                if self.size.0 < crate::layout::THREE_PANES {
                    let key = self.facts.keymap.name(Action::Fingerprints);
                    let words = format!("The details pane needs 120 columns; {key} shows keys.");
                    self.say_while(Holds::TooNarrow, words);
                }
            }
            Action::FocusList => self.focus_list(),
            Action::FoldContacts => self.fold_contacts(),
            Action::HideOffline => self.set_offline(None),
            Action::Requests => self.show(&PageName::Requests, store, now)?,
            Action::DeleteMessage => self.delete_message(),
            Action::DeleteChat => self.delete_chosen(store, now)?,
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Lock => self.go(Effect::Lock),
            Action::Leave => self.go(Effect::Quit),
            Action::Interrupt => self.interrupt(false, now),
            Action::Suspend => self.go(Effect::Suspend),
            Action::Back => self.back(store, now)?,
            Action::Edit(edit) => self.edit(edit, now),
            Action::CopyMessage => self.copy_message(store, now)?,
            Action::MessageDetails => self.message_details(store, now)?,
            Action::RetryMessage => self.retry_message(None, store, now)?,
            Action::WithdrawMessage => self.withdraw_message(),
            moving => self.move_view(moving, store, now)?,
        }
        Ok(())
    }

    /// Leaves the screen, for a while or for good; nothing that was written is lost.
    fn go(&mut self, how: Effect) {
        self.keep();
        self.effects.push(how);
    }

    /// What people press who want out of something: out of a text first; out of the program, which costs a
    /// passphrase, only when it is pressed again soon (`sure`).
    fn interrupt(&mut self, sure: bool, now: Timestamp) {
        let writing = self.page.is_none() && self.question.is_none() && !self.composer.is_empty();
        if writing {
            self.completion = None;
            self.clear_composer(now);
            let yank = self.facts.keymap.name(Action::Edit(Edit::Yank));
            self.say(format!("Cleared; {yank} brings it back."));
        } else if sure {
            self.go(Effect::Quit);
        } else {
            self.ask_again(now);
        }
    }

    fn move_view(&mut self, action: Action, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let history = &mut open.history;
        match action {
            Action::PageUp => history.scroll(&world, Scroll::Pages(-1)),
            Action::PageDown => history.scroll(&world, Scroll::Pages(1)),
            Action::LineUp => history.scroll(&world, Scroll::Lines(-1)),
            Action::LineDown => history.scroll(&world, Scroll::Lines(1)),
            Action::Oldest => history.scroll(&world, Scroll::Oldest),
            Action::Newest => {
                history.unselect();
                history.scroll(&world, Scroll::Newest)
            }
            Action::SelectUp => history.select(&world, -1),
            Action::SelectDown => history.select(&world, 1),
            _ => Ok(()),
        }
    }

    fn edit(&mut self, edit: Edit, now: Timestamp) {
        if self.composer.edit(edit) {
            self.touched(now);
        }
    }

    /// In the list: the row above or below. In the composer: own history while it is empty, else a line.
    fn up_or_down(&mut self, up: bool, now: Timestamp) {
        if self.focus == Focus::List {
            let last = self.rows.len().saturating_sub(1);
            self.chosen = match up {
                true => self.chosen.saturating_sub(1),
                false => (self.chosen + 1).min(last),
            };
            return;
        }
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

    /// Shows or hides the list. Where there is one pane, that is going there and back.
    fn toggle_list(&mut self) {
        match self.one_pane() {
            true => self.focus_list(),
            false => self.list_shown = !self.list_shown,
        }
    }

    fn focus_list(&mut self) {
        self.list_shown = true;
        self.focus = match self.focus {
            Focus::List => Focus::Composer,
            Focus::Composer => Focus::List,
        };
        if self.focus == Focus::List
            && let Some(jid) = self.facts.chat.clone()
        {
            self.choose(&jid);
        }
    }

    /// There is room for the list or the chat, not both.
    pub(super) fn one_pane(&self) -> bool {
        self.size.0 < crate::layout::TWO_PANES
    }

    /// One step back: question, page, selection, completion, list; from what a stranger wrote to all
    /// who wait.
    fn back(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        if let Some((_, question)) = self.question.take() {
            let asks = question.left();
            return self.answer(asks, true, store, now);
        }
        let one_pane = self.one_pane();
        let stranger = self
            .open
            .as_ref()
            .is_some_and(|open| open.standing == Standing::Request);
        if self.page.take().is_some() {
            self.stale.history = true;
            self.stale.recipients = true;
            if one_pane && stranger && self.page_name == Some(PageName::Requests) {
                // Not round in a circle.
                self.focus = Focus::List;
            }
            return Ok(());
        }
        match &mut self.open {
            Some(open) if open.history.selected().is_some() => open.history.unselect(),
            _ if self.completion.take().is_some() => {}
            // Back to the chat that is open. Without one there is only the list.
            Some(_) if self.focus == Focus::List => self.focus = Focus::Composer,
            // What a stranger wrote stands in no list; it was opened there.
            Some(_) if stranger => {
                return self.show(&PageName::Requests, store, now);
            }
            _ if one_pane => self.focus = Focus::List,
            _ => {}
        }
        Ok(())
    }

    fn copy_message(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let selected = self.open.as_ref().and_then(|open| open.history.selected());
        match selected.and_then(|message| message.body.clone()) {
            Some(body) => self.answer(vec![Ask::Copy(body.as_str().to_owned())], false, store, now),
            None => {
                let key = self.facts.keymap.name(Action::SelectUp);
                self.say(format!("There is no text to copy. {key} selects a message."));
                Ok(())
            }
        }
    }

    fn message_details(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let selected = self.open.as_ref().and_then(|open| open.history.selected());
        match selected.map(|message| message.id) {
            Some(id) => self.show(&PageName::Message(id), store, now),
            None => {
                let key = self.facts.keymap.name(Action::SelectUp);
                let words = format!("Select a message first: {key}.");
                self.say_while(Holds::NothingSelected, words);
                Ok(())
            }
        }
    }
}
