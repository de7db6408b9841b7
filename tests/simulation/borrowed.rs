//! Keys under an address that they do not belong to: a legacy key exchange names no addresses, so a server
//! can say that it comes from anybody, or that our own is somebody else's.

use susurro::model::{MessageState, Trust};
use susurro::omemo::Dialect;
use susurro::store::omemo as stored;

use crate::dialects::{meet, tell};
use crate::forgeries::{decide, trust_of};
use crate::own_keys::told;
use crate::robot::Robot;
use crate::world::{ANA, BOB, CAROL, World};

const LEGACY: &[Dialect] = &[Dialect::Legacy];

/// Bob begins anew, and what he writes is delivered as if Carol had written it.
fn passed_off_as_carols(world: &mut World, bob: &mut Robot, id: &str, body: &str) {
    let ana = world.clients[0].device();
    bob.begin_in(Dialect::Legacy, world, ANA, ana);
    CAROL.clone_into(&mut bob.jid);
    tell(world, bob, Dialect::Legacy, id, body);
}

#[test]
fn words_passed_off_as_those_of_somebody_else_are_marked_and_told() {
    let (mut bob, mut carol) = (Robot::new(BOB, 77, 1), Robot::new(CAROL, 88, 2));
    let mut world = meet(1, &mut [(&mut bob, LEGACY), (&mut carol, LEGACY)]);
    tell(&mut world, &mut bob, Dialect::Legacy, "m1", "from Bob");
    assert_eq!(trust_of(&mut world, &bob), Some(Trust::Blind));
    passed_off_as_carols(&mut world, &mut bob, "m2", "meant by Bob");
    let row = world.clients[0].history(CAROL).pop().unwrap();
    assert_eq!(row.trust, Some(Trust::Undecided));
    assert_eq!(told(&world, "has the key of a device of bob@mired.test"), 1);
    assert_eq!(trust_of(&mut world, &bob), Some(Trust::Undecided));
    // A key of her own is not doubted for that.
    tell(&mut world, &mut carol, Dialect::Legacy, "m3", "from Carol");
    assert_eq!(trust_of(&mut world, &carol), Some(Trust::Blind));
}

#[test]
fn a_key_that_is_distrusted_is_trusted_under_no_other_address() {
    let (mut bob, mut carol) = (Robot::new(BOB, 77, 3), Robot::new(CAROL, 88, 4));
    let mut world = meet(3, &mut [(&mut bob, LEGACY), (&mut carol, LEGACY)]);
    tell(&mut world, &mut bob, Dialect::Legacy, "m1", "from Bob");
    decide(&mut world, &bob, Trust::Distrusted);
    passed_off_as_carols(&mut world, &mut bob, "m2", "from nobody");
    assert_eq!(trust_of(&mut world, &bob), Some(Trust::Undecided));
}

#[test]
fn our_own_key_is_nobody_elses() {
    for dialect in Dialect::ALL {
        let mut bob = Robot::new(BOB, 77, 5);
        let mut world = World::online(5, &[ANA, CAROL]);
        let own = world.clients[0].read(|tx, account| stored::own_device(tx, account).unwrap());
        bob.own.identity = own.unwrap().identity;
        world.server.add_account(BOB);
        world.server.befriend(ANA, BOB);
        bob.appear(&mut world, &[dialect]);
        world.send(0, BOB, "for Bob alone");
        world.settle();
        let (state, why) = world.clients[0].last(BOB);
        assert_eq!(state, MessageState::Failed);
        assert!(why.contains("it shows the key of this device"), "{why}");
        // And what it seals is not read.
        tell(&mut world, &mut bob, dialect, "m1", "our own words");
        assert!(world.clients[0].history(BOB).pop().unwrap().body.is_none());
        assert_eq!(trust_of(&mut world, &bob), None);
    }
}
