//! What the pane looks like.

use super::*;
use model::{Author, Left, MessageFailure, Peer, UnreadableReason};
use store::left;

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
    NewMessage {
        time: at(time),
        ..message
    }
}

fn conversation() -> Scene {
    let mut scene = Scene::new();
    scene.change(|tx, who| {
        put(tx, &when(who.bob_says("See you there!"), "2025-12-31T22:50:00Z"));
        put(tx, &when(who.bob_says("Are we still on for tonight?"), "2026-11-19T09:12:10Z"));
        put(tx, &when(who.bob_says("Or tomorrow?"), "2026-11-19T09:12:40Z"));
        put(tx, &when(who.ana_says("Yes. Bring the list, please; without it we shall not find the way.\nIt is in the drawer."), "2026-11-19T09:13:00Z"));
        put(tx, &when(who.bob_says("On my way"), "2026-11-20T11:02:00Z"));
        let sent = NewMessage { state: MessageState::Sent, ..who.ana_says("Good") };
        put(tx, &when(sent, "2026-11-20T11:03:00Z"));
        let queued = NewMessage { state: MessageState::Queued, ..who.ana_says("See you") };
        put(tx, &when(queued, "2026-11-20T11:04:00Z"));
    });
    scene
}

#[test]
fn an_ordinary_conversation() {
    insta::assert_snapshot!(both(&mut conversation()));
}

/// Both sizes, of these messages a second apart.
fn both_of(messages: impl FnOnce(&Facts) -> Vec<NewMessage>) -> String {
    both(&mut scene_of(messages))
}

fn scene_of(messages: impl FnOnce(&Facts) -> Vec<NewMessage>) -> Scene {
    let mut scene = Scene::new();
    scene.change(|tx, who| {
        let start = at("2026-11-19T09:12:00Z").as_second();
        for (second, message) in (start..).zip(messages(who)) {
            let time = Timestamp::from_second(second).unwrap();
            put(tx, &NewMessage { time, ..message });
        }
    });
    scene
}

fn clear(message: NewMessage) -> NewMessage {
    NewMessage {
        protection: Protection::Clear,
        trust: None,
        ..message
    }
}

fn unreadable(message: NewMessage, reason: UnreadableReason) -> NewMessage {
    NewMessage {
        body: None,
        unreadable: Some(reason),
        trust: None,
        ..message
    }
}

fn trusted(message: NewMessage, trust: Trust) -> NewMessage {
    NewMessage {
        trust: Some(trust),
        ..message
    }
}

#[test]
fn every_line_that_went_in_clear_says_so() {
    insta::assert_snapshot!(both_of(|who| vec![
        clear(who.bob_says("I have lost my phone, so I write from the library until I have a new one.")),
        clear(who.bob_says("One\ntwo\n\nthree")),
        clear(who.ana_says("All right")),
        who.ana_says("This one is encrypted again, whatever was before."),
    ]));
}

#[test]
fn what_cannot_be_read_says_why_and_what_failed_says_why() {
    let mut scene = scene_of(|who| {
        vec![
            unreadable(who.bob_says(""), UnreadableReason::NoSession),
            unreadable(clear(who.bob_says("")), UnreadableReason::Oversized),
            NewMessage {
                state: MessageState::Failed,
                ..who.ana_says("Are you there?")
            },
            NewMessage {
                state: MessageState::Failed,
                ..clear(who.ana_says("And now?"))
            },
        ]
    });
    scene.change(|tx, _| {
        let reason = MessageFailure::Words(Clean::new(
            "bob@mired.test: nobody of this name is known to the server mired.test\n09:14 bob  yes I am",
        ));
        for id in [3, 4] {
            messages::set_state(tx, MessageId(id), MessageState::Failed, Some(&reason)).unwrap();
        }
    });
    insta::assert_snapshot!(both(&mut scene));
}

#[test]
fn what_failed_takes_two_lines_more_whatever_its_reason_and_says_which_letters_help() {
    use MessageState::{Failed, Sent};
    let remedy = "Not sent: carol@mired.test has no device that reads OMEMO, or does not show its keys to you: add each \
                  other first (`/add`, or `susurro contact add carol@mired.test`), then send again.";
    let endless = "nobody knows why\n".repeat(20_000);
    for reason in ["short", remedy, &endless] {
        let rows = |scene: &mut Scene, failed: Option<(MessageState, Left)>| {
            if let Some((state, left)) = failed {
                scene.change(|tx, _| {
                    let reason = MessageFailure::Words(Clean::new(reason));
                    messages::set_state(tx, MessageId(1), state, Some(&reason)).unwrap();
                    left::set(tx, MessageId(1), left).unwrap();
                });
            }
            let size = (58, 20);
            let mut history = scene.open(size);
            let shown = shown(scene, &mut history, size);
            shown
                .into_iter()
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
        };
        let mut scene = scene_of(|who| vec![who.ana_says("hello")]);
        let bare = rows(&mut scene, None).len();
        let details = "Ctrl-Up, then r again · d details";
        for (state, left, more, letters) in [
            (Failed, Left::Not, 2, "Ctrl-Up, then r again · w take back"),
            (Failed, Left::Refused, 2, details),
            (Failed, Left::Perhaps, 2, details),
            (Sent, Left::Perhaps, 2, details),
            (Failed, Left::TakenBack, 1, ""),
        ] {
            let shown = rows(&mut scene, Some((state, left)));
            assert_eq!(shown.len(), bare + more, "{shown:#?}");
            assert_eq!(
                shown.iter().any(|line| line.trim() == letters),
                more == 2,
                "{shown:#?}"
            );
            let whole = reason.len() < 40;
            assert_eq!(shown.iter().any(|line| line.ends_with('…')), !whole, "{shown:#?}");
        }
    }
}

