//! What we write to ourselves.

use susurro::model::{MessageState, Trust};
use susurro::omemo::Dialect;

use crate::dialects::{BOTH, LEGACY, OMEMO2, bodies, heard};
use crate::forgeries::decide;
use crate::own_keys::told;
use crate::robot::Robot;
use crate::wire;
use crate::world::{ANA, BOB, World};

fn sealed(world: &World) -> usize {
    let log = world.server.log.iter();
    log.filter(|(_, stanza)| wire::read(stanza).is_some_and(|seen| seen.payload))
        .count()
}

#[test]
fn alone_a_note_is_kept_here_and_nothing_leaves() {
    let mut world = World::online(1, &[ANA]);
    world.observer.secrets.push("milk".to_owned());
    world.server.log.clear();
    world.send(0, ANA, "milk");
    world.settle();
    assert_eq!(world.clients[0].last(ANA), (MessageState::Kept, String::new()));
    assert_eq!(world.clients[0].bodies(ANA), ["milk"]);
    assert_eq!((world.clients[0].outbox(), sealed(&world)), (0, 0));
    assert_eq!(world.clients[0].last_failure(), None);
    assert_eq!(told(&world, "without"), 0);
}

#[test]
fn a_note_is_for_our_other_devices_and_for_nobody_else() {
    for spoken in [BOTH, LEGACY, OMEMO2] {
        let mut phone = Robot::new(ANA, 4242, 2);
        let mut world = World::new(2, &[ANA]);
        phone.appear(&mut world, spoken);
        world.connect(0);
        world.settle();
        world.observer.secrets.push("milk".to_owned());
        world.server.log.clear();
        world.send(0, ANA, "milk");
        world.settle();
        assert_eq!(bodies(&heard(&world, &mut phone)), [(spoken[0], "milk")]);
        let (state, why) = world.clients[0].last(ANA);
        assert!(
            matches!(state, MessageState::Sent | MessageState::Delivered),
            "{state:?} {why}"
        );
        assert_eq!(world.clients[0].bodies(ANA), ["milk"], "once");
    }
}

#[test]
fn a_device_that_is_not_trusted_gets_no_note_and_is_named() {
    let mut phone = Robot::new(ANA, 4242, 3);
    let mut world = World::online(3, &[ANA, BOB]);
    phone.appear(&mut world, BOTH);
    world.settle();
    world.send(0, ANA, "milk");
    world.settle();
    assert_eq!(world.clients[0].last(ANA), (MessageState::Kept, String::new()));
    assert_eq!(
        told(&world, "Kept here alone, without: ana@mired.test device 4242"),
        1
    );
    decide(&mut world, &phone, Trust::Verified);
    world.server.log.clear();
    world.send(0, ANA, "eggs");
    world.settle();
    let texts = heard(&world, &mut phone);
    assert_eq!(bodies(&texts), [(Dialect::Omemo2, "eggs")]);
}

#[test]
fn the_key_of_a_new_device_of_ours_is_asked_for_at_once() {
    for spoken in [BOTH, LEGACY, OMEMO2] {
        let mut phone = Robot::new(ANA, 4242, 4);
        let mut world = World::online(4, &[ANA]);
        world.pass(std::time::Duration::from_secs(40 * 24 * 3600));
        phone.appear(&mut world, spoken);
        world.settle();
        assert_eq!(told(&world, "appeared on your own account"), 1);
        let trust = crate::forgeries::trust_of(&mut world, &phone);
        assert_eq!(trust, Some(Trust::Undecided), "its key can be decided about");
    }
}
