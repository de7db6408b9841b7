//! What is older than the first login here, and what was deleted.

use susurro::model::MessageState;
use susurro::omemo::Dialect;

use super::*;
use crate::envelopes::opt_out;
use crate::robot::Robot;

#[test]
fn what_is_older_than_the_first_login_is_read_and_printed_and_gets_no_receipt() {
    for manners in ALL {
        let mut world = world(6, manners, &[ANA]);
        for body in numbered(240) {
            let id = body.clone();
            from_elsewhere(&mut world, BOB, &id, &body);
            later(&mut world, 3600);
        }
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), numbered(240), "{manners:?}");
        assert_eq!(unread(&mut world, 0, BOB), 0, "{manners:?}");
        let unlistened =
            world.clients[0].read(|tx, account| messages::unlistened(tx, account, None, 1000).unwrap());
        assert_eq!(unlistened.len(), 0, "{manners:?}");
        assert!(world.clients[0].history(BOB).iter().all(|row| row.archived));
        assert_eq!(receipts_of(&world, ANA), 0);
        // What comes from now on is news.
        from_elsewhere(&mut world, BOB, "new", "new");
        world.settle();
        assert_eq!(unread(&mut world, 0, BOB), 1, "{manners:?}");
    }
}

#[test]
fn no_more_is_read_back_than_the_person_wants() {
    let mut world = world(7, Manners::Prosody, &[ANA]);
    for body in numbered(500) {
        from_elsewhere(&mut world, BOB, &body, &body);
        later(&mut world, 3600);
    }
    world.clients[0].archive = Some(3);
    world.connect(0);
    world.settle();
    let count = world.clients[0].bodies(BOB).len();
    assert!((72..=172).contains(&count), "{count}");
    // The next login asks for no more either.
    world.quit(0);
    world.connect(0);
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB).len(), count);
}

/// An account that moved: what was archived is there, under other ids.
#[test]
fn an_archive_that_gave_other_ids_meanwhile_is_read_to_its_beginning() {
    for manners in [Manners::Prosody, Manners::Ejabberd] {
        let mut world = world(7, Manners::Prosody, &[ANA]);
        for body in numbered(300) {
            from_elsewhere(&mut world, BOB, &body, &body);
            later(&mut world, 3600);
        }
        world.clients[0].archive = Some(2);
        world.connect(0);
        world.settle();
        assert!(
            world.clients[0].bodies(BOB).len() < 200,
            "something is left to be read"
        );
        world.quit(0);
        let account = world.server.accounts.get_mut(ANA).unwrap();
        // What waited for her was not moved.
        account.offline.clear();
        for entry in &mut account.archive.entries {
            entry.id = match manners {
                Manners::Ejabberd => entry.when.as_microsecond().to_string(),
                _ => format!("moved-{}", entry.id),
            };
        }
        world.server.options.manners = manners;
        world.clients[0].archive = Some(90);
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), numbered(300), "{manners:?}");
    }
}

#[test]
fn sealed_for_other_devices_only_is_one_line_of_its_chat() {
    for manners in KEEPING {
        let mut world = world(8, manners, &[ANA, BOB, ANA]);
        for at in [0, 1] {
            world.connect(at);
            world.settle();
        }
        for body in numbered(30) {
            world.send(1, ANA, &body);
            later(&mut world, 60);
            world.settle();
        }
        later(&mut world, 60);
        world.connect(2);
        world.settle();
        assert_eq!(world.clients[2].bodies(BOB), Vec::<String>::new(), "{manners:?}");
        assert_eq!(
            events(&mut world, 2, BOB),
            [ChatEventKind::BeforeDevice],
            "{manners:?}"
        );
        assert_eq!(unread(&mut world, 2, BOB), 0);
        // And from now on it reads with the others.
        world.send(1, ANA, "for both");
        world.settle();
        assert_eq!(world.clients[2].bodies(BOB), ["for both"], "{manners:?}");
    }
}

#[test]
fn what_was_deleted_here_no_archive_brings_back() {
    for manners in ALL {
        let mut world = online(13, manners, &[ANA, BOB]);
        for body in numbered(4) {
            from_elsewhere(&mut world, BOB, &body, &body);
            later(&mut world, 2);
        }
        world.send(1, ANA, "sealed");
        world.settle();
        let second = world.clients[0].history(BOB)[1].id;
        world.command(0, Command::DeleteMessage(second));
        world.quit(0);
        forget_ranges(&mut world, 0);
        world.connect(0);
        world.settle();
        let left = ["message 0", "message 2", "message 3", "sealed"];
        assert_eq!(world.clients[0].bodies(BOB), left, "{manners:?}");
        world.command(0, Command::DeleteChat(chat(BOB)));
        world.quit(0);
        forget_ranges(&mut world, 0);
        later(&mut world, 30);
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), Vec::<String>::new(), "{manners:?}");
        assert_eq!(events(&mut world, 0, BOB), [], "{manners:?}");
        from_elsewhere(&mut world, BOB, "new", "new");
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["new"], "{manners:?}");
    }
}

