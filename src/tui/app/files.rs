//! What is done with files: attaching them, getting and opening them, and what the desk tells of that.

use std::path::PathBuf;

use super::notice::Holds;
use super::{App, Effect};
use crate::action::Action;
use crate::ask::{FileDeed, PageName, QuestionName};
use crate::desk::{DeskTask, DeskTold};
use crate::file_words;
use crate::pages;
use crate::pictures::SMALL;
use crate::recipients::ChatSecurity;
use api::{Command, CommandId, FileCommand};
use model::{Failure, FileId, FileState, FilesFailure, MessageFile, Peer, Timestamp, shown};
use store::{self, Reads, files};

/// Files that are attached at once.
const MOST: usize = 50;

/// What is known of files that the person does something with.
#[derive(Default)]
pub(super) struct FileWork {
    /// Files that wait for what the server says of those that it takes.
    attached: Vec<(CommandId, Attached)>,
    /// Files that are opened as soon as they are here.
    opened: Vec<FileId>,
    /// The file that commands are about.
    pub(super) in_hand: Option<FileId>,
    /// What was pasted and is the path of a file.
    pub(super) pasted: Option<String>,
}

/// What is to be sent to whom.
struct Attached {
    to: Peer,
    paths: Vec<PathBuf>,
    original: bool,
}

impl App {
    /// Does something with a file.
    pub(super) fn on_file(&mut self, deed: FileDeed, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        match deed {
            FileDeed::Attach { paths, original } => self.attach(paths, original, store, now),
            FileDeed::Go(id) => self.with_file(id, store, |app, file| app.go_on(file)),
            FileDeed::Open { id, with, sure } => self.with_file(Some(id), store, |app, file| {
                app.open_file(file, with, sure);
            }),
            FileDeed::OpenInHand(with) => self.with_file(None, store, |app, file| {
                app.open_file(file, Some(with), false);
            }),
            FileDeed::Save(path) => self.with_file(None, store, |app, file| app.save_file(file, path)),
            FileDeed::TakeInHand { id, line } => {
                self.work.in_hand = Some(id);
                self.asking.page = None;
                self.panes.focus = super::Focus::Composer;
                self.chat_pane.unselect();
                self.chat_pane.compose(&line, now);
                Ok(())
            }
            FileDeed::Stop(id) => self.with_file(id, store, |app, file| app.stop(&file)),
            FileDeed::Look(folder) => {
                self.out.push(Effect::Desk(DeskTask::List(folder)));
                Ok(())
            }
        }
    }

    /// The file with this number; None: the one in hand, that of the selected message, or the newest of the
    /// chat.
    fn with_file(
        &mut self,
        id: Option<FileId>,
        store: &dyn Reads,
        act: impl FnOnce(&mut Self, MessageFile),
    ) -> store::Result<()> {
        let selected = self.chat_pane.selected().map(|message| message.id);
        let chat = self.chat_pane.open.as_ref().and_then(|open| open.chat);
        let found = match (id.or(self.work.in_hand), selected, chat) {
            (_, Some(message), _) if id.is_none() => files::of_message(&store, message)?.into_iter().next(),
            (Some(id), ..) => files::get(&store, id)?,
            (None, _, Some(chat)) => files::of_chat(&store, chat)?.pop(),
            (None, ..) => None,
        };
        match found {
            Some(file) => act(self, file),
            None => self
                .out
                .say("There is no file here. /files shows those of the chat."),
        }
        Ok(())
    }

    /// What Enter does with the selected message: its file is fetched and opened; without one there are its
    /// details.
    pub(super) fn open_selected(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let open = self.chat_pane.open.as_ref();
        let file = open.and_then(|open| open.history.selected_files().first());
        match file.map(|file| file.id) {
            Some(id) => self.on_file(FileDeed::Go(Some(id)), store, now),
            None => self.message_details(store, now),
        }
    }

    /// Begins to save the file of the selected message, or to open it with a program.
    pub(super) fn hand_selected(
        &mut self,
        action: Action,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        let open = self.chat_pane.open.as_ref();
        let file = open.and_then(|open| open.history.selected_files().first());
        let deed = match (file, action) {
            (None, _) => {
                self.out.say("The message brings no file.");
                return Ok(());
            }
            (Some(file), Action::SaveFile) => pages::save(file),
            (Some(file), _) => pages::open_with(file.id),
        };
        self.on_file(deed, store, now)
    }

