use super::*;
use crate::recipients::fixture::*;
use store::{chats, contacts};

fn chat(with: &model::BareJid) -> model::Peer {
    model::Peer::new(model::AccountId(1), with.clone())
}

fn stage(strangers: &[&str]) -> Stage {
    let mut stage = Stage::new();
    stage.contact("bob@mired.test", Some("Bob"));
    for who in strangers {
        let account = stage.account;
        stage.write(|tx| contacts::set_request(tx, account, &jid(who), true).unwrap());
    }
    stage
}

fn open(stage: &mut Stage) -> Box<dyn Page> {
    stage.look(|world| page(world).unwrap())
}

fn painted(stage: &mut Stage, page: &mut Box<dyn Page>, columns: u16, lines: u16) -> String {
    stage.picture(columns, lines, |world, area, buf| {
        page.draw(world, area, buf);
    })
}

fn press(stage: &mut Stage, page: &mut Box<dyn Page>, name: &str) -> Vec<Command> {
    let asks = stage.look(|world| page.on_key(key(name), world).unwrap());
    asks.into_iter()
        .map(|ask| match ask {
            Ask::Command { command, .. } => command,
            other => panic!("{other:?}"),
        })
        .collect()
}

const STRANGERS: &[&str] = &[
    "b\u{43e}b@mired.test",
    "bob@rnired.test",
    "carol@elsewhere.test",
    "an.extraordinarily.long.local.part.of.somebody@subdomain.of.a.long.domain.example",
];

#[test]
fn strangers_wait_in_a_list_and_one_that_looks_like_a_contact_is_marked() {
    let mut stage = stage(STRANGERS);
    let mut page = open(&mut stage);
    assert_eq!(page.title(), "Requests: 4 strangers wait");
    insta::assert_snapshot!("usual", painted(&mut stage, &mut page, 80, 24));
    insta::assert_snapshot!("narrow", painted(&mut stage, &mut page, 40, 12));
    let mut colour = stage.capabilities(true, true);
    let buf = colour.painted(80, 24, |world, area, buf| {
        page.draw(world, area, buf);
    });
    insta::assert_snapshot!("colour", styles_of(&buf));
}

#[test]
fn our_words_are_ascii_where_only_that_can_be_shown() {
    for strangers in [&["bob@rnired.test", "carol@elsewhere.test"][..], &[]] {
        let mut stage = stage(strangers).capabilities(false, false);
        let mut page = open(&mut stage);
        for (columns, lines) in [(80, 24), (40, 5)] {
            let text = painted(&mut stage, &mut page, columns, lines);
            assert!(text.is_ascii(), "{text}");
        }
    }
}

#[test]
fn the_chosen_one_is_accepted_or_declined_once_it_was_seen() {
    let mut stage = stage(&["carol@mired.test", "dave@mired.test"]);
    let mut page = open(&mut stage);
    assert_eq!(press(&mut stage, &mut page, "a"), [], "it was not painted yet");
    painted(&mut stage, &mut page, 80, 24);
    assert_eq!(
        press(&mut stage, &mut page, "a"),
        [Command::AcceptContact(jid("carol@mired.test"))]
    );
    assert_eq!(press(&mut stage, &mut page, "Enter"), [], "Enter grants nothing");
    assert_eq!(press(&mut stage, &mut page, "Down"), []);
    painted(&mut stage, &mut page, 80, 24);
    assert_eq!(
        press(&mut stage, &mut page, "d"),
        [Command::DeclineContact(jid("dave@mired.test"))]
    );
}

#[test]
fn a_request_that_comes_or_goes_never_moves_another_under_the_finger() {
    let mut stage = stage(&["carol@mired.test", "dave@mired.test"]);
    let mut page = open(&mut stage);
    press(&mut stage, &mut page, "Down");
    painted(&mut stage, &mut page, 80, 24);
    let account = stage.account;
    stage.write(|tx| contacts::set_request(tx, account, &jid("alice@mired.test"), true).unwrap());
    stage.look(|world| page.refresh(world).unwrap());
    assert_eq!(
        press(&mut stage, &mut page, "a"),
        [Command::AcceptContact(jid("dave@mired.test"))]
    );
    stage.write(|tx| contacts::set_request(tx, account, &jid("dave@mired.test"), false).unwrap());
    stage.look(|world| page.refresh(world).unwrap());
    assert_eq!(
        press(&mut stage, &mut page, "a"),
        [],
        "another one is chosen that was not seen yet"
    );
    painted(&mut stage, &mut page, 80, 24);
    assert_eq!(
        press(&mut stage, &mut page, "a"),
        [Command::AcceptContact(jid("carol@mired.test"))]
    );
}

