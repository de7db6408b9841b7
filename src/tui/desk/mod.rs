//! What takes longer than a frame and has to do with the disk: taking files in, opening and saving them,
//! looking into folders. It is done on threads of its own, one thing after the other; the screen asks and is
//! told.
//!
//! What lies in the vault's folder only the program around the screen can read: it lends a [`FileDesk`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::{fs, io, thread};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::pictures::Pixels;
use model::{Clean, FileId, MessageFile, Peer, StagedFile};

/// Names in a folder that are looked at.
pub const MOST_NAMES: usize = 5_000;

/// The vault's folder of files, as the program around the screen lends it. Whatever goes wrong is a sentence.
pub trait FileDesk: Send + Sync {
    /// Takes a copy of a file in, without what it says of where and by what it was made, unless all of it is
    /// wanted. `largest`: what is larger is refused before it is read.
    fn take_in(&self, path: &Path, original: bool, largest: Option<u64>) -> Result<TakenIn, Clean>;

    /// Shows a file that is here by another program; what the person is told of that. `sure`: also one that
    /// could do something by itself.
    fn open(&self, file: &MessageFile, with: Option<&str>, sure: bool) -> Result<Opened, Clean>;

    /// Writes a readable copy, never over another file; where it lies then.
    fn save(&self, file: &MessageFile, path: &Path) -> Result<PathBuf, Clean>;

    /// The picture that the file is, shrunk to so many pixels at most; None: it is none that can be shown.
    fn picture(&self, file: &MessageFile, most: (u16, u16)) -> Option<Pixels>;

    /// How the file begins, in so many bytes at most.
    fn read(&self, file: &MessageFile, most: usize) -> Result<Vec<u8>, Clean>;
}

/// A file that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenIn {
    pub file: StagedFile,
    /// What was left out of it, in words.
    pub left_out: Option<Clean>,
}

/// What became of opening one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// It is shown; by what, in words.
    Shown(Clean),
    /// It could do something by itself; why, in a sentence. Nothing was done.
    Active(Clean),
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskTask {
    TakeIn {
        to: Peer,
        path: PathBuf,
        original: bool,
        largest: Option<u64>,
    },
    Open {
        file: Box<MessageFile>,
        with: Option<String>,
        sure: bool,
    },
    Save {
        file: Box<MessageFile>,
        path: PathBuf,
    },
    Read {
        file: Box<MessageFile>,
    },
    /// A picture, for so many columns and rows at most.
    Picture {
        file: Box<MessageFile>,
        most: (u16, u16),
    },
    /// Whether a pasted text is the path of a file.
    Look {
        text: String,
        path: PathBuf,
    },
    List(PathBuf),
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeskTold {
    Taken {
        to: Peer,
        taken: Box<TakenIn>,
    },
    /// Something that could do something by itself was not opened.
    Active {
        file: Box<MessageFile>,
        why: Clean,
    },
    Text {
        file: Box<MessageFile>,
        text: Vec<u8>,
    },
    /// None: it cannot be shown.
    Picture {
        file: FileId,
        pixels: Option<Pixels>,
    },
    /// It is one, of so many bytes.
    IsFile {
        text: String,
        size: u64,
    },
    Listed {
        folder: PathBuf,
        names: Result<Vec<Listed>, Clean>,
    },
    Done(Clean),
    Failed(Clean),
}

/// One name in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// False for folders, which come first.
    pub is_file: bool,
    pub name: String,
    pub size: u64,
}

/// The screen's end of it.
pub struct Desk {
    copying: Sender<DeskTask>,
    looking: Sender<DeskTask>,
    told: UnboundedReceiver<DeskTold>,
}

impl Desk {
    /// Starts the threads: one that copies, which may take long, and one that looks. They end with this.
    ///
    /// # Errors
    /// That no thread can be started.
    pub fn start(files: Option<Arc<dyn FileDesk>>) -> io::Result<Self> {
        let (tell, told) = unbounded_channel();
        let (copying, to_copy) = channel();
        let (looking, to_look) = channel();
        for (name, tasks) in [("files", to_copy), ("looking", to_look)] {
            let (files, tell) = (files.clone(), tell.clone());
            let work = move || work(files.as_deref(), &tasks, &tell);
            thread::Builder::new().name(name.to_owned()).spawn(work)?;
        }
        Ok(Self {
            copying,
            looking,
            told,
        })
    }

