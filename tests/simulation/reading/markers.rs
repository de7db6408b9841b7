//! Contacts are told that what they wrote was read (XEP-0333), once, where the settings let them, and as their
//! message came.

use super::*;
use susurro::model::{Protection, Telling};

/// Which of Bob's messages Ana has read, as he knows it.
fn known_read(world: &mut World) -> Vec<bool> {
    let rows = world.clients[1].history(ANA);
    rows.iter().map(|row| row.displayed).collect()
}

/// The markers in clear that Ana sent.
fn markers(world: &World) -> Vec<&Element> {
    let sent = world.server.log.iter().filter(|(from, _)| from == ANA);
    sent.map(|(_, message)| message)
        .filter(|message| message.has_child("displayed", MARKERS))
        .collect()
}

/// How many messages Ana sent to Bob.
fn to_bob(world: &World) -> usize {
    let sent = world.server.log.iter();
    sent.filter(|(from, stanza)| from == ANA && stanza.name() == "message" && stanza.attr("to") == Some(BOB))
        .count()
}

fn alone(seed: u64, telling: Telling, bodies: &[&str], clear: bool) -> World {
    let mut world = crate::archive::world(seed, Manners::Prosody, &[ANA, BOB]);
    for client in &mut world.clients {
        client.sharing.markers = telling;
    }
    for at in [0, 1] {
        world.connect(at);
        world.settle();
    }
    if clear {
        in_clear(&mut world, 0, BOB);
        in_clear(&mut world, 1, ANA);
    }
    write(&mut world, bodies);
    world
}

#[test]
fn a_contact_is_told_in_an_envelope_once_and_of_the_newest() {
    let mut world = alone(1, Telling::Sealed, &["one", "two", "three"], false);
    assert_eq!(known_read(&mut world), [false; 3]);
    world.server.log.clear();
    read_all(&mut world, 0, BOB);
    world.settle();
    assert_eq!(known_read(&mut world), [true; 3]);
    assert_eq!(markers(&world), Vec::<&Element>::new(), "not in clear");
    let sent = to_bob(&world);
    assert_eq!(sent, 1);
    for _ in 0..2 {
        world.crash(0);
        world.connect(0);
        world.settle();
        read_all(&mut world, 0, BOB);
        world.settle();
    }
    assert_eq!(to_bob(&world), sent, "never twice");
}

#[test]
fn in_clear_it_is_told_only_if_the_person_wants_that() {
    for (telling, told) in [(Telling::Never, 0), (Telling::Sealed, 0), (Telling::Always, 1)] {
        let mut world = alone(2, telling, &["one", "two"], true);
        assert!(
            world.clients[0]
                .history(BOB)
                .iter()
                .all(|row| row.protection == Protection::Clear)
        );
        read_all(&mut world, 0, BOB);
        world.settle();
        assert_eq!(markers(&world).len(), told, "{telling:?}");
        assert_eq!(known_read(&mut world), [told > 0; 2], "{telling:?}");
        let marker = markers(&world).pop().cloned();
        if let Some(marker) = marker {
            assert_eq!(
                (marker.attr("to"), marker.attr("type")),
                (Some(BOB), Some("chat"))
            );
            assert!(marker.has_child("store", "urn:xmpp:hints"));
        }
        // Who was not told then is not told later.
        world.quit(0);
        world.clients[0].sharing.markers = Telling::Always;
        world.connect(0);
        world.settle();
        assert_eq!(markers(&world).len(), told, "{telling:?}");
    }
}

#[test]
fn nobody_is_told_under_omemo_2_who_wants_nobody_told() {
    let mut world = alone(3, Telling::Never, &["one"], false);
    world.server.log.clear();
    read_all(&mut world, 0, BOB);
    world.settle();
    assert_eq!(to_bob(&world), 0);
    assert_eq!(known_read(&mut world), [false]);
}

fn from_elsewhere(world: &mut World, from: &str, id: &str, more: &str) {
    let message = format!(
        "<message xmlns='jabber:client' type='chat' to='{ANA}' {id}><body>hello</body>{more}</message>"
    );
    world.server.relay(&format!("{from}/x"), xml(&message));
    world.settle();
}

