//! A vault that went back to an older copy of itself (threat 56): it is noticed before anything is sealed, nothing
//! is sealed twice under one key (the observer looks at every stanza), and both sides read each other again.

use std::collections::BTreeSet;

use rusqlite::types::Value;
use susurro::api::Command;
use susurro::model::{BareJid, MessageState, Trust};
use susurro::omemo::Dialect;
use susurro::stanza::dialects;
use susurro::store::{Reads, Writer, omemo as stored};

use crate::archive::{self, KEEPING, later, online};
use crate::client::send;
use crate::dialects::{heard, meet, tell};
use crate::laws::{Seed, seeds};
use crate::robot::Robot;
use crate::server::{Fault, xml};
use crate::world::{ANA, BOB, World};

pub const NODE: &str = "urn:susurro:progress:0";

/// A copy of a vault as it is now.
pub fn copy(world: &mut World, at: usize) -> Writer {
    let mut copy = Writer::in_memory().unwrap();
    let from = world.clients[at].writer.transaction().unwrap();
    let to = copy.transaction().unwrap();
    to.conn().execute_batch("PRAGMA defer_foreign_keys = ON").unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')";
    for table in strings(&from, tables) {
        let columns = strings(&from, &format!("SELECT name FROM pragma_table_info('{table}')"));
        let places: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
        let (columns, places) = (columns.join(", "), places.join(", "));
        to.conn().execute(&format!("DELETE FROM {table}"), []).unwrap();
        let mut rows = from
            .conn()
            .prepare(&format!("SELECT {columns} FROM {table}"))
            .unwrap();
        let count = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<Value> = (0..count).map(|column| row.get(column).unwrap()).collect();
            let insert = format!("INSERT INTO {table} ({columns}) VALUES ({places})");
            to.conn()
                .execute(&insert, rusqlite::params_from_iter(values))
                .unwrap();
        }
    }
    to.commit().unwrap();
    copy
}

