//! Reading back in one chat beyond what is here of it: what the archive has of it, once, in its order, and no more
//! of others; whatever breaks in the middle.

use susurro::api::{CommandId, Event, Failure, Older, Outcome};
use susurro::model::{ChatEventId, MessagesFailure, StreamFailure};
use susurro::store::events::gap;
use susurro::store::timeline;

use super::*;
use crate::server::PageFault;
use crate::world::CAROL;

pub fn ask(world: &mut World, at: usize, with: &str, hole: Option<ChatEventId>) -> CommandId {
    let chat = chat(with);
    world.command(at, Command::ReadBack { chat, hole })
}

/// How that ended.
pub fn ended(world: &World, at: usize, id: CommandId) -> Option<Result<Older, Failure>> {
    let done = world.clients[at].events.iter().find_map(|event| match event {
        Event::Done { command, result } if *command == id => Some(result.clone()),
        _ => None,
    });
    done.map(|result| {
        result.map(|outcome| match outcome {
            Outcome::ReadBack(older) => older,
            other => panic!("{other:?}"),
        })
    })
}

fn read_back(world: &mut World, at: usize, with: &str) -> Result<Older, Failure> {
    let id = ask(world, at, with, None);
    world.settle();
    ended(world, at, id).expect("an end")
}

/// Whatever there is, in so many steps.
fn all_of(world: &mut World, at: usize, with: &str) -> usize {
    for step in 1..100 {
        match read_back(world, at, with) {
            Ok(Older::More) => {}
            Ok(Older::Nothing) => return step,
            other => panic!("{other:?}"),
        }
    }
    panic!("it never ends");
}

fn questions(world: &World) -> usize {
    world.server.queries.len()
}

/// Bob and Carol wrote so much each, an hour apart; Ana logs in for the first time and wants nothing of it by itself.
fn bounded(seed: u64, manners: Manners, count: usize) -> World {
    let mut world = world(seed, manners, &[ANA]);
    for number in 0..count {
        for (from, who) in [(BOB, "bob"), (CAROL, "carol")] {
            let body = format!("{who} {number}");
            from_elsewhere(&mut world, from, &body, &body);
            later(&mut world, 1800);
        }
    }
    world.server.accounts.get_mut(ANA).unwrap().offline.clear();
    world.clients[0].archive = Some(0);
    world.connect(0);
    world.settle();
    world
}

fn written(who: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{who} {number}")).collect()
}

#[test]
fn page_by_page_comes_what_is_older_and_at_its_end_that_is_said() {
    for manners in ALL {
        let mut world = bounded(40, manners, 130);
        assert_eq!(world.clients[0].bodies(BOB), Vec::<String>::new(), "{manners:?}");
        let all = written("bob", 130);
        let mut had = 0;
        loop {
            let older = read_back(&mut world, 0, BOB).unwrap();
            let here = world.clients[0].bodies(BOB);
            assert!(here.len() > had && all.ends_with(&here), "{manners:?} {here:?}");
            had = here.len();
            if older == Older::Nothing {
                break;
            }
            assert!(had < 130, "{manners:?}");
        }
        assert_eq!(world.clients[0].bodies(BOB), all, "{manners:?}");
        // Nobody is told, and nothing of it is news.
        assert_eq!(unread(&mut world, 0, BOB), 0, "{manners:?}");
        let unlistened =
            world.clients[0].read(|tx, account| messages::unlistened(tx, account, None, 1000).unwrap());
        assert_eq!(unlistened.len(), 0, "{manners:?}");
        assert_eq!(receipts_of(&world, ANA), 0, "{manners:?}");
        assert_eq!(
            world.clients[0].bodies(CAROL),
            Vec::<String>::new(),
            "{manners:?}"
        );
        // What is known is not asked for again, after a restart neither.
        let asked = questions(&world);
        world.quit(0);
        world.connect(0);
        world.settle();
        let at_login = questions(&world) - asked;
        assert_eq!(read_back(&mut world, 0, BOB), Ok(Older::Nothing), "{manners:?}");
        assert_eq!(questions(&world), asked + at_login, "{manners:?}");
        // What comes from now on is news as ever.
        from_elsewhere(&mut world, BOB, "new", "new");
        world.settle();
        assert_eq!(unread(&mut world, 0, BOB), 1, "{manners:?}");
        assert_eq!(all_of(&mut world, 0, CAROL), 3, "{manners:?}");
        assert_eq!(
            world.clients[0].bodies(CAROL),
            written("carol", 130),
            "{manners:?}"
        );
    }
}

