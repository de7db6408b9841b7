//! What becomes of the list of contacts when the server does not show it.

use susurro::api::{Command, Event, FailureKind, Outcome};
use susurro::model::{BareJid, Subscription};
use susurro::protocol::Input;
use susurro::store::contacts;

use crate::client::said;
use crate::server::xml;
use crate::world::{ANA, BOB, World};

/// The answers of a server that does not show the roster, and what is said of them.
const REFUSALS: [(&str, &str); 3] = [
    (
        "<iq xmlns='jabber:client' type='error' id='ID'><error type='wait'><internal-server-error \
         xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        "internal-server-error",
    ),
    (
        "<iq xmlns='jabber:client' type='result' id='ID'/>",
        "its answer is no list",
    ),
    (
        "<iq xmlns='jabber:client' type='result' id='ID'><query xmlns='jabber:iq:version'/></iq>",
        "its answer is no list",
    ),
];

/// Reads on until Ana's query for the roster is on its way, and takes it away; its id.
fn asked(world: &mut World) -> String {
    let conn = world.clients[0].conn.unwrap();
    loop {
        let conn = world.server.conns.get_mut(&conn).unwrap();
        let asks = |stanza: &minidom::Element| stanza.has_child("query", "jabber:iq:roster");
        if let Some(at) = conn.to_server.iter().position(asks) {
            return conn.to_server.remove(at).unwrap().attr("id").unwrap().to_owned();
        }
        assert!(world.step(), "nobody asks for the roster");
    }
}

/// The query counts for the server as a stanza like any other.
fn refuse(world: &mut World, answer: &str) {
    let conn = world.clients[0].conn.unwrap();
    let id = asked(world);
    let ignored = format!("<iq xmlns='jabber:client' type='result' id='nobody-asked-{id}'/>");
    world
        .server
        .conns
        .get_mut(&conn)
        .unwrap()
        .to_server
        .push_front(xml(&ignored));
    world.server.inject(ANA, &xml(&answer.replace("ID", &id)));
    world.settle();
}

#[test]
fn a_roster_that_the_server_does_not_show_is_said_to_be_old() {
    for (answer, why) in REFUSALS {
        let mut world = World::online(1, &[ANA, BOB]);
        let seen = world.clients[0].read(|tx, account| contacts::seen(tx, account).unwrap());
        assert!(seen.is_some());
        world.quit(0);
        world.pass(std::time::Duration::from_secs(86_400));
        world.connect(0);
        refuse(&mut world, answer);
        let notices = world.clients[0].notices();
        let expected = format!(
            "The server does not show the contacts ({why}); try again later, or ask its operator. They are shown as last seen \
             on 2026-11-20 at 12:00 UTC."
        );
        assert_eq!(notices, [expected]);
        let kept = world.clients[0].read(|tx, account| contacts::all(tx, account).unwrap());
        assert_eq!(kept.len(), 1);
        // A command that wants it as it is now hears the same.
        let id = world.command(0, Command::RefreshContacts);
        refuse(&mut world, answer);
        let failure = world.clients[0].last_failure().unwrap();
        assert_eq!(failure.kind(), FailureKind::Answered);
        assert!(said(failure).contains(why), "{failure:?}");
        let done = |event: &&Event| matches!(event, Event::Done { command, .. } if *command == id);
        assert_eq!(world.clients[0].events.iter().filter(done).count(), 1);
    }
}

#[test]
fn a_change_that_was_made_is_done_though_the_roster_is_not_shown_after_it() {
    let (answer, _) = REFUSALS[0];
    let mut world = World::online(2, &[ANA, BOB]);
    let id = world.command(
        0,
        Command::RenameContact {
            jid: BareJid::new(BOB).unwrap(),
            name: susurro::model::Clean::line("Robert"),
        },
    );
    // The change itself is answered first.
    let conn = world.clients[0].conn.unwrap();
    while !world.server.conns[&conn].to_server.is_empty() {
        world.server.read_one(conn);
    }
    refuse(&mut world, answer);
    let result = world.clients[0].events.iter().find_map(|event| match event {
        Event::Done { command, result } if *command == id => Some(result.clone()),
        _ => None,
    });
    assert_eq!(result, Some(Ok(Outcome::Done)));
    assert_eq!(world.clients[0].notices().len(), 1);
}

