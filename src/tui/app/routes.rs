//! What actions and asks do: each is brought to the part that it is for.

use super::about::is_about_a_message;
use super::asking::AskList;
use super::notice::Holds;
use super::{App, Effect, Focus};
use crate::action::Action;
use crate::ask::{Ask, FileDeed, PageName, QuestionName, Switch};
use crate::commands::{self, Entered};
use crate::composer::Edit;
use api::Command;
use model::{Clean, MessageId, Timestamp, shown};
use store::{self, Reads};

/// What is put into the clipboard at most, in bytes: terminals refuse more.
const CLIPBOARD: usize = 64 * 1024;

impl App {
    /// Does what a key, the finder or a command asks for.
    pub(super) fn perform(&mut self, action: Action, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        if action == Action::Complete && self.attach_pasted(now) {
            return Ok(());
        }
        let world = self.facts.world(store, now);
        match action {
            Action::Send => self.enter(store, now)?,
            Action::Open => self.open_row(self.list_pane.chosen, store, now)?,
            Action::Find => self.show(&PageName::Find, store, now)?,
            Action::PreviousChat => self.step(-1, store, now)?,
            Action::NextChat => self.step(1, store, now)?,
            Action::NextUnread => self.next_unread(store, now)?,
            Action::OpenFile => self.open_selected(store, now)?,
            Action::SaveFile | Action::OpenFileWith => self.hand_selected(action, store, now)?,
            Action::StopFile => self.on_file(FileDeed::Stop(None), store, now)?,
            Action::Complete => self.chat_pane.complete(&world, true, &mut self.out)?,
            Action::CompleteBack => self.chat_pane.complete(&world, false, &mut self.out)?,
            Action::Up | Action::Down => self.up_or_down(action == Action::Up, now),
            Action::Fingerprints => self.show_keys(store, now)?,
            Action::Help if self.asking.shows(&PageName::Help) => self.asking.page = None,
            Action::Help => self.show(&PageName::Help, store, now)?,
            Action::ToggleList => self.toggle_list(),
            Action::ToggleDetails => self.toggle_details(store, now)?,
            Action::FocusList => self.focus_list(),
            Action::FoldContacts => self.list_pane.fold(&world),
            Action::HideOffline => self.list_pane.set_offline(&world, None, &mut self.out),
            Action::Requests => self.show(&PageName::Requests, store, now)?,
            Action::DeleteMessage => self.chat_pane.delete(&self.facts.keymap, &mut self.out),
            Action::DeleteChat => self.delete_chosen(store, now)?,
            Action::Redraw => self.out.push(Effect::Redraw),
            Action::Lock => self.go(Effect::Lock),
            Action::Leave => self.go(Effect::Quit),
            Action::Interrupt => self.interrupt(false, now),
            Action::Suspend => self.go(Effect::Suspend),
            Action::Back => self.back(store, now)?,
            Action::Edit(edit) => self.chat_pane.edit(edit, now),
            Action::CopyMessage => self.copy_message(),
            Action::MessageDetails => self.message_details(store, now)?,
            Action::RetryMessage => self.retry_message(None, store, now)?,
            Action::ForwardMessage => self.forward(store, now)?,
            action if is_about_a_message(action) => self.begin_about(action, store, now)?,
            moving => self.chat_pane.move_view(&world, moving, &mut self.out)?,
        }
        Ok(())
    }

    /// Does what was asked for, in order.
    pub(super) fn answer(&mut self, answer: AskList, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        for ask in answer.asks {
            match ask {
                Ask::Command { command, done } => self.command(command, done),
                Ask::Open(peer) => self.open_chat(&peer, store, now)?,
                Ask::GoTo { chat, message } => {
                    self.open_chat(&chat, store, now)?;
                    let world = self.facts.world(store, now);
                    self.chat_pane.go_to(&world, message, &mut self.out)?;
                }
                Ask::Show(page) => self.show(&page, store, now)?,
                Ask::Question(question) => self.put(question, store, now)?,
                Ask::Close if answer.by_question => self.asking.question = None,
                Ask::Close => self.close_page(),
                Ask::Perform(action) => self.perform(action, store, now)?,
                Ask::Send(text) => self.send(&text, store, now)?,
                Ask::Run(line) => self.run(&line, store, now)?,
                Ask::Compose(text) => {
                    self.panes.focus = Focus::Composer;
                    self.chat_pane.compose(&text, now);
                }
                Ask::Forward { message, to } => self.bring(message, &to, store, now)?,
                Ask::File(deed) => self.on_file(deed, store, now)?,
                Ask::Copy(text) => self.copy(&text),
                Ask::SayAbout { command, done } => self.say_about(*command, done, store, now)?,
                Ask::Say(text) => self.out.say(text),
                Ask::Complain(text) => self.out.complain(text),
                Ask::Switch { what, on } => self.switch(what, on, store, now),
                Ask::Later(fingerprint) => self.asking.put_off(fingerprint),
                Ask::LaterAbout(peer) => self.asking.put_off_about(peer),
            }
        }
        Ok(())
    }