#[test]
fn it_goes_on_behind_what_was_read_of_the_whole_archive() {
    for manners in ALL {
        let mut world = world(41, manners, &[ANA]);
        for body in numbered(200) {
            from_elsewhere(&mut world, BOB, &body, &body);
            later(&mut world, 3600);
        }
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        world.clients[0].archive = Some(2);
        world.connect(0);
        world.settle();
        let here = world.clients[0].bodies(BOB).len();
        assert!((48..200).contains(&here), "{manners:?} {here}");
        all_of(&mut world, 0, BOB);
        assert_eq!(world.clients[0].bodies(BOB), numbered(200), "{manners:?}");
    }
}

/// The same with all that was read before.
#[test]
fn where_everything_was_read_nothing_is_asked() {
    for manners in ALL {
        let mut world = world(42, manners, &[ANA]);
        from_elsewhere(&mut world, BOB, "all", "all");
        later(&mut world, 3600);
        world.connect(0);
        world.settle();
        let asked = questions(&world);
        assert_eq!(read_back(&mut world, 0, BOB), Ok(Older::Nothing), "{manners:?}");
        assert_eq!(read_back(&mut world, 0, CAROL), Ok(Older::Nothing), "{manners:?}");
        assert_eq!(questions(&world), asked, "{manners:?}");
    }
}

#[test]
fn what_programs_tell_each_other_is_passed_over() {
    let mut world = world(43, Manners::Prosody, &[ANA]);
    for body in numbered(3) {
        from_elsewhere(&mut world, BOB, &body, &body);
        later(&mut world, 60);
    }
    for number in 0..220 {
        let receipt = format!(
            "<message xmlns='jabber:client' type='chat' to='{ANA}' id='r{number}'><received xmlns='urn:xmpp:receipts' id='x{number}'/></message>"
        );
        world.server.relay(&format!("{BOB}/x"), xml(&receipt));
        later(&mut world, 60);
    }
    world.server.accounts.get_mut(ANA).unwrap().offline.clear();
    later(&mut world, 3600);
    world.clients[0].archive = Some(0);
    world.connect(0);
    world.settle();
    assert_eq!(read_back(&mut world, 0, BOB), Ok(Older::Nothing));
    assert_eq!(world.clients[0].bodies(BOB), numbered(3));
}

#[test]
fn without_a_connection_or_an_archive_it_says_so_and_a_failure_is_told() {
    let mut world = bounded(44, Manners::Prosody, 60);
    world.cut(0);
    let id = ask(&mut world, 0, BOB, None);
    let offline = || Some(Err(StreamFailure::NotConnected.into()));
    assert_eq!(ended(&world, 0, id), offline());
    world.connect(0);
    world.settle();
    // The line breaks while it is asked.
    world.server.page_fault = PageFault::Held;
    let id = ask(&mut world, 0, BOB, None);
    world.flow();
    assert_eq!(ended(&world, 0, id), None);
    world.cut(0);
    assert_eq!(ended(&world, 0, id), offline());
    world.server.page_fault = PageFault::None;
    world.connect(0);
    world.settle();
    world.server.release(usize::MAX);
    world.settle();
    for (fault, none) in [
        (PageFault::Refused("internal-server-error"), false),
        (PageFault::Silent, false),
        (PageFault::Refused("service-unavailable"), true),
    ] {
        world.server.page_fault = fault;
        match read_back(&mut world, 0, BOB) {
            Err(Failure::Messages(MessagesFailure::NoArchive)) if none => {}
            Err(Failure::Messages(MessagesFailure::NoOlder(_))) if !none => {}
            other => panic!("{fault:?} {other:?}"),
        }
    }
    world.server.page_fault = PageFault::None;
    all_of(&mut world, 0, BOB);
    assert_eq!(world.clients[0].bodies(BOB), written("bob", 60));
}

/// Whoever asks for another chat looks at that.
#[test]
fn one_chat_is_read_at_a_time() {
    let mut world = bounded(45, Manners::Prosody, 60);
    world.server.page_fault = PageFault::Held;
    let first = ask(&mut world, 0, BOB, None);
    world.flow();
    let second = ask(&mut world, 0, CAROL, None);
    world.flow();
    assert_eq!(ended(&world, 0, first), Some(Ok(Older::More)));
    world.server.page_fault = PageFault::None;
    world.server.release(usize::MAX);
    world.settle();
    assert_eq!(ended(&world, 0, second), Some(Ok(Older::More)));
    for (with, who) in [(BOB, "bob"), (CAROL, "carol")] {
        all_of(&mut world, 0, with);
        assert_eq!(world.clients[0].bodies(with), written(who, 60));
    }
}