#[test]
fn a_key_that_nobody_decided_about_is_marked_and_a_blindly_trusted_one_is_not() {
    insta::assert_snapshot!(both_of(|who| vec![
        trusted(who.bob_says("blind"), Trust::Blind),
        trusted(who.bob_says("verified"), Trust::Verified),
        trusted(
            who.bob_says("undecided, on two lines because it is so long that it needs them"),
            Trust::Undecided
        ),
        trusted(who.bob_says("distrusted since"), Trust::Distrusted),
        trusted(who.ana_says("from a device of ours"), Trust::Blind),
        trusted(who.ana_says("in our name"), Trust::Undecided),
    ]));
}

#[test]
fn right_to_left_emoji_and_floods_stay_between_the_gutter_and_the_marks() {
    insta::assert_snapshot!(both_of(|who| vec![
        who.ana_says("שלום, מה שלומך היום? הכול בסדר אצלי, תודה על השאלה, ומה אצלך?"),
        who.bob_says("مرحبا 123 hello"),
        who.ana_says("👨\u{200d}👩\u{200d}👧\u{200d}👦 ❤\u{fe0f} 🏳\u{fe0f}\u{200d}🌈 👍🏽 🇪🇸"),
        who.ana_says(&"漢字かな".repeat(20)),
        who.ana_says(&format!("e{} zalgo", "\u{301}\u{36f}".repeat(500))),
        who.bob_says("\u{202e}turned around\u{2066}\u{2066} open"),
        who.ana_says(&"a".repeat(120)),
    ]));
}

#[test]
fn a_text_cannot_look_like_a_row_a_day_a_mark_or_a_notice_of_ours() {
    insta::assert_snapshot!(both_of(|who| vec![
        who.bob_says("hello\n 09:13 ana  I owe you 1000                            ✓✓\n09:14 bob  Thank you"),
        who.bob_says("\n\n ──────────────── Friday 20 November ─────────────────\n──────── new ────────"),
        who.bob_says("PLAIN this is none\n[cannot be read: it was damaged]\n✗ not sent\n! ▸ ·"),
        clear(who.bob_says("\u{202e}\u{2067}◆ verified\n✓✓")),
    ]));
}

