use super::*;
use crate::recipients::fixture::*;

fn press(stage: &mut Stage, question: &mut Box<dyn Question>, name: &str) -> Vec<Ask> {
    stage.look(|world| question.on_key(key(name), world).unwrap())
}

fn paint(stage: &mut Stage, question: &mut Box<dyn Question>, columns: u16, lines: u16) -> String {
    stage.picture(columns, lines, |world, area, buf| {
        question.draw(world, area, buf);
    })
}

#[test]
fn a_chat_is_deleted_by_the_second_y_that_follows_the_first_once_it_was_seen() {
    let mut stage = Stage::new();
    stage.contact("bob@mired.test", Some("Bob"));
    let bob = jid("bob@mired.test");
    assert!(
        stage
            .look(|world| delete(world, &peer("bob@mired.test")).unwrap())
            .is_none(),
        "there is no chat"
    );
    stage.message("bob@mired.test", "hello", |_| {});
    let mut question = stage
        .look(|world| delete(world, &peer("bob@mired.test")).unwrap())
        .unwrap();
    for _ in 0..2 {
        assert_eq!(press(&mut stage, &mut question, "y"), [], "it was not seen");
    }
    let seen = paint(&mut stage, &mut question, 80, 6);
    assert!(
        seen.contains("Delete the chat with Bob here? bob@mired.test"),
        "{seen}"
    );
    assert!(seen.contains("y delete"), "{seen}");
    for name in ["y", "n", "y"] {
        assert_eq!(press(&mut stage, &mut question, name), [], "{name}");
        paint(&mut stage, &mut question, 80, 6);
    }
    for _ in 0..6 {
        press(&mut stage, &mut question, "n");
        paint(&mut stage, &mut question, 80, 6);
        // A whole row of them at once was typed ahead.
        for _ in 0..5 {
            assert_eq!(press(&mut stage, &mut question, "y"), []);
        }
    }
    paint(&mut stage, &mut question, 80, 6);
    assert_eq!(press(&mut stage, &mut question, "y"), []);
    assert!(paint(&mut stage, &mut question, 80, 6).contains("y again: delete"));
    let asks = press(&mut stage, &mut question, "y");
    let [Ask::Close, Ask::Command { command, done }] = asks.as_slice() else {
        panic!("{asks:?}");
    };
    assert_eq!(
        *command,
        Command::DeleteChat(model::Peer::new(model::AccountId(1), bob))
    );
    assert_eq!(done.as_deref(), Some("The chat with Bob is deleted here."));
}

#[test]
fn blocking_says_whom_and_what_it_does_at_every_size() {
    let mut stage = Stage::new().capabilities(false, false);
    let eve: Jid = jid("eve@evil.test").into();
    let mut question = stage.look(|world| block(world, &eve).unwrap()).unwrap();
    for (columns, lines) in [(80, 6), (40, 4), (20, 3)] {
        let text = paint(&mut stage, &mut question, columns, lines);
        assert!(text.is_ascii() && text.contains("y block"), "{text}");
    }
    press(&mut stage, &mut question, "y");
    paint(&mut stage, &mut question, 80, 6);
    let asks = press(&mut stage, &mut question, "y");
    assert!(
        asks.iter().any(
            |ask| matches!(ask, Ask::Command { command, .. } if *command == Command::Block(eve.clone()))
        )
    );
}

const BOB: &str = "bob@mired.test";

fn painted(stage: &mut Stage, question: &mut Box<dyn Question>, columns: u16, most: u16) -> String {
    let height = stage.look(|world| question.height(world, columns)).min(most);
    stage.picture(columns, height, |world, area, buf| {
        question.draw(world, area, buf);
    })
}

#[test]
fn two_y_remove_once_the_question_was_seen_and_nothing_else_does() {
    let mut stage = Stage::new();
    stage.contact(BOB, Some("Bob"));
    let mut question = stage.look(|world| remove(world, &jid(BOB)).unwrap()).unwrap();
    let press = |stage: &mut Stage, question: &mut Box<dyn Question>, name: &str| {
        stage.look(|world| question.on_key(key(name), world).unwrap())
    };
    assert_eq!(
        press(&mut stage, &mut question, "y"),
        [],
        "it was not painted yet"
    );
    insta::assert_snapshot!("usual", painted(&mut stage, &mut question, 80, 8));
    insta::assert_snapshot!("narrow", painted(&mut stage, &mut question, 40, 4));
    for name in ["y", "n", "y", "Enter", "y", "Y", "Alt-Y", "y", "Space", "y"] {
        assert_eq!(press(&mut stage, &mut question, name), [], "{name}");
        painted(&mut stage, &mut question, 80, 8);
    }
    // Whatever was typed ahead, however often.
    for _ in 0..3 {
        press(&mut stage, &mut question, "n");
        painted(&mut stage, &mut question, 80, 8);
        for _ in 0..6 {
            assert_eq!(press(&mut stage, &mut question, "y"), [], "not seen in between");
        }
        painted(&mut stage, &mut question, 80, 8);
    }
    assert_eq!(press(&mut stage, &mut question, "y"), []);
    insta::assert_snapshot!("sure", painted(&mut stage, &mut question, 80, 8));
    let asks = press(&mut stage, &mut question, "y");
    let expected = Command::RemoveContact(jid(BOB));
    assert!(
        matches!(&asks[..], [Ask::Close, Ask::Command { command, .. }] if *command == expected),
        "{asks:?}"
    );
    for columns in [0, 1, 10, 20] {
        painted(&mut stage, &mut question, columns, 2);
    }
}

#[test]
fn it_names_the_key_that_goes_back_in_plain_ascii_and_takes_no_paste() {
    let mut stage = Stage::new().capabilities(false, false);
    stage.back_is("F9");
    stage.contact(BOB, Some("Bob"));
    let mut question = stage.look(|world| remove(world, &jid(BOB)).unwrap()).unwrap();
    let text = painted(&mut stage, &mut question, 80, 8);
    assert!(text.contains("F9 keep") && text.is_ascii(), "{text}");
    assert!(!question.on_paste("y"), "it is for the composer");
}

#[test]
fn who_is_no_contact_is_not_asked_about() {
    let mut stage = Stage::new();
    assert!(stage.look(|world| remove(world, &jid(BOB)).unwrap()).is_none());
    stage.contact(BOB, None);
    let mut question = stage.look(|world| remove(world, &jid(BOB)).unwrap()).unwrap();
    let account = stage.account;
    stage.write(|tx| contacts::remove(tx, account, &jid(BOB)).unwrap());
    assert!(!stage.look(|world| question.refresh(world).unwrap()));
}
