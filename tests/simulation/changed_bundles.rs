//! Our own bundle as a server changed it: the signature covers one key, not its number, and none of the prekeys. So a
//! changed one is set right, and says nothing of how old the vault is where the server keeps a number of that.

use susurro::api::Command;
use susurro::model::BareJid;
use susurro::omemo::{Bundle, DeviceId, Dialect};
use susurro::stanza::dialects;
use susurro::store::omemo as stored;

use crate::archive::{self, KEEPING};
use crate::server::{Fault, PageFault};
use crate::went_back::{self, NODE};
use crate::world::{ANA, BOB, World};

fn device(world: &mut World) -> DeviceId {
    DeviceId::new(world.clients[0].device()).unwrap()
}

/// Ana's bundle on the server.
fn bundle(world: &mut World, dialect: Dialect) -> Bundle {
    let device = device(world);
    let node = &world.server.accounts[ANA].nodes[&dialects::bundle_node(dialect, device)];
    let item = node.named(&dialects::bundle_item(dialect, device)).unwrap();
    match dialect {
        Dialect::Legacy => susurro::stanza::legacy::parse_bundle(item).unwrap(),
        Dialect::Omemo2 => susurro::stanza::omemo2::parse_bundle(item).unwrap(),
    }
}

fn put(world: &mut World, dialect: Dialect, bundle: &Bundle) {
    let device = device(world);
    let item = match dialect {
        Dialect::Legacy => susurro::stanza::legacy::bundle(bundle),
        Dialect::Omemo2 => susurro::stanza::omemo2::bundle(bundle),
    };
    let node = dialects::bundle_node(dialect, device);
    let id = dialects::bundle_item(dialect, device);
    world.server.put_item(ANA, &node, &id, item);
}

/// With how many of Bob's devices there is a session that seals.
fn sealing(world: &mut World) -> usize {
    let bob = BareJid::new(BOB).unwrap();
    world.clients[0].read(|tx, account| {
        let devices = stored::devices(tx, account, &bob).unwrap().into_iter();
        let seals =
            |known: &stored::Device| stored::has_session(tx, account, &bob, known.dialect, known.id).unwrap();
        devices.filter(seals).count()
    })
}

fn alarms(world: &World) -> usize {
    let notices = world.clients[0].notices();
    notices
        .iter()
        .filter(|notice| notice.contains("an older copy of itself"))
        .count()
}

type Change = fn(&mut Bundle);

/// Everything that a server can change without our key, at one login after the other.
fn lie(world: &mut World, mut after: impl FnMut(&mut World, &str)) {
    let changes: [(&str, Change); 4] = [
        ("the highest number of a signed prekey", |bundle| {
            bundle.signed_prekey_id = 0x7fff_ffff;
        }),
        ("a higher one", |bundle| bundle.signed_prekey_id += 1),
        ("the highest number of a prekey", |bundle| {
            bundle.prekeys[0].0 = 0x7fff_ffff;
        }),
        ("a higher number of a prekey", |bundle| bundle.prekeys[0].0 = 5000),
    ];
    for (what, change) in changes {
        for dialect in Dialect::ALL {
            world.quit(0);
            world.settle();
            let mut shown = bundle(world, dialect);
            change(&mut shown);
            assert!(shown.verify().is_ok(), "{what}");
            put(world, dialect, &shown);
            world.connect(0);
            world.settle();
            after(world, what);
        }
    }
}

fn acquainted(mut world: World) -> World {
    world.connect_all();
    world.settle();
    for (at, to) in [(0, BOB), (1, ANA)] {
        world.send(at, to, "hello");
        world.settle();
    }
    world
}

