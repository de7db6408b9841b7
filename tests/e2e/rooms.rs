//! What is done to rooms, by commands, on two servers: made, entered, managed, ended.

use serde_json::{Value, json};

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::Peer;
use crate::support::prosody::{self, Prosody};
use crate::support::susurro::{Ended, Susurro};
use crate::support::{SILENCE, wait_for};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
const CAROL: &str = "carol@mired.test";

fn room(who: &Susurro, arguments: &[&str]) -> Ended {
    who.run(&[&["room"], arguments].concat())
}

/// A private group of hers that Bob is asked into.
fn group(ana: &Susurro) -> String {
    let made = room(ana, &["create", "--name", "Mountain hut", "--invite", BOB]).expect(0);
    made.out.trim().to_owned()
}

fn member(people: &[Value], jid: &str) -> Value {
    let found = people.iter().find(|person| person["jid"] == jid);
    found.cloned().unwrap_or_default()
}

fn members(who: &Susurro, address: &str) -> Vec<Value> {
    room(who, &["members", address, "--json"]).expect(0).json()
}

/// A group is made, entered by those who may, managed, and ended.
fn course(address: &Address, is_prosody: bool) {
    let ana = Susurro::with_account(address, "ana");
    let bob = Susurro::with_account(address, "bob");
    let carol = Susurro::with_account(address, "carol");
    let hut = &group(&ana);
    let local = hut.strip_suffix("@rooms.mired.test").expect("on the service");
    assert!(local.len() >= 32, "{hut}");
    // It is what it must be, and one of hers.
    let info = room(&carol, &["info", hut, "--json"]).expect(0).json();
    for (is, so) in [
        ("members_only", true),
        ("non_anonymous", true),
        ("persistent", true),
        ("hidden", true),
        ("archive", true),
    ] {
        assert_eq!(info[0][is], so, "{is}: {info:?}");
    }
    assert_eq!(info[0]["name"], "Mountain hut");
    let list = room(&ana, &["list", "--json"]).expect(0).json();
    assert_eq!(list.len(), 1);
    assert_eq!(
        (&list[0]["jid"], &list[0]["name"]),
        (&hut.as_str().into(), &"Mountain hut".into())
    );
    assert_eq!(
        (&list[0]["encrypted"], &list[0]["autojoin"]),
        (&true.into(), &true.into())
    );
    assert_eq!(
        (&list[0]["members"], &list[0]["nick"]),
        (&2.into(), &"ana".into())
    );
    // Bob is a member, Carol is none.
    room(&bob, &["join", hut]).expect(0);
    let refused = room(&carol, &["join", hut]).expect(8);
    assert!(refused.err.contains("members only"), "{}", refused.err);
    room(&carol, &["leave", hut]).expect(1);
    let people = members(&bob, hut);
    assert_eq!(member(&people, ANA)["affiliation"], "owner", "{people:?}");
    assert_eq!(member(&people, ANA)["present"], false);
    assert_eq!(member(&people, BOB)["affiliation"], "member");
    assert_eq!(member(&people, BOB)["role"], "participant");
    manage(&ana, &bob, &carol, hut);
    configure(&ana, &bob, hut);
    // It ends for everybody, and is none of theirs any more.
    room(&bob, &["destroy", hut, "--yes"]).expect(8);
    room(&ana, &["destroy", hut]).expect(2);
    // What is not what it was gets nothing that is encrypted, whoever changed it.
    let opened = room(&ana, &["config", hut, "membersonly=no"]).expect(0);
    assert!(opened.err.contains("anybody may enter it"), "{}", opened.err);
    assert!(room(&ana, &["list"]).expect(0).out.contains("not what it was"));
    room(
        &ana,
        &["destroy", hut, "--yes", "--venue", "next@rooms.mired.test"],
    )
    .expect(0);
    let gone = room(&ana, &["join", hut]).expect(8);
    assert!(
        !is_prosody || gone.err.contains("goes on in next@rooms.mired.test"),
        "{}",
        gone.err
    );
    room(&bob, &["info", hut]).expect(8);
    let list = room(&ana, &["list", "--json"]).expect(0).json();
    assert_eq!(list[0]["autojoin"], false);
}

