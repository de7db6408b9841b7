//! `susurro account`: one account for now.

pub mod add;
use model::AccountOptions;
mod list;
mod password;
pub mod register;
mod remove;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use super::args::{Account as Args, Common, NewAccount, PasswordSource};
use super::open::OpenProfile;
use super::unlock::{SecretSource, new_form};
use super::{Exit, render};
use store::accounts;
use tui::host::usual_port;

/// Longest PEM file that is read.
const LONGEST_PEM: u64 = 1024 * 1024;

pub fn run(common: &Common, args: &Args) -> Result<(), Exit> {
    match args {
        Args::Add(args) => add::run(common, args),
        Args::Register(args) => register::run(common, args),
        Args::List(args) => list::run(common, args.json),
        Args::Password(args) => password::run(common, args),
        Args::Remove(args) => remove::run(common, args),
    }
}

impl PasswordSource {
    /// Reads the password, the first line of what is given, in NFC; at the terminal twice if `confirm`.
    fn read(&self, prompt: &str, confirm: bool) -> Result<Zeroizing<String>, Exit> {
        let source = SecretSource::new(self.password_file.clone(), self.password_command.clone(), false);
        new_form(&source.read(prompt, confirm)?)
    }
}

impl NewAccount {
    /// How to connect, the CA file's text included.
    fn options(&self) -> Result<AccountOptions, Exit> {
        Ok(AccountOptions {
            server: self
                .server
                .clone()
                .map(|(host, port)| (host, port.unwrap_or(usual_port(self.direct_tls)))),
            direct_tls: self.direct_tls,
            ca_pem: self.ca_file.as_deref().map(read_pem).transpose()?,
            allow_plain: self.allow_plain,
        })
    }
}

/// The text of a file of certificates.
pub fn read_pem(path: &Path) -> Result<String, Exit> {
    let shown = path.display();
    let mut pem = String::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST_PEM).read_to_string(&mut pem))
        .map_err(|error| Exit::usage(format!("--ca-file {shown} cannot be read: {error}.")))?;
    if !pem.contains("-----BEGIN CERTIFICATE-----") {
        return Err(Exit::usage(format!(
            "--ca-file {shown} holds no certificate in PEM form."
        )));
    }
    Ok(pem)
}

/// Makes sure that there is no account yet. What an `account add` that was killed left behind is none.
pub fn refuse_second(opened: &mut OpenProfile) -> Result<(), Exit> {
    let all = opened.read(|tx| accounts::all(tx))?;
    match all.iter().find(|account| account.proved) {
        Some(account) => Err(Exit::usage(format!(
            "This profile has its account, {}, and one is all there can be for now. Remove it first (account remove), or use another --profile.",
            render::identifier(account.jid.as_str())
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Code;

    #[test]
    fn a_ca_file_must_hold_a_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        assert_eq!(read_pem(&file).unwrap_err().code, Code::Usage);
        std::fs::write(&file, "-----BEGIN PRIVATE KEY-----").unwrap();
        assert_eq!(read_pem(&file).unwrap_err().code, Code::Usage);
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\n…").unwrap();
        assert!(read_pem(&file).is_ok());
    }
}