    /// Asks for something; what becomes of it is told later.
    pub fn ask(&self, task: DeskTask) {
        let to = match task {
            DeskTask::TakeIn { .. } | DeskTask::Save { .. } | DeskTask::Open { .. } => &self.copying,
            DeskTask::Read { .. } | DeskTask::Picture { .. } | DeskTask::Look { .. } | DeskTask::List(_) => {
                &self.looking
            }
        };
        // A thread that is gone panicked; that is told elsewhere.
        let _ = to.send(task);
    }

    /// What is told next; for ever nothing if nobody tells.
    pub async fn next(&mut self) -> DeskTold {
        match self.told.recv().await {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }
}

fn work(files: Option<&dyn FileDesk>, tasks: &Receiver<DeskTask>, tell: &UnboundedSender<DeskTold>) {
    while let Ok(task) = tasks.recv() {
        let told = one(files, task);
        if told.is_some_and(|told| tell.send(told).is_err()) {
            return;
        }
    }
}

/// Does one thing.
fn one(files: Option<&dyn FileDesk>, task: DeskTask) -> Option<DeskTold> {
    match task {
        DeskTask::Look { text, path } => {
            let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
            return Some(DeskTold::IsFile {
                text,
                size: found.len(),
            });
        }
        DeskTask::List(folder) => {
            let names = list(&folder, MOST_NAMES).map_err(|error| Clean::line(&error.to_string()));
            return Some(DeskTold::Listed { folder, names });
        }
        _ => {}
    }
    if let DeskTask::Picture { file, most } = task {
        // Two pixels stand in a cell.
        let most = (most.0, most.1.saturating_mul(2));
        let pixels = files.and_then(|files| files.picture(&file, most));
        return Some(DeskTold::Picture {
            file: file.id,
            pixels,
        });
    }
    let Some(files) = files else {
        return Some(DeskTold::Failed(Clean::line(
            "The folder of files cannot be opened.",
        )));
    };
    Some(in_the_vault(files, task).unwrap_or_else(DeskTold::Failed))
}

fn in_the_vault(files: &dyn FileDesk, task: DeskTask) -> Result<DeskTold, Clean> {
    Ok(match task {
        DeskTask::TakeIn {
            to,
            path,
            original,
            largest,
        } => {
            let taken = Box::new(files.take_in(&path, original, largest)?);
            DeskTold::Taken { to, taken }
        }
        DeskTask::Open { file, with, sure } => match files.open(&file, with.as_deref(), sure)? {
            Opened::Shown(by) => DeskTold::Done(by),
            Opened::Active(why) => DeskTold::Active { file, why },
        },
        DeskTask::Save { file, path } => {
            let path = files.save(&file, &path)?;
            let words = format!(
                "Saved as {}. Whoever can read that folder can read the copy.",
                path.display()
            );
            DeskTold::Done(Clean::line(&words))
        }
        DeskTask::Read { file } => {
            let text = files.read(&file, MOST_TEXT)?;
            DeskTold::Text { file, text }
        }
        DeskTask::Picture { .. } | DeskTask::Look { .. } | DeskTask::List(_) => {
            return Err(Clean::line("Nothing was asked."));
        }
    })
}

/// Bytes of a text that are shown.
pub const MOST_TEXT: usize = 256 * 1024;

/// What stands in a folder, folders first; hidden ones last in each.
///
/// # Errors
/// What the system says.
pub fn list(folder: &Path, most: usize) -> io::Result<Vec<Listed>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)?.take(most) {
        let entry = entry?;
        // What has no name that can be written is reached by nobody who writes it.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        // Through links.
        let Ok(found) = fs::metadata(entry.path()) else {
            continue;
        };
        if found.is_file() || found.is_dir() {
            names.push(Listed {
                is_file: found.is_file(),
                name,
                size: found.len(),
            });
        }
    }
    names.sort_by_cached_key(|one| (one.is_file, one.name.starts_with('.'), one.name.to_lowercase()));
    Ok(names)
}

#[cfg(test)]
mod tests;
