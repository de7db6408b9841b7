//! `susurro file get` and `file open`: a file is fetched into the vault's folder if it is not there, then
//! saved or opened.

use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::find;
use crate::cli::args::{Common, GetFile, OpenFile, WhichFile};
use crate::cli::client::{one_shot, runtime, with_session};
use crate::cli::interrupt::Interrupts;
use crate::cli::open::{OpenProfile, with_profile};
use crate::cli::progress::Bar;
use crate::cli::sending::{Progress, heard};
use crate::cli::{Exit, confirm, output};
use api::{Command, FileCommand};
use files::{FilesError, Reader};
use model::{FileState, FilesFailure, MessageFile};

pub(super) fn get(common: &Common, args: &GetFile) -> Result<(), Exit> {
    let to_output = args.output.as_deref() == Some(Path::new("-"));
    if to_output && io::stdout().is_terminal() {
        return Err(Exit::usage(
            "A file is not written to a terminal. Send it on (… --output - | program) or give --output a name.",
        ));
    }
    with_profile(common, |opened| {
        let file = here(opened, &args.which, (args.force, args.timeout))?;
        let name = file.name.as_ref().map_or("", |name| name.as_str());
        match args.output.as_deref() {
            None => {
                output::say("It is here, encrypted. --output PATH saves a copy that can be read.");
                Ok(())
            }
            Some(_) if to_output => write(opened, &file),
            Some(path) => {
                let mut reader = reader(opened, &file)?;
                let place = match path.is_dir() {
                    true => path.join(files::safe_name(name)),
                    false => path.to_owned(),
                };
                let saved = files::save_as(&mut reader, &place, name, args.force)
                    .map_err(|error| Exit::other(error.of(&place)))?;
                output::result(saved.to_string_lossy())?;
                output::say("Whoever can read that folder can read the copy.");
                Ok(())
            }
        }
    })
}

pub(super) fn open(common: &Common, args: &OpenFile) -> Result<(), Exit> {
    with_profile(common, |opened| {
        let file = here(opened, &args.which, (false, args.timeout))?;
        let name = file.name.as_ref().map_or("", |name| name.as_str());
        let mut content = reader(opened, &file)?;
        if files::is_active(&mut content, name).map_err(told)? && !args.yes {
            if !confirm::possible() {
                return Err(Exit::usage(
                    "What is in this file can run or act by itself. Add --yes to open it all the same.",
                ));
            }
            let question = "What is in this file can run or act by itself. Open it?";
            if !confirm::confirmed(question)? {
                return Err(Exit::other("It was not opened."));
            }
        }
        show(&mut content, name)
    })
}

/// A program that ends at once has handed the file to one that runs already, which needs time to read it.
const HANDED_ON: Duration = Duration::from_secs(3);
const READING: Duration = Duration::from_secs(60);

/// Hands it to the program of the desktop; the copy goes when that has ended, or at Ctrl-C.
fn show(content: &mut Reader, name: &str) -> Result<(), Exit> {
    let mut opened = files::open_with(content, name, "xdg-open").map_err(told)?;
    runtime()?.block_on(async {
        let mut interrupts = Interrupts::new().map_err(|error| Exit::other(error.to_string()))?;
        let began = Instant::now();
        loop {
            tokio::select! {
                () = interrupts.wait() => return Ok(()),
                () = sleep(Duration::from_millis(100)) => {}
            }
            if let Ok(Some(status)) = opened.program.try_wait() {
                if !status.success() {
                    return Err(Exit::other(
                        "xdg-open could not open it: save a copy with susurro file get --output.",
                    ));
                }
                if began.elapsed() < HANDED_ON {
                    output::say("The copy that can be read goes in a minute, or with Ctrl-C.");
                    tokio::select! {
                        () = interrupts.wait() => {}
                        () = sleep(READING) => {}
                    }
                }
                return Ok(());
            }
        }
    })
}

/// What goes wrong with files at rest, as the end of a command.
fn told(error: FilesError) -> Exit {
    Exit::from(api::Failure::Files(error.failure()))
}

/// The whole file to standard output.
fn write(opened: &OpenProfile, file: &MessageFile) -> Result<(), Exit> {
    let mut content = reader(opened, file)?;
    let mut stdout = io::stdout().lock();
    let mut piece = zeroize::Zeroizing::new(vec![0; 64 * 1024]);
    loop {
        let read = content.read(&mut piece).map_err(|_| Exit::from(damaged()))?;
        if read == 0 {
            return stdout.flush().map_err(Exit::output);
        }
        stdout
            .write_all(piece.get(..read).unwrap_or_default())
            .map_err(Exit::output)?;
    }
}

fn damaged() -> api::Failure {
    api::Failure::Files(FilesFailure::Damaged)
}

fn reader(opened: &OpenProfile, file: &MessageFile) -> Result<Reader, Exit> {
    let container = file.container.filter(|_| file.state == FileState::Here);
    let container = container.ok_or_else(|| Exit::from(api::Failure::Files(FilesFailure::NotHere)))?;
    opened.files()?.read(container).map_err(told)
}

/// The file, fetched if it is not here or if it is to be fetched again.
fn here(
    opened: &mut OpenProfile,
    which: &WhichFile,
    (again, patience): (bool, Duration),
) -> Result<MessageFile, Exit> {
    let file = find(opened, which)?;
    if file.state == FileState::Here && !(again && file.host.is_some()) {
        return Ok(file);
    }
    let options = one_shot(opened.account()?.id);
    with_session(opened, options, async |client| {
        client.ready(Instant::now() + patience).await?;
        let number = client.command(Command::File(FileCommand::Get(file.id)));
        let mut deadline = Instant::now() + patience;
        let mut bar = Bar::new();
        loop {
            match heard(client, number, deadline).await? {
                Progress::Done => return Ok(()),
                Progress::Refused(why) => return Err(why),
                Progress::Moves(transfer) if !transfer.waits => {
                    bar.show(&transfer);
                    deadline = Instant::now() + patience;
                }
                Progress::Nothing | Progress::Acknowledged | Progress::Moves(_) => {}
            }
        }
    })?;
    find(opened, which)
}
