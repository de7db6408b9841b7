//! What is not for us, or says nothing clear, changes nothing.

use crate::world::{ANA, BOB, CAROL, EVE, World};

/// Everything that Ana's store holds, but for the answers that she owes nobody.
fn snapshot(world: &mut World) -> String {
    world.clients[0].snapshot(&[BOB, CAROL, EVE])
}

fn acquainted(seed: u64) -> World {
    let mut world = World::online(seed, &[ANA, BOB]);
    world.send(0, BOB, "hello");
    world.settle();
    world
}

#[test]
fn a_stanza_for_another_account_is_ignored() {
    let mut world = acquainted(1);
    let before = snapshot(&mut world);
    world.clients[0].events.clear();
    world.clients[0].trace.clear();
    for to in [
        CAROL,
        "carol@mired.test/susurro.0",
        "mired.test",
        "ana@evil.test",
        "",
        "@",
    ] {
        for stanza in [
            format!("<message from='{BOB}/x' to='{to}' id='m1' type='chat'><body>for carol</body></message>"),
            format!("<presence from='{EVE}' to='{to}' type='subscribe'/>"),
            format!(
                "<iq type='set' id='p' to='{to}'><query xmlns='jabber:iq:roster'><item jid='{EVE}'/></query></iq>"
            ),
            format!("<iq type='get' id='q' from='{BOB}/x' to='{to}'><ping xmlns='urn:xmpp:ping'/></iq>"),
        ] {
            world.deliver(0, &stanza.replacen(' ', " xmlns='jabber:client' ", 1));
            world.settle();
            assert_eq!(snapshot(&mut world), before, "{stanza}");
            assert!(world.clients[0].changes().is_empty(), "{stanza}");
        }
    }
    let sent = world.clients[0]
        .trace
        .iter()
        .filter(|line| line.starts_with("C: "));
    let sent: Vec<_> = sent.filter(|line| !line.contains("urn:xmpp:sm:3")).collect();
    assert!(sent.is_empty(), "nothing is answered: {sent:?}");
    // With our own address, bare, full or in capitals, or without one.
    for (number, to) in [ANA, "ana@mired.test/susurro.0", "ANA@MIRED.test"]
        .into_iter()
        .enumerate()
    {
        let stanza = format!(
            "<message xmlns='jabber:client' from='{BOB}/x' to='{to}' id='n{number}'><body>{number}</body></message>"
        );
        world.deliver(0, &stanza);
    }
    let without = format!("<message xmlns='jabber:client' from='{BOB}/x' id='n3'><body>3</body></message>");
    world.deliver(0, &without);
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB), ["hello", "0", "1", "2", "3"]);
}

/// The answers of Ana to this push: their types.
fn answers(world: &mut World, id: &str, items: &str) -> Vec<String> {
    let push = format!(
        "<iq xmlns='jabber:client' type='set' id='{id}'><query xmlns='jabber:iq:roster'>{items}</query></iq>"
    );
    world.clients[0].trace.clear();
    world.deliver(0, &push);
    world.settle();
    let sent = world.clients[0].trace.iter();
    let sent = sent.filter_map(|line| line.strip_prefix("C: "));
    let sent = sent.map(crate::server::xml);
    let answers = sent.filter(|stanza| stanza.name() == "iq" && stanza.attr("id") == Some(id));
    answers
        .map(|stanza| stanza.attr("type").unwrap().to_owned())
        .collect()
}

#[test]
fn a_roster_push_that_says_nothing_clear_is_an_error_and_changes_nothing() {
    let mut world = acquainted(2);
    let before = snapshot(&mut world);
    let (eve, carol) = (format!("<item jid='{EVE}'/>"), format!("<item jid='{CAROL}'/>"));
    for (number, items) in [
        "",
        "<item/>",
        "<item jid='@'/>",
        "<item jid='a@b/c'/>",
        &(eve + &carol),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(
            answers(&mut world, &format!("wrong{number}"), items),
            ["error"],
            "{items}"
        );
        assert_eq!(snapshot(&mut world), before, "{items}");
    }
    assert_eq!(answers(&mut world, "right", &carol), ["result"]);
    assert_ne!(snapshot(&mut world), before);
}

/// Two spellings of one domain, whoever writes it how.
#[test]
fn a_domain_in_ascii_is_the_same_sender_as_in_unicode() {
    let mut world = World::online(3, &[ANA]);
    let (unicode, ascii) = ("erin@b\u{fc}cher.test", "erin@xn--bcher-kva.test");
    for (number, from) in [unicode, ascii, "erin@B\u{dc}CHER.test", "erin@XN--BCHER-KVA.test"]
        .into_iter()
        .enumerate()
    {
        let stanza = format!(
            "<message xmlns='jabber:client' from='{from}/x' id='n{number}' type='chat'><body>{number}</body></message>"
        );
        world.deliver(0, &stanza);
    }
    let push = |id: &str, jid: &str, name: &str| {
        format!(
            "<iq xmlns='jabber:client' type='set' id='{id}'><query xmlns='jabber:iq:roster'>\
             <item jid='{jid}' name='{name}' subscription='both'/></query></iq>"
        )
    };
    world.deliver(0, &push("r1", unicode, "Erin"));
    world.deliver(0, &push("r2", ascii, "Erin of Ede"));
    world.settle();
    assert_eq!(world.clients[0].bodies(unicode), ["0", "1", "2", "3"]);
    let contacts = world.clients[0].read(|tx, account| susurro::store::contacts::all(tx, account).unwrap());
    assert_eq!(contacts.len(), 1, "{contacts:?}");
    assert_eq!(contacts[0].jid.as_str(), unicode);
    assert_eq!(contacts[0].name.as_ref().unwrap().as_str(), "Erin of Ede");
}
