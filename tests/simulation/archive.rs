//! The archive (XEP-0313) and copies (XEP-0280), at servers of three manners: what was missed is here once, in
//! order, on each device; what is older counts as read; what was deleted stays so; holes are told.

use std::time::Duration;

use crate::client::chat;
use crate::laws::{Seed, seeds};
use crate::server::{Manners, xml};
use crate::world::{ANA, BOB, World};

use susurro::api::{Command, Remembered};
use susurro::model::{ChatEventKind, Direction, Trust};
use susurro::store::{archive, chats, messages, timeline};

/// Those that keep what has no body, as messages in OMEMO 2.
const KEEPING: [Manners; 2] = [Manners::Prosody, Manners::Ejabberd];
const ALL: [Manners; 3] = [Manners::Prosody, Manners::Ejabberd, Manners::Openfire];

/// Nobody is online yet, and everybody reads ninety days of what the server keeps.
fn world(seed: u64, manners: Manners, people: &[&str]) -> World {
    let mut world = World::new(seed, people);
    world.server.options.manners = manners;
    world.server.options.archive = true;
    world.server.options.carbons = true;
    for client in &mut world.clients {
        client.archive = Some(90);
    }
    world
}

fn online(seed: u64, manners: Manners, people: &[&str]) -> World {
    let mut world = world(seed, manners, people);
    for client in 0..people.len() {
        world.connect(client);
        world.settle();
    }
    world
}

/// The person says on each of both devices that the other one is theirs.
fn verify_each_other(world: &mut World, one: usize, other: usize) {
    for (at, whose) in [(one, other), (other, one)] {
        let fingerprint = world.clients[whose].identity().fingerprint();
        let jid = world.clients[at].jid.clone();
        let trust = Trust::Verified;
        world.command(
            at,
            Command::SetTrust {
                jid,
                fingerprint,
                trust,
            },
        );
        world.settle();
    }
}

fn later(world: &mut World, seconds: u64) {
    world.pass(Duration::from_secs(seconds));
}

fn unread(world: &mut World, at: usize, peer: &str) -> u64 {
    world.clients[at].read(|tx, account| {
        let all = chats::overview(tx, account).unwrap();
        all.into_iter()
            .find(|chat| chat.chat.peer.as_str() == peer)
            .map_or(0, |chat| chat.unread)
    })
}

/// Lines of the history that nobody wrote.
fn events(world: &mut World, at: usize, peer: &str) -> Vec<ChatEventKind> {
    let peer = susurro::model::BareJid::new(peer).unwrap();
    world.clients[at].read(|tx, account| {
        let Some(chat) = chats::by_peer(tx, account, &peer).unwrap() else {
            return Vec::new();
        };
        let entries = timeline::before(tx, chat.id, None, 1000).unwrap();
        entries
            .into_iter()
            .filter_map(|entry| match entry {
                timeline::Entry::Event(event) => Some(event.kind),
                timeline::Entry::Message(_) => None,
            })
            .collect()
    })
}

fn in_clear(world: &mut World, at: usize, to: &str) {
    let chat = chat(to);
    world.command(at, Command::SetEncryption { chat, on: false });
}

/// A message in clear of somebody elsewhere, through the server.
fn from_elsewhere(world: &mut World, from: &str, id: &str, body: &str) {
    let message = format!(
        "<message xmlns='jabber:client' type='chat' to='{ANA}' id='{id}'><body>{body}</body>\
         <request xmlns='urn:xmpp:receipts'/></message>"
    );
    world.server.relay(&format!("{from}/x"), xml(&message));
}

fn receipts_of(world: &World, from: &str) -> usize {
    let is_receipt = |message: &minidom::Element| message.has_child("received", "urn:xmpp:receipts");
    let sent = world.server.log.iter();
    sent.filter(|(sender, message)| sender == from && is_receipt(message))
        .count()
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("message {number}")).collect()
}

#[test]
fn what_came_while_we_were_away_is_here_once_in_its_order_and_unread() {
    for (manners, killed) in KEEPING
        .into_iter()
        .flat_map(|manners| [(manners, false), (manners, true)])
    {
        let mut world = online(1, manners, &[ANA, BOB]);
        world.send(1, ANA, "before");
        world.settle();
        match killed {
            true => {
                world.crash(0);
                world.server.restart();
                world.settle();
                world.connect(1);
                world.settle();
            }
            false => world.quit(0),
        }
        for body in numbered(130) {
            world.send(1, ANA, &body);
            later(&mut world, 2);
            world.settle();
        }
        world.connect(0);
        world.settle();
        let mut expected = vec!["before".to_owned()];
        expected.extend(numbered(130));
        assert_eq!(world.clients[0].bodies(BOB), expected, "{manners:?} {killed}");
        assert_eq!(unread(&mut world, 0, BOB), 131, "{manners:?}");
        assert_eq!(
            world.clients[1].last(ANA).0,
            susurro::model::MessageState::Delivered,
            "{manners:?}"
        );
        assert_eq!(events(&mut world, 0, BOB), []);
    }
}

