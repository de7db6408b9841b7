use super::*;
use crate::recipients::fixture::*;

const BOB: &str = "bob@mired.test";
const VERIFIED: Option<Trust> = Some(Trust::Verified);
const UNDECIDED: Option<Trust> = Some(Trust::Undecided);

fn stage(new: &[(u32, u8)]) -> Stage {
    let mut stage = Stage::new();
    stage.chat = Some(peer(BOB));
    stage.contact(BOB, Some("Bob"));
    let mut devices = vec![(1, 0x11, VERIFIED)];
    devices.extend(new.iter().map(|(id, byte)| (*id, *byte, UNDECIDED)));
    stage.devices(BOB, &devices);
    stage
}

fn asked(stage: &mut Stage) -> Option<Box<dyn Question>> {
    stage.look(|world| question(world, &peer(BOB)).unwrap())
}

/// As the screen does: the height it needs, then painted.
fn painted(stage: &mut Stage, question: &mut Box<dyn Question>, columns: u16, most: u16) -> String {
    let height = stage.look(|world| question.height(world, columns)).min(most);
    stage.picture(columns, height, |world, area, buf| {
        question.draw(world, area, buf);
    })
}

fn press(stage: &mut Stage, question: &mut Box<dyn Question>, name: &str) -> Vec<Ask> {
    stage.look(|world| question.on_key(key(name), world).unwrap())
}

fn wants(stage: &mut Stage, question: &mut Box<dyn Question>, name: &str) -> bool {
    stage.look(|world| question.wants(key(name), world))
}

