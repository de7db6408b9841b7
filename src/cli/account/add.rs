//! `susurro account add`: the account is stored, proved by one whole login, and gone again if that fails.

use std::time::Duration;

use tokio::time::Instant;
use zeroize::Zeroizing;

use super::refuse_second;
use crate::cli::args::{Common, NewAccount};
use crate::cli::client::{Beside, Client, Console, one_shot, with_session_beside};
use crate::cli::open::{OpenProfile, with_profile};
use crate::cli::{Exit, offline, output, render, words};
use api::{AccountCommand, Secret};
use model::{AccountId, AccountOptions, BareJid, Ed25519Fingerprint, Fact, Fingerprint};
use store::omemo;

/// How long the first login may take, with the making and publishing of the keys.
const TIMEOUT: Duration = Duration::from_secs(60);

pub fn run(common: &Common, args: &NewAccount) -> Result<(), Exit> {
    let options = args.options()?;
    with_profile(common, |opened| {
        refuse_second(opened)?;
        let password = args.password.read(&prompt(&args.jid), false)?;
        add(opened, &args.jid, &password, &options)
    })
}

/// The question for the password of an existing account.
pub fn prompt(jid: &BareJid) -> String {
    format!("Password of {}", render::identifier(jid.as_str()))
}

/// Adds the account at the console, and says what was found.
pub fn add(
    opened: &mut OpenProfile,
    jid: &BareJid,
    password: &str,
    options: &AccountOptions,
) -> Result<(), Exit> {
    match prove(opened, jid, password, options, Console::new) {
        Ok(found) => output::results(found.lines(jid)),
        Err(exit) => {
            let text = format!(
                "{} Nothing is stored: add the account again when that is put right.",
                exit.text
            );
            Err(Exit::new(exit.code, text))
        }
    }
}

/// Stores the account and logs in. If that fails, nothing of it is stored.
pub fn prove<B: Beside>(
    opened: &mut OpenProfile,
    jid: &BareJid,
    password: &str,
    options: &AccountOptions,
    beside: impl FnOnce() -> Result<B, Exit>,
) -> Result<FirstLogin, Exit> {
    let account = store(opened, jid, password, options)?;
    let found = with_session_beside(opened, one_shot(account), beside, async |client| {
        client.ready(Instant::now() + TIMEOUT).await?;
        match client.refused.take() {
            Some(why) => Err(why.into()),
            None => find(client, account),
        }
    });
    match found {
        Ok(found) => {
            offline::change_accounts(opened, AccountCommand::Prove(account))?;
            Ok(found)
        }
        Err(exit) => {
            // An account that stays because of an error here is not proved: the next
            // one that is added replaces it.
            let _ = offline::change_accounts(opened, AccountCommand::Remove(account));
            Err(exit)
        }
    }
}

/// The account as it is until a login has proved it.
fn store(
    opened: &mut OpenProfile,
    jid: &BareJid,
    password: &str,
    options: &AccountOptions,
) -> Result<AccountId, Exit> {
    let command = AccountCommand::Add {
        jid: jid.clone(),
        password: Secret(Zeroizing::new(password.to_owned())),
        options: options.clone(),
        resource: resource()?,
    };
    offline::change_accounts(opened, command)?.ok_or_else(|| Exit::other("The account was not stored."))
}

/// The resource of `listen`: random, so that it tells nothing about program or machine.
fn resource() -> Result<String, Exit> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Exit::other(format!("The system gives no random numbers: {error}.")))?;
    Ok(format!("{:016x}", u64::from_be_bytes(bytes)))
}

/// What the first login found.
pub struct FirstLogin {
    pub facts: Vec<Fact>,
    device: u32,
    pub fingerprint: Fingerprint,
    /// The same key, as people see it whose program shows the form of OMEMO 2.
    pub ed25519: Ed25519Fingerprint,
}

fn find<B: Beside>(client: &Client<B>, account: AccountId) -> Result<FirstLogin, Exit> {
    let own = omemo::own_device(client.reader(), account)?
        .ok_or_else(|| Exit::other("The session published keys and did not store them."))?;
    Ok(FirstLogin {
        facts: client.online.clone().unwrap_or_default().facts,
        device: own.id.get(),
        fingerprint: own.identity.public().fingerprint(),
        ed25519: own.identity.ed25519(),
    })
}

impl FirstLogin {
    fn lines(&self, jid: &BareJid) -> Vec<String> {
        let mut lines = vec![format!("{} is ready", render::identifier(jid.as_str()))];
        lines.extend(
            self.facts
                .iter()
                .map(|fact| format!("  {}", render::sentence(::words::fact(fact).as_str()))),
        );
        lines.push(format!("  device {}", self.device));
        lines.push(format!("  fingerprint {}", self.fingerprint.grouped()));
        lines.push(format!(
            "  {} {}",
            words::omemo2_form(false),
            self.ed25519.grouped()
        ));
        lines
    }
}