    /// What Enter does with a file: it is fetched, then opened.
    fn go_on(&mut self, file: MessageFile) {
        match file.state {
            FileState::Here => self.open_file(file, None, false),
            FileState::Moving => {
                self.out.say(format!(
                    "{} is on its way; /stop stops it.",
                    file_words::name(&file)
                ));
            }
            FileState::Remote | FileState::Failed | FileState::Deleted => {
                if self.work.opened.len() < MOST && !self.work.opened.contains(&file.id) {
                    self.work.opened.push(file.id);
                }
                self.out.command(Command::File(FileCommand::Get(file.id)), None);
                self.out
                    .say(format!("{} is fetched, then opened.", file_words::name(&file)));
            }
        }
    }

    /// Opens what is here: texts on a page of ours, everything else by another program.
    fn open_file(&mut self, file: MessageFile, with: Option<String>, sure: bool) {
        if file.state != FileState::Here {
            self.out
                .say("It is not here yet: Enter on its message fetches it.");
            return;
        }
        let file = Box::new(file);
        let task = match with {
            None if file_words::kind(&file) == "text" && !sure => DeskTask::Read { file },
            with => DeskTask::Open { file, with, sure },
        };
        self.out.push(Effect::Desk(task));
    }

    fn save_file(&mut self, file: MessageFile, path: PathBuf) {
        if file.state != FileState::Here {
            self.out
                .say("It is not here yet: Enter on its message fetches it.");
            return;
        }
        let file = Box::new(file);
        self.out.push(Effect::Desk(DeskTask::Save { file, path }));
    }

    fn stop(&mut self, file: &MessageFile) {
        self.work.opened.retain(|id| *id != file.id);
        let done = format!("{} is stopped.", file_words::name(file));
        self.out
            .command(Command::File(FileCommand::Stop(file.id)), Some(done));
    }

    /// Asks first what the server takes, so that no file is read in vain.
    fn attach(
        &mut self,
        mut paths: Vec<PathBuf>,
        original: bool,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        let Some(to) = self.facts.chat.clone() else {
            self.out
                .say_while(Holds::NoChat, "Open a chat first: a file goes to somebody.");
            return Ok(());
        };
        let open = self.chat_pane.open.as_ref();
        if open.is_some_and(|open| open.recipients.security == ChatSecurity::Asked) {
            self.out
                .complain("Nothing is sent until you decide: /encrypt or /plaintext.");
            return Ok(());
        }
        if self.less_protected(store, now)? {
            let words = "Who can read this has just changed: look above the text, then attach it again.";
            self.out.complain(words);
            return Ok(());
        }
        if paths.len() > MOST {
            self.out
                .complain(format!("At most {MOST} files at once; the others are left out."));
            paths.truncate(MOST);
        }
        let attached = Attached { to, paths, original };
        if self.facts.connectivity.online {
            let command = self.out.asks(Command::File(FileCommand::Service));
            self.work.attached.push((command, attached));
        } else {
            // It is sent when the connection is back; what is too large is found out then.
            self.take_in(attached, None);
        }
        Ok(())
    }

    fn take_in(&mut self, attached: Attached, largest: Option<u64>) {
        let Attached { to, paths, original } = attached;
        self.out.say("Taking a copy into the vault…");
        for path in paths {
            let to = to.clone();
            self.out.push(Effect::Desk(DeskTask::TakeIn {
                to,
                path,
                original,
                largest,
            }));
        }
    }

    /// What the server takes, or why that is not known. False: nobody waited for it.
    pub(super) fn on_service(&mut self, command: CommandId, largest: Result<Option<u64>, &Failure>) -> bool {
        let at = self.work.attached.iter().position(|(waits, _)| *waits == command);
        let Some(at) = at else { return false };
        let (_, attached) = self.work.attached.swap_remove(at);
        match largest {
            Ok(largest) => self.take_in(attached, largest),
            Err(Failure::Files(FilesFailure::NoService)) => return false,
            // The line broke meanwhile.
            Err(_) => self.take_in(attached, None),
        }
        true
    }

