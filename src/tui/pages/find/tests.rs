//! What is found, what Enter makes of it, and how it looks.

use proptest::prelude::*;

use super::*;
use crate::action::TABLE;
use crate::commands;
use crate::recipients::fixture::{Stage, at, jid, key, peer, styles_of, text_of};
use model::{Author, BareJid, Timestamp};

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.contact("bob@mired.test", Some("Bob"));
    stage.contact("carol@mired.test", Some("Carol Ann"));
    stage.contact("dave@example.org", None);
    stage.contact("erin@mired.test", Some("Érin"));
    let message = |stage: &mut Stage, who: &str, time: Timestamp, author| {
        stage.message(who, "hello", |message| {
            message.stanza_id = who.into();
            message.time = time;
            message.author = author;
        });
    };
    let carol = Author::Contact(jid("carol@mired.test"));
    message(
        &mut stage,
        "bob@mired.test",
        at("2026-11-19T10:00:00Z"),
        Author::Us,
    );
    message(
        &mut stage,
        "dave@example.org",
        at("2026-11-19T09:00:00Z"),
        Author::Us,
    );
    message(&mut stage, "carol@mired.test", at("2026-11-19T08:00:00Z"), carol);
    stage.chat = Some(peer("bob@mired.test"));
    stage
}

fn find(stage: &mut Stage) -> Find {
    stage.look(|world| Find::new(world, Purpose::Go).unwrap())
}

fn press(stage: &mut Stage, find: &mut Find, name: &str) -> Vec<Ask> {
    stage.look(|world| find.on_key(key(name), world).unwrap())
}

fn write(stage: &mut Stage, find: &mut Find, text: &str) {
    for c in text.chars() {
        let key = Key::from(KeyCode::Char(c));
        assert_eq!(stage.look(|world| find.on_key(key, world).unwrap()), []);
    }
}

/// The names of what is found.
fn names(find: &Find) -> Vec<&str> {
    let name = |found: &'_ FoundRow| found.row.text.get(..found.row.name).map(str::len);
    find.found
        .iter()
        .filter_map(|found| found.row.text.get(..name(found)?))
        .collect()
}

fn found(text: &str) -> Vec<String> {
    let mut stage = stage();
    let mut find = find(&mut stage);
    stage.look(|world| find.on_paste(text, world).unwrap());
    names(&find).into_iter().map(str::to_owned).collect()
}

/// What Enter asks for, after this was typed.
fn entered(stage: &mut Stage, text: &str) -> Vec<Ask> {
    let mut find = find(stage);
    write(stage, &mut find, text);
    press(stage, &mut find, "Enter")
}

fn open(who: &str) -> Vec<Ask> {
    vec![Ask::Close, Ask::Open(peer(who))]
}

fn picture(stage: &mut Stage, find: &mut Find, columns: u16, lines: u16) -> String {
    stage.picture(columns, lines, |world, area, buf| {
        assert!(find.draw(world, area, buf).is_some());
    })
}

#[test]
fn it_looks_like_this_at_80_columns() {
    let mut stage = stage();
    let mut find = find(&mut stage);
    insta::assert_snapshot!("find_80x24", picture(&mut stage, &mut find, 80, 24));
    write(&mut stage, &mut find, "lo");
    insta::assert_snapshot!("find_80x24_typed", picture(&mut stage, &mut find, 80, 24));
}

#[test]
fn it_looks_like_this_at_40_columns() {
    let mut stage = stage().capabilities(false, false);
    let mut find = find(&mut stage);
    insta::assert_snapshot!("find_40x12", picture(&mut stage, &mut find, 40, 12));
    write(&mut stage, &mut find, "car");
    let buf = stage.painted(40, 6, |world, area, buf| {
        assert_eq!(find.draw(world, area, buf), Some(Position::new(6, 0)));
    });
    insta::assert_snapshot!("find_40x6_styles", styles_of(&buf));
}

#[test]
fn while_nothing_is_typed_unread_chats_come_first_and_the_open_one_last() {
    let mut stage = stage();
    let find = find(&mut stage);
    let people: Vec<_> = names(&find).into_iter().take(4).collect();
    assert_eq!(people, ["Carol Ann", "dave", "Érin", "Bob"]);
    assert_eq!(find.found.first().unwrap().row.right, "1 new");
    assert_eq!(entered(&mut stage, ""), open("carol@mired.test"));
}