fn strings(reads: &impl Reads, sql: &str) -> Vec<String> {
    let mut statement = reads.conn().prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

/// The process dies, and an older copy of its vault takes the place of the newer one.
pub fn put_back(world: &mut World, at: usize, copy: Writer) {
    world.crash(at);
    // Whoever comes so late finds no stream to resume.
    world.server.end_sleeping([ANA, BOB][at]);
    world.clients[at].writer = copy;
    world.clients[at].events.clear();
}

fn told(world: &World, at: usize) -> usize {
    let notices = world.clients[at].notices();
    notices
        .iter()
        .filter(|notice| notice.contains("an older copy of itself"))
        .count()
}

/// Ana's vault goes back to this copy, and her next login notices it.
fn goes_back(world: &mut World, copy: Writer) {
    put_back(world, 0, copy);
    world.connect(0);
    world.settle();
    assert_eq!(told(world, 0), 1);
}

/// The other one reads what this one writes.
fn is_read(world: &mut World, at: usize, body: &str) {
    let [writer, reader] = [[ANA, BOB][at], [BOB, ANA][at]];
    says(world, at, reader, body);
    assert_eq!(world.clients[1 - at].bodies(writer).last().unwrap(), body);
}

pub fn says(world: &mut World, at: usize, to: &str, body: &str) {
    later(world, 5);
    world.send(at, to, body);
    world.settle();
}

/// The ids of the prekeys in Ana's bundle on the server.
fn published(world: &mut World, dialect: Dialect) -> BTreeSet<u32> {
    let device = susurro::omemo::DeviceId::new(world.clients[0].device()).unwrap();
    let node = &world.server.accounts[ANA].nodes[&dialects::bundle_node(dialect, device)];
    let item = node.named(&dialects::bundle_item(dialect, device)).unwrap();
    let bundle = match dialect {
        Dialect::Legacy => susurro::stanza::legacy::parse_bundle(item).unwrap(),
        Dialect::Omemo2 => susurro::stanza::omemo2::parse_bundle(item).unwrap(),
    };
    bundle.prekeys.into_iter().map(|(id, _)| id).collect()
}

#[test]
fn a_vault_that_was_put_back_gets_new_sessions_and_keeps_trust_and_history() {
    for manners in KEEPING {
        let mut world = online(1, manners, &[ANA, BOB]);
        for (at, to) in [(0, BOB), (1, ANA)] {
            says(&mut world, at, to, "before");
        }
        let bob = BareJid::new(BOB).unwrap();
        let identity = world.clients[1].identity();
        let verify = Command::SetTrust {
            jid: bob.clone(),
            fingerprint: identity.fingerprint(),
            trust: Trust::Verified,
        };
        world.command(0, verify);
        world.settle();
        let copy = copy(&mut world, 0);
        says(&mut world, 1, ANA, "readable by the copy too");
        for body in ["one", "two"] {
            says(&mut world, 0, BOB, body);
        }
        says(&mut world, 1, ANA, "not readable by the copy");
        let before = published(&mut world, Dialect::Omemo2);
        put_back(&mut world, 0, copy);
        world.connect(0);
        world.settle();
        assert_eq!(told(&world, 0), 1, "{manners:?}");
        let bodies = world.clients[0].bodies(BOB);
        let expected = ["before", "before", "readable by the copy too", "!Damaged"];
        assert_eq!(bodies, expected, "{manners:?}");
        for dialect in Dialect::ALL {
            let after = published(&mut world, dialect);
            assert_eq!(after.len(), 100);
            assert!(after.is_disjoint(&before), "{manners:?} {dialect:?}");
        }
        let trust = world.clients[0].read(|tx, account| stored::trust(tx, account, &bob, &identity).unwrap());
        assert_eq!(trust, Some(Trust::Verified));
        // Bob got a new session without a word from Ana.
        says(&mut world, 1, ANA, "from bob");
        says(&mut world, 0, BOB, "from ana");
        assert_eq!(
            world.clients[0].bodies(BOB)[4..],
            ["from bob", "from ana"],
            "{manners:?}"
        );
        let theirs = world.clients[1].bodies(ANA);
        assert_eq!(theirs.last().unwrap(), "from ana");
        assert!(theirs.iter().all(|body| !body.starts_with('!')), "{theirs:?}");
        // It is over.
        for _ in 0..2 {
            world.quit(0);
            world.connect(0);
            world.settle();
        }
        assert_eq!(told(&world, 0), 1, "{manners:?}");
    }
}

#[test]
fn what_waited_in_the_copy_and_left_since_is_not_sent_twice() {
    for manners in KEEPING {
        let mut world = online(2, manners, &[ANA, BOB]);
        says(&mut world, 0, BOB, "before");
        says(&mut world, 1, ANA, "before");
        world.cut(0);
        world.command(0, send(BOB, "once"));
        let copy = copy(&mut world, 0);
        world.connect(0);
        world.settle();
        assert_eq!(world.clients[1].bodies(ANA).last().unwrap(), "once");
        put_back(&mut world, 0, copy);
        world.command(0, send(BOB, "new"));
        world.connect(0);
        world.settle();
        assert_eq!(told(&world, 0), 1, "{manners:?}");
        let theirs = world.clients[1].bodies(ANA);
        assert_eq!(theirs, ["before", "before", "once", "new"], "{manners:?}");
        assert_eq!(world.clients[0].outbox(), 0);
        for row in world.clients[0]
            .history(BOB)
            .into_iter()
            .filter(|row| row.author == susurro::model::Author::Us)
        {
            let sent = matches!(row.state, MessageState::Sent | MessageState::Delivered);
            assert!(sent, "{manners:?} {row:?}");
        }
    }
}

#[test]
fn a_command_that_reads_no_archive_notices_it_before_it_sends() {
    let mut world = World::online(3, &[ANA, BOB]);
    says(&mut world, 0, BOB, "before");
    says(&mut world, 1, ANA, "before");
    let copy = copy(&mut world, 0);
    says(&mut world, 0, BOB, "lost");
    world.quit(0);
    world.settle();
    put_back(&mut world, 0, copy);
    world.clients[0].present = false;
    world.command(0, send(BOB, "after"));
    world.connect(0);
    world.settle();
    assert_eq!(told(&world, 0), 1);
    assert_eq!(
        world.clients[1].bodies(ANA),
        ["before", "before", "lost", "after"]
    );
}

/// What the program answers by itself is sealed too, and nothing else may be.
#[test]
fn an_empty_message_alone_tells_it_too() {
    let mut world = World::legacy(9, &[ANA, BOB]);
    world.quit(0);
    world.settle();
    world.connect(0);
    world.settle();
    world.send(1, ANA, "with this a session begins");
    world.flow();
    let copy = copy(&mut world, 0);
    world.settle();
    assert_eq!(world.observer.empties.len(), 1);
    goes_back(&mut world, copy);
    is_read(&mut world, 0, "after");
}

#[test]
fn where_the_server_keeps_no_number_our_own_bundle_tells_it() {
    let mut world = World::new(4, &[ANA, BOB]);
    world
        .server
        .fault(ANA, NODE, Fault::Error("feature-not-implemented"));
    world.connect_all();
    world.settle();
    let copy = copy(&mut world, 0);
    says(&mut world, 1, ANA, "this took a prekey");
    says(&mut world, 0, BOB, "lost");
    goes_back(&mut world, copy);
    is_read(&mut world, 0, "after");
    is_read(&mut world, 1, "and back");
}

#[test]
fn a_server_that_went_back_and_one_that_makes_numbers_up_alarm_nobody() {
    let mut world = World::online(5, &[ANA, BOB]);
    says(&mut world, 0, BOB, "hello");
    let node = format!("{NODE}:{}", world.clients[0].device());
    let item = |world: &World| String::from(world.server.accounts[ANA].nodes[&node].item().unwrap());
    let old = item(&world);
    for _ in 0..3 {
        world.quit(0);
        world.connect(0);
        world.settle();
    }
    let new = item(&world);
    assert_ne!(old, new);
    let high = new.replacen("number='", "number='9", 1);
    for forged in [old, high, "<progress xmlns='urn:susurro:progress:0'/>".to_owned()] {
        world.quit(0);
        world.settle();
        world.server.put_item(ANA, &node, "current", xml(&forged));
        world.connect(0);
        world.settle();
        assert_eq!(told(&world, 0), 0, "{forged}");
    }
    says(&mut world, 0, BOB, "and on");
    assert_eq!(world.clients[1].bodies(ANA), ["hello", "and on"]);
}

#[test]
fn two_copies_that_run_by_turns_notice_each_other() {
    let mut world = World::online(6, &[ANA, BOB]);
    says(&mut world, 0, BOB, "hello");
    says(&mut world, 1, ANA, "hello");
    let mut other = copy(&mut world, 0);
    for turn in 0..3 {
        world.quit(0);
        world.settle();
        std::mem::swap(&mut world.clients[0].writer, &mut other);
        world.clients[0].events.clear();
        world.connect(0);
        world.settle();
        // The first one to go on has a number that was told by both.
        assert_eq!(told(&world, 0), usize::from(turn > 0), "{turn}");
        says(&mut world, 0, BOB, &format!("turn {turn}"));
        assert_eq!(
            world.clients[1].bodies(ANA).last().unwrap(),
            &format!("turn {turn}")
        );
    }
}

/// A device that is on no list can only be answered in the session that it began: when that is of the past nothing
/// waits for it, and its next word begins another.
#[test]
fn who_is_on_no_list_keeps_nobody_waiting_and_is_answered_when_they_write_again() {
    let mut silent = Robot::new(BOB, 77, 7);
    let mut world = meet(7, &mut [(&mut silent, &[])]);
    tell(&mut world, &mut silent, Dialect::Legacy, "b1", "hello");
    says(&mut world, 0, BOB, "before");
    let copy = copy(&mut world, 0);
    says(&mut world, 0, BOB, "lost");
    goes_back(&mut world, copy);
    says(&mut world, 0, BOB, "to nobody");
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Failed);
    silent.records.clear();
    heard(&world, &mut silent);
    world.server.log.clear();
    tell(&mut world, &mut silent, Dialect::Legacy, "b2", "here I am");
    says(&mut world, 0, BOB, "after");
    let said = heard(&world, &mut silent);
    assert!(
        said.iter().any(|said| said.body.as_deref() == Some("after")),
        "{said:?}"
    );
}

