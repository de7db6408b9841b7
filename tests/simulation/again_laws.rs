//! Whatever is damaged on its way and whatever breaks, at any time: whoever asks for what cannot be read, and whoever
//! sends it once more, ends with the same words, each once.

use std::collections::{BTreeMap, BTreeSet};

use minidom::Element;
use minidom::rxml::{Namespace, NcName};
use susurro::model::{Author, Message, MessageState};

use crate::again::{self, acquainted, ask, last, lose, resend};
use crate::archive::{self, KEEPING};
use crate::laws::{Seed, seeds};
use crate::server::{Fault, xml};
use crate::world::{ANA, BOB, World};

const PEERS: [&str; 2] = [BOB, ANA];

/// Another letter in the payload, or in the keys, of what these ids name and is to arrive next.
fn damage(world: &mut World, ids: &BTreeMap<String, bool>) {
    for at in 0..2 {
        let conn = world.clients[at].conn;
        let Some(conn) = conn.and_then(|conn| world.server.conns.get_mut(&conn)) else {
            continue;
        };
        let next = conn.to_client.front_mut();
        if let Some(element) = next.filter(|element| element.name() == "message") {
            damage_one(element, ids);
        }
    }
}

fn damage_one(element: &mut Element, ids: &BTreeMap<String, bool>) {
    let text = String::from(&*element);
    // Also within a result of an archive.
    let Some((_, payload)) = ids.iter().find(|(id, _)| text.contains(&origin(id))) else {
        return;
    };
    let end = if *payload { "</payload>" } else { "</key>" };
    let Some(at) = text.find(end).filter(|_| !text.contains("urn:damaged")) else {
        return;
    };
    let start = text[..at].rfind('>').unwrap() + 1;
    let place = start + (at - start) / 2;
    let other = if &text[place..=place] == "A" { "B" } else { "A" };
    *element = xml(&format!("{}{other}{}", &text[..place], &text[place + 1..]));
    // The same letter, however often it is looked at.
    element.append_child(xml("<damaged xmlns='urn:damaged'/>"));
}

fn origin(id: &str) -> String {
    format!("<origin-id xmlns='urn:xmpp:sid:0' id='{id}'")
}

fn ours(world: &mut World, at: usize) -> Vec<Message> {
    let rows = world.clients[at].history(PEERS[at]);
    rows.into_iter().filter(|row| row.author == Author::Us).collect()
}

fn closed(world: &mut World, at: usize) -> Vec<Message> {
    let rows = world.clients[at].history(PEERS[at]);
    rows.into_iter().filter(|row| row.unreadable.is_some()).collect()
}

/// As [`World::settle`], and every copy of what is damaged is.
fn settle(world: &mut World, ids: &BTreeMap<String, bool>) {
    loop {
        damage(world, ids);
        while world.step() {
            damage(world, ids);
        }
        if world.next_timer().is_none() {
            return;
        }
    }
}

fn happen(world: &mut World, damaged: &mut BTreeMap<String, bool>, number: &mut u32) {
    let at = world.below(2);
    match world.below(16) {
        0..6 => {
            *number += 1;
            world.send(at, PEERS[at], &format!("number {number}"));
            let newest = ours(world, at).pop();
            if let Some(newest) = newest.filter(|_| number.is_multiple_of(2)) {
                let payload = world.below(2) == 0;
                damaged.insert(newest.stanza_id, payload);
            }
        }
        6 => world.cut(at),
        7 => world.crash(at),
        8 => world.connect(at),
        9 | 10 => {
            let rows = closed(world, at);
            if !rows.is_empty() {
                let chosen = world.below(rows.len());
                world.command(at, ask(&rows[chosen], true));
            }
        }
        11 | 12 => {
            let rows = ours(world, at);
            if !rows.is_empty() {
                let chosen = world.below(rows.len());
                world.command(at, resend(&rows[chosen]));
            }
        }
        _ => {
            for _ in 0..=world.below(20) {
                damage(world, damaged);
                world.step();
            }
        }
    }
}

