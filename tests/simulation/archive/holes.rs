//! Archives that do not know where we were.

use super::*;

/// Ana has one message of Bob's, has read up to there in the archive, and is away.
fn left(seed: u64, manners: Manners) -> World {
    let mut world = online(seed, manners, &[ANA, BOB]);
    from_elsewhere(&mut world, BOB, "before", "before");
    world.settle();
    for _ in 0..2 {
        world.quit(0);
        world.connect(0);
        world.settle();
    }
    world.quit(0);
    world
}

#[test]
fn an_archive_that_forgot_where_we_were_leaves_a_line_and_nothing_is_lost_that_it_has() {
    for manners in ALL {
        let mut world = left(10, manners);
        later(&mut world, 3600);
        from_elsewhere(&mut world, BOB, "lost", "lost");
        later(&mut world, 9 * 86_400);
        let now = world.now;
        world.server.expire_before(now);
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        from_elsewhere(&mut world, BOB, "kept", "kept");
        later(&mut world, 60);
        for _ in 0..3 {
            world.connect(0);
            world.settle();
            assert_eq!(world.clients[0].bodies(BOB), ["before", "kept"], "{manners:?}");
            assert_eq!(events(&mut world, 0, BOB), [ChatEventKind::Gap], "{manners:?}");
            world.quit(0);
            later(&mut world, 60);
        }
    }
}

/// The offline store forgets nothing where the archive does, and one server holds it back from whoever asked
/// the archive before.
#[test]
fn what_the_archive_forgot_and_the_offline_store_has_comes_from_there_once() {
    for manners in ALL {
        let mut world = left(12, manners);
        later(&mut world, 3600);
        from_elsewhere(&mut world, BOB, "forgotten", "forgotten");
        later(&mut world, 9 * 86_400);
        let now = world.now;
        world.server.expire_before(now);
        from_elsewhere(&mut world, BOB, "kept", "kept");
        later(&mut world, 60);
        for _ in 0..2 {
            world.connect(0);
            world.settle();
            let mut bodies = world.clients[0].bodies(BOB);
            bodies.sort();
            assert_eq!(bodies, ["before", "forgotten", "kept"], "{manners:?}");
            assert_eq!(unread(&mut world, 0, BOB), 3, "{manners:?}");
            world.quit(0);
            later(&mut world, 60);
        }
    }
}

#[test]
fn an_archive_that_was_lost_whole_is_told_once_and_the_next_catch_up_goes_on() {
    for manners in ALL {
        let mut world = left(11, manners);
        later(&mut world, 9 * 86_400);
        let now = world.now;
        world.server.expire_before(now);
        for _ in 0..2 {
            world.connect(0);
            world.settle();
            assert_eq!(events(&mut world, 0, BOB), [ChatEventKind::Gap], "{manners:?}");
            world.quit(0);
            later(&mut world, 3 * 86_400);
        }
        from_elsewhere(&mut world, BOB, "after", "after");
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["before", "after"], "{manners:?}");
        assert_eq!(events(&mut world, 0, BOB).len(), 1, "{manners:?}");
    }
}

#[test]
fn a_server_that_moved_from_one_program_to_another_does_not_know_the_old_ids() {
    for (from, to) in [
        (Manners::Prosody, Manners::Ejabberd),
        (Manners::Ejabberd, Manners::Prosody),
        (Manners::Prosody, Manners::Openfire),
    ] {
        let mut world = online(12, from, &[ANA, BOB]);
        for body in numbered(3) {
            from_elsewhere(&mut world, BOB, &body, &body);
            later(&mut world, 3 * 3600);
        }
        world.settle();
        world.quit(0);
        world.connect(0);
        world.settle();
        world.quit(0);
        world.server.options.manners = to;
        from_elsewhere(&mut world, BOB, "new", "new");
        world.connect(0);
        world.settle();
        let mut expected = numbered(3);
        expected.push("new".to_owned());
        assert_eq!(world.clients[0].bodies(BOB), expected, "{from:?} {to:?}");
        assert_eq!(
            events(&mut world, 0, BOB),
            [],
            "{from:?} {to:?}: everything is there"
        );
    }
}
