//! Devices that cannot be heard while we read what came meanwhile (threat 37).

use susurro::omemo::Dialect;

use super::*;
use crate::dialects::BOTH;
use crate::robot::Robot;
use crate::wire;

/// Ana was there, went, and Bob's robot writes to her without a session; then so many others write.
fn unheard(seed: u64, manners: Manners, dialect: Dialect, between: usize) -> (World, Robot) {
    let mut world = world(seed, manners, &[ANA]);
    let mut robot = Robot::new(BOB, 77, seed);
    world.server.add_account(BOB);
    world.server.befriend(ANA, BOB);
    robot.appear(&mut world, BOTH);
    world.connect(0);
    world.settle();
    from_elsewhere(&mut world, BOB, "early", "early");
    world.settle();
    world.quit(0);
    writes(&mut world, &mut robot, dialect, "m1", false);
    for number in 0..between {
        from_elsewhere(&mut world, BOB, &format!("c{number}"), "in clear");
    }
    world.server.log.clear();
    (world, robot)
}

/// The robot begins a session and writes; without the exchange nobody can open it.
fn writes(world: &mut World, robot: &mut Robot, dialect: Dialect, id: &str, whole: bool) {
    later(world, 2);
    let ana = world.clients[0].device();
    robot.begin_in(dialect, world, ANA, ana);
    let letter = robot.write(dialect, (ANA, ana), world.now, id);
    let letter = match whole {
        true => letter,
        false => Robot::without_exchange(letter),
    };
    let mut stanza = robot.stanza(ANA, id, &letter);
    let to = ANA.to_owned();
    stanza.set_attr(minidom::rxml::Namespace::NONE, "to".try_into().unwrap(), to);
    world.server.relay(&format!("{BOB}/robot"), stanza);
}

/// The sessions that Ana began.
fn begun(world: &World) -> usize {
    let sent = world.server.log.iter().filter(|(from, _)| from == ANA);
    let seen = sent.filter_map(|(_, stanza)| wire::read(stanza));
    seen.filter(|seen| seen.keys.iter().any(|key| key.kex)).count()
}

#[test]
fn whoever_is_heard_before_the_catch_up_ends_is_not_repaired() {
    for (manners, dialect) in KEEPING
        .into_iter()
        .flat_map(|m| Dialect::ALL.map(|dialect| (m, dialect)))
    {
        let (mut world, mut robot) = unheard(1, manners, dialect, 120);
        writes(&mut world, &mut robot, dialect, "m2", true);
        world.connect(0);
        world.settle();
        let bodies = world.clients[0].bodies(BOB);
        assert_eq!(
            (bodies.len(), bodies[1].as_str()),
            (123, "!NoSession"),
            "{manners:?}"
        );
        assert_eq!(bodies.last().unwrap(), "m2");
        assert_eq!(begun(&world), 0, "{manners:?} {dialect:?}");
    }
}

#[test]
fn whoever_cannot_be_heard_at_its_end_is_repaired_once() {
    for (manners, dialect) in KEEPING
        .into_iter()
        .flat_map(|m| Dialect::ALL.map(|dialect| (m, dialect)))
    {
        let (mut world, mut robot) = unheard(2, manners, dialect, 0);
        writes(&mut world, &mut robot, dialect, "m2", true);
        for number in 0..120 {
            from_elsewhere(&mut world, BOB, &format!("d{number}"), "in clear");
        }
        writes(&mut world, &mut robot, dialect, "m3", false);
        world.connect(0);
        world.settle();
        assert_eq!(
            begun(&world),
            usize::from(dialect == Dialect::Legacy),
            "{manners:?} {dialect:?}"
        );
        // While nothing is caught up with, it is done at once; but once.
        for id in ["m4", "m5"] {
            writes(&mut world, &mut robot, dialect, id, false);
            world.settle();
        }
        assert!(begun(&world) <= 1, "{manners:?} {dialect:?}");
    }
}

#[test]
fn whoever_was_never_heard_is_repaired_when_all_is_read() {
    for dialect in Dialect::ALL {
        let (mut world, _) = unheard(3, Manners::Prosody, dialect, 120);
        world.connect(0);
        world.settle();
        assert_eq!(begun(&world), 1, "{dialect:?}");
        let trace = &world.clients[0].trace;
        let page = trace.iter().position(|line| line.contains("<fin "));
        let began = trace
            .iter()
            .rposition(|line| line.starts_with("C: <message") && line.contains("<encrypted "));
        assert!(page < began, "{dialect:?}: only when all was read");
    }
}
