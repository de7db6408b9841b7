//! Files of others on their way here: because the person wants them, or by themselves.

use std::collections::{BTreeMap, VecDeque};

use super::Files;
use super::tasks::Moving;
use crate::task::{Download, Task, TaskEvent};
use crate::turn::Turn;
use api::{CommandId, Outcome};
use model::{BareJid, Clean, ContainerId, FileId, FileState, FilesFailure, MessageFile, Subscription};
use store::files::Fetched;
use store::{Result, contacts, files};

/// What comes by itself has at most so many bytes.
const MOST: u64 = 1024 * 1024;
/// So many come by themselves at a time, and so many more wait for that.
const AT_A_TIME: usize = 2;
const WAITING: usize = 100;

/// What is wanted.
#[derive(Debug, Default)]
pub(super) struct Coming {
    commands: BTreeMap<FileId, Vec<CommandId>>,
    by_itself: VecDeque<FileId>,
}

impl Files {
    /// The person wants a file.
    pub(super) fn fetch(&mut self, turn: &mut Turn<'_>, command: CommandId, file: FileId) -> Result<()> {
        let Some(found) = files::get(turn.tx, file)? else {
            turn.refuse(command, FilesFailure::NoFile);
            return Ok(());
        };
        if found.state == FileState::Here {
            turn.done(command, Ok(Outcome::Done));
            return Ok(());
        }
        let moves = self.tasks.moves(file);
        if !moves && !self.begin_fetching(turn, &found, None)? {
            turn.refuse(command, FilesFailure::NotHere);
            return Ok(());
        }
        self.coming.commands.entry(file).or_default().push(command);
        Ok(())
    }

    /// Whether it can be had.
    fn begin_fetching(&mut self, turn: &mut Turn<'_>, file: &MessageFile, most: Option<u64>) -> Result<bool> {
        let Some(shared) = files::shared(turn.tx, file.id)? else {
            return Ok(false);
        };
        let mut container = [0; 16];
        turn.rng.fill_bytes(&mut container);
        let container = ContainerId(container);
        files::set_moving(turn.tx, file.id, container)?;
        turn.message_changed(file.message);
        let download = Download {
            get: shared.url,
            container,
            secret: shared.secret,
            size: shared.size,
            sha256: shared.sha256,
            most,
        };
        let moving = Moving {
            file: file.id,
            leaves: false,
            container,
        };
        self.tasks.start(turn, moving, Task::Download(download));
        Ok(true)
    }

    /// The task is over.
    pub(super) fn on_come(
        &mut self,
        turn: &mut Turn<'_>,
        (file, container): (FileId, ContainerId),
        event: TaskEvent,
    ) -> Result<()> {
        let found = files::get(turn.tx, file)?.filter(|found| found.container == Some(container));
        match (event, found) {
            (
                TaskEvent::Downloaded {
                    size,
                    sha256,
                    media_type,
                    stored,
                },
                Some(found),
            ) => {
                let fetched = Fetched {
                    size,
                    sha256,
                    media_type: media_type.map(|kind| Clean::line_within(&kind, 127)),
                    stored,
                };
                files::set_here(turn.tx, file, &fetched)?;
                turn.message_changed(found.message);
                for command in self.coming.commands.remove(&file).unwrap_or_default() {
                    turn.done(command, Ok(Outcome::Done));
                }
            }
            (TaskEvent::Failed(why), _) => self.not_come(turn, file, why)?,
            // Its message is gone.
            _ => {
                self.tasks.take_off(turn, vec![container]);
            }
        }
        self.go_on(turn)
    }

    /// Nothing of it is here.
    pub(super) fn not_come(&mut self, turn: &mut Turn<'_>, file: FileId, why: FilesFailure) -> Result<()> {
        let found = files::get(turn.tx, file)?;
        if let Some(found) = found.filter(|found| found.state == FileState::Moving) {
            let kept = Some(&why).filter(|why| **why != FilesFailure::Cancelled);
            files::set_failed(turn.tx, file, kept)?;
            turn.message_changed(found.message);
        }
        for command in self.coming.commands.remove(&file).unwrap_or_default() {
            turn.refuse(command, why.clone());
        }
        Ok(())
    }

