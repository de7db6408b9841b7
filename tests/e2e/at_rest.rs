//! After a full scenario, nothing that was said, nobody's name and no secret is found on the disk.

use std::path::PathBuf;

use crate::support::peer::Peer;
use crate::support::prosody::{Options, Prosody};
use crate::support::scan::{self, Canary};
use crate::support::susurro::{Susurro, body};

const USER: &str = "anacanary";
const DOMAIN: &str = "canarydomain.test";
const PASSWORD: &str = "canary-password-kestrel-1871";
const SENT: &str = "canary body out: the herons leave at midnight";
const RECEIVED: &str = "canary body in: bring the blue lantern";
const CLEAR: &str = "canary body clear: nothing to hide here";
const ARGUMENT: &str = "canary body argument: typed where others see it";

#[test]
fn nothing_readable_stays_on_the_disk_not_even_at_the_loudest() {
    let users = [(USER, PASSWORD), ("bob", "bob-has-a-long-password")];
    let server = Prosody::with(Options {
        domain: DOMAIN.to_owned(),
        users: users
            .map(|(user, password)| (user.to_owned(), password.to_owned()))
            .to_vec(),
        ..Options::default()
    });
    let mut bob = Peer::login(&server.address(), "bob");
    let (us, them) = (format!("{USER}@{DOMAIN}"), format!("bob@{DOMAIN}"));
    let ana = Susurro::fresh().loud();
    ana.run(&["init", "--kdf", "light"]).expect(0);
    ana.add_account_with(&server.address(), USER, PASSWORD, &[])
        .expect(0);
    ana.run(&["contact", "add", &them]).expect(0);
    ana.send_now(&them, SENT);
    assert_eq!(bob.bodies(1), [SENT]);
    bob.send(&us, RECEIVED);
    bob.send_plain(&us, CLEAR);
    // One that is malformed, which the log mentions.
    bob.send_xml(&format!(
        "<message to='{us}' type='chat' id='canary-id-{USER}'><body>{CLEAR}</body>\
         <encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='0'/><payload>AAAA</payload></encrypted></message>"
    ));
    let mut listener = ana.listen();
    let first = listener.next();
    assert_eq!(body(&first), RECEIVED);
    assert_eq!(body(&listener.next()), CLEAR);
    assert_eq!(listener.next()["type"], "undecryptable");
    // While it runs: neither its arguments nor its environment tell more than the user typed.
    let canaries = canaries(
        &ana,
        &mut bob,
        first["fingerprint"].as_str().expect("a fingerprint"),
    );
    for part in ["cmdline", "environ"] {
        let path = format!("/proc/{}/{part}", listener.id());
        // Where the process has shut the file even to us, nobody of our kind can read it either.
        let content = std::fs::read(path).unwrap_or_default();
        assert!(
            part != "cmdline" || !content.is_empty(),
            "no command line to look at"
        );
        for canary in &canaries {
            assert_eq!(
                canary.found_in(&content),
                None,
                "{} stands in {part}",
                canary.name
            );
        }
    }
    let while_running = searched(&ana, &canaries);
    assert_eq!(while_running, Vec::<String>::new(), "while it runs");
    // Killed, it leaves what it was just doing.
    bob.send(&us, "canary body last: cut short");
    listener.kill();
    assert_eq!(searched(&ana, &canaries), Vec::<String>::new(), "after a kill");
    // It may have been told before the kill already.
    ana.receive_for(std::time::Duration::from_secs(5));
    ana.run(&["send", &them, ARGUMENT]).expect(0);
    ana.run(&["history", &them, "--json"]).expect(0);
    ana.run(&["trust", "list"]).expect(0);
    ana.run(&["devices"]).expect(0);
    ana.run(&["doctor"]);
    ana.run(&["account", "list"]).expect(0);
    // Refusals and mistakes write logs, too.
    ana.write_secret("wrong", "canary-wrong-passphrase-osprey");
    let wrong = ana.folder().join("secrets/wrong").display().to_string();
    let mut command = ana.command_without_passphrase(&["history", &them, "--passphrase-file", &wrong]);
    crate::support::susurro::finish(&mut command, "").expect(3);
    ana.send("dave@elsewhere.canary.test", "canary body refused: goes nowhere");
    let new = ana
        .write_secret("new", "canary new passphrase of seven falling feathers")
        .display()
        .to_string();
    ana.run(&["passphrase", "--new-passphrase-file", &new]).expect(0);
    assert_eq!(searched(&ana, &canaries), Vec::<String>::new(), "at the end");
    let log = ana.profile().join("susurro.log");
    assert!(
        std::fs::metadata(&log).is_ok_and(|data| data.len() > 0),
        "a log at its loudest that is empty proves nothing"
    );
    database_looks_random(&ana);
    the_search_itself_works(&ana);
}

