//! What leaves when something is said about a message, and what comes back of it: nothing that was sealed leaves in
//! clear as a quote, and what was refused is undone and told.

use susurro::api::Command;
use susurro::model::{Clean, Message};

use crate::archive::in_clear;
use crate::client::send;
use crate::world::{ANA, BOB, World};

fn last(world: &mut World, at: usize, peer: &str) -> Message {
    world.clients[at].history(peer).pop().unwrap()
}

fn written(world: &mut World, text: &str) -> Message {
    world.command(0, send(BOB, text));
    world.settle();
    last(world, 0, BOB)
}

#[test]
fn an_answer_in_clear_does_not_repeat_what_was_sealed() {
    let mut world = World::online(41, &[ANA, BOB]);
    let sealed = written(&mut world, "a sealed secret");
    world.observer.secrets = ["a sealed secret".to_owned()].into();
    in_clear(&mut world, 0, BOB);
    let answer = Command::Reply {
        to: sealed.id,
        body: Clean::new("yes"),
        reveal: false,
    };
    world.command(0, answer);
    world.settle();
    let theirs = last(&mut world, 1, ANA);
    assert_eq!(theirs.body, Some(Clean::new("yes")));
    assert_eq!(theirs.reply_to.unwrap().id, sealed.stanza_id);
}

#[test]
fn an_answer_repeats_the_beginning_of_what_is_long() {
    let mut world = World::online(42, &[ANA, BOB]);
    let long = "\u{1f600}line\n".repeat(20_000);
    let long = written(&mut world, &long);
    world.observer.secrets.clear();
    let answer = Command::Reply {
        to: long.id,
        body: Clean::new("yes"),
        reveal: false,
    };
    world.command(0, answer);
    world.settle();
    let theirs = last(&mut world, 1, ANA);
    assert_eq!(theirs.body, Some(Clean::new("yes")));
    assert_eq!(theirs.reply_to.unwrap().id, long.stanza_id);
}
