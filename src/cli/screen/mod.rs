//! What the program does around the screen: arguments and config before it, the vault, the account and the
//! session beside it, and good order after it.
//!
//! - `worker`: the thread that owns vault, database and session, and answers what the screen asks;
//! - `first_login`: adding and registering an account as the wizard sees it; `typed`: what is typed there, as
//!   people type it; `words`: failures in the words of the screen.

mod desk;
mod first_login;
mod typed;
mod words;
mod worker;

use std::io::{self, IsTerminal};

use getrandom::SysRng;
use jiff::tz::TimeZone;
use rand_core::UnwrapErr;
use tokio::sync::mpsc::unbounded_channel;

use super::args::Common;
use super::open::OpenProfile;
use super::unlock::{self, SecretSource, Unlocked};
use super::{Code, Exit, config, init, lock, output, parse};
use crate::paths::Profile;
use ::config::{Colour, Config, Glyphs, Links};
use api::Secret;
use model::Clean;
use signals::{Held, Signal};
use tui::host::{End, First, Host, Start};
use tui::keymap::Keymap;
use tui::theme::{Capabilities, has_links};
use vault::{self, Forms};
use worker::{FoundProfile, Worker};

/// Shows the screen until the person leaves or locks it.
///
/// Exit: 2 no terminal, or a config file that cannot be used; 3 vault in use, not usable, or not opened by
/// the passphrase that was given; 1 anything else.
pub fn run(common: &Common) -> Result<(), Exit> {
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(Exit::usage(
            "The screen needs a terminal. What works without one is listed by: susurro help",
        ));
    }
    let (config, keymap) = config::load()?;
    let profile = common.locate()?;
    let (first, found) = find(&profile, &common.secret(), &config)?;
    let start = start(first, &config, keymap);
    let (requests, asked) = unbounded_channel();
    let (told, answers) = unbounded_channel();
    // Before any other thread, which would act on it.
    let held = Held::hold(&[Signal::SIGTSTP])
        .map_err(|error| Exit::other(format!("The screen cannot begin: {error}.")))?;
    let worker = Worker::new(profile, config, found, asked, told).start()?;
    let left = tui::run::run(start, Host { requests, answers }, held.waiting());
    // A program that takes our place would hold it too.
    drop(held);
    let closed = worker.end();
    match left {
        // Whatever came of the closing: what locks must not stay.
        Ok(End::Lock) => {
            closed.unwrap_or_else(|exit| output::say(exit.text));
            Err(lock::relaunch_locked())
        }
        Ok(End::Quit) => closed,
        Err(error) => {
            closed.unwrap_or_else(|exit| output::say(exit.text));
            Err(Exit::other(format!("The screen ended: {error}.")))
        }
    }
}

/// Takes the lock of the profile, and opens it if the passphrase comes from elsewhere than the screen.
fn find(profile: &Profile, source: &SecretSource, config: &Config) -> Result<(First, FoundProfile), Exit> {
    if !source.is_terminal() {
        let unlocked = unlock::unlock(profile, source)?;
        let opened = Box::new(open(unlocked, config)?);
        return Ok((First::Opening, FoundProfile::Open(opened)));
    }
    if !profile.exists() || !vault::exists(&profile.vault()) {
        profile.prepare()?;
        let lock = profile.lock()?;
        init::refuse_existing(profile)?;
        return Ok((First::MakeVault, FoundProfile::Closed(lock)));
    }
    Ok((First::Unlock, FoundProfile::Closed(unlock::lock_vault(profile)?)))
}

fn open(unlocked: Unlocked, config: &Config) -> Result<OpenProfile, Exit> {
    let (opened, warnings) = OpenProfile::new(unlocked, config)?;
    warnings.iter().for_each(output::say);
    Ok(opened)
}

fn start(first: First, config: &Config, keymap: Keymap) -> Start {
    Start {
        first,
        capabilities: capabilities(config),
        keymap,
        mouse: config.mouse,
        bell: config.bell,
        links: links(config),
        hide_offline: !config.offline,
        zone: TimeZone::system(),
        weakness,
        strength: |passphrase| Clean::line(vault::strength::in_words(passphrase)),
        six_words,
        address: typed::address,
        server: |text| parse::server(text.trim()),
        ca_file: typed::ca_file,
        name: parse::contact_name,
    }
}

fn links(config: &Config) -> bool {
    has_links(match config.links {
        Links::Auto => None,
        Links::On => Some(true),
        Links::Off => Some(false),
    })
}

fn capabilities(config: &Config) -> Capabilities {
    let colour = match config.colour {
        Colour::Auto => None,
        Colour::Always => Some(true),
        Colour::Never => Some(false),
    };
    let unicode = match config.glyphs {
        Glyphs::Auto => None,
        Glyphs::Unicode => Some(true),
        Glyphs::Ascii => Some(false),
    };
    Capabilities::detect(colour, unicode)
}

fn weakness(passphrase: &str) -> Option<Clean> {
    let typed = Forms::typed(passphrase);
    let weakness = vault::check_strength(typed.new_form().unwrap_or_default()).err()?;
    Some(Clean::line(&weakness.to_string()))
}

fn six_words() -> Secret {
    Secret(vault::six_words(&mut UnwrapErr(SysRng)))
}

/// The sentence for a thread of ours that panicked: where it was is said already.
fn fault() -> Exit {
    Exit::new(Code::Other, "")
}