#[test]
fn what_a_server_changed_of_our_bundle_alarms_nobody_and_ends_no_session() {
    let mut world = acquainted(World::new(1, &[ANA, BOB]));
    let sessions = sealing(&mut world);
    assert_ne!(sessions, 0);
    lie(&mut world, |world, what| {
        assert_eq!(alarms(world), 0, "{what}");
        assert_eq!(sealing(world), sessions, "{what}");
        for dialect in Dialect::ALL {
            assert_eq!(bundle(world, dialect).signed_prekey_id, 1, "{what} {dialect:?}");
        }
    });
}

/// A server that keeps no number can say so as well: what it then shows costs sessions, and nothing that lasts.
#[test]
fn a_server_that_keeps_no_number_cannot_make_our_bundles_unusable() {
    let mut world = World::new(2, &[ANA, BOB]);
    let refused = Fault::Error("feature-not-implemented");
    world.server.fault(ANA, NODE, refused);
    let mut world = acquainted(world);
    lie(&mut world, |world, what| {
        for dialect in Dialect::ALL {
            let stands = bundle(world, dialect);
            assert!(stands.verify().is_ok(), "{what} {dialect:?}");
            assert!(stands.signed_prekey_id < 1 << 24, "{what} {dialect:?}");
            assert_eq!(stands.prekeys.len(), 100);
        }
    });
    for (at, to) in [(0, BOB), (1, ANA)] {
        world.send(at, to, "in the end");
        world.settle();
    }
    for (at, with) in [(0, BOB), (1, ANA)] {
        let bodies = world.clients[at].bodies(with);
        assert_eq!(bodies[bodies.len() - 2..], ["in the end", "in the end"]);
    }
}

/// Our bundle told it, and with the new one that follows nothing tells it a second time: what began a session in the
/// time that is missing comes with the archive, on whichever stream, and is not written to.
#[test]
fn a_line_that_breaks_before_the_archive_was_read_leaves_no_session_of_the_past() {
    for manners in KEEPING {
        for after in 0..4 {
            let mut world = archive::world(3, manners, &[ANA, BOB]);
            let refused = Fault::Error("feature-not-implemented");
            world.server.fault(ANA, NODE, refused);
            let mut world = acquainted(world);
            let copy = went_back::copy(&mut world, 0);
            let anew = Command::ResetSessions {
                jid: BareJid::new(ANA).unwrap(),
                device: None,
            };
            world.command(1, anew);
            went_back::says(&mut world, 1, ANA, "with a new session");
            went_back::says(&mut world, 0, BOB, "answered in it");
            went_back::says(&mut world, 1, ANA, "and once more");
            went_back::put_back(&mut world, 0, copy);
            world.server.page_fault = PageFault::CutAfter(after);
            world.connect(0);
            world.flow();
            world.crash(0);
            world.server.end_sleeping(ANA);
            world.connect(0);
            world.settle();
            went_back::says(&mut world, 0, BOB, "after");
            let bodies = world.clients[1].bodies(ANA);
            assert_eq!(bodies.last().unwrap(), "after", "{manners:?} {after}");
        }
    }
}

/// What the number tells, and the bundle shows besides: no number of a key comes to mean another one.
#[test]
fn what_is_made_anew_is_numbered_behind_what_a_later_state_had_published() {
    let mut world = acquainted(World::new(4, &[ANA, BOB]));
    let copy = went_back::copy(&mut world, 0);
    world.quit(0);
    world.settle();
    let mut later = bundle(&mut world, Dialect::Omemo2);
    later.prekeys[99].0 = 3000;
    later.signed_prekey_id = 7;
    world.connect(0);
    world.settle();
    went_back::put_back(&mut world, 0, copy);
    put(&mut world, Dialect::Omemo2, &later);
    world.connect(0);
    world.settle();
    assert_eq!(alarms(&world), 1);
    for dialect in Dialect::ALL {
        let made = bundle(&mut world, dialect);
        let lowest = made.prekeys.iter().map(|(id, _)| *id).min();
        assert_eq!((lowest, made.signed_prekey_id), (Some(3001), 8), "{dialect:?}");
    }
}