    /// What the desk tells.
    pub(super) fn on_desk(&mut self, told: DeskTold, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        match told {
            DeskTold::Taken { to, taken } => {
                let name = shown::one_line(&taken.file.name);
                let size = words::size(taken.file.size);
                self.out.say(match taken.left_out {
                    Some(left_out) => format!("{name} ({size}): {}", shown::one_line(&left_out)),
                    None => format!("{name} ({size}) goes out."),
                });
                let file = Box::new(taken.file);
                let clear = false;
                let send = FileCommand::Send { to, file, clear };
                self.out.command(Command::File(send), None);
                Ok(())
            }
            DeskTold::Active { file, why } => self.put(QuestionName::OpenActive { file, why }, store, now),
            DeskTold::Text { file, text } => self.show(&PageName::Text { file, text }, store, now),
            DeskTold::IsFile { text, size } => {
                self.offer_pasted(text, size);
                Ok(())
            }
            DeskTold::Listed { folder, names } => match names {
                Ok(names) => self.show(&PageName::Browse { folder, names }, store, now),
                Err(why) => {
                    let folder = shown::identifier(&folder.display().to_string());
                    self.out.complain(format!(
                        "{folder} cannot be looked into: {}.",
                        shown::one_line(&why)
                    ));
                    Ok(())
                }
            },
            DeskTold::Picture { file, pixels } => {
                self.facts.pictures.put(file, pixels);
                self.stale.history = true;
                Ok(())
            }
            DeskTold::Done(words) => {
                self.out.say(shown::one_line(&words));
                Ok(())
            }
            DeskTold::Failed(why) => {
                self.out.complain(shown::one_line(&why));
                Ok(())
            }
        }
    }

    /// A text was pasted: it may be the path of a file.
    pub(super) fn look_at_pasted(&mut self, text: &str) {
        self.work.pasted = None;
        let whole = self.chat_pane.composer.text() == text;
        if let Some(path) = crate::paths::pasted(text).filter(|_| whole) {
            let text = text.to_owned();
            self.out.push(Effect::Desk(DeskTask::Look { text, path }));
        }
    }

    fn offer_pasted(&mut self, text: String, size: u64) {
        if self.chat_pane.composer.text() != text {
            return;
        }
        let key = self.facts.keymap.name(Action::Complete);
        let words = format!(
            "That is a file of {}: {key} attaches it instead of its path.",
            words::size(size)
        );
        self.out.say(words);
        self.work.pasted = Some(text);
    }

    /// Makes a command of a pasted path. False: there is none.
    pub(super) fn attach_pasted(&mut self, now: Timestamp) -> bool {
        let pasted = self.work.pasted.take();
        let Some(text) = pasted.filter(|text| self.chat_pane.composer.text() == text) else {
            return false;
        };
        let line = format!("/attach {}", text.trim());
        self.chat_pane.compose(&line, now);
        let key = self.facts.keymap.name(Action::Send);
        self.out.say(format!("{key} sends the file."));
        true
    }

    /// Has what is in sight and can be seen shrunk.
    pub(super) fn ask_for_pictures(&mut self) {
        let open = self.chat_pane.open.as_ref();
        let in_sight = open.map(|open| open.history.files_in_sight()).unwrap_or_default();
        for file in in_sight {
            if self.facts.pictures.wants(&file) {
                let file = Box::new(file);
                let most = SMALL;
                self.out.push(Effect::Desk(DeskTask::Picture { file, most }));
            }
        }
    }

    /// Opens what was waited for, if it is here.
    pub(super) fn open_what_came(&mut self, store: &dyn Reads) -> store::Result<()> {
        for id in std::mem::take(&mut self.work.opened) {
            match files::get(&store, id)? {
                Some(file) if file.state == FileState::Here => self.open_file(file, None, false),
                Some(file) if matches!(file.state, FileState::Remote | FileState::Moving) => {
                    self.work.opened.push(id);
                }
                _ => {}
            }
        }
        Ok(())
    }
}