    /// Files came with a message that was sealed: small pictures and voice notes of contacts come by
    /// themselves, from their server or ours alone, since any other host learns who fetches (threat 68).
    pub(crate) fn came(&mut self, turn: &mut Turn<'_>, put: &[FileId], from: &BareJid) -> Result<()> {
        let contact = contacts::get(turn.tx, turn.own.account, from)?;
        let is_one = contact.is_some_and(|contact| contact.subscription != Subscription::None);
        if !turn.own.present || !(is_one || *from == turn.own.jid) {
            return Ok(());
        }
        for file in put {
            let file = *file;
            let Some(found) = files::get(turn.tx, file)? else {
                continue;
            };
            if comes_by_itself(&found, [from.domain().as_str(), turn.own.jid.domain().as_str()])
                && self.coming.by_itself.len() < WAITING
            {
                self.coming.by_itself.push_back(file);
            }
        }
        self.go_on(turn)
    }

    fn go_on(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        while self.tasks.coming() < AT_A_TIME {
            let Some(file) = self.coming.by_itself.pop_front() else {
                return Ok(());
            };
            let found = files::get(turn.tx, file)?;
            if let Some(found) = found.filter(|found| found.state == FileState::Remote) {
                self.begin_fetching(turn, &found, Some(MOST))?;
            }
        }
        Ok(())
    }
}

/// Whether it is small and of a kind that is looked at or heard, encrypted, and lies at a host of one of
/// these domains.
fn comes_by_itself(file: &MessageFile, domains: [&str; 2]) -> bool {
    let kind = file.media_type.as_ref().map_or("", |kind| kind.as_str());
    let is_kind = (kind.starts_with("image/") && kind != "image/svg+xml") || kind.starts_with("audio/");
    let is_small = file.size.is_none_or(|size| size <= MOST);
    let host = file.host.as_ref().map_or("", |host| host.as_str());
    let host = host
        .rsplit_once(':')
        .map_or(host, |(host, _)| host)
        .to_ascii_lowercase();
    let is_of = |domain: &&str| {
        let below = host.strip_suffix(*domain);
        below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    };
    file.encrypted && is_kind && is_small && domains.iter().any(is_of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::MessageId;

    fn file(kind: &str, host: &str, size: Option<u64>) -> MessageFile {
        MessageFile {
            id: FileId(1),
            message: MessageId(1),
            number: 0,
            name: None,
            media_type: Some(Clean::new(kind)),
            size,
            sha256: None,
            host: Some(Clean::new(host)),
            encrypted: true,
            state: FileState::Remote,
            failure: None,
            container: None,
            stored: None,
        }
    }

    // Threat 68.
    #[test]
    fn only_small_pictures_and_sounds_from_our_or_their_domain_come_by_themselves() {
        let domains = ["bob.test", "ana.test"];
        let comes = |file: &MessageFile| comes_by_itself(file, domains);
        for (kind, host, size) in [
            ("image/jpeg", "up.bob.test", None),
            ("image/png", "ANA.test:5281", Some(MOST)),
            ("audio/ogg", "bob.test", Some(0)),
        ] {
            assert!(comes(&file(kind, host, size)), "{kind} {host}");
        }
        for (kind, host, size) in [
            ("image/jpeg", "evilbob.test", None),
            ("image/jpeg", "bob.test.evil", None),
            ("image/jpeg", "", None),
            ("image/svg+xml", "bob.test", None),
            ("application/pdf", "bob.test", None),
            ("image/jpeg", "bob.test", Some(MOST + 1)),
        ] {
            assert!(!comes(&file(kind, host, size)), "{kind} {host}");
        }
        let clear = MessageFile {
            encrypted: false,
            ..file("image/jpeg", "bob.test", None)
        };
        assert!(!comes(&clear));
    }
}
