//! Blocking: by the server where it can do that, else here only; from another device; and
//! what waited of whom is blocked.

use susurro::api::{Command, CommandId, Event, FailureKind, Outcome};
use susurro::model::{BareJid, Jid, MessageState};
use susurro::protocol::Input;
use susurro::store::{blocked, contacts};

use crate::requests::{says, waiting};
use crate::server::text;
use crate::world::{ANA, BOB, CAROL, EVE, World};

fn jid(text: &str) -> Jid {
    Jid::new(text).unwrap()
}

fn ended(world: &World, command: CommandId) -> Result<Outcome, FailureKind> {
    let found = world.clients[0]
        .events
        .iter()
        .rev()
        .find_map(|event| match event {
            Event::Done { command: of, result } if *of == command => Some(result.clone()),
            _ => None,
        });
    found.expect("it ended").map_err(|failure| failure.kind())
}

fn run(world: &mut World, command: Command) -> Result<Outcome, FailureKind> {
    let id = world.command(0, command);
    world.settle();
    ended(world, id)
}

fn list(world: &mut World) -> Vec<(String, bool)> {
    world.clients[0].read(|tx, account| {
        let all = blocked::all(tx, account).unwrap();
        all.into_iter()
            .map(|entry| (entry.jid.to_string(), entry.at_server))
            .collect()
    })
}

fn asks(world: &World, name: &str) -> usize {
    let log = world.server.log.iter();
    log.filter(|(from, stanza)| {
        from == ANA && stanza.children().any(|child| child.is(name, "urn:xmpp:blocking"))
    })
    .count()
}

#[test]
fn the_server_keeps_out_who_is_blocked_and_lets_them_in_again() {
    let mut world = World::online(1, &[ANA, BOB]);
    assert_eq!(run(&mut world, Command::Block(jid(BOB))), Ok(Outcome::Done));
    assert_eq!(list(&mut world), [(BOB.to_owned(), true)]);
    assert_eq!(world.server.accounts[ANA].blocked, [BOB]);
    world.send(1, ANA, "can you hear me?");
    world.settle();
    assert!(world.clients[0].bodies(BOB).is_empty());
    // Nothing goes to them either, and that is said at once.
    let sent = run(&mut world, crate::client::send(BOB, "to whom I do not talk to"));
    assert_eq!(sent, Err(FailureKind::Unsafe));
    assert!(world.clients[0].bodies(BOB).is_empty());
    assert_eq!(run(&mut world, Command::Unblock(jid(BOB))), Ok(Outcome::Done));
    assert_eq!(list(&mut world), []);
    world.send(1, ANA, "and now?");
    world.settle();
    assert_eq!(world.clients[0].bodies(BOB), ["and now?"]);
    assert_eq!(
        run(&mut world, Command::Unblock(jid(BOB))),
        Err(FailureKind::Other),
        "they are not blocked"
    );
}

#[test]
fn a_server_that_cannot_block_is_said_and_it_holds_here() {
    let mut world = World::new(2, &[ANA, BOB]);
    world.server.options.blocking = false;
    world.connect_all();
    world.settle();
    assert_eq!(run(&mut world, Command::Block(jid(EVE))), Ok(Outcome::HereOnly));
    assert_eq!(run(&mut world, Command::Block(jid(BOB))), Ok(Outcome::HereOnly));
    assert_eq!(asks(&world, "block"), 0, "it was not even asked to");
    assert_eq!(
        list(&mut world),
        [(BOB.to_owned(), false), (EVE.to_owned(), false)]
    );
    says(&mut world, EVE, "m1", "spam");
    world.send(1, ANA, "let me in");
    world.settle();
    let request = format!("<presence xmlns='jabber:client' type='subscribe' from='{EVE}' to='{ANA}'/>");
    world.deliver(0, &request);
    world.settle();
    assert!(world.clients[0].bodies(EVE).is_empty() && world.clients[0].bodies(BOB).is_empty());
    let asking = world.clients[0].read(|tx, account| contacts::asking(tx, account).unwrap());
    assert_eq!(asking, [] as [BareJid; 0]);
    assert_eq!(run(&mut world, Command::ListBlocked), Ok(Outcome::HereOnly));
    // A restart forgets nothing.
    world.crash(0);
    world.connect(0);
    world.settle();
    says(&mut world, EVE, "m2", "spam");
    assert!(world.clients[0].bodies(EVE).is_empty());
    assert_eq!(run(&mut world, Command::Unblock(jid(EVE))), Ok(Outcome::Done));
    says(&mut world, EVE, "m3", "hello again");
    assert_eq!(world.clients[0].bodies(EVE), ["hello again"]);
}

