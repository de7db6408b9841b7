//! Messages that come after too many others did not.

use susurro::omemo::Dialect;

use crate::dialects::{BOTH, meet, tell};
use crate::robot::Robot;
use crate::world::{BOB, World};

fn read(world: &mut World) -> Vec<String> {
    world.clients[0].bodies(BOB)
}

#[test]
fn a_gap_that_is_too_long_is_told_as_what_it_is_and_writing_ends_it() {
    let mut bob = Robot::new(BOB, 77, 1);
    let mut world = meet(5, &mut [(&mut bob, BOTH)]);
    tell(&mut world, &mut bob, Dialect::Omemo2, "m1", "hello");
    let ana = world.clients[0].device();
    for _ in 0..1500 {
        bob.seal_empty(Dialect::Omemo2, (crate::world::ANA, ana));
    }
    tell(&mut world, &mut bob, Dialect::Omemo2, "m2", "lost");
    tell(
        &mut world,
        &mut bob,
        Dialect::Omemo2,
        "m3",
        "asked for again, and lost",
    );
    assert_eq!(read(&mut world), ["hello", "!TooManySkipped", "!TooManySkipped"]);
    world.send(0, BOB, "write once more");
    world.settle();
    let log = world.server.log.clone();
    let heard: Vec<_> = log.iter().flat_map(|(_, stanza)| bob.hear(stanza)).collect();
    assert!(
        heard
            .iter()
            .any(|heard| heard.body.as_deref() == Some("write once more"))
    );
    tell(&mut world, &mut bob, Dialect::Omemo2, "m4", "here I am");
    assert_eq!(read(&mut world).last().unwrap(), "here I am");
}