#[test]
fn copies_presence_and_question_leave_in_one_flush_in_this_order() {
    let mut world = online(2, Manners::Prosody, &[ANA, BOB]);
    world.quit(0);
    world.server.log.clear();
    world.connect(0);
    world.settle();
    let place = |name: &str, ns: &str| {
        let mut all = world.server.log.iter();
        let found = all
            .position(|(from, stanza)| from == ANA && (stanza.name() == name || stanza.has_child(name, ns)));
        found.unwrap_or_else(|| panic!("no {name}"))
    };
    let places = [
        place("enable", "urn:xmpp:carbons:2"),
        place("query", "urn:xmpp:mam:2"),
        place("presence", ""),
    ];
    assert!(places.is_sorted(), "{places:?}");
}

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
            .map(|row| row.direction)
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
fn each_archived_message_gets_one_receipt_whatever_is_cut() {
    for (manners, cut) in ALL
        .into_iter()
        .flat_map(|manners| (1..9).map(move |cut| (manners, cut)))
    {
        let mut world = online(9, manners, &[ANA, BOB]);
        // They may know that we are here.
        world.send(0, BOB, "hello");
        world.settle();
        world.quit(0);
        for body in numbered(7) {
            from_elsewhere(&mut world, BOB, &body, &body);
            later(&mut world, 1);
        }
        world.server.log.clear();
        world.connect(0);
        for _ in 0..cut * 5 {
            world.step();
        }
        world.crash(0);
        world.connect(0);
        world.settle();
        assert_eq!(receipts_of(&world, ANA), 7, "{manners:?} {cut}");
        let bodies: Vec<String> = world.clients[0].bodies(BOB).split_off(1);
        assert_eq!(bodies, numbered(7), "{manners:?} {cut}");
    }
}

