//! By which name a command takes a message, and what every object of `--json` holds,
//! against the table of its fields.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::peer::Peer;
use crate::support::prosody::Prosody;
use crate::support::susurro::Susurro;

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
const CAROL: &str = "carol@mired.test";

/// The fields that docs/json.md lists in the first table under the heading which names this command.
fn documented(command: &str) -> BTreeSet<String> {
    let heading = format!("`{command}`");
    let page = include_str!("../../docs/json.md");
    let sections: Vec<&str> = page.split("\n## ").collect();
    let section = sections
        .iter()
        .find(|section| section.lines().next().unwrap().contains(&heading))
        .unwrap_or_else(|| panic!("{heading} is not documented"));
    let field = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    let table = section.lines().skip_while(|line| field(line).is_none());
    table.map_while(field).collect()
}

/// Runs a command of Ana's with `--json`: it prints at least one object, each with her
/// account and the documented fields.
fn objects(ana: &Susurro, command: &str, arguments: &[&str]) -> Vec<Value> {
    let printed = ana.run(&[arguments, &["--json"]].concat()).expect(0).json();
    assert!(!printed.is_empty(), "{command} printed nothing");
    for object in &printed {
        assert_eq!(object["account"], ANA, "{command}: {object}");
        let fields: BTreeSet<String> = object.as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, documented(command), "{command}");
    }
    printed
}

fn name(message: &Value) -> String {
    message["ref"].as_str().expect("a ref").to_owned()
}

#[test]
fn every_object_tells_its_account_and_what_the_documentation_says() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    ana.run(&["contact", "add", BOB]).expect(0);
    ana.run(&["block", "eve@mired.test"]).expect(0);
    bob.send(ANA, "hello");
    bob.flush();
    let heard = objects(&ana, "listen", &["listen", "--count", "1", "--timeout", "60"]);
    assert_eq!(heard[0]["body"], "hello");
    // Bob is away, so that nothing says that he has it.
    bob.kill();
    let sent = objects(&ana, "send", &["send", BOB, "hello too"]);
    let again = objects(&ana, "retry", &["retry", &name(&sent[0]), "--again"]);
    assert_ne!(again[0]["ref"], sent[0]["ref"]);
    let history = objects(&ana, "history", &["history", BOB]);
    let names: Vec<String> = history.iter().map(name).collect();
    assert_eq!(names, [name(&heard[0]), name(&again[0])]);
    let older = objects(&ana, "history", &["history", BOB, "--before", &name(&again[0])]);
    assert_eq!(older, history[..1]);
    objects(&ana, "chats", &["chats"]);
    objects(&ana, "encryption JID", &["encryption", BOB]);
    objects(&ana, "contact list", &["contact", "list"]);
    objects(&ana, "blocked", &["blocked"]);
    objects(&ana, "trust list", &["trust", "list"]);
    objects(&ana, "devices", &["devices"]);
    objects(&ana, "account list", &["account", "list"]);
    let made = ana.run(&["room", "create", "--name", "Hut"]).expect(0);
    let hut = made.out.trim();
    objects(&ana, "room list", &["room", "list"]);
    objects(&ana, "room info JID", &["room", "info", hut]);
    objects(&ana, "room members JID", &["room", "members", hut]);
    objects(&ana, "room config JID", &["room", "config", hut]);
    ana.run(&["room", "create", "talk@rooms.mired.test", "--public"])
        .expect(0);
    objects(&ana, "room search", &["room", "search"]);
}

#[test]
fn a_message_with_the_id_of_another_cannot_take_its_place() {
    let server = Prosody::start();
    let mut bob = Peer::login(&server.address(), "bob");
    let ana = Susurro::with_account(&server.address(), "ana");
    // Carol publishes no keys.
    ana.send(CAROL, "hello").expect(6);
    let ours = ana.history(CAROL).pop().unwrap();
    let id = ours["id"].as_str().unwrap();
    // Bob gives his messages the id of hers, and her ref.
    for (given, body) in [(id, "one"), (&*name(&ours), "two")] {
        bob.send_xml(&format!(
            "<message xmlns='jabber:client' type='chat' to='{ANA}' id='{given}'><body>{body}</body></message>"
        ));
    }
    bob.flush();
    let theirs = ana.receive(2);
    let both = [&ours, &theirs[0]];
    for command in ["retry", "withdraw"] {
        let refused = ana.run(&[command, id]).expect(2);
        for meant in both {
            assert!(refused.err.contains(&name(meant)), "{}", refused.err);
        }
        let refused = ana.run(&[command, &name(&ours)]).expect(2);
        assert!(refused.err.contains("--ref"), "{}", refused.err);
    }
    assert_eq!(ana.history(CAROL), std::slice::from_ref(&ours));
    assert_eq!(ana.history(BOB), theirs);
    // Where a chat is named, what stands in another one does not count.
    ana.run(&["delete", BOB, &name(&theirs[1]), "--yes"]).expect(0);
    ana.run(&["withdraw", &name(&ours)]).expect(0);
    assert_eq!(ana.history(CAROL)[0]["reason"], "taken-back");
    ana.run(&["delete", BOB, id, "--yes"]).expect(0);
    assert!(ana.history(BOB).is_empty());
    ana.run(&["delete", CAROL, "--ref", id, "--yes"]).expect(2);
    ana.run(&["delete", CAROL, "--ref", &name(&ours), "--yes"])
        .expect(0);
    assert!(ana.history(CAROL).is_empty());
}
