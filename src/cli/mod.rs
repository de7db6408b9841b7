//! The commands: headless front ends over the two channels of [`api`], one file per subcommand; and what the
//! program does around the screen ([`screen`]).
//!
//! - `descriptors`: whether enough files can be opened.
//! - [`args`], `parse`: what can be typed. `exit`: how a command ends. `output`: where words go.
//! - `open`: the unlocked profile; `offline`: the core without a network; `client`: a command's side of a
//!   running session; `confirm`: asking back.
//! - `sending`: a message on its way, for `send` and `retry`.
//! - `ids`: which message an `ID` means. `render`, `json`, `words`, `time`: how a message looks,
//!   for people and for programs.
//! - The rest: the subcommands, and what unlocks ([`unlock`]).
//!
//! Results go to stdout, everything said to people to stderr, one sentence a line.

mod account;
pub mod args;
mod block;
mod change;
mod chats;
mod client;
pub mod config;
mod confirm;
mod contact;
mod delete;
mod descriptors;
mod devices;
mod doctor;
mod encryption;
mod exit;
mod file_fields;
mod files;
mod history;
mod ids;
pub mod init;
mod interrupt;
mod json;
mod listen;
pub mod lock;
mod offline;
mod open;
mod output;
mod parse;
pub mod passphrase;
mod policy;
mod progress;
mod read;
mod render;
mod retry;
mod room;
mod screen;
mod send;
mod sending;
mod shell;
mod sync;
mod text;
mod time;
mod trust;
pub mod unlock;
mod uri;
mod words;

use std::process::ExitCode;

use clap::Parser;

pub use exit::{Code, Exit};

use crate::{logging, vault};
use args::{Cli, Command, Common};
use unlock::SecretSource;

/// Runs the program: arguments, command, exit code.
pub fn run() -> ExitCode {
    logging::quiet_panics();
    for warning in vault::hardening::harden() {
        output::say(warning);
    }
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == ::files::pictures::ARGUMENT)
    {
        return ::files::pictures::serve();
    }
    let cli = match Cli::try_parse() {
        Ok(mut cli) => {
            cli.common.command = cli.command.as_ref().map_or("susurro", Command::name);
            cli
        }
        Err(wrong) => {
            // Help and version go to stdout with 0, wrong usage to stderr with 2.
            let _ = wrong.print();
            return u8::try_from(wrong.exit_code()).map_or(Code::Usage.into(), ExitCode::from);
        }
    };
    match dispatch(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => {
            if !exit.text.is_empty() {
                output::say(&exit.text);
            }
            exit.code.into()
        }
    }
}

fn dispatch(cli: &Cli) -> Result<(), Exit> {
    let common = &cli.common;
    if !matches!(cli.command, Some(Command::Config(_))) {
        descriptors::enough()?;
    }
    let Some(command) = &cli.command else {
        return screen::run(common);
    };
    match command {
        Command::Init(args) => init::init(&common.locate()?, &common.secret(), args.kdf.into()),
        Command::Passphrase(args) => change_passphrase(common, args),
        Command::Account(args) => account::run(common, args),
        Command::Contact(args) => contact::run(common, args),
        Command::Send(args) => send::run(common, args),
        Command::Retry(args) => retry::run(common, args),
        Command::Withdraw(args) => retry::withdraw(common, args),
        Command::Edit(args) => change::edit(common, args),
        Command::Retract(args) => change::retract(common, args),
        Command::Ask(args) => send::ask(common, args),
        Command::Resend(args) => change::resend(common, args),
        Command::React(args) => change::react(common, args),
        Command::Listen(args) => listen::run(common, args),
        Command::Sync(args) => sync::run(common, args),
        Command::Room(args) => room::run(common, args),
        Command::File(args) => files::run(common, args),
        Command::Storage(args) => files::storage(common, args),
        Command::Chats(args) => chats::run(common, args),
        Command::History(args) => history::run(common, args),
        Command::Read(args) => read::run(common, args),
        Command::Delete(args) => delete::run(common, args),
        Command::Block(args) => block::block(common, args),
        Command::Unblock(args) => block::unblock(common, args),
        Command::Blocked(args) => block::list(common, args.json),
        Command::Trust(args) => trust::run(common, args),
        Command::Devices(args) => devices::run(common, args),
        Command::Encryption(args) => encryption::run(common, args),
        Command::Doctor => doctor::run(common),
        Command::Config(args) => config::run(*args),
        Command::Completion(args) => shell::completion(*args),
        Command::Man(args) => shell::man(args),
    }
}

fn change_passphrase(common: &Common, args: &args::Passphrase) -> Result<(), Exit> {
    let new = SecretSource::new(
        args.new_passphrase_file.clone(),
        args.new_passphrase_command.clone(),
        common.locked,
    );
    passphrase::passphrase(&common.locate()?, &common.secret(), &new)
}

impl From<args::Kdf> for vault::Strength {
    fn from(kdf: args::Kdf) -> Self {
        match kdf {
            args::Kdf::Default => Self::Default,
            args::Kdf::Light => Self::Light,
        }
    }
}