#[test]
fn an_archive_that_forgot_where_we_were_leaves_a_line_and_nothing_is_lost_that_it_has() {
    for manners in ALL {
        let mut world = online(10, manners, &[ANA, BOB]);
        from_elsewhere(&mut world, BOB, "before", "before");
        world.settle();
        world.quit(0);
        // So that we know where we were.
        world.connect(0);
        world.settle();
        world.quit(0);
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

#[test]
fn an_archive_that_was_lost_whole_is_told_once_and_the_next_catch_up_goes_on() {
    for manners in ALL {
        let mut world = online(11, manners, &[ANA, BOB]);
        from_elsewhere(&mut world, BOB, "before", "before");
        world.settle();
        world.quit(0);
        world.connect(0);
        world.settle();
        world.quit(0);
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

/// As if nothing had been read of the archive.
fn forget_ranges(world: &mut World, at: usize) {
    let client = &mut world.clients[at];
    let tx = client.writer.transaction().unwrap();
    let own = client.jid.clone();
    archive::forget(&tx, client.account, &own).unwrap();
    tx.commit().unwrap();
}

#[test]
fn what_comes_live_while_a_catch_up_runs_stands_below_it_and_survives_a_kill() {
    for (manners, killed) in KEEPING
        .into_iter()
        .flat_map(|manners| [(manners, false), (manners, true)])
    {
        let mut world = online(14, manners, &[ANA, BOB]);
        world.quit(0);
        for body in numbered(220) {
            world.send(1, ANA, &body);
            later(&mut world, 1);
            world.settle();
        }
        world.connect(0);
        let mut steps = 0;
        while world.clients[0].bodies(BOB).len() < 60 {
            assert!(
                world.step(),
                "{manners:?} {killed} {steps} {:?}",
                world.clients[0].bodies(BOB).len()
            );
            steps += 1;
            if steps == 60 {
                world.send(1, ANA, "live");
            }
        }
        if killed {
            world.crash(0);
            world.connect(0);
        }
        world.settle();
        let mut expected = numbered(220);
        expected.push("live".to_owned());
        assert_eq!(world.clients[0].bodies(BOB), expected, "{manners:?} {killed}");
        assert_eq!(unread(&mut world, 0, BOB), 221, "{manners:?} {killed}");
    }
}

#[test]
fn nobody_but_our_own_archive_brings_results_and_no_result_that_was_not_asked_for() {
    let mut world = online(15, Manners::Prosody, &[ANA, BOB]);
    let forged = |from: &str, query: &str| {
        format!(
            "<message xmlns='jabber:client' {from} to='{ANA}'><result xmlns='urn:xmpp:mam:2' queryid='{query}' id='x'>\
             <forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-11-20T12:00:00Z'/>\
             <message xmlns='jabber:client' from='{BOB}' to='{ANA}' type='chat' id='f'><body>forged</body></message>\
             </forwarded></result></message>"
        )
    };
    world.quit(0);
    world.connect(0);
    while !world
        .server
        .log
        .iter()
        .any(|(from, stanza)| from == ANA && stanza.has_child("query", "urn:xmpp:mam:2"))
    {
        assert!(world.step());
    }
    let asked = world.server.log.iter().rev().find_map(|(_, stanza)| {
        stanza
            .get_child("query", "urn:xmpp:mam:2")?
            .attr("queryid")
            .map(str::to_owned)
    });
    let asked = asked.unwrap();
    world.deliver(0, &forged(&format!("from='{BOB}/x'"), &asked));
    world.deliver(0, &forged("", "guessed"));
    world.settle();
    world.deliver(0, &forged("", &asked));
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB), Vec::<String>::new());
}

#[test]
fn a_catch_up_reads_on_where_the_last_ended() {
    let mut world = online(16, Manners::Prosody, &[ANA, BOB]);
    for round in 0..4 {
        world.quit(0);
        for number in 0..5 {
            let body = format!("{round}.{number}");
            from_elsewhere(&mut world, BOB, &body, &body);
            later(&mut world, 1);
        }
        world.server.log.clear();
        world.connect(0);
        world.settle();
        let questions = world
            .server
            .log
            .iter()
            .filter(|(_, stanza)| stanza.has_child("query", "urn:xmpp:mam:2"));
        assert!(questions.count() <= 3, "round {round}");
    }
    assert_eq!(world.clients[0].bodies(BOB).len(), 20);
}

#[test]
fn what_is_read_stays_read_when_older_messages_come() {
    let mut world = world(17, Manners::Prosody, &[ANA]);
    for body in numbered(60) {
        from_elsewhere(&mut world, BOB, &body, &body);
        later(&mut world, 60);
    }
    world.server.accounts.get_mut(ANA).unwrap().offline.clear();
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

/// Two devices of one account and somebody else, and everything that breaks: in the end both devices have the
/// same conversation, each message once.
#[test]
fn whatever_breaks_both_devices_have_everything_once_in_one_order() {
    for seed in seeds(40) {
        let _seed = Seed(seed);
        let manners = KEEPING[usize::try_from(seed % 2).unwrap()];
        let mut world = online(seed, manners, &[ANA, BOB, ANA]);
        world.settle();
        verify_each_other(&mut world, 0, 2);
        world.together = [1, 6, 40][usize::try_from(seed % 3).unwrap()];
        let mut sent = Vec::new();
        for number in 0..60 {
            later(&mut world, 1);
            match world.below(12) {
                0..5 => {
                    let at = world.below(3);
                    if world.clients[at].conn.is_some() {
                        let body = format!("secret-{number}-end");
                        world.send(at, if at == 1 { ANA } else { BOB }, &body);
                        sent.push(body);
                    }
                }
                5 => {
                    let who = world.below(3);
                    world.cut(who);
                }
                6 => {
                    let who = world.below(3);
                    world.crash(who);
                }
                7 => {
                    let who = world.below(3);
                    world.quit(who);
                }
                8 | 9 => {
                    let who = world.below(3);
                    world.connect(who);
                }
                _ => {
                    for _ in 0..=world.below(40) {
                        world.step();
                    }
                }
            }
        }
        for _ in 0..2 {
            world.connect_all();
            world.settle();
            world.server.ask_all();
            world.settle();
            // What a device missed while another stream of it was being resumed, the next catch-up brings.
            for at in 0..3 {
                world.quit(at);
                world.settle();
                world.connect(at);
                world.settle();
            }
        }
        sent.sort();
        for (at, peer) in [(0, BOB), (1, ANA), (2, BOB)] {
            let mut bodies = world.clients[at].bodies(peer);
            bodies.sort();
            assert_eq!(bodies, sent, "client {at}");
        }
        // What we wrote stands where we wrote it; what others wrote stands as the archive has it, on every device.
        let came = |world: &mut World, at: usize| -> Vec<Option<String>> {
            let all = world.clients[at].history(BOB).into_iter();
            let came = all.filter(|row| row.direction == Direction::In);
            came.map(|row| row.body.map(|body| body.as_str().to_owned()))
                .collect()
        };
        let (one, other) = (came(&mut world, 0), came(&mut world, 2));
        assert_eq!(one, other, "the order");
    }
}
