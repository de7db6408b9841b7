//! Several devices of one account.

use super::*;

#[test]
fn two_devices_of_one_account_have_the_same_conversation() {
    for manners in ALL {
        let mut world = online(3, manners, &[ANA, BOB, ANA]);
        world.settle();
        verify_each_other(&mut world, 0, 2);
        world.send(0, BOB, "from the first");
        world.settle();
        later(&mut world, 5);
        world.send(1, ANA, "from bob");
        world.settle();
        later(&mut world, 5);
        world.send(2, BOB, "from the second");
        world.settle();
        let expected = ["from the first", "from bob", "from the second"];
        for at in [0, 2] {
            assert_eq!(world.clients[at].bodies(BOB), expected, "{manners:?} {at}");
        }
        // Whoever writes has read what stands there.
        assert_eq!(unread(&mut world, 0, BOB), 0, "{manners:?}");
        let directions: Vec<_> = world.clients[2]
            .history(BOB)
            .iter()
            .map(|row| row.direction())
            .collect();
        assert_eq!(directions, [Direction::Out, Direction::In, Direction::Out]);
    }
}

#[test]
fn what_another_device_wrote_while_this_one_was_away_comes_back_as_ours() {
    for manners in KEEPING {
        let mut world = online(4, manners, &[ANA, BOB, ANA]);
        world.settle();
        verify_each_other(&mut world, 0, 2);
        world.send(1, ANA, "question");
        world.settle();
        world.quit(2);
        later(&mut world, 5);
        world.send(0, BOB, "answer");
        world.settle();
        later(&mut world, 5);
        world.send(1, ANA, "thanks");
        world.settle();
        world.connect(2);
        world.settle();
        assert_eq!(
            world.clients[2].bodies(BOB),
            ["question", "answer", "thanks"],
            "{manners:?}"
        );
        assert_eq!(
            unread(&mut world, 2, BOB),
            1,
            "{manners:?}: what stands above the answer was read"
        );
    }
}

#[test]
fn our_own_rows_learn_the_server_s_ids_and_are_not_doubled() {
    for manners in KEEPING {
        let mut world = online(5, manners, &[ANA, BOB]);
        world.send(0, BOB, "sealed");
        world.settle();
        in_clear(&mut world, 0, BOB);
        world.send(0, BOB, "in clear");
        world.settle();
        world.quit(0);
        world.connect(0);
        world.settle();
        let history = world.clients[0].history(BOB);
        let known = world.server.archived(ANA, Some(BOB));
        let rows: Vec<_> = history
            .iter()
            .map(|row| (row.body.clone().unwrap(), row.server_id.clone()))
            .collect();
        assert_eq!(rows.len(), 2, "{manners:?} {rows:?}");
        for (_, id) in rows {
            let id = id.expect("the id of the server");
            assert!(known.iter().any(|(other, _)| *other == id), "{manners:?}");
        }
    }
}

/// It came while nothing was known of the server yet, from a stream that went on in a new process and broke.
#[test]
fn a_message_that_came_without_the_server_s_id_learns_it_from_the_archive() {
    for manners in KEEPING {
        let mut world = online(21, manners, &[ANA, BOB]);
        world.quit(0);
        world.connect(0);
        let conn = world.clients[0].conn.unwrap();
        while world.server.read_one(conn) || world.waiting(0) == 0 {}
        // The stream can be resumed; what the account offers was not heard.
        while !world.clients[0].trace.last().unwrap().contains("<enabled") {
            world.read_next(0);
            while world.server.read_one(conn) {}
        }
        world.crash(0);
        world.send(1, ANA, "early");
        world.flow();
        world.connect(0);
        let held = |world: &mut World| {
            world.clients[0].read(|tx, account| susurro::store::held::count(tx, account).unwrap())
        };
        while held(&mut world) == 0 {
            assert!(world.step(), "{manners:?}");
        }
        world.cut(0);
        // It waits for the line no longer.
        let gave_up = |_: &crate::client::Client, timer| timer == susurro::protocol::Timer::Held;
        assert!(world.next_timer_where(gave_up).is_some());
        let ids = |world: &mut World| -> Vec<bool> {
            let rows = world.clients[0].history(BOB);
            rows.iter().map(|row| row.server_id.is_some()).collect()
        };
        assert_eq!(ids(&mut world), [false], "{manners:?}");
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["early"], "{manners:?}");
        assert_eq!(ids(&mut world), [true], "{manners:?}");
    }
}

/// Two devices of one account and somebody else, who reads one or many stanzas together.
pub fn begun(seed: u64) -> World {
    let manners = KEEPING[usize::try_from(seed % 2).unwrap()];
    let mut world = online(seed, manners, &[ANA, BOB, ANA]);
    world.settle();
    verify_each_other(&mut world, 0, 2);
    world.together = [1, 6, 40][usize::try_from(seed % 3).unwrap()];
    world
}

/// Two devices of one account and somebody else, and everything that breaks: in the end both devices have the
/// same conversation, each message once.
#[test]
fn whatever_breaks_both_devices_have_everything_once_in_one_order() {
    for seed in seeds(100) {
        let _seed = Seed(seed);
        let mut world = begun(seed);
        let mut sent = Vec::new();
        for number in 0..60 {
            happen(&mut world, number, &mut sent);
        }
        calm_down(&mut world);
        sent.sort();
        for (at, peer) in [(0, BOB), (1, ANA), (2, BOB)] {
            let mut bodies = world.clients[at].bodies(peer);
            bodies.sort();
            assert_eq!(bodies, sent, "client {at}");
        }
        // What we wrote stands where we wrote it; what others wrote stands as the archive has it, on every
        // device.
        let came = |world: &mut World, at: usize| -> Vec<Option<String>> {
            let all = world.clients[at].history(BOB).into_iter();
            let came = all.filter(|row| row.direction() == Direction::In);
            came.map(|row| row.body.map(|body| body.as_str().to_owned()))
                .collect()
        };
        let (one, other) = (came(&mut world, 0), came(&mut world, 2));
        assert_eq!(one, other, "the order");
    }
}

/// One thing happens: somebody writes, a line or a process breaks or comes back, or the network moves.
fn happen(world: &mut World, number: usize, sent: &mut Vec<String>) {
    later(world, 1);
    match world.below(12) {
        0..5 => {
            let at = world.below(3);
            if world.clients[at].conn.is_some() {
                let body = format!("secret-{number}-end");
                world.send(at, if at == 1 { ANA } else { BOB }, &body);
                sent.push(body);
            }
        }
        _ => break_or_mend(world),
    }
}

/// A line or a process breaks or comes back, or the network moves.
pub fn break_or_mend(world: &mut World) {
    let who = world.below(3);
    match world.below(7) {
        0 => world.cut(who),
        1 => world.crash(who),
        2 => world.quit(who),
        3 | 4 => world.connect(who),
        _ => {
            for _ in 0..=world.below(40) {
                world.step();
            }
        }
    }
}

/// Everybody comes online and hears everything; what a device missed while another stream of it was being
/// resumed, the next catch-up brings.
pub fn calm_down(world: &mut World) {
    for _ in 0..2 {
        world.connect_all();
        world.settle();
        world.server.ask_all();
        world.settle();
        for at in 0..3 {
            world.quit(at);
            world.settle();
            world.connect(at);
            world.settle();
        }
    }
}