/// Whatever happens before and after: once a minute passed since something was sealed, no key is used twice, and
/// in the end both read what the other writes.
#[test]
fn whenever_a_vault_goes_back_no_key_is_used_twice_and_both_read_again() {
    for seed in seeds(90) {
        let _seed = Seed(seed);
        let manners = KEEPING[usize::try_from(seed % 2).unwrap()];
        let mut world = archive::world(seed, manners, &[ANA, BOB]);
        for jid in [ANA, BOB].into_iter().filter(|_| seed % 3 == 0) {
            let refused = Fault::Error("feature-not-implemented");
            world.server.fault(jid, "urn:xmpp:omemo:2", refused);
        }
        world.connect_all();
        world.settle();
        let mut copies: Vec<Writer> = Vec::new();
        let mut number = 0;
        for _ in 0..25 {
            later(&mut world, 2);
            let at = world.below(2);
            match world.below(9) {
                0..4 => {
                    number += 1;
                    world.send(at, [BOB, ANA][at], &format!("number {number}"));
                }
                4 => {
                    let made = copy(&mut world, 0);
                    copies.push(made);
                }
                5 if !copies.is_empty() => {
                    // The number went up since.
                    world.connect_all();
                    world.settle();
                    let chosen = world.below(copies.len());
                    let older = copies.swap_remove(chosen);
                    put_back(&mut world, 0, older);
                    world.connect(0);
                }
                6 => world.cut(at),
                7 => world.crash(at),
                _ => {
                    world.connect_all();
                    for _ in 0..=world.below(30) {
                        world.step();
                    }
                }
            }
        }
        crate::laws::calm_down(&mut world);
        for (at, to, body) in [(0, BOB, "from ana"), (1, ANA, "from bob")] {
            says(&mut world, at, to, body);
        }
        // Whoever could not be heard at first is heard now.
        says(&mut world, 0, BOB, "in the end");
        says(&mut world, 1, ANA, "in the end");
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "in the end");
        assert_eq!(
            world.clients[1]
                .bodies(ANA)
                .iter()
                .filter(|body| *body == "in the end")
                .count(),
            2
        );
    }
}
