//! Two people fetched the same bundle of ours and chose the same prekey: what both wrote is read, for some
//! minutes, across restarts, and no exchange opens twice for it.

use std::time::Duration;

use susurro::model::UnreadableReason;
use susurro::omemo::{self, DeviceId, Dialect, EncryptedMessage, PreKeyId};
use susurro::protocol::Timer;
use susurro::store::{Reads, omemo as stored};

use crate::copies::inject;
use crate::dialects::{BOTH, meet};
use crate::robot::Robot;
use crate::world::{ANA, BOB, CAROL, World};

fn chosen(letter: &EncryptedMessage) -> PreKeyId {
    let exchange = letter.exchanges().next().expect("an exchange");
    omemo::key_exchange(letter.dialect, &exchange.bytes)
        .unwrap()
        .prekey
}

/// What both write to Ana, each with an exchange around it.
fn same_choice(world: &mut World, robots: [&mut Robot; 2], dialect: Dialect) -> [EncryptedMessage; 2] {
    let ana = (ANA, world.clients[0].device());
    let [bob, carol] = robots;
    bob.begin_in(dialect, world, ANA, ana.1);
    let first = bob.write(dialect, ana, world.now, "from bob");
    loop {
        carol.records.clear();
        carol.begin_in(dialect, world, ANA, ana.1);
        let second = carol.write(dialect, ana, world.now, "from carol");
        if chosen(&first) == chosen(&second) {
            return [first, second];
        }
    }
}

fn silence(world: &mut World) {
    for _ in 0..2 {
        world.next_timer_where(|_, timer| timer == Timer::Silence);
    }
    world.settle();
}

#[test]
fn whoever_chose_the_prekey_of_another_is_read_for_ten_minutes_and_no_longer() {
    for dialect in Dialect::ALL {
        for (minutes, killed, read) in [
            (0, false, true),
            (4, false, true),
            (4, true, true),
            (20, false, false),
        ] {
            let (mut bob, mut carol) = (Robot::new(BOB, 77, 1), Robot::new(CAROL, 78, 2));
            let mut world = meet(1, &mut [(&mut bob, BOTH), (&mut carol, BOTH)]);
            let [first, second] = same_choice(&mut world, [&mut bob, &mut carol], dialect);
            inject(&mut world, &bob.stanza(ANA, "first", &first));
            let prekey = chosen(&first);
            world.pass(Duration::from_secs(minutes * 60));
            silence(&mut world);
            if killed {
                world.crash(0);
                world.server.restart();
                world.connect(0);
                world.settle();
            }
            inject(&mut world, &carol.stanza(ANA, "second", &second));
            let case = format!("{dialect:?} {minutes} {killed}");
            assert_eq!(world.clients[0].bodies(BOB), ["from bob"], "{case}");
            let unread = format!("!{:?}", UnreadableReason::UnknownPreKey);
            let expected = if read { "from carol".to_owned() } else { unread };
            assert_eq!(world.clients[0].bodies(CAROL), [expected], "{case}");
            // The same exchange under another number, and the same bytes again, bring nothing.
            let mut again = first.clone();
            again.sid = DeviceId::new(4711).unwrap();
            inject(&mut world, &bob.stanza(ANA, "again", &again));
            inject(&mut world, &bob.stanza(ANA, "first", &first));
            let readable = |row: &susurro::model::Message| row.unreadable.is_none();
            let rows = world.clients[0].history(BOB);
            assert_eq!(rows.iter().filter(|row| readable(row)).count(), 1, "{case}");
            // In the end it is gone, whatever happened.
            world.pass(Duration::from_secs(1200));
            silence(&mut world);
            silence(&mut world);
            let there = world.clients[0].read(|tx, account| stored::prekey(tx, account, prekey).unwrap());
            assert!(there.is_none(), "{case}");
        }
    }
}

/// Both wrote while we were away, the second one long after: a page may take long, and a login too.
#[test]
fn no_prekey_is_erased_before_what_came_while_we_were_away_is_read() {
    for dialect in Dialect::ALL {
        let (mut bob, mut carol) = (Robot::new(BOB, 77, 3), Robot::new(CAROL, 78, 4));
        let mut world = World::new(3, &[ANA]);
        (world.server.options.archive, world.server.options.carbons) = (true, true);
        world.clients[0].archive = Some(90);
        for robot in [&mut bob, &mut carol] {
            world.server.add_account(&robot.jid);
            world.server.befriend(ANA, &robot.jid.clone());
            robot.appear(&mut world, BOTH);
        }
        world.connect(0);
        world.settle();
        let [first, second] = same_choice(&mut world, [&mut bob, &mut carol], dialect);
        inject(&mut world, &bob.stanza(ANA, "first", &first));
        world.quit(0);
        world
            .server
            .relay(&format!("{CAROL}/x"), carol.stanza(ANA, "second", &second));
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        world.pass(Duration::from_secs(4 * 86_400));
        // A command that reads no messages does not know what is still to come.
        (world.clients[0].present, world.clients[0].archive) = (false, None);
        world.connect(0);
        world.settle();
        world.quit(0);
        (world.clients[0].present, world.clients[0].archive) = (true, Some(90));
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(CAROL), ["from carol"], "{dialect:?}");
    }
}

#[test]
fn strangers_who_spend_many_prekeys_do_not_make_us_keep_all_of_them() {
    let mut bob = Robot::new(BOB, 77, 5);
    let mut world = meet(5, &mut [(&mut bob, BOTH)]);
    let ana = (ANA, world.clients[0].device());
    for number in 0..1_000 {
        bob.records.clear();
        bob.begin_in(Dialect::Legacy, &world, ANA, ana.1);
        let letter = bob.write(Dialect::Legacy, ana, world.now, "x");
        world
            .server
            .inject(ANA, &bob.stanza(ANA, &format!("{number}"), &letter));
        world.flow();
    }
    let kept = world.clients[0].read(|tx, _| {
        tx.conn()
            .query_row("SELECT count(*) FROM omemo_prekeys WHERE spent = 1", [], |row| {
                row.get::<_, i64>(0)
            })
            .unwrap()
    });
    assert!((400..=550).contains(&kept), "{kept}");
}
