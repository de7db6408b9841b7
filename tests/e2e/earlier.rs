//! A vault that an earlier version made: it opens, and every command tells of it what that version told.
//!
//! `vaults/schema_six`: what the version of header 2 and schema 6 wrote after a few conversations on a Prosody (OMEMO both ways, in
//! clear, a stranger's request, a message that was deleted, one that could not be encrypted, messages that nobody looked at), and
//! what its own commands printed then.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::susurro::Susurro;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/vaults/schema_six")
}

/// A home in which that vault lies; its passphrase is the one that every home of the tests has.
fn home() -> Susurro {
    let home = Susurro::fresh();
    let profile = home.profile();
    fs::create_dir_all(&profile).unwrap();
    let private = |path: &Path, mode| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(path, mode).unwrap();
    };
    private(&profile, 0o700);
    for file in ["vault", "messages.db"] {
        fs::copy(fixture().join(file), profile.join(file)).unwrap();
        private(&profile.join(file), 0o600);
    }
    home
}

/// What that version printed.
fn told(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(fixture().join(name).with_extension("jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Every field that was told then is told now; there may be more.
fn assert_told_again(now: &[Value], name: &str) {
    let then = told(name);
    assert!(!then.is_empty() && now.len() == then.len(), "{name}: {now:#?}");
    for (now, then) in now.iter().zip(&then) {
        for (field, value) in then.as_object().unwrap() {
            assert_eq!(&now[field], value, "{name}: {field} of {then}");
        }
    }
}

#[test]
fn every_command_tells_of_a_vault_of_schema_six_what_was_told_then() {
    let home = home();
    for (name, arguments) in [
        ("account", &["account", "list", "--json"][..]),
        ("chats", &["chats", "--json"]),
        ("bob", &["history", "bob@mired.test", "--json"]),
        ("carol", &["history", "carol@mired.test", "--json"]),
        ("eve", &["history", "eve@mired.test", "--json"]),
        ("frank", &["history", "frank@mired.test", "--json"]),
        ("contacts", &["contact", "list", "--offline", "--json"]),
        (
            "trust",
            &["trust", "list", "bob@mired.test", "--offline", "--json"],
        ),
        ("devices", &["devices", "--offline", "--json"]),
    ] {
        assert_told_again(&home.run(arguments).expect(0).json(), name);
    }
    // And it is changed as one of our own.
    let refs = |rows: Vec<Value>| -> Vec<String> {
        rows.iter()
            .map(|row| row["ref"].as_str().unwrap().to_owned())
            .collect()
    };
    let before = refs(home.history("bob@mired.test"));
    home.run(&["delete", "bob@mired.test", &before[0], "--ref", "--yes"])
        .expect(0);
    assert_eq!(refs(home.history("bob@mired.test")), before[1..]);
}
