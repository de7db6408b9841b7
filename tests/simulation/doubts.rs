//! Devices that turn up and are not what they seem: after a key was found out, under an old number, under another one.

use susurro::model::Trust;
use susurro::omemo::Dialect;

use crate::dialects::{BOTH, meet, tell, written};
use crate::forgeries::{decide, trust_of};
use crate::robot::Robot;
use crate::wire;
use crate::world::{BOB, World};

/// The devices that the next message to Bob is sealed for.
fn rids(world: &mut World, body: &str) -> Vec<u32> {
    let seen = wire::read(&written(world, body)).unwrap();
    seen.keys.iter().map(|key| key.rid).collect()
}

#[test]
fn who_distrusts_a_key_is_not_made_to_trust_the_next_one_blindly() {
    for verified in [true, false] {
        let (mut phone, mut tablet) = (Robot::new(BOB, 77, 1), Robot::new(BOB, 88, 2));
        let mut ghost = Robot::new(BOB, 666, 3);
        let mut world = meet(5, &mut [(&mut phone, BOTH), (&mut tablet, BOTH)]);
        tell(&mut world, &mut phone, Dialect::Omemo2, "m1", "hello");
        tell(&mut world, &mut tablet, Dialect::Omemo2, "m2", "hello");
        if verified {
            decide(&mut world, &phone, Trust::Verified);
        }
        // The phone was stolen.
        decide(&mut world, &phone, Trust::Distrusted);
        ghost.appear(&mut world, BOTH);
        world.settle();
        assert_eq!(rids(&mut world, "secret"), [88], "verified before: {verified}");
        assert_eq!(trust_of(&mut world, &ghost), Some(Trust::Undecided));
        assert_eq!(
            trust_of(&mut world, &tablet),
            Some(Trust::Blind),
            "it stays as it was"
        );
    }
}