#[test]
fn a_few_letters_find_a_chat_whatever_their_case_and_accents() {
    for (letters, name) in [
        ("bo", "Bob"),
        ("CAROL", "Carol Ann"),
        ("cann", "Carol Ann"),
        ("ann carol", "Carol Ann"),
        ("erin", "Érin"),
        ("example", "dave"),
        ("  bob@mi  ", "Bob"),
    ] {
        assert_eq!(
            found(letters).first().map(String::as_str),
            Some(name),
            "{letters}"
        );
    }
    assert_eq!(entered(&mut stage(), "dave"), open("dave@example.org"));
}

#[test]
fn the_letters_that_were_meant_are_marked_without_colour() {
    let mut stage = stage();
    let mut find = find(&mut stage);
    write(&mut stage, &mut find, "cann");
    let letters = &find.found.first().unwrap().letters;
    assert_eq!(letters.len(), 4);
    let buf = stage.painted(60, 6, |world, area, buf| {
        find.draw(world, area, buf);
    });
    let marked: String = (0..50)
        .map(|x| &buf[(x, 2)])
        .filter(|cell| cell.modifier.contains(ratatui::style::Modifier::UNDERLINED))
        .map(|cell| cell.symbol())
        .collect();
    assert_eq!(marked.to_lowercase(), "cann");
}

#[test]
fn every_command_is_found_by_its_name_and_by_its_words() {
    assert!(!commands::TABLE.is_empty());
    for row in commands::TABLE.iter().filter(|row| row.name != "find") {
        let name = format!("/{}", row.name);
        assert_eq!(found(&name).first(), Some(&name));
        assert!(found(row.words).contains(&name), "{name}");
        for alias in row.aliases {
            assert!(found(&format!("/{alias}")).contains(&name), "{name} by {alias}");
        }
    }
    assert!(found("/").iter().all(|name| name.starts_with('/')));
}

#[test]
fn keys_are_found_by_what_they_do_and_shown_at_the_right() {
    let mut stage = stage();
    for (typed, text, right) in [
        ("newest message", "/newest  Go to the newest message", "Ctrl-End"),
        (
            "compare finger",
            "/fingerprint  Compare fingerprints and verify",
            "Alt-V",
        ),
        ("page up", "Go a page up; beyond the top, ask the server", "PgUp"),
        ("begin new line", "Begin a new line", "Alt-Enter"),
    ] {
        let mut find = find(&mut stage);
        write(&mut stage, &mut find, typed);
        let first = &find.found.first().unwrap().row;
        assert_eq!((first.text.as_str(), first.right.as_str()), (text, right));
    }
    let line = Ask::Perform(Action::Edit(Edit::Newline));
    assert_eq!(entered(&mut stage, "begin a new line"), [Ask::Close, line]);
    assert_eq!(
        entered(&mut stage, "page up"),
        [Ask::Close, Ask::Perform(Action::PageUp)]
    );
}

#[test]
fn what_a_command_and_a_key_both_do_is_one_row() {
    let mut stage = Stage::new();
    let find = find(&mut stage);
    let words = |found: &FoundRow| {
        let text = &found.row.text;
        text.split_once("  ")
            .map_or(text.clone(), |(_, words)| words.to_owned())
    };
    let all: std::collections::BTreeSet<_> = find.found.iter().map(words).collect();
    assert_eq!(all.len(), find.found.len());
    // Every action of the main screen is there, by itself or by its command.
    for row in TABLE
        .iter()
        .filter(|row| matches!(row.context, KeyContext::Main | KeyContext::Everywhere))
    {
        let left_out = matches!(row.action, Action::Find | Action::Back);
        assert_eq!(all.contains(row.words), !left_out, "{}", row.name);
    }
}