#[test]
fn what_was_deleted_with_its_chat_is_not_read_back() {
    for manners in ALL {
        let mut world = bounded(46, manners, 80);
        assert_eq!(read_back(&mut world, 0, BOB), Ok(Older::More), "{manners:?}");
        let here = world.clients[0].history(BOB);
        world.command(0, Command::DeleteMessage(here[0].id));
        world.command(0, Command::DeleteMessage(here[7].id));
        all_of(&mut world, 0, BOB);
        let mut expected = written("bob", 80);
        let gone = |row: &susurro::model::Message| row.body.as_ref().unwrap().as_str().to_owned();
        let gone = [gone(&here[0]), gone(&here[7])];
        expected.retain(|body| !gone.contains(body));
        assert_eq!(world.clients[0].bodies(BOB), expected, "{manners:?}");
        world.command(0, Command::DeleteChat(chat(BOB)));
        from_elsewhere(&mut world, BOB, "new", "new");
        world.settle();
        let asked = questions(&world);
        // All that the chat had is of a time up to which it was deleted.
        for _ in 0..2 {
            let older = read_back(&mut world, 0, BOB).unwrap();
            assert!(
                matches!(older, Older::Deleted | Older::Nothing),
                "{manners:?} {older:?}"
            );
        }
        assert!(questions(&world) <= asked + 2, "{manners:?}");
        assert_eq!(world.clients[0].bodies(BOB), ["new"], "{manners:?}");
    }
}

/// It was told while the server had it not; an administrator put it back.
#[test]
fn a_hole_goes_where_the_archive_has_it_after_all_and_stays_where_not() {
    for manners in ALL {
        let mut world = world(47, manners, &[ANA]);
        for body in numbered(120) {
            from_elsewhere(&mut world, BOB, &body, &body);
            later(&mut world, 600);
        }
        let whole = world.server.accounts[ANA].archive.entries.clone();
        let (from, until) = (whole[30].when, whole[110].when);
        let entries = &mut world.server.accounts.get_mut(ANA).unwrap().archive.entries;
        entries.drain(31..110);
        world.server.accounts.get_mut(ANA).unwrap().offline.clear();
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB).len(), 41, "{manners:?}");
        world.command(0, Command::AcceptRequest(chat(BOB)));
        let account = world.clients[0].account;
        let tx = world.clients[0].writer.transaction().unwrap();
        gap(&tx, account, from, until).unwrap();
        tx.commit().unwrap();
        let hole = |world: &mut World| {
            let entries = world.clients[0].read(|tx, account| {
                let chat = chats::by_peer(tx, &susurro::model::Peer::new(account, chat(BOB).address));
                timeline::before(tx, chat.unwrap().unwrap().id, None, 1000).unwrap()
            });
            entries.into_iter().find_map(|entry| match entry {
                timeline::Entry::Event(event) => Some(event.id),
                timeline::Entry::Message(_) => None,
            })
        };
        // The archive has nothing before it either: it is as it was told.
        let lost = numbered(110);
        let entries = &mut world.server.accounts.get_mut(ANA).unwrap().archive.entries;
        entries.retain(|entry| entry.body().is_none_or(|body| !lost.contains(&body)));
        let id = hole(&mut world).expect("a hole");
        let asked = ask(&mut world, 0, BOB, Some(id));
        world.settle();
        assert_eq!(ended(&world, 0, asked), Some(Ok(Older::Nothing)), "{manners:?}");
        assert!(hole(&mut world).is_some(), "{manners:?}");
        world.server.accounts.get_mut(ANA).unwrap().archive.entries = whole;
        for _ in 0..5 {
            let Some(id) = hole(&mut world) else { break };
            let asked = ask(&mut world, 0, BOB, Some(id));
            world.settle();
            assert_eq!(ended(&world, 0, asked), Some(Ok(Older::More)), "{manners:?}");
        }
        assert_eq!(events(&mut world, 0, BOB), [], "{manners:?}");
        assert_eq!(world.clients[0].bodies(BOB), numbered(120), "{manners:?}");
        assert_eq!(unread(&mut world, 0, BOB), 0, "{manners:?}");
    }
}

/// The chat goes while a page of it is on its way: nothing of it comes back, and nothing else breaks.
#[test]
fn a_chat_that_is_deleted_while_it_is_read_back_stays_deleted() {
    for manners in ALL {
        let mut world = bounded(47, manners, 60);
        assert_eq!(read_back(&mut world, 0, BOB), Ok(Older::More), "{manners:?}");
        let asked = ask(&mut world, 0, BOB, None);
        world.command(0, Command::DeleteChat(chat(BOB)));
        world.settle();
        assert_eq!(ended(&world, 0, asked), Some(Ok(Older::Deleted)), "{manners:?}");
        assert_eq!(world.clients[0].bodies(BOB), Vec::<String>::new(), "{manners:?}");
        from_elsewhere(&mut world, BOB, "new", "new");
        world.settle();
        assert_eq!(world.clients[0].bodies(BOB), ["new"], "{manners:?}");
    }
}
