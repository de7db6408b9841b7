use super::*;
use crate::recipients::fixture::*;

const BOB: &str = "bob@mired.test";

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.contact(BOB, Some("Bob"));
    stage
}

fn asked(stage: &mut Stage) -> Option<Box<dyn Question>> {
    stage.look(|world| question(world, &peer(BOB)).unwrap())
}

fn painted(
    stage: &mut Stage,
    question: &mut Box<dyn Question>,
    columns: u16,
    most: u16,
) -> (String, Option<Position>) {
    let height = stage.look(|world| question.height(world, columns)).min(most);
    let mut cursor = None;
    let text = stage.picture(columns, height, |world, area, buf| {
        cursor = question.draw(world, area, buf);
    });
    (text, cursor)
}

fn type_in(stage: &mut Stage, question: &mut Box<dyn Question>, keys: &[&str]) -> Vec<Ask> {
    let press = |name: &&str| stage.look(|world| question.on_key(key(name), world).unwrap());
    keys.iter().flat_map(press).collect()
}

#[test]
fn it_takes_the_whole_word_and_enter() {
    let mut stage = stage();
    let mut question = asked(&mut stage).unwrap();
    insta::assert_snapshot!("usual", painted(&mut stage, &mut question, 80, 8).0);
    assert_eq!(
        type_in(&mut stage, &mut question, &["c", "l", "e", "a", "Enter"]),
        []
    );
    insta::assert_snapshot!("wrong", painted(&mut stage, &mut question, 59, 8).0);
    insta::assert_snapshot!("narrow", painted(&mut stage, &mut question, 40, 4).0);
    assert_eq!(
        type_in(
            &mut stage,
            &mut question,
            &["c", "l", "e", "e", "Backspace", "a", "r"]
        ),
        []
    );
    let (text, cursor) = painted(&mut stage, &mut question, 80, 8);
    let line = text.lines().nth(usize::from(cursor.unwrap().y)).unwrap();
    assert!(
        line.ends_with("clear") && line.chars().count() == usize::from(cursor.unwrap().x),
        "{text}"
    );
    let asks = type_in(&mut stage, &mut question, &["Enter"]);
    let expected = Command::SetEncryption {
        chat: model::Peer::new(model::AccountId(1), jid(BOB)),
        on: false,
    };
    assert!(
        matches!(&asks[..], [Ask::Close, Ask::Command { command, done: Some(_) }] if *command == expected),
        "{asks:?}"
    );
}

#[test]
fn one_key_or_a_pasted_word_turns_nothing_off() {
    let mut stage = stage();
    let mut question = asked(&mut stage).unwrap();
    assert!(!question.on_paste("clear"), "it is for the composer");
    assert!(!question.on_paste("clear\n"));
    assert_eq!(
        type_in(&mut stage, &mut question, &["Enter", "y", "Enter", "Enter"]),
        []
    );
    let endless = vec!["x"; 1000];
    type_in(&mut stage, &mut question, &endless);
    let (text, _) = painted(&mut stage, &mut question, 40, 4);
    assert!(text.contains("Type clear, Enter: xxxxxxxxxxxxx"), "{text}");
    assert!(question.left().is_empty());
}

#[test]
fn it_names_the_key_that_goes_back_in_plain_ascii() {
    let mut stage = stage().capabilities(false, false);
    stage.back_is("F9");
    let mut question = asked(&mut stage).unwrap();
    let text = painted(&mut stage, &mut question, 100, 8).0;
    assert!(
        text.contains("or F9 to stay encrypted:") && !text.contains("Esc"),
        "{text}"
    );
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn it_is_pointless_where_the_chat_is_in_clear() {
    let mut stage = stage();
    let mut question = asked(&mut stage).unwrap();
    stage.clear(BOB);
    assert!(!stage.look(|world| question.refresh(world).unwrap()));
    assert!(asked(&mut stage).is_none());
}

#[test]
fn it_can_be_painted_at_any_size() {
    let mut stage = stage();
    let mut question = asked(&mut stage).unwrap();
    for columns in [0, 1, 2, 10, 20, 40, 73, 74, 75, 76, 200] {
        for lines in [0, 1, 2, 4, 9] {
            let (_, cursor) = painted(&mut stage, &mut question, columns, lines);
            assert!(cursor.is_none_or(|at| at.x < columns && at.y < lines));
        }
    }
}
