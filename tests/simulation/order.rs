//! Where what arrives stands: below what was there, whatever a stamp or a clock says.

use std::time::Duration;

use susurro::model::Timestamp;
use susurro::omemo::Dialect;
use susurro::store::{chats, messages};

use crate::copies::inject;
use crate::dialects::{BOTH, meet};
use crate::robot::Robot;
use crate::world::{ANA, BOB, World};

const YEAR: Duration = Duration::from_secs(365 * 86_400);

fn says(world: &mut World, id: &str, body: &str, stamp: Option<&str>) {
    let delay = stamp.map_or_else(String::new, |stamp| {
        format!("<delay xmlns='urn:xmpp:delay' from='mired.test' stamp='{stamp}'/>")
    });
    let stanza = format!(
        "<message xmlns='jabber:client' from='{BOB}/x' to='{ANA}' id='{id}' type='chat'><body>{body}</body>{delay}</message>"
    );
    world.deliver(0, &stanza);
    world.settle();
}

fn set_clock(world: &mut World, now: Timestamp) {
    world.now = now;
    world.pass(Duration::ZERO);
}

/// What the list of chats says of Bob's: when it was written to last, how much is unread.
fn overview(world: &mut World) -> (Option<Timestamp>, u64) {
    world.clients[0].read(|tx, account| {
        let all = chats::overview(tx, account).unwrap();
        let bob = all
            .iter()
            .find(|chat| chat.chat.peer.address.as_str() == BOB)
            .unwrap();
        (bob.last.as_ref().map(|last| last.time), bob.unread)
    })
}

// Prosody and ejabberd pass on what a sender claims in the name of the server.
#[test]
fn a_live_message_with_an_old_stamp_stands_at_the_end_unread() {
    let mut world = World::online(1, &[ANA]);
    says(&mut world, "1", "hello", None);
    let seen = world.now;
    world.pass(Duration::from_secs(60));
    says(&mut world, "2", "look here", Some("2020-01-01T00:00:00Z"));
    world.pass(Duration::from_secs(60));
    says(&mut world, "3", "and here", Some("2019-01-01T00:00:00Z"));
    assert_eq!(world.clients[0].bodies(BOB), ["hello", "look here", "and here"]);
    let rows = world.clients[0].history(BOB);
    assert_eq!(
        rows[1].time.to_string(),
        "2020-01-01T00:00:00Z",
        "what is said is shown"
    );
    let (last, unread) = overview(&mut world);
    assert_eq!(unread, 3);
    assert!(
        last.unwrap().as_second() >= seen.as_second() - 1,
        "the chat does not sink in the list"
    );
    // Paging keeps the order from either side.
    world.clients[0].read(|tx, _| {
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let before = messages::history(tx, rows[0].chat, Some(rows[2].position), 10).unwrap();
        let after = messages::after(tx, rows[0].chat, rows[0].position, 10).unwrap();
        assert_eq!(before.iter().map(|row| row.id).collect::<Vec<_>>(), ids[..2]);
        assert_eq!(after.iter().map(|row| row.id).collect::<Vec<_>>(), ids[1..]);
    });
}

#[test]
fn after_a_clock_that_ran_ahead_what_comes_stands_below() {
    let mut world = World::online(2, &[ANA]);
    let right = world.now;
    says(&mut world, "1", "before", None);
    set_clock(&mut world, right + 4 * YEAR);
    says(&mut world, "2", "in four years", None);
    set_clock(&mut world, right);
    for (id, body) in [("3", "now"), ("4", "and then")] {
        world.pass(Duration::from_secs(60));
        says(&mut world, id, body, None);
    }
    world.command(
        0,
        susurro::api::Command::Send {
            to: crate::client::chat(BOB),
            body: susurro::model::Clean::new("ours"),
            clear: true,
        },
    );
    world.settle();
    says(&mut world, "5", "last", None);
    let expected = ["before", "in four years", "now", "and then", "ours", "last"];
    assert_eq!(world.clients[0].bodies(BOB), expected);
    let rows = world.clients[0].history(BOB);
    assert!(rows[2].time < rows[1].time, "each shows its own time");
}

#[test]
fn what_waited_at_the_server_comes_in_its_order_below_what_was_there() {
    for dialect in Dialect::ALL {
        let mut robot = Robot::new(BOB, 77, 3);
        let mut world = meet(3, &mut [(&mut robot, BOTH)]);
        let ana = world.clients[0].device();
        robot.begin_in(dialect, &world, ANA, ana);
        let stanza = |world: &World, robot: &mut Robot, body: &str| {
            let letter = robot.write(dialect, (ANA, ana), world.now, body);
            robot.stanza(ANA, body, &letter)
        };
        let first = stanza(&world, &mut robot, "first");
        inject(&mut world, &first);
        world.quit(0);
        world.settle();
        let mut sent = Vec::new();
        for body in ["second", "third"] {
            world.pass(Duration::from_secs(3600));
            sent.push(world.now.as_second());
            let stanza = stanza(&world, &mut robot, body);
            world.server.relay(&format!("{BOB}/robot"), stanza);
        }
        world.pass(Duration::from_secs(3600));
        world.connect(0);
        world.settle();
        assert_eq!(
            world.clients[0].bodies(BOB),
            ["first", "second", "third"],
            "{dialect:?}"
        );
        let times: Vec<i64> = world.clients[0].history(BOB)[1..]
            .iter()
            .map(|row| row.time.as_second())
            .collect();
        assert_eq!(times, sent);
    }
}