    fn command(&mut self, command: Command, done: Option<String>) {
        if command == Command::Connect {
            self.facts.connectivity.tries_again();
        }
        if let Command::DeleteChat(peer) = &command {
            self.chat_pane.forget_chat(peer);
        }
        self.out.command(command, done);
    }

    /// Sends what was typed, or runs it as a command.
    fn enter(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let text = self.chat_pane.composer.text().to_owned();
        if text.trim().is_empty() {
            return Ok(());
        }
        let by_hand = self.chat_pane.composer.began_by_hand();
        match commands::read(&self.facts.world(store, now), &text)? {
            Entered::Message(body) => self.send(&body, store, now)?,
            Entered::Command(_) | Entered::Suspicious if !by_hand => {
                self.put(QuestionName::LooksLikeCommand { text, pasted: true }, store, now)?;
            }
            Entered::Suspicious => {
                self.put(QuestionName::LooksLikeCommand { text, pasted: false }, store, now)?;
            }
            Entered::Command(Ok(asks)) => {
                self.chat_pane.taken(now);
                self.answer(AskList::of(asks), store, now)?;
            }
            Entered::Command(Err(wrong)) => self.out.complain(wrong),
        }
        Ok(())
    }

    /// A line with a slash, from the finder or a question.
    fn run(&mut self, line: &str, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        match commands::read(&world, line.trim_start())? {
            Entered::Command(Ok(asks)) => {
                if self.chat_pane.composer.text() == line {
                    self.chat_pane.clear(now);
                }
                self.answer(AskList::of(asks), store, now)
            }
            Entered::Command(Err(wrong)) => {
                self.out.complain(wrong);
                Ok(())
            }
            Entered::Message(_) | Entered::Suspicious => {
                let key = self.facts.keymap.name(Action::Help);
                self.out
                    .complain(format!("That is no command; {key} lists them."));
                Ok(())
            }
        }
    }

    /// Sends a text to the open chat, as protected as the chat says.
    fn send(&mut self, text: &str, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        if self.facts.chat.is_none() {
            // What was typed stays.
            let key = self.facts.keymap.name(Action::Find);
            let words = format!("Open a chat first: {key} finds contacts and commands.");
            self.out.say_while(Holds::NoChat, words);
            return Ok(());
        }
        if self.less_protected(store, now)? {
            let words = "Who can read this has just changed: look above the text, then send it again.";
            self.out.complain(words);
            return Ok(());
        }
        let world = self.facts.world(store, now);
        self.chat_pane.send(&world, text, &mut self.out)
    }

    pub(super) fn retry_message(
        &mut self,
        doubled: Option<MessageId>,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        let world = self.facts.world(store, now);
        match self.chat_pane.again(&world, doubled, &mut self.out)? {
            Some(question) => self.asking.put(&world, question),
            None => Ok(()),
        }
    }

    /// Opens the chat of a row; the one above the contacts folds them.
    pub(super) fn open_row(&mut self, row: usize, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        if self.list_pane.is_heading(row) {
            self.list_pane.fold(&self.facts.world(store, now));
            return Ok(());
        }
        match self.list_pane.entry_of(row).map(|entry| entry.peer.clone()) {
            Some(peer) => self.open_chat(&peer, store, now),
            None => Ok(()),
        }
    }

    /// The chat `by` rows further in the list.
    fn step(&mut self, by: isize, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        self.fresh_list(store, now)?;
        match self.list_pane.neighbour(self.facts.chat.as_ref(), by) {
            Some(peer) => self.open_chat(&peer, store, now),
            None => Ok(()),
        }
    }

    fn next_unread(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        self.fresh_list(store, now)?;
        match self.list_pane.next_unread(self.facts.chat.as_ref()) {
            // It is open, and scrolled back.
            Some(peer) if Some(&peer) == self.facts.chat.as_ref() => self.perform(Action::Newest, store, now),
            Some(peer) => self.open_chat(&peer, store, now),
            None => {
                self.out.say_while(Holds::NothingUnread, "Nothing is unread.");
                Ok(())
            }
        }
    }

