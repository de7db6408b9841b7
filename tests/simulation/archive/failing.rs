//! Archives that give no page, half of one or always the same, and lines that break while they are asked.

use super::*;
use crate::server::PageFault;
use susurro::api::{CatchUp, Event, State};
use susurro::model::Notice;

/// Ana has read everything, is away, and Bob has written so many messages since.
fn away(seed: u64, manners: Manners, count: usize) -> World {
    let mut world = online(seed, manners, &[ANA, BOB]);
    from_elsewhere(&mut world, BOB, "before", "before");
    world.settle();
    world.quit(0);
    world.connect(0);
    world.settle();
    world.quit(0);
    for body in numbered(count) {
        from_elsewhere(&mut world, BOB, &body, &body);
        later(&mut world, 1);
    }
    world.server.accounts.get_mut(ANA).unwrap().offline.clear();
    world.clients[0].events.clear();
    world
}

fn with_before(count: usize) -> Vec<String> {
    let mut all = vec!["before".to_owned()];
    all.extend(numbered(count));
    all
}

fn failures(world: &World) -> usize {
    let failed = |event: &&Event| matches!(event, Event::State(State::CatchUp(CatchUp::Failed { .. })));
    world.clients[0].events.iter().filter(failed).count()
}

#[test]
fn an_archive_that_gives_no_page_is_asked_again_and_the_person_knows() {
    for manners in ALL {
        for fault in [PageFault::Refused("internal-server-error"), PageFault::Silent] {
            let mut world = away(30, manners, 3);
            world.server.page_fault = fault;
            world.connect(0);
            world.flow();
            while failures(&world) < 4 {
                assert!(world.next_timer().is_some(), "{manners:?} {fault:?}");
                world.flow();
            }
            assert_eq!(world.clients[0].bodies(BOB), ["before"], "{manners:?} {fault:?}");
            world.server.page_fault = PageFault::None;
            world.settle();
            assert_eq!(
                world.clients[0].bodies(BOB),
                with_before(3),
                "{manners:?} {fault:?}"
            );
            let last = world.clients[0]
                .events
                .iter()
                .rev()
                .find_map(|event| match event {
                    Event::State(State::CatchUp(state)) => Some(*state),
                    _ => None,
                });
            assert_eq!(last, Some(CatchUp::Done), "{manners:?} {fault:?}");
        }
    }
}

#[test]
fn a_server_that_says_that_it_has_no_archive_is_not_asked_for_ever() {
    for condition in ["service-unavailable", "feature-not-implemented", "forbidden"] {
        let mut world = away(31, Manners::Prosody, 3);
        world.server.page_fault = PageFault::Refused(condition);
        world.connect(0);
        world.settle();
        assert_eq!(failures(&world), 0, "{condition}");
    }
}

/// A stranger can fill a page with what the parser refuses.
#[test]
fn a_page_of_which_nothing_can_be_read_does_not_stand_before_what_follows() {
    for manners in ALL {
        let mut world = away(32, manners, 130);
        world.server.options.page = Some(40);
        world.server.page_fault = PageFault::Emptied;
        world.connect(0);
        world.settle();
        let mut expected = vec!["before".to_owned()];
        expected.extend(numbered(130).split_off(40));
        assert_eq!(world.clients[0].bodies(BOB), expected, "{manners:?}");
    }
}

#[test]
fn a_server_that_leads_in_a_circle_is_not_followed_for_ever() {
    let mut world = away(33, Manners::Ejabberd, 3);
    world.server.page_fault = PageFault::Circle;
    world.connect(0);
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB), with_before(3));
}

