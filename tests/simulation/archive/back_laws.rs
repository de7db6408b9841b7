//! The law of reading back: a device that is new here and reads back in its chats has what was sent, once, in the
//! order of the archive, whatever is cut and whichever manners the server has; what was deleted stays so.

use std::collections::BTreeSet;

use susurro::api::Older;

use super::back::{ask, ended};
use super::*;
use crate::server::PageFault;
use crate::world::CAROL;

/// What people write to each other before the device is there; with them the numbers of what is sealed.
fn happened(world: &mut World, manners: Manners) {
    for number in 0..60 + world.below(120) {
        let with = [BOB, CAROL][world.below(2)];
        let body = format!("message {number}");
        match world.below(10) {
            0..6 => from_elsewhere(world, with, &body, &body),
            6..8 => {
                let message = format!(
                    "<message xmlns='jabber:client' type='chat' to='{with}' id='{body}'><body>{body}</body></message>"
                );
                world.server.relay(&format!("{ANA}/other"), xml(&message));
            }
            // For devices that were there.
            8 if manners != Manners::Openfire => {
                world.send(1, ANA, &format!("sealed {number}"));
                world.settle();
            }
            _ => {
                let receipt = format!(
                    "<message xmlns='jabber:client' type='chat' to='{ANA}' id='r{number}'>\
                     <received xmlns='urn:xmpp:receipts' id='x'/></message>"
                );
                world.server.relay(&format!("{with}/x"), xml(&receipt));
            }
        }
        // Within a second, or much later.
        let pause = [0, 0, 20, 400, 3_000, 60_000, 3_600_000][world.below(7)];
        world.pass(Duration::from_millis(pause));
    }
}

/// What is to be here of a chat.
fn expected(world: &World, with: &str, deleted: &BTreeSet<String>) -> Vec<String> {
    let mut bodies = world.server.archived_bodies(ANA, Some(with));
    bodies.retain(|body| !body.starts_with("I sent you") && !deleted.contains(body));
    bodies
}

fn mishap(world: &mut World) {
    let arrive = world.below(12);
    match world.below(8) {
        0 => world.server.page_fault = PageFault::CutAfter(arrive),
        1 => world.server.page_fault = PageFault::LostAfter(arrive),
        2 => {
            for _ in 0..arrive {
                world.step();
            }
            world.cut(2);
        }
        3 => {
            for _ in 0..arrive {
                world.step();
            }
            world.crash(2);
        }
        _ => {}
    }
}

/// The person deletes something, or something new comes.
fn beside(world: &mut World, with: &str, deleted: &mut BTreeSet<String>, news: &mut u64) {
    match world.below(12) {
        0 => {
            let mut rows = world.clients[2].history(with).into_iter();
            if let Some(row) = rows.find(|row| row.body.is_some()) {
                deleted.insert(row.body.unwrap().as_str().to_owned());
                world.command(2, Command::DeleteMessage(row.id));
            }
        }
        1 => {
            let body = format!("new {news}");
            *news += 1;
            from_elsewhere(world, with, &body, &body);
        }
        _ => {}
    }
}

#[test]
fn a_new_device_that_reads_back_has_what_was_sent_once_and_in_the_order_of_the_archive() {
    for seed in seeds(60) {
        let _seed = Seed(seed);
        let manners = ALL[seed as usize % 3];
        let mut world = world(seed, manners, &[ANA, BOB, ANA]);
        for at in [0, 1] {
            world.connect(at);
            world.settle();
        }
        world.server.options.page = Some(5 + world.below(60));
        happened(&mut world, manners);
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        later(&mut world, 120 + 90_000 * seed.rem_euclid(2));
        world.clients[2].archive = Some([0, 0, 1][world.below(3)]);
        world.together = [1, 7][world.below(2)];
        world.connect(2);
        world.settle();
        let mut deleted = BTreeSet::new();
        let mut left = BTreeSet::from([BOB, CAROL]);
        let mut news = 0;
        for _ in 0..300 {
            let Some(with) = left.iter().nth(world.below(left.len().max(1))).copied() else {
                break;
            };
            world.connect(2);
            world.settle();
            let id = ask(&mut world, 2, with, None);
            mishap(&mut world);
            world.settle();
            if ended(&world, 2, id) == Some(Ok(Older::Nothing)) {
                left.remove(with);
            }
            beside(&mut world, with, &mut deleted, &mut news);
        }
        world.connect(2);
        world.settle();
        assert!(left.is_empty(), "it never ended: {left:?}");
        for with in [BOB, CAROL] {
            let expected = expected(&world, with, &deleted);
            assert_eq!(world.clients[2].bodies(with), expected, "{manners:?} {with}");
            let lines = events(&mut world, 2, with);
            assert!(
                lines.len() <= 1 && lines.iter().all(|line| *line == ChatEventKind::BeforeDevice),
                "{lines:?}"
            );
        }
        let unread = unread(&mut world, 2, BOB) + self::unread(&mut world, 2, CAROL);
        // Of what is new the person may have deleted something unread.
        let deleted = deleted.iter().filter(|body| body.starts_with("new ")).count();
        assert_eq!(unread + deleted as u64, news, "{manners:?}");
    }
}