#[test]
fn what_is_read_stays_read_when_older_messages_come() {
    let mut world = world(17, Manners::Prosody, &[ANA]);
    for body in numbered(60) {
        from_elsewhere(&mut world, BOB, &body, &body);
        later(&mut world, 60);
    }
    world.server.accounts.get_mut(ANA).unwrap().offline.clear();
    later(&mut world, 3600);
    world.connect(0);
    world.settle();
    from_elsewhere(&mut world, BOB, "new", "new");
    world.settle();
    assert_eq!(unread(&mut world, 0, BOB), 1);
    let newest = world.clients[0].history(BOB).pop().unwrap().position;
    let what = Remembered::Read(newest);
    world.command(
        0,
        Command::Remember {
            chat: chat(BOB),
            what,
        },
    );
    assert_eq!(unread(&mut world, 0, BOB), 0);
    world.quit(0);
    forget_ranges(&mut world, 0);
    world.connect(0);
    world.settle();
    assert_eq!(unread(&mut world, 0, BOB), 0);
}

/// Whoever asked for that long ago may have changed their mind, in words that are not here either.
#[test]
fn an_old_wish_to_go_on_without_encryption_stops_nothing() {
    for (is_old, state) in [(true, MessageState::Sent), (false, MessageState::Failed)] {
        let mut robot = Robot::new(BOB, 77, 21);
        let mut world = world(21, Manners::Prosody, &[ANA]);
        world.server.add_account(BOB);
        world.server.befriend(ANA, BOB);
        robot.appear(&mut world, &[Dialect::Omemo2]);
        world.connect(0);
        world.settle();
        world.quit(0);
        let ana = world.clients[0].device();
        robot.begin_in(Dialect::Omemo2, &world, ANA, ana);
        let plaintext = robot.envelope(ANA, world.now, opt_out());
        let letter = robot.seal_in(Dialect::Omemo2, (ANA, ana), &plaintext);
        world
            .server
            .relay(&format!("{BOB}/robot"), robot.stanza(ANA, "o1", &letter));
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        later(&mut world, 3600);
        if is_old {
            forget_ranges(&mut world, 0);
        }
        world.connect(0);
        world.settle();
        assert_eq!(events(&mut world, 0, BOB), [ChatEventKind::OptOut]);
        assert_eq!(unread(&mut world, 0, BOB), u64::from(!is_old));
        world.send(0, BOB, "still encrypted");
        world.settle();
        assert_eq!(world.clients[0].last(BOB).0, state, "{is_old}");
    }
}

/// A page of the archive is read before the one above it: what was said about a message comes first.
#[test]
fn what_was_said_about_a_message_that_comes_later_is_done_then() {
    for manners in KEEPING {
        let mut world = world(19, manners, &[ANA]);
        let say = |world: &mut World, id: &str, inside: &str| {
            let stanza = format!(
                "<message xmlns='jabber:client' type='chat' id='{id}' to='{ANA}' from='{BOB}/pc'>{inside}<store xmlns='urn:xmpp:hints'/></message>"
            );
            world.server.relay(&format!("{BOB}/pc"), stanza.parse().unwrap());
            later(world, 3600);
        };
        say(&mut world, "first", "<body>one</body>");
        say(&mut world, "gone", "<body>taken back</body>");
        say(&mut world, "liked", "<body>liked</body>");
        for body in numbered(130) {
            say(&mut world, &body, &format!("<body>{body}</body>"));
        }
        say(
            &mut world,
            "c1",
            "<body>two</body><replace xmlns='urn:xmpp:message-correct:0' id='first'/>",
        );
        say(
            &mut world,
            "c2",
            "<body>three</body><replace xmlns='urn:xmpp:message-correct:0' id='first'/>",
        );
        say(
            &mut world,
            "r1",
            "<retract xmlns='urn:xmpp:message-retract:1' id='gone'/>",
        );
        say(
            &mut world,
            "e1",
            "<reactions xmlns='urn:xmpp:reactions:0' id='liked'><reaction>👍</reaction></reactions>",
        );
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        world.connect(0);
        world.settle();
        let rows = world.clients[0].history(BOB);
        assert_eq!(rows.len(), 133, "{manners:?}");
        assert_eq!(
            (rows[0].body.as_ref().unwrap().as_str(), rows[0].edited),
            ("three", 2),
            "{manners:?}"
        );
        assert!(
            rows[1].retracted.is_some() && rows[1].body.is_none(),
            "{manners:?}"
        );
        assert_eq!(rows[2].reactions.len(), 1, "{manners:?}");
        assert_eq!(unread(&mut world, 0, BOB), 0, "{manners:?}");
    }
}

/// Prosody's archive tells whole seconds, so where a page ends between messages of one second their times do not
/// say which came first.
#[test]
fn what_was_written_within_one_second_stands_in_the_order_of_the_archive() {
    for (manners, page) in ALL.into_iter().flat_map(|manners| [(manners, 7), (manners, 100)]) {
        let mut world = world(22, manners, &[ANA]);
        world.server.options.page = Some(page);
        for body in numbered(130) {
            from_elsewhere(&mut world, BOB, &body, &body);
            world.pass(Duration::from_millis(20));
        }
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        later(&mut world, 3600);
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), numbered(130), "{manners:?} {page}");
    }
}
