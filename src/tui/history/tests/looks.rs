//! What the pane looks like.

use super::*;
use crate::model::UnreadableReason;

/// The pane of a screen of 80x24, and that of one of 40x12.
const SIZES: [(u16, u16); 2] = [(58, 16), (40, 8)];

/// Both sizes, one below the other.
fn both(scene: &mut Scene) -> String {
    let mut shown = String::new();
    for size in SIZES {
        let mut history = scene.open(size);
        for line in super::shown(scene, &mut history, size) {
            shown.push_str(&format!("{line}\n"));
        }
        shown.push_str("═════\n");
    }
    shown
}

fn when(message: NewMessage, time: &str) -> NewMessage {
    NewMessage { time: at(time), ..message }
}

fn conversation() -> Scene {
    let mut scene = Scene::new();
    scene.change(|tx, who| {
        put(tx, &when(who.from_bob("See you there!"), "2025-12-31T22:50:00Z"));
        put(tx, &when(who.from_bob("Are we still on for tonight?"), "2026-11-19T09:12:10Z"));
        put(tx, &when(who.from_bob("Or tomorrow?"), "2026-11-19T09:12:40Z"));
        put(tx, &when(who.from_ana("Yes. Bring the list, please; without it we shall not find the way.\nIt is in the drawer."), "2026-11-19T09:13:00Z"));
        put(tx, &when(who.from_bob("On my way"), "2026-11-20T11:02:00Z"));
        let sent = NewMessage { state: MessageState::Sent, ..who.from_ana("Good") };
        put(tx, &when(sent, "2026-11-20T11:03:00Z"));
        let queued = NewMessage { state: MessageState::Queued, ..who.from_ana("See you") };
        put(tx, &when(queued, "2026-11-20T11:04:00Z"));
    });
    scene
}

#[test]
fn an_ordinary_conversation() {
    insta::assert_snapshot!(both(&mut conversation()));
}