#[test]
fn nothing_that_is_typed_here_can_send_what_lies_in_the_composer() {
    let mut stage = stage();
    for row in TABLE {
        let mut find = find(&mut stage);
        stage.look(|world| find.on_paste(row.words, world).unwrap());
        let sends = |found: &FoundRow| matches!(found.row.target, FoundItem::Action(Action::Send));
        assert!(!find.found.iter().any(sends));
    }
}

#[test]
fn a_command_that_needs_nothing_is_run_and_another_is_written_for_the_person_to_go_on() {
    let mut stage = stage();
    for (typed, ask) in [
        ("/lock", Ask::Run("/lock".into())),
        ("/mouse", Ask::Run("/mouse".into())),
        // The open chat's.
        ("/fingerprint", Ask::Run("/fingerprint".into())),
        ("/plaintext", Ask::Run("/plaintext".into())),
        ("/add", Ask::Compose("/add ".into())),
        ("/rename", Ask::Compose("/rename ".into())),
        ("/open", Ask::Compose("/open ".into())),
        ("/rename Bobby Tables", Ask::Run("/rename Bobby Tables".into())),
    ] {
        assert_eq!(entered(&mut stage, typed), [Ask::Close, ask], "{typed}");
    }
}

#[test]
fn what_lies_in_the_composer_is_not_replaced_by_a_command() {
    let mut stage = stage();
    stage.composing = true;
    let mut find = find(&mut stage);
    write(&mut stage, &mut find, "/rename");
    assert_eq!(press(&mut stage, &mut find, "Enter"), []);
    assert_eq!(find.typed.text(), "/rename ");
    write(&mut stage, &mut find, "Bobby");
    let run = Ask::Run("/rename Bobby".into());
    assert_eq!(press(&mut stage, &mut find, "Enter"), [Ask::Close, run]);
}