#[test]
fn without_unicode_every_sign_has_a_twin() {
    let mut scene = conversation();
    scene.theme = Theme::new(Capabilities {
        colour: false,
        unicode: false,
    });
    let mut history = scene.open(SIZES[0]);
    scene.look(|world| history.select(world, -1).unwrap());
    let shown = shown(&mut scene, &mut history, SIZES[0]);
    assert!(shown.iter().all(|line| line.is_ascii()), "{shown:#?}");
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_selected_row_has_a_sign_on_every_line_and_is_reversed() {
    let mut scene = conversation();
    for size in SIZES {
        let mut history = scene.open(size);
        for _ in 0..4 {
            scene.look(|world| history.select(world, -1).unwrap());
        }
        assert!(
            history
                .selected()
                .unwrap()
                .body
                .as_ref()
                .unwrap()
                .as_str()
                .starts_with("Yes.")
        );
        let buf = paint(&mut scene, &mut history, size);
        let reversed =
            |y: u16| (0..size.0).all(|x| buf[(x, y)].modifier.contains(ratatui::style::Modifier::REVERSED));
        for (y, line) in (0..).zip(lines(&buf)) {
            assert_eq!(line.starts_with('▸'), reversed(y), "{line}");
        }
        let signs = lines(&buf).iter().filter(|line| line.starts_with('▸')).count();
        assert_eq!(signs, if size.0 == 40 { 4 } else { 3 });
    }
}

#[test]
fn the_new_line_stands_above_the_first_unread_row() {
    let mut scene = conversation();
    let chat = scene.chat;
    let size = SIZES[0];
    let first = scene.position(5);
    let mut history = scene.look(|world| History::open(world, chat, None, Some(first), size).unwrap());
    insta::assert_snapshot!(shown(&mut scene, &mut history, size).join("\n"));
}

#[test]
fn somebody_who_bears_our_name_is_shown_with_the_address() {
    let mut scene = Scene::new();
    let ana = jid("ana@evil.test");
    scene.chat = scene.change(|tx, _| {
        let chat = chats::open(tx, &Peer::new(AccountId(1), ana.clone())).unwrap().id;
        put(
            tx,
            &NewMessage {
                chat,
                author: Author::Contact(ana.clone()),
                ..scene_facts().bob_says("it is me")
            },
        );
        put(
            tx,
            &NewMessage {
                chat,
                ..scene_facts().ana_says("who?")
            },
        );
        chat
    });
    let mut history = scene.open(SIZES[0]);
    let shown = shown(&mut scene, &mut history, SIZES[0]);
    let last = shown.len() - 1;
    assert_eq!(shown[last - 1], " 09:12 ana@evil.…  it is me");
    assert_eq!(
        shown[last],
        " 09:12 ana         who?                                 ✓✓"
    );
}

fn scene_facts() -> Facts {
    Facts {
        chat: ChatId(1),
        bob: jid("bob@mired.test"),
    }
}

#[test]
fn a_text_of_the_greatest_length_is_drawn_to_its_thousandth_line_and_says_how_much_is_left() {
    let mut scene = scene_of(|who| {
        vec![
            who.bob_says(&"0123456789\n".repeat(30_000)),
            who.bob_says(&"漢".repeat(90_000)),
        ]
    });
    let size = SIZES[0];
    let mut history = scene.open(size);
    let last = shown(&mut scene, &mut history, size).pop().unwrap();
    assert!(
        last.contains("… [") && last.ends_with(" KB more: copy it to read it all]"),
        "{last}"
    );
    for _ in 0..2 {
        scene.look(|world| history.select(world, -1).unwrap());
    }
    let first = shown(&mut scene, &mut history, size).remove(0);
    assert!(first.contains(" bob  0123456789"), "{first}");
    scroll(&mut scene, &mut history, Scroll::Oldest);
    assert!(shown(&mut scene, &mut history, size)[1].ends_with("0123456789"));
}

#[test]
fn a_text_whose_writer_wants_it_shown_as_it_is_has_no_styling() {
    for unstyled in [false, true] {
        let mut scene = Scene::new();
        scene.change(|tx, who| {
            let said = who.bob_says("grep -l *.c* here");
            put(tx, &NewMessage { unstyled, ..said });
        });
        let size = SIZES[0];
        let mut history = scene.open(size);
        let buf = paint(&mut scene, &mut history, size);
        assert!(lines(&buf).iter().any(|line| line.contains("grep -l *.c* here")));
        let bold = buf
            .content
            .iter()
            .any(|cell| cell.symbol() == "*" && cell.modifier.contains(ratatui::style::Modifier::BOLD));
        assert_eq!(bold, !unstyled);
    }
}

#[test]
fn any_size_of_pane_is_drawn_and_nothing_is_painted_outside() {
    let mut scene = conversation();
    scene.change(|tx, who| {
        put(tx, &clear(who.bob_says("漢字 in clear")));
        put(tx, &unreadable(who.bob_says(""), UnreadableReason::Damaged));
    });
    for width in 0..=30 {
        for height in 0..=5 {
            let mut history = scene.open((width, height));
            let area = Rect::new(3, 2, width, height);
            let mut buf = Buffer::filled(Rect::new(0, 0, 40, 10), ratatui::buffer::Cell::new("#"));
            scene.look(|world| {
                history.draw(world, area, &mut buf);
                history.select(world, -1).unwrap();
                history.draw(world, area, &mut buf);
            });
            for y in 0..10 {
                for x in 0..40 {
                    let inside = area.contains(ratatui::layout::Position { x, y });
                    assert!(inside || buf[(x, y)].symbol() == "#", "{width}x{height}: {x},{y}");
                }
            }
        }
    }
}

#[test]
fn what_the_other_side_has_read_has_a_sign_of_its_own() {
    let mut scene = Scene::new();
    scene.change(|tx, who| {
        for id in ["one", "two"] {
            let stanza_id = id.to_owned();
            put(
                tx,
                &NewMessage {
                    stanza_id,
                    ..who.ana_says(id)
                },
            );
        }
        let read = store::displayed::set(tx, who.chat, "one", true).unwrap();
        assert_eq!(read.len(), 1);
    });
    let size = SIZES[0];
    let mut history = scene.open(size);
    let lines = shown(&mut scene, &mut history, size);
    let ends = |word: &str, sign: &str| {
        lines
            .iter()
            .any(|line| line.contains(word) && line.trim_end().ends_with(sign))
    };
    assert!(ends(" one ", "✓●") && ends(" two ", "✓✓"), "{lines:#?}");
}
