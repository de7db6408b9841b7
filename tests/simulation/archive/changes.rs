//! What is said about messages, under everything that breaks: in the end all devices show the same.

use std::collections::BTreeMap;

use susurro::model::{Clean, Message};

use super::devices::{begun, break_or_mend, calm_down};
use super::*;
use crate::laws::{Seed, seeds};

/// Of each message by its id: its words (None: taken back), how often they were other ones, what is thought of it.
type View = BTreeMap<String, (Option<String>, Vec<(String, String)>)>;

const EMOJIS: [&str; 3] = ["👍", "🎉", "❤️"];

fn peer_of(at: usize) -> &'static str {
    [BOB, ANA, BOB][at]
}

/// One thing is said: a message, other words for one, that one is taken back, what somebody thinks of one.
fn say(world: &mut World, number: usize) {
    let at = world.below(3);
    let rows = world.clients[at].history(peer_of(at));
    let ours =
        |row: &&Message| row.direction() == Direction::Out && row.device.is_none() && row.body.is_some();
    let own: Vec<&Message> = rows.iter().filter(ours).collect();
    let (place, kind) = (world.below(10_000), world.below(10));
    let chosen = |of: &[&Message]| of.get(place % of.len().max(1)).map(|row| row.id);
    let command = match kind {
        0..4 => None,
        4..7 => chosen(&own).map(|message| Command::Edit {
            message,
            body: Clean::new(&format!("other words {number}")),
            reveal: false,
        }),
        7 => chosen(&own).map(|message| Command::Retract {
            message,
            reveal: false,
        }),
        // Two devices of one account that think differently of one message at the same moment agree only by chance.
        _ if at == 2 => None,
        _ => {
            let theirs: Vec<&Message> = rows.iter().filter(|row| row.body.is_some()).collect();
            let emojis = EMOJIS
                .iter()
                .take(world.below(4))
                .map(|emoji| Clean::new(emoji))
                .collect();
            chosen(&theirs).map(|message| Command::React {
                message,
                emojis,
                reveal: false,
            })
        }
    };
    match command {
        Some(command) => {
            world.command(at, command);
        }
        None => world.send(at, peer_of(at), &format!("words {number}")),
    }
}

fn view(world: &mut World, at: usize) -> View {
    let rows = world.clients[at].history(peer_of(at));
    rows.iter()
        .map(|row| {
            let words = row.body.as_ref().map(|body| body.as_str().to_owned());
            let mut reactions: Vec<(String, String)> = row
                .reactions
                .iter()
                .map(|given| (given.author.to_string(), given.emoji.as_str().to_owned()))
                .collect();
            reactions.sort();
            (row.stanza_id.clone(), (words, reactions))
        })
        .collect()
}

#[test]
fn whatever_breaks_all_devices_show_the_same_words_and_reactions() {
    for seed in seeds(100) {
        let _seed = Seed(seed);
        let mut world = begun(seed);
        for number in 0..80 {
            later(&mut world, 1);
            let online = world.clients.iter().all(|client| client.conn.is_some());
            match world.below(12) {
                0..6 if online || world.below(3) == 0 => say(&mut world, number),
                _ => break_or_mend(&mut world),
            }
        }
        calm_down(&mut world);
        let views: Vec<View> = (0..3).map(|at| view(&mut world, at)).collect();
        assert!(!views[0].is_empty(), "something was said");
        assert_eq!(views[0], views[1], "Ana's first device and Bob");
        assert_eq!(views[0], views[2], "Ana's two devices");
        for at in 0..3 {
            assert_eq!(world.clients[at].outbox(), 0, "everything left");
        }
    }
}