/// Who stands how to it, and who may be in it.
fn manage(ana: &Susurro, bob: &Susurro, carol: &Susurro, hut: &str) {
    room(bob, &["affiliation", hut, CAROL, "member"]).expect(8);
    room(ana, &["affiliation", hut, CAROL, "admin"]).expect(0);
    assert_eq!(member(&members(ana, hut), CAROL)["affiliation"], "admin");
    room(carol, &["join", hut, "--nick", "Carol of Ede"]).expect(0);
    room(ana, &["affiliation", hut, CAROL, "outcast"]).expect(0);
    let people = members(ana, hut);
    assert_eq!(member(&people, CAROL)["affiliation"], "outcast", "{people:?}");
    room(carol, &["join", hut]).expect(8);
    room(ana, &["affiliation", hut, CAROL, "none"]).expect(0);
    assert_eq!(member(&members(ana, hut), CAROL), Value::Null);
    let alone = room(ana, &["affiliation", hut, ANA, "member"]).expect(8);
    assert!(alone.err.contains("without an owner"), "{}", alone.err);
    // Whoever is invited is a member from then on, and whoever owns it stays its owner.
    room(ana, &["invite", hut, CAROL, ANA]).expect(0);
    let people = members(ana, hut);
    assert_eq!(member(&people, CAROL)["affiliation"], "member");
    assert_eq!(member(&people, ANA)["affiliation"], "owner");
    let refused = room(bob, &["invite", hut, "dave@mired.test"]).expect(8);
    assert!(
        refused.err.starts_with("dave@mired.test is not invited."),
        "{}",
        refused.err
    );
    // Nobody is put out who is not in it; whoever is, hears of it.
    let nobody = room(ana, &["kick", hut, "bob"]).expect(1);
    assert!(nobody.err.contains("Nobody in"), "{}", nobody.err);
    let listening = bob.listen();
    wait_for("Bob in the room", || {
        (member(&members(ana, hut), BOB)["present"] == true).then_some(())
    });
    room(bob, &["list"]).expect(3);
    room(ana, &["kick", hut, "bob"]).expect(0);
    wait_for("Bob to hear of it", || {
        listening.errors().contains("put out of").then_some(())
    });
    listening.interrupt();
}

/// What it is about, and its form.
fn configure(ana: &Susurro, bob: &Susurro, hut: &str) {
    room(ana, &["topic", hut, "Saturday at nine"]).expect(0);
    room(ana, &["topic", hut, ""]).expect(0);
    let shown = room(ana, &["config", hut, "--json"]).expect(0).json();
    let value = |shown: &[Value], key: &str| {
        let found = shown.iter().find(|field| field["key"] == key);
        found.expect("a setting")["values"].clone()
    };
    assert_eq!(
        value(&shown, "muc#roomconfig_membersonly"),
        serde_json::json!(["1"])
    );
    let changed = room(
        ana,
        &[
            "config",
            hut,
            "--json",
            "changesubject=no",
            "roomname=The new hut",
        ],
    );
    let changed = changed.expect(0).json();
    assert_eq!(
        value(&changed, "muc#roomconfig_changesubject"),
        serde_json::json!(["0"])
    );
    assert_eq!(
        value(&changed, "muc#roomconfig_roomname"),
        serde_json::json!(["The new hut"])
    );
    let list = room(ana, &["list", "--json"]).expect(0).json();
    assert_eq!(list[0]["name"], "The new hut");
    assert!(
        room(ana, &["config", hut])
            .expect(0)
            .out
            .contains("muc#roomconfig_changesubject=no")
    );
    let refused = room(bob, &["topic", hut, "mine"]).expect(8);
    assert!(refused.err.contains("does not let you"), "{}", refused.err);
    let unknown = room(ana, &["config", hut, "nothing=1"]).expect(1);
    assert!(unknown.err.contains("no field"), "{}", unknown.err);
    room(ana, &["config", hut, "membersonly=perhaps"]).expect(1);
    room(ana, &["config", hut, "membersonly"]).expect(2);
    room(bob, &["config", hut]).expect(8);
}

