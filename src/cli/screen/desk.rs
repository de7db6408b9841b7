//! The desk of the screen: the vault's folder of files, lent to it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use files::{FilesError, Folder, TakeIn, is_active, open_source, open_with, save_as, take_in};
use model::{Clean, FilesFailure, MessageFile, shown};
use tui::desk::{FileDesk, Opened, TakenIn};
use tui::pictures::Pixels;
use words::Face;

/// What shows files where the person names nothing else.
const BY_THE_SYSTEM: &str = "xdg-open";
/// The tag that is behind what is encrypted, in bytes: it counts for the service.
const TAG: u64 = 16;

/// The folder, and what of it programs have now.
pub struct VaultDesk {
    folder: Folder,
    /// With whether the copy goes as soon as its program has ended: what hands a file on to another program
    /// ends before.
    opened: Mutex<Vec<(files::LentCopy, bool)>>,
}

impl VaultDesk {
    pub fn new(folder: Folder) -> Self {
        Self {
            folder,
            opened: Mutex::default(),
        }
    }

    fn reader(&self, file: &MessageFile) -> Result<files::Reader, Clean> {
        let container = file.container.ok_or_else(|| said(&FilesFailure::NotHere))?;
        self.folder
            .read(container)
            .map_err(|error| said(&error.failure()))
    }

    /// Copies whose programs have ended go.
    fn keep(&self, new: (files::LentCopy, bool)) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.retain_mut(|(copy, ends)| !*ends || matches!(copy.program.try_wait(), Ok(None)));
        opened.push(new);
    }
}

impl FileDesk for VaultDesk {
    fn take_in(&self, path: &Path, original: bool, largest: Option<u64>) -> Result<TakenIn, Clean> {
        let refused = |error: FilesError| match error {
            FilesError::TooLarge { .. } => said(&error.failure()),
            error => Clean::line(&error.of(path)),
        };
        let largest = largest.map(|largest| largest.saturating_sub(TAG));
        let (source, name, size) = open_source(path).map_err(refused)?;
        if let Some(largest) = largest.filter(|largest| size > *largest) {
            return Err(said(&FilesFailure::TooLarge { size, largest }));
        }
        let options = TakeIn {
            strip: !original,
            largest,
        };
        let (file, stripped) = take_in(&self.folder, source, &name, options).map_err(refused)?;
        Ok(TakenIn {
            file,
            left_out: stripped.said().map(|said| Clean::line(&said)),
        })
    }

    fn open(&self, file: &MessageFile, with: Option<&str>, sure: bool) -> Result<Opened, Clean> {
        let mut content = self.reader(file)?;
        let name = name(file);
        let is_active = is_active(&mut content, name).map_err(|error| said(&error.failure()))?;
        if is_active && !sure {
            let why = "It is of a kind that can do something by itself when it is opened. Do you trust who sent it?";
            return Ok(Opened::Active(Clean::line(why)));
        }
        let program = with.unwrap_or(BY_THE_SYSTEM);
        let opened = open_with(&mut content, name, program).map_err(|error| said(&error.failure()))?;
        self.keep((opened, with.is_some()));
        let shown = shown::one_line(&Clean::line(program));
        Ok(Opened::Shown(Clean::line(&format!(
            "{shown} has a copy, which goes at the end."
        ))))
    }

    fn save(&self, file: &MessageFile, path: &Path) -> Result<PathBuf, Clean> {
        let mut content = self.reader(file)?;
        save_as(&mut content, path, name(file), false).map_err(|error| Clean::line(&error.of(path)))
    }

    fn picture(&self, _file: &MessageFile, _most: (u16, u16)) -> Option<Pixels> {
        None
    }

    fn read(&self, file: &MessageFile, most: usize) -> Result<Vec<u8>, Clean> {
        let content = self.reader(file)?;
        let mut bytes = Vec::new();
        let read = content.take(most as u64).read_to_end(&mut bytes);
        read.map_err(|_| said(&FilesFailure::Damaged))?;
        Ok(bytes)
    }
}

fn said(failure: &FilesFailure) -> Clean {
    words::failure(Face::Screen, &failure.clone().into())
}

fn name(file: &MessageFile) -> &str {
    file.name.as_ref().map_or("", Clean::as_str)
}
