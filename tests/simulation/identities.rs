//! One identity key in both dialects: one decision about it, and no other key under the same device.

use susurro::api::Command;
use susurro::model::{BareJid, MessageState, Trust, UnreadableReason};
use susurro::omemo::{DeviceId, Dialect};
use susurro::store::omemo as stored;

use crate::dialects::{BOTH, bodies, heard, meet, tell, written};
use crate::robot::Robot;
use crate::wire;
use crate::world::{BOB, World};

#[test]
fn one_key_in_both_dialects_is_one_decision() {
    let mut robot = Robot::new(BOB, 77, 4);
    let mut world = meet(4, &mut [(&mut robot, BOTH)]);
    tell(&mut world, &mut robot, Dialect::Legacy, "m1", "in legacy");
    tell(&mut world, &mut robot, Dialect::Omemo2, "m2", "in omemo 2");
    assert_eq!(world.clients[0].bodies(BOB), ["in legacy", "in omemo 2"]);
    let bob = BareJid::new(BOB).unwrap();
    let key = robot.own.identity.public();
    let known = world.clients[0].read(|tx, account| stored::keys(tx, account, &bob).unwrap());
    let known: Vec<_> = known
        .into_iter()
        .map(|known| (known.identity, known.trust))
        .collect();
    assert_eq!(known, [(key, Trust::Blind)]);
    let shown = world.clients[0].read(|tx, account| stored::device_keys(tx, account, &bob).unwrap());
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(shown[0].dialects, BOTH);
    let command = Command::SetTrust {
        jid: bob,
        fingerprint: key.fingerprint(),
        trust: Trust::Distrusted,
    };
    world.command(0, command);
    for (dialect, id) in [(Dialect::Legacy, "m3"), (Dialect::Omemo2, "m4")] {
        tell(&mut world, &mut robot, dialect, id, "closed");
        let row = world.clients[0].history(BOB).pop().unwrap();
        assert_eq!(row.unreadable, Some(UnreadableReason::Distrusted));
    }
    world.send(0, BOB, "nothing");
    world.settle();
    assert_eq!(world.clients[0].last(BOB).0, MessageState::Failed);
}

/// Somebody publishes another key under the id of a known device, in the dialect that it does not speak.
fn impersonated(first: Dialect) -> (World, Robot, Robot, Dialect) {
    let second = match first {
        Dialect::Legacy => Dialect::Omemo2,
        Dialect::Omemo2 => Dialect::Legacy,
    };
    let (mut genuine, mut forger) = (Robot::new(BOB, 77, 7), Robot::new(BOB, 77, 8));
    let mut world = meet(7, &mut [(&mut genuine, &[first])]);
    tell(&mut world, &mut genuine, first, "m1", "it is me");
    written(&mut world, "I know");
    heard(&world, &mut genuine);
    forger.appear(&mut world, &[second]);
    world.settle();
    world.server.log.clear();
    (world, genuine, forger, second)
}

fn assert_undecided(world: &mut World, forger: &Robot) {
    let (bob, key) = (BareJid::new(BOB).unwrap(), forger.own.identity.public());
    let trust = world.clients[0].read(|tx, account| stored::trust(tx, account, &bob, &key).unwrap());
    assert_eq!(trust, Some(Trust::Undecided));
    let notices = world.clients[0].notices();
    assert!(
        notices
            .iter()
            .any(|notice| notice.contains("another identity key")),
        "{notices:?}"
    );
}

#[test]
fn a_bundle_with_another_key_in_the_second_dialect_is_not_written_to() {
    for first in Dialect::ALL {
        let (mut world, mut genuine, mut forger, second) = impersonated(first);
        let refresh = Command::RefreshDevices(BareJid::new(BOB).unwrap());
        world.command(0, refresh);
        world.settle();
        let stanza = written(&mut world, "for the first one");
        let seen = wire::read(&stanza).unwrap();
        assert_eq!(
            (seen.rids(first), seen.rids(second)),
            (vec![77], vec![]),
            "{first:?}"
        );
        assert_eq!(heard(&world, &mut forger), []);
        assert_eq!(
            bodies(&heard(&world, &mut genuine)),
            [(first, "for the first one")]
        );
        // Of the legacy dialect nobody asks as long as the better one does.
        if first == Dialect::Legacy {
            assert_undecided(&mut world, &forger);
        }
        let bob = BareJid::new(BOB).unwrap();
        let known = world.clients[0].read(|tx, account| stored::keys(tx, account, &bob).unwrap());
        let key = genuine.own.identity.public();
        let others = known.iter().filter(|known| known.identity != key);
        assert!(
            others.into_iter().all(|known| known.trust == Trust::Undecided),
            "{known:?}"
        );
    }
}

#[test]
fn a_letter_with_another_key_in_the_second_dialect_stays_closed_and_the_first_goes_on() {
    for first in Dialect::ALL {
        let (mut world, mut genuine, mut forger, second) = impersonated(first);
        tell(&mut world, &mut forger, second, "m2", "no, it is me");
        let row = world.clients[0].history(BOB).pop().unwrap();
        assert_eq!(
            row.unreadable,
            Some(UnreadableReason::IdentityChanged),
            "{first:?}"
        );
        assert_eq!(row.trust, Some(Trust::Undecided));
        assert_undecided(&mut world, &forger);
        let stanza = written(&mut world, "for the first one");
        let seen = wire::read(&stanza).unwrap();
        assert_eq!(
            (seen.rids(first), seen.rids(second)),
            (vec![77], vec![]),
            "{first:?}"
        );
        assert_eq!(heard(&world, &mut forger), []);
        assert_eq!(
            bodies(&heard(&world, &mut genuine)),
            [(first, "for the first one")]
        );
        tell(&mut world, &mut genuine, first, "m3", "still me");
        assert_eq!(world.clients[0].bodies(BOB).last().unwrap(), "still me");
        let (bob, id) = (BareJid::new(BOB).unwrap(), DeviceId::new(77).unwrap());
        let session =
            world.clients[0].read(|tx, account| stored::session(tx, account, &bob, second, id).unwrap());
        assert!(session.is_none());
    }
}