#[test]
fn what_waited_of_a_blocked_stranger_or_server_goes() {
    let mut world = World::online(3, &[ANA, BOB]);
    for from in [EVE, "one@spam.test", "two@spam.test"] {
        says(&mut world, from, "m1", "hello");
        let request = format!("<presence xmlns='jabber:client' type='subscribe' from='{from}' to='{ANA}'/>");
        world.deliver(0, &request);
    }
    world.settle();
    let asking =
        |world: &mut World| world.clients[0].read(|tx, account| contacts::requests(tx, account).unwrap());
    assert_eq!((waiting(&mut world).len(), asking(&mut world)), (3, 3));
    assert_eq!(
        run(&mut world, Command::Block(jid("spam.test"))),
        Ok(Outcome::Done)
    );
    assert_eq!(
        (waiting(&mut world), asking(&mut world)),
        (vec![EVE.to_owned()], 1)
    );
    assert_eq!(run(&mut world, Command::Block(jid(EVE))), Ok(Outcome::Done));
    assert_eq!((waiting(&mut world).len(), asking(&mut world)), (0, 0));
    // A chat with somebody known stays where it is.
    world.send(1, ANA, "hello");
    world.settle();
    assert_eq!(run(&mut world, Command::Block(jid(BOB))), Ok(Outcome::Done));
    assert_eq!(world.clients[0].bodies(BOB), ["hello"]);
}

#[test]
fn what_another_device_blocks_is_blocked_here_and_only_our_account_says_so() {
    let mut world = World::online(4, &[ANA, BOB]);
    let push = |from: &str, name: &str, items: &str| {
        format!(
            "<iq xmlns='jabber:client' type='set' id='p1'{from}><{name} xmlns='urn:xmpp:blocking'>{items}</{name}></iq>"
        )
    };
    let eve = format!("<item jid='{EVE}'/>");
    for from in [
        " from='bob@mired.test'",
        " from='eve@evil.test/x'",
        " from='evil.test'",
    ] {
        world.deliver(0, &push(from, "block", &eve));
        world.settle();
        assert_eq!(list(&mut world), [], "{from}");
    }
    world.server.log.clear();
    world.deliver(0, &push("", "block", &eve));
    world.settle();
    assert_eq!(list(&mut world), [(EVE.to_owned(), true)]);
    let answers: Vec<String> = world.server.log.iter().map(|(_, stanza)| text(stanza)).collect();
    assert!(
        answers
            .iter()
            .any(|answer| answer.contains("result") && answer.contains("p1")),
        "{answers:?}"
    );
    says(&mut world, EVE, "m1", "spam");
    assert!(world.clients[0].bodies(EVE).is_empty());
    // One that says nothing clear is not "all of them".
    world.deliver(0, &push("", "unblock", "<item jid='@@'/>"));
    world.settle();
    assert_eq!(list(&mut world).len(), 1);
    world.deliver(0, &push(&format!(" from='{ANA}'"), "unblock", ""));
    world.settle();
    assert_eq!(list(&mut world), []);
    // What changed while this device was away is learnt at the next login.
    world.crash(0);
    world.server.restart();
    world
        .server
        .accounts
        .get_mut(ANA)
        .unwrap()
        .blocked
        .push(BOB.to_owned());
    world.connect(0);
    world.settle();
    assert_eq!(list(&mut world), [(BOB.to_owned(), true)]);
}

