//! Pages on their way: late, with something else between them, two at once, cut.

use super::raw::{Raw, body_in, chat, query, server, set};
use super::{ANA, BOB};
use crate::server::{Manners, PageFault, Server, xml};
use crate::world::World;

fn filled(count: usize) -> (Server, Raw) {
    let mut server = server(Manners::Prosody);
    for number in 0..count {
        server.relay("ana@mired.test/a1", xml(&chat(BOB, &number.to_string())));
    }
    let bob = Raw::bind(&mut server, "bob@mired.test/b1");
    (server, bob)
}

/// Bodies of what came, "fin" for the end of a page.
fn heard(server: &mut Server, who: &Raw) -> Vec<String> {
    let heard = who.hears(server);
    heard
        .iter()
        .map(|stanza| {
            if stanza.name() == "iq" {
                "fin".to_owned()
            } else {
                body_in(stanza)
            }
        })
        .collect()
}

#[test]
fn live_messages_come_between_the_parts_of_a_page() {
    let (mut server, bob) = filled(3);
    server.page_fault = PageFault::Held;
    bob.says(&mut server, &query(""));
    bob.says(&mut server, "<presence xmlns='jabber:client'/>");
    assert!(bob.hears(&mut server).is_empty());
    assert_eq!(server.held(), 4);
    server.release(2);
    server.relay("ana@mired.test/a1", xml(&chat(BOB, "live")));
    server.release(1);
    assert_eq!(heard(&mut server, &bob), ["0", "1", "live", "2"]);
    server.release(usize::MAX);
    assert_eq!(heard(&mut server, &bob), ["fin"]);
    assert_eq!(server.archived_bodies(BOB, None), ["0", "1", "2", "live"]);
    assert_eq!(server.archived_stanzas(BOB, ANA), ["0", "1", "2", "live"]);
}

#[test]
fn two_pages_come_mixed() {
    let (mut server, bob) = filled(6);
    server.page_fault = PageFault::Held;
    bob.says(&mut server, &query(&set("<max>2</max>")));
    bob.says(&mut server, &query(&set("<max>2</max><before/>")));
    server.release_interleaved();
    assert_eq!(heard(&mut server, &bob), ["0", "4", "1", "5", "fin", "fin"]);
    assert_eq!(server.queries.len(), 2);
}

#[test]
fn a_connection_breaks_in_the_middle_of_a_page() {
    for (fault, again) in [(PageFault::CutAfter(2), 4), (PageFault::LostAfter(2), 2)] {
        let (mut server, bob) = filled(3);
        bob.says(&mut server, "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        let enabled = bob.hears(&mut server).pop().unwrap();
        server.page_fault = fault;
        bob.says(&mut server, &query(""));
        let came = bob.hears(&mut server);
        let results = came.iter().filter(|stanza| stanza.name() == "message").count();
        assert_eq!(
            (results, came.iter().any(|stanza| stanza.name() == "iq")),
            (2, false),
            "{fault:?}"
        );
        // Nothing passes any more in either direction.
        bob.says(&mut server, &query(""));
        assert!(bob.hears(&mut server).is_empty());
        server.cut(bob.conn);
        let back = Raw {
            conn: server.connect(BOB),
            jid: bob.jid.clone(),
        };
        back.says(
            &mut server,
            &format!(
                "<resume xmlns='urn:xmpp:sm:3' h='0' previd='{}'/>",
                enabled.attr("id").unwrap()
            ),
        );
        let came = back.hears(&mut server);
        let stanzas = came
            .iter()
            .filter(|element| element.ns() == "jabber:client")
            .count();
        assert_eq!(stanzas, again, "{fault:?}");
    }
}

#[test]
fn pages_come_mixed_with_whatever_else_happens() {
    let mut orders = std::collections::BTreeSet::new();
    for seed in 0..5 {
        let mut world = World::online(seed, &[ANA, BOB]);
        (world.server.options.archive, world.server.page_fault) = (true, PageFault::Mixed);
        let write = |world: &mut World, body: &str| {
            let message = chat(BOB, body);
            world.server.relay(&format!("{ANA}/a1"), xml(&message));
        };
        for body in ["old0", "old1", "old2"] {
            write(&mut world, body);
        }
        world.settle();
        world.clients[1].trace.clear();
        let conn = world.clients[1].conn.unwrap();
        let to_server = &mut world.server.conns.get_mut(&conn).unwrap().to_server;
        to_server.push_back(xml(&query("")));
        world.server.read_one(conn);
        for body in ["live0", "live1", "live2"] {
            world.step();
            write(&mut world, body);
        }
        world.settle();
        let heard = world.clients[1]
            .trace
            .iter()
            .filter(|line| line.starts_with("S: ") && line.contains("<body>"));
        let heard: Vec<String> = heard.map(|line| body_in(&xml(&line[3..]))).collect();
        let old: Vec<&String> = heard.iter().filter(|body| body.starts_with("old")).collect();
        assert_eq!(old, ["old0", "old1", "old2"]);
        assert_eq!(heard.len(), 6, "{heard:?}");
        orders.insert(heard);
    }
    assert!(orders.len() > 1, "{orders:?}");
}