/// What a server had no room for while the line was away is in the archive alone.
#[test]
fn a_line_that_breaks_while_older_messages_are_read_asks_for_the_newer_ones_too() {
    for manners in KEEPING {
        let mut world = world(34, manners, &[ANA]);
        for body in numbered(90) {
            from_elsewhere(&mut world, BOB, &body, &body);
            later(&mut world, 60);
        }
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        later(&mut world, 60);
        world.server.options.page = Some(20);
        world.server.page_fault = PageFault::Held;
        world.connect(0);
        world.flow();
        let reads_back = |world: &World| {
            let asked = world.server.queries.last().unwrap();
            let set = asked.get_child("set", "http://jabber.org/protocol/rsm").unwrap();
            let before = set.get_child("before", "http://jabber.org/protocol/rsm");
            before.is_some_and(|before| !before.text().is_empty())
        };
        while !reads_back(&world) {
            world.server.release(usize::MAX);
            world.flow();
        }
        world.cut(0);
        for body in ["new 1", "new 2", "new 3"] {
            from_elsewhere(&mut world, BOB, body, body);
            later(&mut world, 1);
        }
        assert_eq!(world.server.forget_queued(ANA, 2), 2, "{manners:?}");
        world.server.page_fault = PageFault::None;
        world.connect(0);
        world.settle();
        world.server.release(usize::MAX);
        world.settle();
        let mut expected = numbered(90);
        expected.extend(["new 1", "new 2", "new 3"].map(str::to_owned));
        assert_eq!(world.clients[0].bodies(BOB), expected, "{manners:?}");
        assert_eq!(unread(&mut world, 0, BOB), 3, "{manners:?}");
    }
}

/// Prosody puts it into the offline store, which it then holds back, and without copies nothing tells of it.
#[test]
fn what_comes_between_an_empty_page_and_our_presence_is_asked_for() {
    for manners in KEEPING {
        let mut world = away(35, manners, 0);
        world.server.options.carbons = false;
        world.connect(0);
        let conn = world.clients[0].conn.unwrap();
        let asked = world.server.queries.len();
        while world.server.queries.len() == asked {
            match world.server.conns[&conn].to_server.is_empty() {
                true => world.read_next(0),
                false => {
                    world.server.read_one(conn);
                }
            }
        }
        from_elsewhere(&mut world, BOB, "between", "between");
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["before", "between"], "{manners:?}");
    }
}

#[test]
fn an_archived_message_that_is_malformed_is_told() {
    for manners in ALL {
        let mut world = away(36, manners, 0);
        let twice = "<body>one</body><body>other</body>";
        let message = format!(
            "<message xmlns='jabber:client' type='chat' to='{ANA}' id='t'>{twice}\
             <occupant-id xmlns='urn:xmpp:occupant-id:0' id='a'/>\
             <occupant-id xmlns='urn:xmpp:occupant-id:0' id='b'/></message>"
        );
        world.server.relay(&format!("{BOB}/x"), xml(&message));
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        world.connect(0);
        world.settle();
        let told = |event: &Event| matches!(event, Event::Notice(Notice::Malformed { .. }));
        assert!(world.clients[0].events.iter().any(told), "{manners:?}");
    }
}

#[test]
fn a_hole_is_told_whenever_the_process_was_killed() {
    for (manners, steps) in ALL
        .into_iter()
        .flat_map(|manners| (0..40).step_by(3).map(move |steps| (manners, steps)))
    {
        let mut world = away(37, manners, 0);
        from_elsewhere(&mut world, BOB, "lost", "lost");
        later(&mut world, 9 * 86_400);
        let now = world.now;
        world.server.expire_before(now);
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        for body in ["kept 1", "kept 2"] {
            from_elsewhere(&mut world, BOB, body, body);
            later(&mut world, 1);
        }
        world.connect(0);
        for _ in 0..steps {
            world.step();
        }
        world.crash(0);
        world.connect(0);
        world.settle();
        let bodies = world.clients[0].bodies(BOB);
        assert_eq!(bodies, ["before", "kept 1", "kept 2"], "{manners:?} {steps}");
        let events = events(&mut world, 0, BOB);
        assert_eq!(events, [ChatEventKind::Gap], "{manners:?} {steps}");
    }
}