#[test]
fn our_own_account_and_server_cannot_be_blocked_and_are_always_heard() {
    let mut world = World::online(5, &[ANA, BOB]);
    for ours in [ANA, "mired.test", "ana@mired.test/phone"] {
        assert_eq!(
            run(&mut world, Command::Block(jid(ours))),
            Err(FailureKind::Other),
            "{ours}"
        );
    }
    // Another client may have put the whole server there: then its people are, and it is not.
    world.deliver(
        0,
        "<iq xmlns='jabber:client' type='set' id='p1'><block xmlns='urn:xmpp:blocking'><item jid='mired.test'/></block></iq>",
    );
    says(&mut world, BOB, "m1", "left out");
    let own = format!(
        "<message xmlns='jabber:client' type='chat' from='{ANA}/phone' to='{ANA}' id='n1'><body>a note</body></message>"
    );
    world.deliver(0, &own);
    world.settle();
    assert!(world.clients[0].bodies(BOB).is_empty());
    assert_eq!(world.clients[0].bodies(ANA), ["a note"]);
    assert!(run(&mut world, crate::client::send(ANA, "another")).is_ok());
    assert_eq!(world.clients[0].last(ANA).0, MessageState::Kept);
}

#[test]
fn a_refusal_of_the_server_is_told_and_it_holds_here_meanwhile() {
    let mut world = World::online(6, &[ANA, BOB]);
    let id = world.command(0, Command::Block(jid(EVE)));
    // Before the server reads it.
    let asked = world.server.conns.values_mut().find_map(|conn| {
        let at = conn.to_server.iter().position(|stanza| {
            stanza
                .children()
                .any(|child| child.is("block", "urn:xmpp:blocking"))
        })?;
        conn.to_server.remove(at)
    });
    let asked = asked.expect("the server is asked");
    let refusal = format!(
        "<iq xmlns='jabber:client' type='error' id='{}'><error type='wait'><resource-constraint \
         xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        asked.attr("id").unwrap()
    );
    world.deliver(0, &refusal);
    world.settle();
    assert_eq!(ended(&world, id), Err(FailureKind::Answered));
    assert_eq!(list(&mut world), [(EVE.to_owned(), false)]);
}

#[test]
fn what_failed_is_not_sent_again_to_whom_the_person_has_blocked_since() {
    // Carol publishes no keys yet, so what is written to her fails.
    let mut world = World::new(7, &[ANA, CAROL]);
    world.connect(0);
    world.settle();
    world.send(0, CAROL, "hello");
    world.settle();
    let message = world.clients[0].history(CAROL)[0].id;
    assert_eq!(run(&mut world, Command::Block(jid(CAROL))), Ok(Outcome::Done));
    world.connect(1);
    world.settle();
    for again in [false, true] {
        let retried = run(
            &mut world,
            Command::Retry {
                message,
                again,
                reveal: false,
            },
        );
        assert_eq!(retried, Err(FailureKind::Unsafe));
    }
    assert!(world.clients[1].bodies(ANA).is_empty());
    let stands = world.clients[0].history(CAROL)[0].id;
    assert_eq!(stands, message, "the row is as it was");
    assert_eq!(run(&mut world, Command::Unblock(jid(CAROL))), Ok(Outcome::Done));
    let again = false;
    assert!(
        run(
            &mut world,
            Command::Retry {
                message,
                again,
                reveal: false
            }
        )
        .is_ok()
    );
    assert_eq!(world.clients[1].bodies(ANA), ["hello"]);
    // Nor does what still waited when they were blocked.
    world.cut(0);
    world.send(0, CAROL, "how are you?");
    // By another process: while one runs, nobody else writes to its store.
    world.crash(0);
    let account = world.clients[0].account;
    let tx = world.clients[0].writer.transaction().unwrap();
    blocked::put(&tx, account, &jid(CAROL), false).unwrap();
    tx.commit().unwrap();
    world.connect(0);
    world.settle();
    assert_eq!(world.clients[1].bodies(ANA), ["hello"]);
    let (state, why) = world.clients[0].last(CAROL);
    assert_eq!(state, MessageState::Failed);
    assert!(why.contains("You have blocked"), "{why}");
}