#[test]
fn our_words_are_ascii_where_only_that_can_be_shown() {
    let mut stage = Stage::new().capabilities(false, false);
    stage.contact("bob@mired.test", Some(&"Bob of the long name ".repeat(9)));
    stage.chat = Some(peer("bob@mired.test"));
    for columns in [40, 80] {
        let mut find = find(&mut stage);
        let text = picture(&mut stage, &mut find, columns, 200);
        assert!(text.is_ascii() && text.contains("/lock"), "{text}");
        write(&mut stage, &mut find, "nothing like that");
        let text = picture(&mut stage, &mut find, columns, 20);
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn where_no_chat_is_open_a_command_is_written_and_run_here() {
    let mut stage = Stage::new();
    let mut find = find(&mut stage);
    write(&mut stage, &mut find, "/add");
    assert_eq!(press(&mut stage, &mut find, "Enter"), []);
    assert_eq!(find.typed.text(), "/add ");
    stage.look(|world| find.on_paste("zoe@mired.test", world).unwrap());
    let run = Ask::Run("/add zoe@mired.test".into());
    assert_eq!(press(&mut stage, &mut find, "Enter"), [Ask::Close, run]);
    // Which chat is meant must be said.
    let mut find = self::find(&mut stage);
    write(&mut stage, &mut find, "/plaintext");
    assert_eq!(press(&mut stage, &mut find, "Enter"), []);
    assert_eq!(find.typed.text(), "/plaintext ");
}

#[test]
fn tab_writes_a_command_out() {
    let mut stage = stage();
    let mut find = find(&mut stage);
    write(&mut stage, &mut find, "/ad");
    press(&mut stage, &mut find, "Tab");
    assert_eq!(find.typed.text(), "/add ");
    // A person is no command: nothing is written.
    let mut find = self::find(&mut stage);
    write(&mut stage, &mut find, "bob");
    press(&mut stage, &mut find, "Tab");
    assert_eq!(find.typed.text(), "bob");
}

#[test]
fn an_address_that_nobody_has_can_be_added() {
    let mut stage = stage();
    for text in [
        "zoe@mired.test",
        "xmpp:zoe@mired.test?message",
        " ZOE@mired.test ",
    ] {
        let add = Ask::Run("/add zoe@mired.test".into());
        assert_eq!(entered(&mut stage, text), [Ask::Close, add], "{text}");
    }
    let add = Ask::Run("/add irc.mired.test".into());
    assert_eq!(entered(&mut stage, "irc.mired.test"), [Ask::Close, add]);
    let add = Ask::Run("/add d\\27artagnan@b\u{fc}cher.test".into());
    assert_eq!(
        entered(&mut stage, "d'artagnan@xn--bcher-kva.test"),
        [Ask::Close, add]
    );
    let add = Ask::Run("/add zoe@mired.test Zoe of Ede".into());
    let link = "xmpp:zoe@mired.test?roster;name=Zoe%20of%20Ede";
    assert_eq!(entered(&mut stage, link), [Ask::Close, add]);
    // Contacts, ourselves, a word, and what is no address.
    for text in [
        "bob@mired.test",
        "ana@mired.test",
        "mired",
        "e.g.",
        "1.5",
        "zoe@",
        "@mired.test",
        "zoe@mired.test/phone",
    ] {
        let mut find = find(&mut stage);
        write(&mut stage, &mut find, text);
        let adds = |found: &FoundRow| matches!(found.row.target, FoundItem::Add(..));
        assert!(!find.found.iter().any(adds), "{text}");
    }
    assert_eq!(entered(&mut stage, "bob@mired.test"), open("bob@mired.test"));
}

#[test]
fn where_nothing_is_found_it_says_what_can_be_done_and_enter_does_nothing() {
    let mut stage = stage();
    let mut find = find(&mut stage);
    write(&mut stage, &mut find, "qqqq");
    assert_eq!(names(&find), <[&str; 0]>::default());
    assert!(picture(&mut stage, &mut find, 80, 8).contains("An address, as in bob@mired.test"));
    assert_eq!(press(&mut stage, &mut find, "Enter"), []);
    press(&mut stage, &mut find, "Ctrl-U");
    assert!(find.found.len() > 10);
}

#[test]
fn the_choice_moves_with_arrows_and_letters_and_stops_at_the_ends() {
    let mut stage = stage();
    let mut find = find(&mut stage);
    picture(&mut stage, &mut find, 80, 12);
    let last = find.found.len() - 1;
    for (name, at) in [
        ("Up", 0),
        ("Down", 1),
        ("Ctrl-N", 2),
        ("Ctrl-P", 1),
        ("PgDn", 10),
        ("PgUp", 1),
        ("Ctrl-End", last),
        ("Down", last),
        ("Ctrl-Home", 0),
    ] {
        press(&mut stage, &mut find, name);
        assert_eq!(find.chosen, at, "{name}");
    }
    find.on_wheel(3);
    assert_eq!(find.chosen, 1);
}

#[test]
fn what_is_chosen_is_in_sight() {
    let mut stage = stage();
    let mut find = find(&mut stage);
    for name in [
        "Ctrl-End",
        "Up",
        "PgUp",
        "PgUp",
        "PgUp",
        "Down",
        "PgDn",
        "Ctrl-Home",
    ] {
        for size in [(40, 5), (80, 24), (30, 3)] {
            press(&mut stage, &mut find, name);
            let text = picture(&mut stage, &mut find, size.0, size.1);
            assert!(text.contains('▸'), "{name}\n{text}");
        }
    }
}

#[test]
fn the_editor_s_keys_work_on_what_is_typed() {
    let mut stage = stage();
    let mut find = find(&mut stage);
    write(&mut stage, &mut find, "carol bob");
    for (name, text) in [
        ("Ctrl-W", "carol "),
        ("Backspace", "carol"),
        ("Alt-Enter", "carol"),
        ("Ctrl-J", "carol"),
        ("Ctrl-A", "carol"),
        ("Ctrl-K", ""),
        ("Ctrl-Y", "carol"),
    ] {
        press(&mut stage, &mut find, name);
        assert_eq!(find.typed.text(), text, "{name}");
    }
    assert_eq!(names(&find).first(), Some(&"Carol Ann"));
}

#[test]
fn a_paste_is_one_line_and_runs_nothing() {
    let mut stage = stage();
    let mut find = find(&mut stage);
    let asks = stage.look(|world| find.on_paste("\n  bob\u{1b}\u{7}\n/remove bob\n", world).unwrap());
    assert_eq!(asks, []);
    assert_eq!(find.typed.text(), "bob");
    stage.look(|world| find.on_paste(&"x".repeat(100_000), world).unwrap());
    assert_eq!(find.typed.text(), "bob");
}

#[test]
fn a_long_text_keeps_its_cursor_in_sight() {
    let mut stage = stage();
    let mut find = find(&mut stage);
    write(&mut stage, &mut find, &"漢字abc".repeat(20));
    for columns in [5, 20, 40] {
        let buf = stage.painted(columns, 6, |world, area, buf| {
            let cursor = find.draw(world, area, buf).unwrap();
            assert!(cursor.x < columns && cursor.y == 0);
        });
        assert!(columns < 20 || text_of(&buf).lines().next().unwrap().contains("c"));
    }
}

#[test]
fn what_is_chosen_stays_chosen_when_the_store_changes() {
    let mut stage = stage();
    let mut find = find(&mut stage);
    press(&mut stage, &mut find, "Down");
    let before = find.found.get(find.chosen).unwrap().row.target.clone();
    stage.message("erin@mired.test", "hello", |message| {
        message.stanza_id = "new".into()
    });
    stage.look(|world| find.refresh(world).unwrap());
    assert!(find.found.get(find.chosen).unwrap().row.target.is(&before));
    assert!(matches!(&before, FoundItem::Chat(chat) if *chat == peer("dave@example.org")));
    assert!(names(&find).contains(&"Érin"));
}

#[test]
fn names_of_others_cannot_pass_for_commands_or_reach_our_columns() {
    let mut stage = Stage::new();
    stage.contact("evil@mired.test", Some("/lock"));
    stage.contact("long@mired.test", Some(&"W\u{fe0f}漢\u{202e}".repeat(60)));
    let mut find = find(&mut stage);
    write(&mut stage, &mut find, "/lock");
    let person = |found: &FoundRow| matches!(found.row.target, FoundItem::Chat(_));
    assert!(!find.found.iter().any(person));
    press(&mut stage, &mut find, "Ctrl-U");
    let text = picture(&mut stage, &mut find, 60, 12);
    let rows: Vec<_> = text.lines().skip(2).take(2).collect();
    assert!(rows.iter().all(|row| row.ends_with(" contact")), "{text}");
    assert!(text.contains("evil@mired.test"), "{text}");
}

/// A list as long as any that the rest is made for.
fn crowd(count: usize) -> Stage {
    let mut stage = Stage::new();
    let account = stage.account;
    stage.write(|tx| {
        for at in 0..count {
            let contact = model::Contact {
                jid: BareJid::new(&format!("person{at}@mired.test")).unwrap(),
                name: None,
                in_roster: true,
                subscription: model::Subscription::Both,
                asked: false,
                requests: false,
            };
            store::contacts::put(tx, account, &contact).unwrap();
        }
    });
    stage
}

#[test]
fn of_many_only_the_best_are_shown_and_commands_are_among_them_from_the_start() {
    let mut stage = crowd(1_000);
    let mut find = find(&mut stage);
    assert!(find.found.len() <= rows::MOST);
    assert!(names(&find).iter().any(|name| name.starts_with('/')));
    write(&mut stage, &mut find, "person");
    assert_eq!(find.found.len(), rows::MOST);
    write(&mut stage, &mut find, "777");
    assert_eq!(names(&find).first(), Some(&"person777"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_that_is_typed_and_no_size_breaks_it(
        text in "[a-z@/.é漢\u{5d0}\u{301}\u{202e}\u{1f469}\u{200d} ]{0,12}",
        name in any::<String>(),
        columns in 1_u16..60,
        lines in 1_u16..12,
    ) {
        let mut stage = Stage::new();
        stage.contact("bob@mired.test", Some(&name));
        let mut find = find(&mut stage);
        write(&mut stage, &mut find, &text);
        let buf = stage.painted(columns, lines, |world, area, buf| {
            let cursor = find.draw(world, area, buf);
            assert!(cursor.is_some_and(|cursor| area.contains(cursor)));
        });
        prop_assert_eq!(buf.area.height, lines);
        for found in &find.found {
            let count = found.row.text.graphemes(true).count();
            prop_assert!(found.letters.iter().all(|at| *at < count));
        }
    }
}
