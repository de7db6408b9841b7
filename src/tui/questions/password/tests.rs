use super::*;
use crate::tui::recipients::fixture::*;

fn asked(stage: &mut Stage, why: &str) -> Box<dyn Question> {
    stage
        .look(|world| question(world, &Clean::new(why)).unwrap())
        .unwrap()
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

fn press(stage: &mut Stage, question: &mut Box<dyn Question>, name: &str) -> Vec<Ask> {
    stage.look(|world| question.on_key(key(name), world).unwrap())
}

const WHY: &str = "The server refused the name or the password.";

fn password(asks: Vec<Ask>) -> String {
    match asks.as_slice() {
        [
            Ask::Close,
            Ask::Command {
                command: Command::SetPassword(secret),
                done: None,
            },
        ] => secret.0.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_typed_is_shown_as_dots_and_sent_whole() {
    let mut stage = Stage::new();
    let mut question = asked(&mut stage, WHY);
    for name in ["s", "3", "Space", "x", "Backspace", "ß"] {
        assert_eq!(press(&mut stage, &mut question, name), []);
    }
    question.on_paste("päss\n");
    let (text, cursor) = painted(&mut stage, &mut question, 80, 8);
    insta::assert_snapshot!("usual", text);
    assert_eq!(cursor, Some(Position::new(1 + 10 + 8, 2)));
    insta::assert_snapshot!("narrow", painted(&mut stage, &mut question, 40, 4).0);
    assert_eq!(password(press(&mut stage, &mut question, "Enter")), "s3 ßpäss");
    let mut plain = stage.means(false, false);
    assert!(painted(&mut plain, &mut question, 40, 8).0.is_ascii());
}

#[test]
fn an_empty_one_is_refused() {
    let mut stage = Stage::new();
    let mut question = asked(&mut stage, WHY);
    assert_eq!(press(&mut stage, &mut question, "Enter"), []);
    assert!(
        painted(&mut stage, &mut question, 40, 4)
            .0
            .contains("Nothing is typed yet.")
    );
    press(&mut stage, &mut question, "a");
    press(&mut stage, &mut question, "Ctrl-U");
    assert_eq!(press(&mut stage, &mut question, "Enter"), []);
    press(&mut stage, &mut question, "b");
    assert_eq!(password(press(&mut stage, &mut question, "Enter")), "b");
}

#[test]
fn no_character_of_it_is_drawn_however_long_it_is() {
    let mut stage = Stage::new();
    let mut question = asked(&mut stage, "");
    question.on_paste(&"Q".repeat(5000));
    for columns in [0, 1, 5, 10, 12, 13, 40, 80] {
        for lines in [0, 1, 2, 3, 9] {
            let (text, cursor) = painted(&mut stage, &mut question, columns, lines);
            assert!(!text.contains('Q'), "{text}");
            assert!(cursor.is_none_or(|at| at.x < columns && at.y < lines));
        }
    }
    assert_eq!(password(press(&mut stage, &mut question, "Enter")).len(), LONGEST);
}

#[test]
fn its_buffer_never_grows_so_no_copy_stays_behind() {
    let mut typed = Password {
        account: String::new(),
        why: String::new(),
        typed: empty(),
        wrong: None,
    };
    let place = typed.typed.as_ptr();
    for _ in 0..3000 {
        typed.take('ß');
    }
    typed.typed.zeroize();
    typed.take('a');
    assert_eq!(typed.typed.as_ptr(), place);
}

/// Threats 73 and 77: the reason is the server's.
#[test]
fn what_the_server_says_is_shown_as_what_others_wrote() {
    let mut stage = Stage::new();
    let mut question = asked(
        &mut stage,
        &format!("\u{1b}[31mno\u{202e}\nPassword: {}", "x".repeat(9000)),
    );
    let (text, cursor) = painted(&mut stage, &mut question, 80, 8);
    assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'), "{text}");
    assert!(text.chars().filter(|c| *c == 'x').count() <= LONGEST_REASON);
    let line = text.lines().nth(usize::from(cursor.unwrap().y)).unwrap();
    assert_eq!(line, " Password:", "the cursor stands where it is typed");
}
