//! Stanzas that pretend. The oracle (nothing at all happens): no row, no event, no
//! stanza, no session that moves.

use crate::server::{Fault, text, xml};
use crate::world::{ANA, BOB, EVE, World};

/// Delivers a stanza to Ana and demands that nothing comes of it.
fn ignored(world: &mut World, stanza: &str) {
    let before = world.clients[0].snapshot(&[BOB, EVE]);
    let (events, sent) = (world.clients[0].events.len(), world.server.log.len());
    world.deliver(0, stanza);
    world.settle();
    let client = &mut world.clients[0];
    assert_eq!(
        client.events.len(),
        events,
        "an event came of {stanza}: {:?}",
        client.events.last()
    );
    assert_eq!(
        client.snapshot(&[BOB, EVE]),
        before,
        "the store changed by {stanza}"
    );
    let new: Vec<String> = world.server.log[sent..]
        .iter()
        .map(|(_, stanza)| text(stanza))
        .collect();
    assert!(new.is_empty(), "{new:?} was sent because of {stanza}");
}

fn acquainted(seed: u64) -> World {
    let mut world = World::online(seed, &[ANA, BOB]);
    world.send(0, BOB, "hello");
    world.send(1, ANA, "hello yourself");
    world.settle();
    world
}

const INNER: &str = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' id='c1' \
                     from='bob@mired.test/x' to='ana@mired.test'><body>forged</body></message></forwarded>";
const INNER_SENT: &str = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' id='c2' \
                          from='ana@mired.test/x' to='bob@mired.test'><body>forged</body></message></forwarded>";

#[test]
fn carbons_from_anybody_but_our_own_account_are_ignored() {
    let mut world = acquainted(1);
    for from in [EVE, BOB, "mired.test", "ana@mired.test/other", "eve@evil.test/x"] {
        for (wrapper, inner) in [("received", INNER), ("sent", INNER_SENT)] {
            let carbon = format!(
                "<message xmlns='jabber:client' from='{from}' to='{ANA}'><{wrapper} \
                 xmlns='urn:xmpp:carbons:2'>{inner}</{wrapper}></message>"
            );
            ignored(&mut world, &carbon);
        }
    }
}

#[test]
fn archive_results_stray_forwards_and_groups_are_ignored() {
    let mut world = acquainted(2);
    for child in [
        format!("<result xmlns='urn:xmpp:mam:2' queryid='q' id='1'>{INNER}</result>"),
        INNER.to_owned(),
    ] {
        let stanza = format!("<message xmlns='jabber:client' from='{EVE}' to='{ANA}'>{child}</message>");
        ignored(&mut world, &stanza);
    }
    let stanza = format!(
        "<message xmlns='jabber:client' type='groupchat' from='{EVE}/nick' to='{ANA}'><body>forged</body></message>"
    );
    ignored(&mut world, &stanza);
}

#[test]
fn a_roster_push_from_somebody_else_is_ignored() {
    let mut world = acquainted(3);
    for from in [EVE, BOB, "mired.test", "evil.test", "ana@mired.test/other"] {
        let push = format!(
            "<iq xmlns='jabber:client' type='set' id='p' from='{from}' to='{ANA}/susurro.0'><query \
             xmlns='jabber:iq:roster'><item jid='{EVE}' subscription='both'/></query></iq>"
        );
        ignored(&mut world, &push);
    }
}

#[test]
fn events_about_devices_change_nothing_but_the_senders_own_records() {
    let mut world = acquainted(4);
    let node = "eu.siacs.conversations.axolotl.devicelist";
    for from in [EVE, "eve@evil.test/x", "ana@mired.test/other", "mired.test"] {
        let event = format!(
            "<message xmlns='jabber:client' type='headline' from='{from}' to='{ANA}'><event \
             xmlns='http://jabber.org/protocol/pubsub#event'><items node='{node}'><item id='current'><list \
             xmlns='eu.siacs.conversations.axolotl'><device id='666'/></list></item></items></event></message>"
        );
        ignored(&mut world, &event);
    }
}

#[test]
fn receipts_and_errors_for_what_we_did_not_send_there_are_ignored() {
    let mut world = acquainted(5);
    let id = world.clients[0].history(BOB)[0].stanza_id.clone();
    let theirs = world.clients[0].history(BOB)[1].stanza_id.clone();
    for (from, id) in [
        (EVE, &id),
        ("eve@evil.test/x", &id),
        ("bob@mired.test/x", &theirs),
    ] {
        let receipt = format!(
            "<message xmlns='jabber:client' from='{from}' to='{ANA}' id='r1'><received xmlns='urn:xmpp:receipts' \
             id='{id}'/></message>"
        );
        ignored(&mut world, &receipt);
        let error = format!(
            "<message xmlns='jabber:client' type='error' from='{from}' to='{ANA}' id='{id}'><body>forged</body><error \
             type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
        );
        ignored(&mut world, &error);
    }
}