/// Channels, and what keeps somebody out of a room.
fn channels(address: &Address) {
    let ana = Susurro::with_account(address, "ana");
    let bob = Susurro::with_account(address, "bob");
    let talk = "rust-talk@rooms.mired.test";
    let made = room(&ana, &["create", talk, "--public", "--name", "Talk about Rust"]).expect(0);
    assert_eq!(made.out.trim(), talk);
    let hut = room(&ana, &["create", "--name", "Rust hut"]).expect(0);
    let hut = hut.out.trim().to_owned();
    // It is there already, for her and for others.
    for who in [&ana, &bob] {
        let there = room(who, &["create", talk]).expect(1);
        assert!(there.err.contains("There is a room"), "{}", there.err);
    }
    // What is public can be found, by words and on a service; a group cannot.
    for arguments in [
        &["search", "--json"][..],
        &["search", "rust", "--json"],
        &["search", "rooms.mired.test", "talk", "--json"],
    ] {
        let found = room(&bob, arguments).expect(0).json();
        assert!(found.iter().any(|found| found["jid"] == talk), "{found:?}");
        assert!(found.iter().all(|found| found["jid"] != hut), "{found:?}");
    }
    assert_eq!(room(&bob, &["search", "haskell"]).expect(0).out, "");
    room(&bob, &["search", "mired.test"]).expect(1);
    room(&bob, &["join", talk]).expect(0);
    let list = room(&bob, &["list", "--json"]).expect(0).json();
    assert_eq!(list[0]["encrypted"], false);
    room(&bob, &["leave", talk]).expect(0);
    assert!(room(&bob, &["list"]).expect(0).out.contains("(left)"));
    room(&bob, &["kick", talk, "ana"]).expect(1);
    // A nick that somebody has, and one that nobody can have.
    let listening = ana.listen();
    wait_for("Ana in the room", || {
        let there = room(&bob, &["info", talk, "--json"]).expect(0).json();
        (there[0]["occupants"] != 0).then_some(())
    });
    room(&bob, &["join", talk, "--nick", "ana"]).expect(1);
    listening.interrupt();
    room(&bob, &["join", talk, "--nick", " "]).expect(2);
    // A password.
    room(
        &ana,
        &[
            "config",
            talk,
            "roomsecret=open sesame",
            "passwordprotectedroom=1",
        ],
    );
    room(&ana, &["config", talk, "roomsecret=open sesame"]).expect(0);
    let refused = room(&bob, &["join", talk]).expect(8);
    assert!(refused.err.contains("password"), "{}", refused.err);
    let secret = bob.write_secret("room", "open sesame");
    let secret = secret.to_str().expect("a path");
    room(&bob, &["join", talk, "--password-file", secret]).expect(0);
    // It is kept.
    room(&bob, &["join", talk]).expect(0);
    // No room, and none that can be.
    room(&bob, &["join", "nobody@rooms.mired.test"]).expect(8);
    room(&bob, &["join", BOB]).expect(1);
    room(&bob, &["join", "rooms.mired.test"]).expect(2);
}

