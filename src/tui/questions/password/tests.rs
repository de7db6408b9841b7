use super::*;
use crate::recipients::fixture::*;

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

/// Its field was painted.
fn ready(stage: &mut Stage, why: &str) -> Box<dyn Question> {
    let mut question = asked(stage, why);
    painted(stage, &mut question, 80, 8);
    question
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
    let mut question = ready(&mut stage, WHY);
    for name in ["s", "3", "Space", "x", "Backspace", "ß"] {
        assert_eq!(press(&mut stage, &mut question, name), []);
    }
    assert!(question.on_paste("päss\n"));
    let (text, cursor) = painted(&mut stage, &mut question, 80, 8);
    insta::assert_snapshot!("usual", text);
    assert_eq!(cursor, Some(Position::new(1 + 10 + 8, 2)));
    insta::assert_snapshot!("narrow", painted(&mut stage, &mut question, 40, 4).0);
    assert_eq!(password(press(&mut stage, &mut question, "Enter")), "s3 ßpäss");
    let mut plain = stage.capabilities(false, false);
    assert!(painted(&mut plain, &mut question, 40, 8).0.is_ascii());
}

/// It comes by itself: the rest of a sentence is no password, and is not hidden either.
#[test]
fn who_is_typing_goes_on_typing() {
    let mut stage = Stage::new();
    let mut question = asked(&mut stage, WHY);
    let wants = |stage: &mut Stage, question: &mut Box<dyn Question>| {
        stage.look(|world| question.wants(key("a"), world))
    };
    assert!(!wants(&mut stage, &mut question), "it was not painted yet");
    assert!(!question.on_paste("a"));
    stage.composing = true;
    let (text, cursor) = painted(&mut stage, &mut question, 80, 8);
    insta::assert_snapshot!("composing", text);
    insta::assert_snapshot!("composing_narrow", painted(&mut stage, &mut question, 40, 4).0);
    assert_eq!(cursor, None);
    for name in ["a", "Enter", "Backspace", "Ctrl-U"] {
        assert!(!wants(&mut stage, &mut question));
        assert_eq!(press(&mut stage, &mut question, name), []);
    }
    assert!(!question.on_paste("a"), "it is for the composer");
    // The text was sent; what was painted is still that it has to be.
    stage.composing = false;
    assert!(!wants(&mut stage, &mut question));
    painted(&mut stage, &mut question, 80, 8);
    assert!(wants(&mut stage, &mut question));
    press(&mut stage, &mut question, "b");
    assert_eq!(password(press(&mut stage, &mut question, "Enter")), "b");
}

#[test]
fn several_lines_are_refused_with_a_sentence() {
    let mut stage = Stage::new();
    let mut question = ready(&mut stage, WHY);
    press(&mut stage, &mut question, "a");
    for lines in ["a\nb", "a\r\nb\n", "\n\n"] {
        assert!(question.on_paste(lines));
        let (text, _) = painted(&mut stage, &mut question, 80, 8);
        assert!(
            text.contains("That is more than one line, so nothing of it was taken."),
            "{text}"
        );
    }
    assert!(question.on_paste("b\r\n"));
    assert_eq!(password(press(&mut stage, &mut question, "Enter")), "ab");
}

#[test]
fn it_names_the_key_that_goes_back_in_plain_ascii() {
    let mut stage = Stage::new().capabilities(false, false);
    stage.back_is("F9");
    let mut question = ready(&mut stage, &"long ".repeat(100));
    press(&mut stage, &mut question, "a");
    let (text, _) = painted(&mut stage, &mut question, 80, 12);
    assert!(text.contains("F9 stay offline") && text.is_ascii(), "{text}");
    stage.composing = true;
    let (text, _) = painted(&mut stage, &mut question, 80, 12);
    assert!(text.contains("F9 stay offline") && text.is_ascii(), "{text}");
}

#[test]
fn an_empty_one_is_refused() {
    let mut stage = Stage::new();
    let mut question = ready(&mut stage, WHY);
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
    let mut question = ready(&mut stage, "");
    assert!(question.on_paste(&"Q".repeat(LONGEST)));
    assert!(question.on_paste("Q"));
    let (text, _) = painted(&mut stage, &mut question, 80, 8);
    assert!(text.contains("it was not taken"), "{text}");
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
        opens: Opens::Account,
        whose: String::new(),
        why: String::new(),
        typed: empty(),
        wrong: None,
        painted: true,
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
