//! Who is told to be left out of a message, and how often.

use susurro::api::Command;
use susurro::model::{MessageState, Trust};
use susurro::omemo::Dialect;
use susurro::store::sealed;

use crate::world::{ANA, BOB, CAROL, World};

/// The notices that name a device of ours which a message was not sealed for.
fn told(world: &World, device: u32) -> usize {
    let named = format!("{ANA} device {device}");
    let notices = world.clients[0].notices();
    notices
        .iter()
        .filter(|notice| notice.starts_with("Sent to") && notice.contains(&named))
        .count()
}

fn say(world: &mut World, to: &str) {
    world.send(0, to, "hello");
    world.settle();
    assert_eq!(world.clients[0].last(to).0, MessageState::Delivered);
}

fn distrust(world: &mut World) {
    let fingerprint = world.clients[3].identity().fingerprint();
    let command = Command::SetTrust {
        jid: world.clients[0].jid.clone(),
        fingerprint,
        trust: Trust::Distrusted,
    };
    world.command(0, command);
    world.settle();
}

/// Ana's last device appears when the first is there already: nobody has decided about it.
#[test]
fn a_device_that_nobody_decided_about_is_named_once_and_not_in_each_chat_and_on_each_stream() {
    let mut world = World::online(71, &[ANA, BOB, CAROL, ANA]);
    let device = world.clients[3].device();
    say(&mut world, BOB);
    assert_eq!(told(&world, device), 1, "{:?}", world.clients[0].notices());
    say(&mut world, CAROL);
    say(&mut world, BOB);
    assert_eq!(told(&world, device), 1, "{:?}", world.clients[0].notices());
    world.cut(0);
    world.connect(0);
    world.settle();
    say(&mut world, BOB);
    say(&mut world, CAROL);
    assert_eq!(told(&world, device), 1, "{:?}", world.clients[0].notices());
    distrust(&mut world);
    say(&mut world, BOB);
    say(&mut world, CAROL);
    // A new process has told nothing yet, and there is nothing to tell.
    world.crash(0);
    world.connect(0);
    world.settle();
    say(&mut world, BOB);
    assert_eq!(told(&world, device), 1, "{:?}", world.clients[0].notices());
}

/// What the details of a message say for whom it was sealed.
#[test]
fn a_message_remembers_the_devices_that_it_was_sealed_for() {
    let mut world = World::online(73, &[ANA, BOB, CAROL, BOB]);
    say(&mut world, BOB);
    let mut wanted: Vec<_> = [1, 3]
        .map(|at| {
            (
                world.clients[at].device(),
                world.clients[at].identity().fingerprint(),
            )
        })
        .into();
    wanted.sort_unstable_by_key(|(device, _)| *device);
    let id = world.clients[0].history(BOB).last().unwrap().id;
    let sealed = world.clients[0].read(|tx, _| sealed::of(tx, id).unwrap());
    let found: Vec<_> = sealed
        .iter()
        .filter(|device| device.jid.as_str() == BOB)
        .map(|device| (device.device.get(), device.fingerprint))
        .collect();
    assert_eq!(found, wanted);
    assert!(
        sealed
            .iter()
            .all(|device| device.dialect == Dialect::Omemo2 && device.trust == Trust::Blind)
    );
}