fn decided(asks: &[Ask]) -> (u8, Trust) {
    match asks {
        [
            Ask::Command {
                command:
                    Command::SetTrust {
                        jid: who,
                        fingerprint,
                        trust,
                    },
                done: Some(_),
            },
        ] if *who == jid(BOB) => (fingerprint.0[0], *trust),
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_shows_the_name_the_address_the_key_and_the_answers() {
    let mut stage = stage(&[(4711, 0xb2), (4712, 0xc3)]);
    let mut question = asked(&mut stage).unwrap();
    insta::assert_snapshot!("usual", painted(&mut stage, &mut question, 59, 8));
    insta::assert_snapshot!("wide", painted(&mut stage, &mut question, 80, 8));
    insta::assert_snapshot!("narrow", painted(&mut stage, &mut question, 40, 4));
    stage.composing = true;
    insta::assert_snapshot!("composing", painted(&mut stage, &mut question, 59, 8));
    insta::assert_snapshot!("composing_narrow", painted(&mut stage, &mut question, 40, 4));
    stage.composing = false;
    let mut colour = stage.capabilities(true, true);
    let buf = colour.painted(80, 5, |world, area, buf| {
        question.draw(world, area, buf);
    });
    insta::assert_snapshot!("colour", styles_of(&buf));
}

#[test]
fn every_answer_does_what_it_says() {
    let mut stage = stage(&[(4711, 0xb2)]);
    let mut question = asked(&mut stage).unwrap();
    painted(&mut stage, &mut question, 80, 8);
    assert_eq!(press(&mut stage, &mut question, "x"), []);
    insta::assert_snapshot!("sure_to_leave_out", painted(&mut stage, &mut question, 59, 8));
    assert_eq!(
        decided(&press(&mut stage, &mut question, "x")),
        (0xb2, Trust::Distrusted)
    );
    assert_eq!(press(&mut stage, &mut question, "v"), []);
    insta::assert_snapshot!("sure_to_compare", painted(&mut stage, &mut question, 59, 8));
    assert_eq!(
        press(&mut stage, &mut question, "v"),
        [Ask::Close, Ask::Show(PageName::Fingerprints(peer(BOB)))]
    );
    assert_eq!(press(&mut stage, &mut question, "t"), []);
    insta::assert_snapshot!("sure", painted(&mut stage, &mut question, 59, 8));
    assert_eq!(
        decided(&press(&mut stage, &mut question, "t")),
        (0xb2, Trust::Blind)
    );
    assert_eq!(question.left(), [Ask::Later(fingerprint(0xb2))]);
}

#[test]
fn who_begins_to_write_trusts_nobody_and_loses_no_letter() {
    let mut stage = stage(&[(4711, 0xb2)]);
    let mut question = asked(&mut stage).unwrap();
    assert!(!wants(&mut stage, &mut question, "t"), "it was not painted yet");
    assert_eq!(press(&mut stage, &mut question, "x"), []);
    painted(&mut stage, &mut question, 80, 8);
    for name in ["a", "T", "h", "Enter", "Up", "Alt-V", "Tab", "Backspace"] {
        assert!(!wants(&mut stage, &mut question, name), "{name}");
    }
    // The first two letters of "vivid", "they" and "xylophone", and a letter that was sent by itself.
    for (first, second, both) in [
        ("v", "i", "vi"),
        ("t", "h", "th"),
        ("x", "y", "xy"),
        ("t", "v", "tv"),
        ("v", "Enter", "v"),
    ] {
        assert_eq!(press(&mut stage, &mut question, first), []);
        assert!(wants(&mut stage, &mut question, second));
        assert_eq!(
            press(&mut stage, &mut question, second),
            [Ask::Compose(both.to_owned())]
        );
    }
    // A letter that was taken back is none.
    for name in ["t", "Backspace", "t", "Backspace"] {
        assert_eq!(press(&mut stage, &mut question, name), []);
    }
    assert!(!wants(&mut stage, &mut question, "h"));
    assert!(!question.on_paste("tt"), "it is for the composer");
    stage.composing = true;
    for name in ["t", "x", "v"] {
        assert!(!wants(&mut stage, &mut question, name));
        assert_eq!(press(&mut stage, &mut question, name), []);
    }
}

#[test]
fn several_new_keys_are_asked_about_one_after_the_other_each_once_it_was_seen() {
    let mut stage = stage(&[(4711, 0xb2), (4712, 0xc3), (4713, 0xd4)]);
    let mut question = asked(&mut stage).unwrap();
    let first = painted(&mut stage, &mut question, 80, 8);
    assert!(
        first.contains("device 4711") && first.contains("1 of 3"),
        "{first}"
    );
    press(&mut stage, &mut question, "x");
    assert_eq!(
        decided(&press(&mut stage, &mut question, "x")),
        (0xb2, Trust::Distrusted)
    );
    stage.trust(BOB, 0xb2, Trust::Distrusted);
    assert!(stage.look(|world| question.refresh(world).unwrap()));
    for _ in 0..2 {
        assert_eq!(
            press(&mut stage, &mut question, "x"),
            [],
            "the next one was not painted yet"
        );
    }
    let second = painted(&mut stage, &mut question, 80, 8);
    assert!(
        second.contains("device 4712") && second.contains("2 of 3"),
        "{second}"
    );
    // A further one does not take its place.
    stage.trust(BOB, 0xb2, Trust::Undecided);
    assert!(stage.look(|world| question.refresh(world).unwrap()));
    press(&mut stage, &mut question, "x");
    assert_eq!(
        decided(&press(&mut stage, &mut question, "x")),
        (0xc3, Trust::Distrusted)
    );
    let later: Vec<Ask> = [0xc3, 0xd4, 0xb2]
        .map(|byte| Ask::Later(fingerprint(byte)))
        .to_vec();
    assert_eq!(question.left(), later);
}

#[test]
fn it_names_the_key_that_goes_back_in_plain_ascii() {
    let mut stage = stage(&[(4711, 0xb2)]).capabilities(false, false);
    stage.back_is("F9");
    stage.contact(BOB, Some(&"bob@mired.test ".repeat(9)));
    let mut question = asked(&mut stage).unwrap();
    for columns in [40, 80] {
        let text = painted(&mut stage, &mut question, columns, 12);
        assert!(
            text.contains("F9 ") && !text.contains("Esc") && text.is_ascii(),
            "{text}"
        );
    }
    press(&mut stage, &mut question, "v");
    let text = painted(&mut stage, &mut question, 80, 12);
    assert!(text.contains("F9 do not") && text.is_ascii(), "{text}");
    stage.composing = true;
    let text = painted(&mut stage, &mut question, 80, 12);
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn it_goes_when_there_is_nothing_to_decide_any_more() {
    let mut decided_elsewhere = stage(&[(4711, 0xb2)]);
    let mut question = asked(&mut decided_elsewhere).unwrap();
    decided_elsewhere.trust(BOB, 0xb2, Trust::Verified);
    assert!(!decided_elsewhere.look(|world| question.refresh(world).unwrap()));
    assert!(asked(&mut decided_elsewhere).is_none());
    let mut in_clear = stage(&[(4711, 0xb2)]);
    in_clear.clear(BOB);
    assert!(asked(&mut in_clear).is_none());
}

#[test]
fn the_answers_are_seen_in_the_smallest_box() {
    let mut stage = stage(&[(4711, 0xb2)]);
    let mut question = asked(&mut stage).unwrap();
    for lines in 1..6 {
        let text = painted(&mut stage, &mut question, 40, lines);
        assert!(text.contains("x leave out"), "{lines}: {text}");
    }
    for columns in [0, 1, 2, 3, 10, 20] {
        for lines in [0, 1, 2, 4] {
            painted(&mut stage, &mut question, columns, lines);
        }
    }
}

/// Threats 77 and 78.
#[test]
fn a_name_cannot_hide_the_address() {
    let mut stage = stage(&[(4711, 0xb2)]);
    stage.contact(BOB, Some("carol@mired.test\u{202e}"));
    let mut question = asked(&mut stage).unwrap();
    let text = painted(&mut stage, &mut question, 80, 8);
    assert!(
        text.starts_with(" bob@mired.test \"carol@mired.test\\u{202e}\" has a new device"),
        "{text}"
    );
}

#[test]
fn a_new_device_of_our_own_leads_to_our_devices() {
    let mut stage = Stage::new();
    stage.devices("ana@mired.test", &[(1001, 0, None), (4711, 0xb2, UNDECIDED)]);
    let mut question = stage
        .look(|world| question(world, &peer("ana@mired.test")).unwrap())
        .unwrap();
    let text = painted(&mut stage, &mut question, 80, 8);
    assert!(text.contains("Your account has a new device 4711."), "{text}");
    press(&mut stage, &mut question, "v");
    assert_eq!(
        press(&mut stage, &mut question, "v"),
        [Ask::Close, Ask::Show(PageName::Devices)]
    );
}