/// Those who keep an archive, and those who speak legacy alone, by turns; they know each other, and both have answered.
fn begin(seed: u64) -> World {
    let mut world = match seed % 3 {
        0 => archive::world(seed, KEEPING[usize::from(seed.is_multiple_of(2))], &[ANA, BOB]),
        _ => World::new(seed, &[ANA, BOB]),
    };
    for jid in [ANA, BOB].into_iter().filter(|_| seed.is_multiple_of(2)) {
        let refused = Fault::Error("feature-not-implemented");
        world.server.fault(jid, "urn:xmpp:omemo:2", refused);
    }
    world.connect_all();
    world.settle();
    acquainted(world)
}

/// Each asks for what cannot be read, and the other one sends it once more, which may be damaged too.
fn mend(world: &mut World, damaged: &BTreeMap<String, bool>) {
    for at in [0, 1] {
        for row in closed(world, at) {
            world.command(at, ask(&row, true));
            settle(world, damaged);
            let theirs = ours(world, 1 - at);
            let original = theirs.iter().find(|ours| ours.stanza_id == row.stanza_id);
            world.command(1 - at, resend(original.expect("its original")));
            settle(world, damaged);
        }
    }
}

#[test]
fn whatever_breaks_what_was_asked_for_and_sent_again_is_here_once() {
    for seed in seeds(50) {
        let _seed = Seed(seed);
        let mut world = begin(seed);
        let (mut damaged, mut number) = (BTreeMap::new(), 0);
        for _ in 0..40 {
            happen(&mut world, &mut damaged, &mut number);
        }
        for _ in 0..3 {
            world.connect_all();
            settle(&mut world, &damaged);
            world.server.ask_all();
            settle(&mut world, &damaged);
        }
        for _ in 0..3 {
            mend(&mut world, &damaged);
        }
        for at in [0, 1] {
            let left = closed(&mut world, at);
            assert!(left.is_empty(), "{left:?}");
            let rows = ours(&mut world, at);
            let ids: BTreeSet<_> = rows.iter().map(|row| row.stanza_id.clone()).collect();
            assert_eq!(ids.len(), rows.len());
            let theirs = world.clients[1 - at].history(PEERS[1 - at]);
            for row in &rows {
                let sent = matches!(row.state, MessageState::Sent | MessageState::Delivered);
                assert!(sent, "{row:?}");
                let there = theirs.iter().filter(|there| there.stanza_id == row.stanza_id);
                let words: Vec<_> = there.map(|there| &there.body).collect();
                assert_eq!(words, [&row.body]);
            }
            let came = theirs.iter().filter(|row| row.author != Author::Us).count();
            assert_eq!(came, rows.len());
        }
    }
}

/// An archive has it too, or its writer's line broke before the server said that it has it: a copy comes, as damaged as
/// the first or whole, when the message was sent once more and is here.
#[test]
fn another_copy_of_what_was_sent_once_more_is_no_second_message() {
    for (legacy, whole) in [(false, false), (false, true), (true, false), (true, true)] {
        let world = match legacy {
            true => World::legacy(1, &[ANA, BOB]),
            false => World::online(1, &[ANA, BOB]),
        };
        let mut world = acquainted(world);
        let lost = lose(&mut world, "the lost words");
        let sent = world.server.log.iter().rev();
        let mut sealed =
            sent.filter(|(from, stanza)| from == ANA && stanza.attr("id") == Some(&lost.stanza_id));
        let mut copy = sealed.next().unwrap().1.clone();
        copy.set_attr(
            Namespace::NONE,
            NcName::try_from("from").unwrap(),
            format!("{ANA}/susurro.0"),
        );
        let original = last(&mut world, 0, BOB);
        world.command(0, resend(&original));
        world.settle();
        let bodies = ["hello", "hello", "hello", "the lost words"];
        assert_eq!(world.clients[1].bodies(ANA), bodies);
        if !whole {
            again::damage(&mut copy);
        }
        for _ in 0..2 {
            world.server.inject(BOB, &copy);
            world.settle();
            assert_eq!(
                world.clients[1].bodies(ANA),
                bodies,
                "legacy {legacy}, whole {whole}"
            );
        }
        world.send(0, BOB, "after");
        world.settle();
        assert_eq!(world.clients[1].bodies(ANA).last().unwrap(), "after");
    }
}
