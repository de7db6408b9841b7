//! Whole conversations between one client and its server as text, byte for byte: `C` sends, `S` answers. The
//! random source is seeded, so nothing is left out but the middle of long base64 texts.

use crate::world::{ANA, BOB, World};

/// What a client and its server said, since tracing began.
fn transcript(world: &World, at: usize) -> String {
    world.clients[at]
        .trace
        .iter()
        .map(|line| shorten(line) + "\n")
        .collect()
}

/// Base64 and lists of prekeys by their beginnings: their whole length stays in the count.
fn shorten(line: &str) -> String {
    let mut short = String::new();
    let mut prekeys = 0;
    for piece in line.split_inclusive('>') {
        let (text, tag) = piece.split_at(piece.find('<').unwrap_or(0));
        let begins = tag.starts_with("<preKeyPublic") || tag.starts_with("<pk ");
        if begins || piece.contains("</preKeyPublic") || piece.contains("</pk>") {
            prekeys += usize::from(begins);
            continue;
        }
        if prekeys > 0 {
            short.push_str(&format!("({prekeys} prekeys)"));
            prekeys = 0;
        }
        if text.len() > 40 && !text.contains(' ') {
            short.push_str(&format!("{}…({} characters)", &text[..12], text.len()));
        } else {
            short.push_str(text);
        }
        short.push_str(tag);
    }
    short
}

#[test]
fn the_first_login_of_a_fresh_account() {
    let mut world = World::new(1, &[ANA]);
    world.connect(0);
    world.settle();
    insta::assert_snapshot!(transcript(&world, 0));
}

#[test]
fn the_first_message_out() {
    let mut world = World::online(2, &[ANA, BOB]);
    world.clients[0].trace.clear();
    world.send(0, BOB, "hello");
    world.settle();
    insta::assert_snapshot!(transcript(&world, 0));
}

#[test]
fn the_first_message_in_with_completion_and_new_bundle() {
    let mut world = World::online(3, &[ANA, BOB]);
    world.clients[1].trace.clear();
    world.send(0, BOB, "hello");
    world.settle();
    insta::assert_snapshot!(transcript(&world, 1));
}

#[test]
fn the_first_message_in_at_a_server_that_refuses_omemo_2() {
    let mut world = World::legacy(3, &[ANA, BOB]);
    world.clients[1].trace.clear();
    world.send(0, BOB, "hello");
    world.settle();
    insta::assert_snapshot!(transcript(&world, 1));
}
