//! `susurro send --file`: each file is taken into the vault's folder once the server has said how large it
//! may be, and goes as a message of its own; the caption goes behind them.

use std::io::stdin;
use std::path::Path;

use tokio::time::Instant;

use crate::cli::args::{Attached, Common, Manner, Send};
use crate::cli::client::Client;
use crate::cli::open::{OpenProfile, with_profile_kept};
use crate::cli::{Exit, output, sending, text};
use api::{Command, FileCommand, Outcome};
use files::{Folder, TakeIn};
use model::{Clean, FilesFailure, Peer};

/// Sends these files, and the words behind them. What can be seen to be wrong is seen before anything goes.
pub fn send(common: &Common, args: &Send) -> Result<(), Exit> {
    let attached = &args.attached;
    let sources = sources(attached)?;
    let caption = caption(attached)?;
    with_profile_kept(common, |opened| {
        let to = opened.whoever(&args.chat)?;
        let options = (args.plaintext, !attached.original);
        for source in sources {
            send_one(opened, &to, source, options, args.manner)?;
        }
        match caption {
            Some(body) => {
                let clear = args.plaintext;
                sending::send(opened, Command::Send { to, body, clear }, args.manner)
            }
            None => Ok(()),
        }
    })
}

fn caption(attached: &Attached) -> Result<Option<Clean>, Exit> {
    match (&attached.caption, &attached.caption_file) {
        (Some(words), _) => text::checked(words).map(Some),
        (None, Some(path)) => text::from_file(path).map(Some),
        (None, None) => Ok(None),
    }
}

/// A file that is open, with its name; the size is that of an ordinary file.
enum Attachment {
    File(std::fs::File, String, u64),
    Input(String),
}

fn sources(attached: &Attached) -> Result<Vec<Attachment>, Exit> {
    let mut sources = Vec::new();
    let mut input = 0;
    for path in &attached.files {
        if path.as_path() == Path::new("-") {
            input += 1;
            let name = attached.name.clone();
            let name = name.ok_or_else(|| {
                Exit::usage("A file from standard input has no name: give it one with --name.")
            })?;
            sources.push(Attachment::Input(name));
        } else {
            let (file, name, size) = files::open_source(path).map_err(|error| Exit::other(error.of(path)))?;
            sources.push(Attachment::File(file, name, size));
        }
    }
    match input {
        0 if attached.name.is_some() => Err(Exit::usage(
            "--name is for a file from standard input (--file -); others have a name.",
        )),
        0 | 1 => Ok(sources),
        _ => Err(Exit::usage("Standard input is one file: name it once.")),
    }
}

fn send_one(
    opened: &mut OpenProfile,
    to: &Peer,
    source: Attachment,
    (clear, strip): (bool, bool),
    manner: Manner,
) -> Result<(), Exit> {
    let folder = opened.files()?.clone();
    sending::follow(opened, (Some(to), false), manner, async |client, deadline| {
        let file = take_in(client, deadline, &folder, source, strip).await?;
        Ok(Command::File(FileCommand::Send {
            to: to.clone(),
            file: Box::new(file),
            clear,
        }))
    })
}

/// Asks how large a file may be, then takes it in.
async fn take_in(
    client: &mut Client,
    deadline: Instant,
    folder: &Folder,
    source: Attachment,
    strip: bool,
) -> Result<model::StagedFile, Exit> {
    let asked = Command::File(FileCommand::Service);
    let largest = match client.perform(asked, deadline).await? {
        Outcome::UploadService(service) => service.largest,
        _ => None,
    };
    if let (Attachment::File(_, _, size), Some(largest)) = (&source, largest)
        && *size > largest
    {
        return Err(Exit::from(api::Failure::Files(FilesFailure::TooLarge {
            size: *size,
            largest,
        })));
    }
    let options = TakeIn { strip, largest };
    let taken = match source {
        Attachment::File(file, name, _) => files::take_in(folder, file, &name, options),
        Attachment::Input(name) => files::take_in(folder, stdin().lock(), &name, options),
    };
    let (file, stripped) = taken.map_err(|error| Exit::from(api::Failure::Files(error.failure())))?;
    if let Some(said) = stripped.said() {
        output::say(format!("{}: {said}", file.name.as_str()));
    }
    Ok(file)
}
