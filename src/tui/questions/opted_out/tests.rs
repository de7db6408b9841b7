use super::*;
use crate::recipients::fixture::*;

const BOB: &str = "bob@mired.test";

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.contact(BOB, Some("Bob"));
    stage.opted_out(BOB, "my new phone\ncannot \u{202e}read it");
    stage
}

fn asked(stage: &mut Stage) -> Box<dyn Question> {
    stage.look(|world| question(world, &peer(BOB)).unwrap()).unwrap()
}

fn painted(stage: &mut Stage, question: &mut Box<dyn Question>, columns: u16, most: u16) -> String {
    let height = stage.look(|world| question.height(world, columns)).min(most);
    stage.picture(columns, height, |world, area, buf| {
        question.draw(world, area, buf);
    })
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

#[test]
fn staying_encrypted_takes_one_letter_twice_once_it_was_seen() {
    let mut stage = stage();
    let mut question = asked(&mut stage);
    for _ in 0..2 {
        assert_eq!(
            press(&mut stage, &mut question, "s"),
            [],
            "it was not painted yet"
        );
    }
    insta::assert_snapshot!("usual", painted(&mut stage, &mut question, 80, 8));
    insta::assert_snapshot!("narrow", painted(&mut stage, &mut question, 40, 4));
    assert_eq!(press(&mut stage, &mut question, "s"), []);
    insta::assert_snapshot!("sure", painted(&mut stage, &mut question, 80, 8));
    let asks = press(&mut stage, &mut question, "s");
    let expected = Command::SetEncryption {
        chat: model::Peer::new(model::AccountId(1), jid(BOB)),
        on: true,
    };
    assert!(
        matches!(&asks[..], [Ask::Command { command, .. }] if *command == expected),
        "{asks:?}"
    );
}

#[test]
fn going_on_in_clear_leads_to_the_question_that_wants_a_word() {
    let mut stage = stage();
    let mut question = asked(&mut stage);
    painted(&mut stage, &mut question, 80, 8);
    press(&mut stage, &mut question, "p");
    assert_eq!(
        press(&mut stage, &mut question, "p"),
        [Ask::Close, Ask::Question(QuestionName::GoClear(peer(BOB)))]
    );
}

#[test]
fn whoever_just_types_decides_nothing() {
    let mut stage = stage();
    let mut question = asked(&mut stage);
    painted(&mut stage, &mut question, 80, 8);
    // "so" and "please" begin with the letters that count.
    for (first, second, text) in [("s", "o", "so"), ("p", "l", "pl")] {
        press(&mut stage, &mut question, first);
        assert_eq!(
            press(&mut stage, &mut question, second),
            [Ask::Compose(text.to_owned())]
        );
    }
    press(&mut stage, &mut question, "p");
    assert_eq!(
        press(&mut stage, &mut question, "Enter"),
        [Ask::Compose("p".to_owned())]
    );
    assert_eq!(press(&mut stage, &mut question, "x"), []);
    // With text in the composer every letter is for that text.
    press(&mut stage, &mut question, "s");
    stage.composing = true;
    let text = painted(&mut stage, &mut question, 80, 8);
    assert!(
        text.contains("To answer, first cut your text (Ctrl-X)."),
        "{text}"
    );
    assert_eq!(press(&mut stage, &mut question, "s"), []);
    assert!(!question.on_paste("s"));
    assert_eq!(question.left(), [Ask::LaterAbout(peer(BOB))]);
}

#[test]
fn it_goes_when_it_was_answered_elsewhere_and_is_not_asked_in_clear() {
    let mut stage = stage();
    let mut question = asked(&mut stage);
    assert!(stage.look(|world| question.refresh(world).unwrap()));
    let chat = stage.open(BOB);
    stage.write(|tx| chats::set_opted_out(tx, chat, None).unwrap());
    assert!(!stage.look(|world| question.refresh(world).unwrap()));
    stage.opted_out(BOB, "");
    stage.clear(BOB);
    assert!(
        stage
            .look(|world| super::question(world, &peer(BOB)).unwrap())
            .is_none()
    );
}

#[test]
fn it_fits_wherever_it_has_to_and_is_ascii_where_it_must_be() {
    let mut stage = stage().capabilities(false, false);
    stage.back_is("F9");
    stage.opted_out(BOB, &"long ".repeat(10_000));
    let mut question = asked(&mut stage);
    for columns in [0, 1, 10, 20, 40, 160] {
        for lines in [0, 1, 2, 4, 20] {
            let text = painted(&mut stage, &mut question, columns, lines);
            assert!(text.is_ascii(), "{text}");
        }
    }
    let text = painted(&mut stage, &mut question, 80, 20);
    assert!(
        text.contains("F9 decide later") && text.lines().count() < 10,
        "{text}"
    );
}