/// Whoever is asked finds that, away or not, and is in no room before they want it.
fn invitations(address: &Address) {
    let ana = Susurro::with_account(address, "ana");
    let bob = Susurro::with_account(address, "bob");
    let mut carol = Peer::login(address, "carol");
    // The archive reads from the first login here on.
    bob.receive_for(SILENCE);
    let hut = group(&ana);
    let asked = bob.receive(1);
    let mut asked = asked[0].clone();
    asked["time"] = Value::Null;
    assert_eq!(
        asked,
        json!({"type": "invitation", "account": BOB, "chat": hut, "room": hut, "from": asked["from"], "time": null,
               "reason_text": null})
    );
    let by = asked["from"].as_str().expect("who");
    assert!(["ana", ANA].contains(&by), "{by}");
    let listed = bob.run(&["chats"]).expect(0).out;
    assert!(
        listed.contains(&hut) && listed.contains("room decline"),
        "{listed}"
    );
    assert_eq!(room(&bob, &["list"]).expect(0).out, "");
    assert_eq!(
        member(&members(&ana, &hut), BOB)["present"],
        false,
        "nobody goes in by themselves"
    );
    // It is his once he goes in, and encrypted.
    room(&bob, &["join", &hut]).expect(0);
    let list = room(&bob, &["list", "--json"]).expect(0).json();
    assert_eq!(
        (&list[0]["encrypted"], &list[0]["autojoin"]),
        (&true.into(), &true.into())
    );
    room(&bob, &["decline", "nobody@rooms.mired.test"]).expect(1);
    // He does not want to come into the next one, and she hears that.
    let other = group(&ana);
    assert_eq!(bob.receive(1)[0]["room"], other);
    let listening = ana.listen();
    wait_for("Ana in the room", || {
        let there = room(&bob, &["info", &other, "--json"]).expect(0).json();
        (there[0]["occupants"] != 0).then_some(())
    });
    room(&bob, &["decline", &other]).expect(0);
    wait_for("Ana to hear of it", || {
        listening.errors().contains("does not want to come").then_some(())
    });
    listening.interrupt();
    assert!(!bob.run(&["chats"]).expect(0).out.contains(&other));
    // Past a room anybody can name any address: that is a line of their chat, and makes no room of it.
    carol.send_xml(&format!(
        "<message xmlns='jabber:client' to='{BOB}'><x xmlns='jabber:x:conference' jid='{ANA}' reason='see us'/>\
         <store xmlns='urn:xmpp:hints'/><body>come</body></message>"
    ));
    carol.flush();
    let asked = bob.receive(1);
    assert_eq!(
        (&asked[0]["chat"], &asked[0]["room"], &asked[0]["from"]),
        (&CAROL.into(), &ANA.into(), &CAROL.into())
    );
    assert_eq!(asked[0]["reason_text"], "see us");
    assert!(!bob.run(&["chats"]).expect(0).out.contains(ANA));
}

#[test]
fn who_is_asked_into_a_room_is_told_and_nobody_goes_in_on_prosody() {
    invitations(&Prosody::start().address());
}

#[test]
fn who_is_asked_into_a_room_is_told_and_nobody_goes_in_on_ejabberd() {
    invitations(&Ejabberd::start().address());
}

#[test]
fn a_group_from_its_making_to_its_end_on_prosody() {
    course(&Prosody::start().address(), true);
}

#[test]
fn a_group_from_its_making_to_its_end_on_ejabberd() {
    course(&Ejabberd::start().address(), false);
}

#[test]
fn channels_passwords_and_nicks_on_prosody() {
    channels(&Prosody::start().address());
}

#[test]
fn channels_passwords_and_nicks_on_ejabberd() {
    channels(&Ejabberd::start().address());
}

/// A service that makes something else of it.
#[test]
fn what_is_not_as_it_was_wanted_is_ended_again() {
    let server = Prosody::with(prosody::Options {
        rooms: "muc_room_allow_persistent = false".to_owned(),
        ..Default::default()
    });
    let ana = Susurro::with_account(&server.address(), "ana");
    let refused = room(&ana, &["create", "hut@rooms.mired.test", "--invite", BOB]).expect(8);
    assert!(
        refused.err.contains("ends when the last one leaves"),
        "{}",
        refused.err
    );
    assert_eq!(refused.out, "");
    assert_eq!(room(&ana, &["list", "--json"]).expect(0).out, "");
    room(&ana, &["info", "hut@rooms.mired.test"]).expect(8);
}

#[test]
fn a_service_that_lets_nobody_make_rooms_says_so() {
    let server = Prosody::with(prosody::Options {
        rooms: "restrict_room_creation = true".to_owned(),
        ..Default::default()
    });
    let ana = Susurro::with_account(&server.address(), "ana");
    let refused = room(&ana, &["create"]).expect(8);
    assert!(refused.err.contains("does not let you make"), "{}", refused.err);
}