#[test]
fn whoever_is_blocked_is_not_heard_by_an_odd_resource_or_by_what_cannot_be_read() {
    let mut world = World::new(8, &[ANA, BOB]);
    world.server.options.blocking = false;
    world.connect_all();
    world.settle();
    for who in [EVE, "spam.test"] {
        assert_eq!(run(&mut world, Command::Block(jid(who))), Ok(Outcome::HereOnly));
    }
    world.clients[0].events.clear();
    for resource in ["\u{1f64c}", "a\u{1f600}b", "\u{fdd0}", "x"] {
        for bare in [EVE, "one@spam.test", "spam.test"] {
            let from = format!("{bare}/{resource}");
            let stanza = format!(
                "<message xmlns='jabber:client' type='chat' from='{from}' to='{ANA}' id='m'><body>spam</body></message>"
            );
            world.deliver(0, &stanza);
            world.settle();
            for name in ["message", "presence", "iq"] {
                let (name, from) = (name.to_owned(), Some(from.clone()));
                let malformed = Input::Malformed {
                    name: name.clone(),
                    from: from.clone(),
                    text_lost: true,
                };
                world.feed(0, malformed);
                world.feed(0, Input::Oversized { name, from });
            }
            world.settle();
            assert!(world.clients[0].bodies(bare).is_empty(), "{from:?}");
        }
    }
    assert_eq!(waiting(&mut world), [] as [String; 0]);
    assert_eq!(world.clients[0].notices(), [] as [String; 0]);
    let of_bob = Input::Oversized {
        name: "message".to_owned(),
        from: Some(BOB.to_owned()),
    };
    world.feed(0, of_bob);
    assert_eq!(world.clients[0].bodies(BOB), ["!Oversized"]);
}

/// Answers the next request with this payload in the server's place.
fn answer(world: &mut World, asks: &str, payload: &str) {
    for _ in 0..1000 {
        let asked = world.server.conns.values_mut().find_map(|conn| {
            let its = |stanza: &minidom::Element| stanza.children().any(|child| child.has_ns(asks));
            let at = conn.to_server.iter().position(its)?;
            conn.to_server.remove(at)
        });
        if let Some(asked) = asked {
            let id = asked.attr("id").unwrap();
            let from = asked
                .attr("to")
                .map_or_else(String::new, |to| format!(" from='{to}'"));
            let result =
                format!("<iq xmlns='jabber:client' type='result' id='{id}'{from} to='{ANA}'>{payload}</iq>");
            return world.deliver(0, &result);
        }
        world.step();
    }
    panic!("{asks} was not asked for");
}

#[test]
fn an_answer_that_is_no_list_lets_nobody_in_again() {
    for payload in [
        "",
        "<query xmlns='jabber:iq:roster'/>",
        "<blocklist xmlns='urn:x'/>",
    ] {
        let mut world = World::online(9, &[ANA, BOB]);
        assert_eq!(run(&mut world, Command::Block(jid(EVE))), Ok(Outcome::Done));
        let id = world.command(0, Command::ListBlocked);
        answer(&mut world, "urn:xmpp:blocking", payload);
        world.settle();
        assert_eq!(list(&mut world), [(EVE.to_owned(), true)], "{payload}");
        assert_eq!(ended(&world, id), Err(FailureKind::Answered), "{payload}");
    }
}