    /// Asks whether the chosen chat of the list is to go.
    fn delete_chosen(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let chosen = self.list_pane.entry_of(self.list_pane.chosen);
        let chosen = chosen.filter(|entry| entry.chat.is_some());
        if let Some(room) = chosen.filter(|entry| entry.is_room) {
            // It says first whether it is to be left.
            let line = format!("/delete {}", room.peer.address);
            return self.run(&line, store, now);
        }
        match chosen.map(|entry| entry.peer.clone()) {
            Some(peer) => self.put(QuestionName::DeleteChat(peer), store, now),
            None => {
                self.out
                    .say("Nothing was written with them, so there is nothing to delete.");
                Ok(())
            }
        }
    }

    /// Leaves the screen, for a while or for good; nothing that was written is lost.
    fn go(&mut self, how: Effect) {
        self.chat_pane.keep(&mut self.out);
        self.out.push(how);
    }

    /// What people press who want out of something: out of a text first; out of the program, which costs a
    /// passphrase, only when it is pressed again soon (`sure`).
    pub(super) fn interrupt(&mut self, sure: bool, now: Timestamp) {
        if self.asking.is_idle() && !self.chat_pane.composer.is_empty() {
            self.chat_pane.end_completion();
            self.chat_pane.clear(now);
            let yank = self.facts.keymap.name(Action::Edit(Edit::Yank));
            self.out.say(format!("Cleared; {yank} brings it back."));
        } else if sure {
            self.go(Effect::Quit);
        } else {
            let key = self.facts.keymap.name(Action::Interrupt);
            self.out.notices.ask_again(&key, now);
        }
    }

    /// In the list: the row above or below.
    fn up_or_down(&mut self, up: bool, now: Timestamp) {
        match self.panes.focus {
            Focus::List => self.list_pane.move_choice(if up { -1 } else { 1 }),
            Focus::Composer => self.chat_pane.up_or_down(up, now),
        }
    }

    /// One step back: question, page, selection, completion, answer or correction, list; from what a stranger
    /// wrote to all who wait.
    fn back(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        if let Some(answer) = self.asking.leave_question() {
            return self.answer(answer, store, now);
        }
        let stranger = self.chat_pane.is_with_a_stranger();
        if self.asking.page.is_some() {
            let from_requests = self.asking.shows(&PageName::Requests);
            self.close_page();
            if from_requests && stranger && self.panes.one() {
                // Not round in a circle.
                self.panes.focus = Focus::List;
            }
        } else if self.chat_pane.selected().is_some() {
            self.chat_pane.unselect();
        } else if !self.chat_pane.end_completion() && !self.chat_pane.leave_intent(now) {
            // Back to the chat that is open. Without one there is only the list.
            if self.chat_pane.open.is_some() && self.panes.focus == Focus::List {
                self.panes.focus = Focus::Composer;
            } else if stranger {
                // What a stranger wrote stands in no list; it was opened there.
                return self.show(&PageName::Requests, store, now);
            } else if self.panes.one() {
                self.panes.focus = Focus::List;
            }
        }
        Ok(())
    }

    fn copy_message(&mut self) {
        let selected = self.chat_pane.selected();
        match selected.and_then(|message| message.body.clone()) {
            Some(body) => self.copy(body.as_str()),
            None => {
                let key = self.facts.keymap.name(Action::SelectUp);
                self.out
                    .say(format!("There is no text to copy. {key} selects a message."));
            }
        }
    }

    pub(super) fn message_details(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        match self.chat_pane.selected_id(&self.facts.keymap, &mut self.out) {
            Some(id) => self.show(&PageName::Message(id), store, now),
            None => Ok(()),
        }
    }

    /// Only text as it is shown goes to the clipboard, and only on request (threat 76).
    fn copy(&mut self, text: &str) {
        let text: String = shown::lines(&Clean::within(text, CLIPBOARD))
            .collect::<Vec<_>>()
            .join("\n");
        let text: String = text
            .chars()
            .filter(|c| !matches!(c, '\u{2066}'..='\u{2069}'))
            .collect();
        self.out.push(Effect::Copy(text));
        self.out.say("Copied, if your terminal permits it (OSC 52).");
    }

    fn switch(&mut self, what: Switch, on: Option<bool>, store: &dyn Reads, now: Timestamp) {
        match what {
            Switch::Mouse => {
                self.mouse = on.unwrap_or(!self.mouse);
                self.out.push(Effect::Mouse(self.mouse));
                self.out.say(match self.mouse {
                    true => "The mouse scrolls and opens; select text with Shift held.",
                    false => "The mouse selects text, as the terminal does it.",
                });
            }
            Switch::Offline => {
                let world = self.facts.world(store, now);
                self.list_pane.set_offline(&world, on, &mut self.out);
            }
            Switch::Bell => {
                self.bell.on = on.unwrap_or(!self.bell.on);
                self.out.say(match self.bell.on {
                    true => "A new message rings the bell.",
                    false => "New messages are silent.",
                });
            }
        }
    }
}
