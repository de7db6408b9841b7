//! What is said about a row of a history, at random.

use proptest::prelude::*;

use super::*;
use model::Retracted;
use store::about::corrections::{self, Correction};
use store::about::retractions;
use store::{Way, reactions};

/// What is said.
#[derive(Debug, Clone, Copy)]
pub(super) enum Said {
    Emoji(bool),
    Words(usize),
    TakenBack,
}

pub(super) fn any_said() -> impl Strategy<Value = Said> {
    prop_oneof![
        any::<bool>().prop_map(Said::Emoji),
        (1..60_usize).prop_map(Said::Words),
        Just(Said::TakenBack),
    ]
}

/// Something is said about a row.
pub(super) fn say(scene: &mut Scene, id: MessageId, said: Said) {
    let way = Way {
        time: scene.now,
        protection: Protection::Omemo2,
        device: None,
        fingerprint: None,
        trust: None,
    };
    scene.change(|tx, who| {
        let readable = messages::get(tx, id).unwrap().unwrap().body.is_some();
        match said {
            Said::Emoji(there) => {
                let emojis = [Clean::new("👍")];
                let emojis = if there { &emojis[..] } else { &[] };
                reactions::set(tx, id, &who.bob, emojis, &way).unwrap();
            }
            Said::Words(words) if readable => {
                let correction = Correction {
                    id: "c",
                    server_id: None,
                    body: &Clean::new(&"other ".repeat(words)),
                    unstyled: false,
                    way,
                };
                corrections::apply(tx, id, &correction, false).unwrap();
            }
            Said::Words(_) => {}
            Said::TakenBack => {
                retractions::apply(tx, id, Retracted::Author).unwrap();
            }
        }
    });
}