// Threats 14, 92.
#[test]
fn neither_strangers_nor_the_blocked_nor_who_did_not_ask_are_told() {
    let markable = format!("<markable xmlns='{MARKERS}'/>");
    let mut world = alone(4, Telling::Always, &[], false);
    from_elsewhere(&mut world, EVE, "id='e1'", &markable);
    from_elsewhere(&mut world, BOB, "id='b1'", "");
    from_elsewhere(&mut world, BOB, "", &markable);
    from_elsewhere(
        &mut world,
        BOB,
        "id='b2'",
        &format!("{markable}<origin-id xmlns='urn:xmpp:sid:0' id='b3'/>"),
    );
    for peer in [EVE, BOB] {
        read_all(&mut world, 0, peer);
    }
    world.settle();
    assert_eq!(markers(&world).len(), 0);
    from_elsewhere(&mut world, BOB, "id='b4'", &markable);
    let blocked = Command::Block(BOB.parse().unwrap());
    world.command(0, blocked);
    world.settle();
    read_all(&mut world, 0, BOB);
    world.settle();
    assert_eq!(markers(&world).len(), 0);
}

#[test]
fn the_marker_of_another_device_reads_here_and_one_that_is_no_copy_of_ours_does_not() {
    let mut world = alone(5, Telling::Always, &[], false);
    from_elsewhere(&mut world, BOB, "id='b1'", "");
    from_elsewhere(&mut world, BOB, "id='b2'", "");
    let marker = |from: &str, to: &str| {
        format!(
            "<message xmlns='jabber:client' type='chat' from='{from}' to='{to}'><displayed xmlns='{MARKERS}' id='b2'/></message>"
        )
    };
    let carbon = |outer: &str, inner: &str| {
        format!(
            "<message xmlns='jabber:client' from='{outer}' to='{ANA}/susurro.0'><sent xmlns='urn:xmpp:carbons:2'>\
             <forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded></sent></message>"
        )
    };
    for forged in [
        marker(BOB, ANA),
        marker("ana@mired.test/phone", BOB),
        marker("ana@mired.test/phone", ANA),
        carbon(BOB, &marker("ana@mired.test/phone", BOB)),
        carbon("ana@mired.test/phone", &marker("ana@mired.test/phone", BOB)),
        carbon(ANA, &marker(BOB, BOB)),
        carbon(ANA, &marker("ana@mired.test/phone", EVE)),
    ] {
        world.deliver(0, &forged);
        world.settle();
        assert_eq!(unread(&mut world, 0, BOB), 2, "{forged}");
    }
    world.deliver(0, &carbon(ANA, &marker("ana@mired.test/phone", BOB)));
    world.settle();
    assert_eq!(unread(&mut world, 0, BOB), 0);
}

#[test]
fn a_server_that_takes_it_off_the_marker_is_told_no_second_time_and_tells_nobody_else() {
    for clear in [true, false] {
        let mut world = crate::archive::world(6, Manners::Prosody, &[ANA, BOB, ANA]);
        world.server.options.assists = true;
        world.clients[0].sharing.markers = Telling::Always;
        for at in [0, 1, 2] {
            world.connect(at);
            world.settle();
        }
        verify_each_other(&mut world, 0, 2);
        if clear {
            in_clear(&mut world, 1, ANA);
        }
        write(&mut world, &["one", "two"]);
        let before = [0, 1].map(|at| world.clients[at].trace.len());
        read_all(&mut world, 0, BOB);
        world.settle();
        assert_eq!(unread_on_both(&mut world), [0, 0], "{clear}");
        assert_eq!(known_read(&mut world), [true, true], "{clear}");
        assert_eq!(told(&mut world, BOB), archived(&world).pop());
        let said = |at: usize, what: &str| {
            let lines = world.clients[at].trace[before[at]..].iter();
            lines.filter(|line| line.contains(what)).count()
        };
        assert_eq!(said(0, &format!("<publish node='{NODE}'")), 0, "{clear}");
        assert_eq!(said(1, NODE), 0, "{clear}");
    }
}
