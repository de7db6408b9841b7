use super::*;
use crate::recipients::fixture::*;

fn asked(stage: &mut Stage) -> Box<dyn Question> {
    stage.look(|world| question(world).unwrap()).unwrap()
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

fn type_in(stage: &mut Stage, question: &mut Box<dyn Question>, text: &str) {
    for c in text.chars() {
        let name = if c == ' ' {
            "Space".to_owned()
        } else {
            c.to_string()
        };
        press(stage, question, &name);
    }
}

fn press(stage: &mut Stage, question: &mut Box<dyn Question>, name: &str) -> Vec<Ask> {
    stage.look(|world| {
        let key = key(name);
        if question.wants(key, world) {
            question.on_key(key, world).unwrap()
        } else {
            Vec::new()
        }
    })
}

fn named(asks: &[Ask]) -> &str {
    match asks {
        [
            Ask::Close,
            Ask::Command {
                command: Command::RenameDevice(name),
                done: Some(_),
            },
            Ask::Show(PageName::Devices),
        ] => name.as_str(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_name_is_typed_saved_and_shown_among_the_devices() {
    let mut stage = Stage::new();
    let mut question = asked(&mut stage);
    type_in(&mut stage, &mut question, "lost");
    let (text, cursor) = painted(&mut stage, &mut question, 80, 8);
    insta::assert_snapshot!("empty", text);
    assert!(cursor.is_some(), "what was typed before it was seen is not taken");
    type_in(&mut stage, &mut question, " the  desk ");
    let (text, cursor) = painted(&mut stage, &mut question, 80, 8);
    let line = text.lines().nth(usize::from(cursor.unwrap().y)).unwrap();
    assert_eq!(line.trim_end(), " Name:  the  desk");
    insta::assert_snapshot!("narrow", painted(&mut stage, &mut question, 40, 4).0);
    assert_eq!(named(&press(&mut stage, &mut question, "Enter")), "the  desk");
}

#[test]
fn the_name_that_it_has_is_there_to_be_changed_or_taken_away() {
    let mut stage = Stage::new();
    let account = stage.account;
    stage.write(|tx| {
        let label = omemo::OwnLabel {
            text: Clean::line("desk"),
            signature: [0; 64],
        };
        omemo::set_own_label(tx, account, Some(&label)).unwrap();
    });
    let mut question = asked(&mut stage);
    assert!(painted(&mut stage, &mut question, 80, 8).0.contains("Name: desk"));
    press(&mut stage, &mut question, "Backspace");
    assert_eq!(named(&press(&mut stage, &mut question, "Enter")), "des");
    press(&mut stage, &mut question, "Ctrl-U");
    assert!(
        painted(&mut stage, &mut question, 80, 8)
            .0
            .contains("Enter no name")
    );
    assert_eq!(named(&press(&mut stage, &mut question, "Enter")), "");
}

#[test]
fn a_name_has_at_most_fifty_two_characters_on_one_line() {
    let mut stage = Stage::new();
    let mut question = asked(&mut stage);
    painted(&mut stage, &mut question, 80, 8);
    assert!(question.on_paste("one\ntwo"));
    type_in(&mut stage, &mut question, &"x".repeat(60));
    let asks = press(&mut stage, &mut question, "Enter");
    assert_eq!(named(&asks), format!("one{}", "x".repeat(49)));
    for columns in [0, 1, 10, 20, 40] {
        for lines in [0, 1, 2, 8] {
            let (_, cursor) = painted(&mut stage, &mut question, columns, lines);
            assert!(cursor.is_none_or(|cursor| cursor.x < columns && cursor.y < lines));
        }
    }
    let mut stage = Stage::new().capabilities(false, false);
    assert!(painted(&mut stage, &mut question, 80, 8).0.is_ascii());
}

#[test]
fn a_device_without_keys_has_nothing_that_could_sign_a_name() {
    let mut stage = Stage::new();
    stage.write(|tx| {
        use store::Reads;
        tx.conn().execute_batch("DELETE FROM omemo_own_device").unwrap();
    });
    assert!(stage.look(|world| question(world).unwrap()).is_none());
}