#[test]
fn a_thousand_of_them_scroll() {
    let names: Vec<String> = (0..1000).map(|n| format!("spam{n:03}@evil.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut stage = stage(&names);
    let mut page = open(&mut stage);
    painted(&mut stage, &mut page, 40, 10);
    press(&mut stage, &mut page, "End");
    let end = painted(&mut stage, &mut page, 40, 10);
    assert!(end.contains("▸ spam999@evil.test"), "{end}");
    for _ in 0..3 {
        press(&mut stage, &mut page, "PgUp");
    }
    let above = painted(&mut stage, &mut page, 40, 10);
    assert!(above.contains("▸ spam972@evil.test"), "{above}");
    for columns in [1, 2, 3, 9, 20] {
        painted(&mut stage, &mut page, columns, 3);
    }
}

#[test]
fn if_nobody_asks_it_says_so() {
    let mut stage = stage(&[]);
    let mut page = open(&mut stage);
    assert_eq!(painted(&mut stage, &mut page, 40, 10), " Nobody waits.");
    assert_eq!(press(&mut stage, &mut page, "a"), []);
}

/// Threats 77 and 78.
#[test]
fn nothing_hides_in_a_strangers_address() {
    let mut stage = stage(&["\u{5d0}\u{5d1}@mired.test", "Ьо\u{ad}Ь@mired.test"]);
    let mut page = open(&mut stage);
    let text = painted(&mut stage, &mut page, 80, 24);
    assert!(!text.contains('\u{ad}'), "{text}");
    assert!(text.contains("looks like your contact bob@mired.test"), "{text}");
}

/// What a page asks for, commands and chats to open.
fn asks(stage: &mut Stage, page: &mut Box<dyn Page>, name: &str) -> Vec<Ask> {
    stage.look(|world| page.on_key(key(name), world).unwrap())
}

fn writes(stage: &mut Stage, who: &str, body: &str) {
    let account = stage.account;
    stage.write(|tx| chats::open_request(tx, &model::Peer::new(account, jid(who))).unwrap());
    stage.message(who, body, |message| message.protection = Protection::Clear);
}

#[test]
fn what_a_stranger_wrote_is_read_here_and_marked() {
    let mut stage = stage(&["carol@elsewhere.test"]);
    writes(&mut stage, "eve@evil.test", "Hello Ana,\nI have your wallet.");
    writes(&mut stage, "carol@elsewhere.test", "It is me");
    let mut page = open(&mut stage);
    assert_eq!(page.title(), "Requests: 2 strangers wait");
    press(&mut stage, &mut page, "Down");
    insta::assert_snapshot!("words", painted(&mut stage, &mut page, 80, 24));
    insta::assert_snapshot!("words_narrow", painted(&mut stage, &mut page, 40, 12));
    for n in 0..5 {
        writes(&mut stage, "eve@evil.test", &format!("more {n}"));
    }
    stage.look(|world| page.refresh(world).unwrap());
    let text = painted(&mut stage, &mut page, 80, 24);
    assert!(text.contains("more 4") && !text.contains("wallet"), "{text}");
    assert!(text.contains("there is more above"), "{text}");
}

#[test]
fn a_stranger_who_wrote_is_accepted_at_once_and_deleted_or_blocked_by_the_second_press() {
    let mut stage = stage(&["carol@elsewhere.test"]);
    writes(&mut stage, "eve@evil.test", "hello");
    let mut page = open(&mut stage);
    press(&mut stage, &mut page, "Down");
    painted(&mut stage, &mut page, 80, 24);
    let eve = jid("eve@evil.test");
    let commands = |asks: Vec<Ask>| -> Vec<Command> {
        let commands = asks.into_iter().filter_map(|ask| match ask {
            Ask::Command { command, .. } => Some(command),
            _ => None,
        });
        commands.collect()
    };
    let accepted = asks(&mut stage, &mut page, "a");
    assert!(accepted.contains(&Ask::Open(chat(&eve))));
    assert_eq!(commands(accepted), [Command::AcceptRequest(chat(&eve))]);
    assert_eq!(asks(&mut stage, &mut page, "Enter"), [Ask::Open(chat(&eve))]);
    for (letter, other, command) in [
        ("d", "b", Command::DeleteChat(chat(&eve))),
        ("b", "d", Command::Block(eve.clone().into())),
    ] {
        assert_eq!(asks(&mut stage, &mut page, letter), []);
        let again = stage.look(|world| page.keys(world));
        assert!(again[0].1.starts_with("again: "), "{again:?}");
        assert_eq!(
            asks(&mut stage, &mut page, other),
            [],
            "another letter is no second press"
        );
        assert_eq!(asks(&mut stage, &mut page, letter), []);
        assert_eq!(commands(asks(&mut stage, &mut page, letter)), [command]);
    }
    // Who asks as well is declined with it.
    let account = stage.account;
    stage.write(|tx| contacts::set_request(tx, account, &jid("eve@evil.test"), true).unwrap());
    stage.look(|world| page.refresh(world).unwrap());
    asks(&mut stage, &mut page, "d");
    assert_eq!(
        commands(asks(&mut stage, &mut page, "d")),
        [
            Command::DeclineContact(eve.clone()),
            Command::DeleteChat(chat(&eve))
        ]
    );
}