#[test]
fn a_roster_is_taken_from_our_server_under_any_name_that_servers_answer_with() {
    for from in [
        "",
        "from='ana@mired.test'",
        "from='ana@mired.test/susurro.0'",
        "from='mired.test'",
    ] {
        let mut world = World::online(3, &[ANA, BOB]);
        world.command(0, Command::RefreshContacts);
        let roster = format!(
            "<iq xmlns='jabber:client' type='result' id='ID' {from}><query xmlns='jabber:iq:roster'>\
             <item jid='dave@mired.test' subscription='both'/></query></iq>"
        );
        refuse(&mut world, &roster);
        let kept = world.clients[0].read(|tx, account| contacts::all(tx, account).unwrap());
        let kept: Vec<&str> = kept.iter().map(|contact| contact.jid.as_str()).collect();
        assert_eq!(kept, ["dave@mired.test"], "{from}");
    }
}

#[test]
fn of_a_list_that_was_cut_off_nothing_is_left_when_it_comes_again() {
    let mut world = World::online(5, &[ANA, BOB]);
    let id = world.command(0, Command::RefreshContacts);
    let asked = asked(&mut world);
    let item = |jid: &str| format!("<item jid='{jid}' subscription='both'/>");
    let answer = |items: &str| {
        format!(
            "<iq xmlns='jabber:client' type='result' id='{asked}'><query xmlns='jabber:iq:roster'>{items}</query></iq>"
        )
    };
    // A piece of it, and then nothing more of that.
    world.feed(0, Input::Part(xml(&answer(&item("gone@mired.test")))));
    world.cut(0);
    world.connect(0);
    world.flow();
    world.server.inject(ANA, &xml(&answer(&item(BOB))));
    world.settle();
    let done = |event: &&Event| matches!(event, Event::Done { command, result: Ok(_) } if *command == id);
    assert_eq!(world.clients[0].events.iter().filter(done).count(), 1);
    let all = world.clients[0].read(|tx, account| contacts::all(tx, account).unwrap());
    let jids: Vec<&str> = all.iter().map(|contact| contact.jid.as_str()).collect();
    assert_eq!(jids, [BOB]);
}

#[test]
fn nobody_becomes_a_contact_or_loses_our_presence_by_an_answer_to_a_request_that_there_is_not() {
    let mut world = World::online(6, &[ANA, BOB]);
    let of = |world: &mut World, jid: &str| {
        let jid = BareJid::new(jid).unwrap();
        world.clients[0].read(|tx, account| contacts::get(tx, account, &jid).unwrap())
    };
    let dave = "dave@mired.test";
    let bob = of(&mut world, BOB);
    assert_eq!(bob.as_ref().unwrap().subscription, Subscription::Both);
    for (command, words) in [
        (
            Command::AcceptContact(BareJid::new(dave).unwrap()),
            "dave@mired.test has not asked to be your contact",
        ),
        (
            Command::DeclineContact(BareJid::new(dave).unwrap()),
            "dave@mired.test has not asked to be your contact",
        ),
        (
            Command::DeclineContact(BareJid::new(BOB).unwrap()),
            "bob@mired.test does not ask",
        ),
    ] {
        world.command(0, command);
        world.settle();
        let failure = world.clients[0].last_failure().unwrap();
        assert_eq!(failure.kind(), FailureKind::Other);
        assert!(said(failure).starts_with(words), "{failure:?}");
        assert_eq!(of(&mut world, dave), None);
        assert_eq!(of(&mut world, BOB), bob);
    }
    let asks = format!("<presence xmlns='jabber:client' from='{dave}' to='{ANA}' type='subscribe'/>");
    world.server.inject(ANA, &xml(&asks));
    world.settle();
    assert!(of(&mut world, dave).unwrap().requests);
    world.command(0, Command::AcceptContact(BareJid::new(dave).unwrap()));
    world.settle();
    let contact = of(&mut world, dave).unwrap();
    assert!(contact.in_roster && !contact.requests, "{contact:?}");
}
