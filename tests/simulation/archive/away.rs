//! What came while we were away.

use super::*;
use crate::server::PageFault;
use susurro::protocol::Input;

/// Each of them with and without.
fn either<const N: usize>(all: [Manners; N]) -> impl Iterator<Item = (Manners, bool)> {
    all.into_iter()
        .flat_map(|manners| [(manners, false), (manners, true)])
}

/// Ana was away, missed a message, and is back; the page that has it is on its way, and stays there.
fn waits_for_a_page(seed: u64, manners: Manners, people: &[&str]) -> World {
    let mut world = online(seed, manners, people);
    world.quit(0);
    from_elsewhere(&mut world, BOB, "missed", "missed");
    world.settle();
    // By the archive alone.
    world.server.accounts.get_mut(ANA).unwrap().offline.clear();
    later(&mut world, 2);
    world.server.page_fault = PageFault::Held;
    world.connect(0);
    world.flow();
    world
}

#[test]
fn what_came_while_we_were_away_is_here_once_in_its_order_and_unread() {
    for (manners, killed) in either(KEEPING) {
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
    from_elsewhere(&mut world, BOB, "read", "read");
    world.settle();
    for _ in 0..2 {
        world.quit(0);
        world.connect(0);
        world.settle();
    }
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
fn what_comes_live_while_a_catch_up_runs_stands_below_it_and_survives_a_kill() {
    for (manners, killed) in either(KEEPING) {
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

/// Prosody keeps five hundred stanzas for a stream that was cut, and tells nobody of what it leaves out.
#[test]
fn what_a_resumed_stream_does_not_bring_the_archive_has() {
    for manners in KEEPING {
        let mut world = online(18, manners, &[ANA, BOB]);
        world.send(1, ANA, "before");
        world.settle();
        world.cut(0);
        for body in numbered(9) {
            world.send(1, ANA, &body);
            later(&mut world, 1);
            world.settle();
        }
        assert_eq!(world.server.forget_queued(ANA, 4), 4, "{manners:?}");
        world.connect(0);
        world.settle();
        let mut expected = vec!["before".to_owned()];
        expected.extend(numbered(9));
        assert_eq!(world.clients[0].bodies(BOB), expected, "{manners:?}");
    }
}

/// The line broke while a page was on its way: what was written meanwhile comes with the resumed stream,
/// before that page, and is newer than what the page brings.
#[test]
fn what_comes_with_a_resumed_stream_waits_for_the_page_that_is_still_to_come() {
    for manners in KEEPING {
        let mut world = waits_for_a_page(21, manners, &[ANA, BOB, ANA]);
        world.cut(0);
        from_elsewhere(&mut world, BOB, "new", "new");
        later(&mut world, 2);
        world.connect(0);
        world.flow();
        world.server.page_fault = PageFault::None;
        world.server.release(usize::MAX);
        world.settle();
        for at in [0, 2] {
            assert_eq!(
                world.clients[at].bodies(BOB),
                ["missed", "new"],
                "{manners:?} {at}"
            );
            assert_eq!(unread(&mut world, at, BOB), 2, "{manners:?} {at}");
        }
    }
}

/// The program was killed while it caught up, and before it does so again a command runs that asks no archive, or
/// the next start finds no server at first.
#[test]
fn what_came_live_before_a_kill_waits_for_the_next_catch_up_whatever_comes_first() {
    for (manners, command) in either(ALL) {
        let mut world = waits_for_a_page(22, manners, &[ANA, BOB]);
        from_elsewhere(&mut world, BOB, "new", "new");
        world.flow();
        world.crash(0);
        world.server.page_fault = PageFault::None;
        if command {
            let days = world.clients[0].archive.take();
            world.clients[0].present = false;
            world.connect(0);
            world.settle();
            world.cut(0);
            world.crash(0);
            world.clients[0].archive = days;
            world.clients[0].present = true;
        } else {
            world.clients[0].start();
            world.feed(0, Input::Lost);
            later(&mut world, 20);
        }
        world.connect(0);
        world.settle();
        let here = world.clients[0].bodies(BOB);
        assert_eq!(here, ["missed", "new"], "{manners:?} {command}");
    }
}

/// It came live while a page was on its way, and the line broke: the page after the break is older.
#[test]
fn what_waits_when_a_line_breaks_waits_for_the_page_after_the_break() {
    for (manners, resumed) in either(KEEPING) {
        let mut world = waits_for_a_page(23, manners, &[ANA, BOB, ANA]);
        from_elsewhere(&mut world, BOB, "new", "new");
        world.flow();
        world.cut(0);
        // Tries that come to nothing in between.
        world.feed(0, Input::Lost);
        later(&mut world, 20);
        if !resumed {
            world.server.restart();
            world.flow();
            world.connect(2);
            world.flow();
        }
        world.connect(0);
        world.flow();
        world.server.page_fault = PageFault::None;
        world.server.release(usize::MAX);
        world.settle();
        for at in [0, 2] {
            let here = world.clients[at].bodies(BOB);
            assert_eq!(here, ["missed", "new"], "{manners:?} {resumed} {at}");
            assert_eq!(unread(&mut world, at, BOB), 2, "{manners:?} {resumed} {at}");
        }
    }
}

/// Nobody knows when there is a network again.
#[test]
fn what_waits_is_shown_where_the_line_does_not_come_back() {
    for left in [false, true] {
        let mut world = online(24, Manners::Prosody, &[ANA, BOB]);
        world.quit(0);
        world.server.page_fault = PageFault::Held;
        world.connect(0);
        world.flow();
        from_elsewhere(&mut world, BOB, "new", "new");
        world.flow();
        world.cut(0);
        assert_eq!(world.clients[0].bodies(BOB), Vec::<String>::new());
        match left {
            true => world.quit(0),
            false => world.settle(),
        }
        assert_eq!(world.clients[0].bodies(BOB), ["new"], "{left}");
        world.server.page_fault = PageFault::None;
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["new"], "{left}");
    }
}

#[test]
fn a_time_beyond_all_times_ends_nothing() {
    for manners in ALL {
        let mut world = online(19, manners, &[ANA, BOB]);
        for round in 0..3 {
            world.quit(0);
            from_elsewhere(&mut world, BOB, &format!("{round}"), &format!("{round}"));
            let entries = &mut world.server.accounts.get_mut(ANA).unwrap().archive.entries;
            entries.last_mut().unwrap().when = susurro::model::Timestamp::MAX;
            later(&mut world, 60);
            world.connect(0);
            world.settle();
        }
        assert_eq!(world.clients[0].bodies(BOB), ["0", "1", "2"], "{manners:?}");
    }
}

/// All that waits is taken in at once, so it is bounded in bytes too.
#[test]
fn however_much_comes_live_while_a_catch_up_runs_nothing_is_lost_and_little_waits() {
    for (count, length) in [(1_200, 10), (60, 250_000)] {
        let mut world = online(20, Manners::Prosody, &[ANA, BOB]);
        world.quit(0);
        world.server.page_fault = PageFault::Held;
        world.connect(0);
        world.flow();
        let mut most = 0;
        for number in 0..count {
            from_elsewhere(&mut world, BOB, &format!("{number}"), &"x".repeat(length));
            world.flow();
            let held = world.clients[0].read(|tx, account| susurro::store::held::size(tx, account).unwrap());
            most = most.max(held);
        }
        assert!(most > 0 && most <= 8 * 1024 * 1024, "{most}");
        world.server.page_fault = PageFault::None;
        world.server.release(usize::MAX);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB).len(), count, "{length}");
    }
}
