//! What is typed in the wizard, read as people type it; every refusal is a sentence
//! that says what would be right.

use std::path::{Path, PathBuf};

use crate::cli::account::read_pem;
use crate::cli::{Exit, parse};
use model::BareJid;
use model::address::{self, Wrong};

use super::words;

/// The address of a person. Space around it does not count.
pub fn address(text: &str) -> Result<BareJid, String> {
    let text = text.trim();
    let wrong = match text.split_once('@') {
        _ if text.contains(char::is_whitespace) => "an address has no space in it, like ana@mired.test",
        None => "the whole address is needed: a name, an @ and the server, like ana@mired.test",
        Some(("", _)) => "the name before the @ is missing, as in ana@mired.test",
        Some((_, "")) => "the server behind the @ is missing, as in ana@mired.test",
        Some(_) if matches!(address::typed(text), Err(Wrong::Resource(_))) => {
            "leave out the / and what is behind it, like ana@mired.test"
        }
        // What else can be wrong is said in the words of the rules of addresses, which help nobody here.
        Some(_) => {
            return parse::account(text)
                .map_err(|_| "this cannot be an address; one looks like ana@mired.test".to_owned());
        }
    };
    Err(wrong.to_owned())
}

/// A file of certificates, which is there and holds one. `~/` is the home folder, as in a shell.
pub fn ca_file(text: &str) -> Result<PathBuf, String> {
    let path = match text.strip_prefix("~/") {
        Some(rest) => etcetera::home_dir()
            .map_err(|_| "there is no home folder; write the whole path".to_owned())?
            .join(rest),
        None => Path::new(text).to_owned(),
    };
    match read_pem(&path) {
        Ok(_) => Ok(path),
        Err(exit) => Err(in_the_wizard(&exit)),
    }
}

fn in_the_wizard(exit: &Exit) -> String {
    words::failure(exit).text.as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_with_space_around_it() {
        for text in [
            "ana@mired.test",
            " ana@mired.test",
            "ana@mired.test ",
            "\tAna@Mired.test",
            "xmpp:ana@mired.test?message;body=a/b",
        ] {
            assert_eq!(address(text).unwrap().as_str(), "ana@mired.test", "{text:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_in_plain_words() {
        for (text, words) in [
            ("davepw", "a name, an @ and the server"),
            ("mired.test", "a name, an @ and the server"),
            ("@mired.test", "the name before the @"),
            ("ana@", "the server behind the @"),
            ("an a@mired.test", "no space"),
            ("ana@mired.test/phone", "leave out the /"),
            ("a@b@c", "cannot be an address"),
            ("a\u{0}b@mired.test", "cannot be an address"),
        ] {
            let refusal = address(text).unwrap_err();
            assert!(refusal.contains(words), "{text}: {refusal}");
            assert!(
                refusal.contains("ana@mired.test") && !refusal.contains("prep"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn a_ca_file_is_looked_for_in_the_home_folder_and_looked_into() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let text = file.to_str().unwrap();
        let refusal = ca_file(text).unwrap_err();
        assert!(
            refusal.starts_with("The CA file ") && refusal.contains("cannot be read"),
            "{refusal}"
        );
        std::fs::write(&file, "nothing").unwrap();
        assert!(ca_file(text).unwrap_err().contains("holds no certificate"));
        std::fs::write(&file, "-----BEGIN CERTIFICATE-----\n").unwrap();
        assert_eq!(ca_file(text).unwrap(), file);
        // The home folder of this machine has no such file; where it was looked for is said.
        let home = etcetera::home_dir().unwrap();
        let refusal = ca_file("~/no such file of ours.pem").unwrap_err();
        assert!(refusal.contains(home.to_str().unwrap()), "{refusal}");
    }
}