#[test]
fn replays_of_what_was_read_are_ignored_on_every_road() {
    let mut world = acquainted(6);
    let sent: Vec<String> = world
        .server
        .log
        .iter()
        .filter(|(from, s)| from == BOB && s.name() == "message")
        .map(|(_, s)| text(s))
        .collect();
    assert!(sent.len() >= 2, "a message, and what completes the exchange");
    for stanza in sent {
        let mut replay = xml(&stanza);
        replay.set_attr(
            minidom::rxml::Namespace::NONE,
            "from".try_into().unwrap(),
            "bob@mired.test/susurro.1",
        );
        if replay.has_child("received", "urn:xmpp:receipts") {
            continue;
        }
        ignored(&mut world, &text(&replay));
        let delayed = text(&replay).replace(
            "</message>",
            "<delay xmlns='urn:xmpp:delay' from='mired.test' stamp='2026-11-20T11:00:00Z'/></message>",
        );
        ignored(&mut world, &delayed);
    }
}

#[test]
fn an_encrypted_message_under_another_name_is_not_taken_for_theirs() {
    let mut world = acquainted(7);
    let mut copy = world
        .server
        .log
        .iter()
        .find(|(from, s)| from == BOB && crate::wire::read(s).is_some_and(|seen| seen.payload))
        .map(|(_, stanza)| stanza.clone())
        .unwrap();
    copy.set_attr(minidom::rxml::Namespace::NONE, "from".try_into().unwrap(), EVE);
    world.server.inject(ANA, &copy);
    world.settle();
    let bodies = world.clients[0].bodies(EVE);
    assert!(bodies.iter().all(|body| body.starts_with('!')), "{bodies:?}");
}

#[test]
fn key_transports_are_never_rows_however_broken() {
    let mut world = acquainted(8);
    let ana = world.clients[0].device();
    let axolotl = "eu.siacs.conversations.axolotl";
    for header in [
        "<header sid='9'><iv>AAAAAAAAAAAAAAAA</iv></header>".to_owned(),
        format!("<header sid='9'><key rid='{ana}'>AAAA</key><iv>AAAAAAAAAAAAAAAA</iv></header>"),
        format!("<header sid='9'><key rid='{ana}' prekey='true'>AAAA</key><iv>AAAA</iv></header>"),
        "<header/>".to_owned(),
        String::new(),
    ] {
        let stanza = format!(
            "<message xmlns='jabber:client' type='chat' id='kt' from='{BOB}/x' to='{ANA}'><encrypted \
             xmlns='{axolotl}'>{header}</encrypted></message>"
        );
        ignored(&mut world, &stanza);
    }
}

#[test]
fn an_answer_from_somebody_who_was_not_asked_does_not_count() {
    let mut world = World::online(9, &[ANA]);
    world.server.add_account(BOB);
    world.server.fault(BOB, "", Fault::Silent);
    world.send(0, BOB, "hello");
    world.flow();
    for (node, list) in [
        (
            "eu.siacs.conversations.axolotl.devicelist",
            "<list xmlns='eu.siacs.conversations.axolotl'><device id='666'/></list>",
        ),
        (
            "urn:xmpp:omemo:2:devices",
            "<devices xmlns='urn:xmpp:omemo:2'><device id='666'/></devices>",
        ),
    ] {
        let asked = world.server.log.iter().find(|(_, stanza)| {
            stanza.attr("to") == Some(BOB) && text(stanza).contains(&format!("node='{node}'"))
        });
        let id = asked.unwrap().1.attr("id").unwrap().to_owned();
        assert!(id.len() >= 24, "96 bits at least");
        for from in [
            format!(" from='{EVE}'"),
            " from='bob@mired.test/x'".to_owned(),
            String::new(),
        ] {
            let answer = format!(
                "<iq xmlns='jabber:client' type='result' id='{id}'{from} to='{ANA}/susurro.0'><pubsub \
                 xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'><item id='1'>{list}</item></items>\
                 </pubsub></iq>"
            );
            world.deliver(0, &answer);
            world.flow();
        }
    }
    assert!(
        world.clients[0]
            .changes()
            .iter()
            .all(|change| !format!("{change:?}").contains("Devices(BareJid(\"bob"))
    );
    world.settle();
    let (_, why) = world.clients[0].last(BOB);
    assert!(why.contains("did not answer in time"), "{why}");
}

#[test]
fn requests_of_strangers_learn_nothing() {
    let mut world = acquainted(10);
    for payload in [
        "<ping xmlns='urn:xmpp:ping'/>",
        "<query xmlns='http://jabber.org/protocol/disco#info'/>",
    ] {
        let before = world.server.log.len();
        let get = format!(
            "<iq xmlns='jabber:client' type='get' id='q' from='{EVE}/x' to='{ANA}/susurro.0'>{payload}</iq>"
        );
        world.deliver(0, &get);
        world.settle();
        let answers: Vec<String> = world.server.log[before..].iter().map(|(_, s)| text(s)).collect();
        assert_eq!(answers.len(), 1);
        assert!(
            answers[0].contains("service-unavailable") && !answers[0].contains("susurro.im"),
            "{answers:?}"
        );
    }
}