fn canaries(ana: &Susurro, bob: &mut Peer, seen: &str) -> Vec<Canary> {
    let theirs = bob.fingerprint();
    assert_eq!(seen, theirs);
    let own = ana_devices(ana, bob);
    let texts = [
        ("the body sent", SENT),
        ("the body received", RECEIVED),
        ("the body in clear", CLEAR),
        ("the body given as an argument", ARGUMENT),
        ("the last body", "canary body last"),
        ("the body that was refused", "canary body refused"),
        ("our name", USER),
        ("the domain", DOMAIN),
        ("another's address", "elsewhere.canary"),
        ("the account's password", PASSWORD),
        ("the passphrase", ana.passphrase()),
        ("a wrong passphrase", "canary-wrong-passphrase"),
        ("the new passphrase", "falling feathers"),
    ];
    let mut canaries: Vec<_> = texts
        .iter()
        .map(|(name, text)| Canary::text(name, text))
        .collect();
    canaries.push(Canary::key("the peer's key", &theirs));
    canaries.push(Canary::key("our own key", &own));
    canaries
}

/// Our identity key, as the peer finds it published.
fn ana_devices(_ana: &Susurro, bob: &mut Peer) -> String {
    let us = format!("{USER}@{DOMAIN}");
    let device = bob.devices_of(&us)[0];
    bob.bundle_of(&us, device)["identity"]
        .as_str()
        .expect("a key")
        .to_owned()
}

/// Everything that the program could have written: its home, configuration, state, caches, temporary and
/// runtime files, and what it said to people on standard error, where names belong and nothing else of these
/// does. Not the files with secrets that the test itself made.
fn searched(ana: &Susurro, canaries: &[Canary]) -> Vec<String> {
    let names = ["our name", "the domain", "another's address"];
    let secrets = ana.folder().join("secrets").display().to_string();
    let said = ana.folder().join("log").display().to_string();
    let mut found = scan::search(ana.folder(), canaries);
    found.retain(|line| !line.contains(&secrets));
    found.retain(|line| !(line.contains(&said) && names.iter().any(|name| line.starts_with(name))));
    found
}

/// The first bytes of every file that is no small text: SQLite would say its name there.
fn database_looks_random(ana: &Susurro) {
    let databases: Vec<PathBuf> = scan::files(&ana.profile())
        .into_iter()
        .filter(|path| path.file_name().is_some_and(|name| name == "messages.db"))
        .collect();
    assert!(
        !databases.is_empty(),
        "no database in {}",
        ana.profile().display()
    );
    for path in databases {
        let content = std::fs::read(&path).expect("our own file");
        let head = &content[..16];
        assert_ne!(head, b"SQLite format 3\0", "{}", path.display());
        let distinct: std::collections::BTreeSet<_> = content[..4096].iter().collect();
        // 4,096 random bytes miss one of the 256 values with a chance of less than one in 30,000; text and
        // SQLite's page headers miss most of them.
        assert!(distinct.len() > 240, "{} begins with {head:02x?}", path.display());
    }
}

/// Had a canary been there, it would have been found.
fn the_search_itself_works(ana: &Susurro) {
    std::fs::write(ana.folder().join("tmp/left-behind"), SENT).expect("our own folder");
    assert_eq!(searched(ana, &[Canary::text("the body sent", SENT)]).len(), 1);
}
