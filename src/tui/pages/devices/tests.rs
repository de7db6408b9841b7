use super::*;
use crate::recipients::fixture::*;
use ::omemo::Dialect;
use model::Trust;

const ANA: &str = "ana@mired.test";

fn stage(phone: Trust) -> Stage {
    let mut stage = Stage::new();
    stage.devices(
        ANA,
        &[
            (1001, 0, None),
            (1002, 0xd4, Some(Trust::Blind)),
            (4711, 0xe5, Some(phone)),
        ],
    );
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

fn press(stage: &mut Stage, page: &mut Box<dyn Page>, name: &str) -> Vec<Ask> {
    stage.look(|world| page.on_key(key(name), world).unwrap())
}

#[test]
fn this_device_is_first_and_a_new_one_is_named() {
    let mut stage = stage(Trust::Undecided);
    let mut page = open(&mut stage);
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
    for trust in [Trust::Undecided, Trust::Blind, Trust::Verified, Trust::Distrusted] {
        let mut stage = stage(trust).capabilities(false, false);
        let mut page = open(&mut stage);
        for (columns, lines) in [(80, 60), (40, 12)] {
            let text = painted(&mut stage, &mut page, columns, lines);
            assert!(text.is_ascii(), "{text}");
        }
    }
}

#[test]
fn a_key_that_was_not_painted_is_not_decided_about() {
    let mut stage = stage(Trust::Undecided);
    let mut page = open(&mut stage);
    painted(&mut stage, &mut page, 0, 0);
    for name in ["v", "v", "t", "x"] {
        assert_eq!(press(&mut stage, &mut page, name), [], "{name}");
    }
}

#[test]
fn the_new_one_is_chosen_and_can_be_left_out() {
    let mut stage = stage(Trust::Undecided);
    let mut page = open(&mut stage);
    painted(&mut stage, &mut page, 80, 24);
    let asks = press(&mut stage, &mut page, "x");
    let expected = Command::SetTrust {
        jid: jid(ANA),
        fingerprint: fingerprint(0xe5),
        trust: Trust::Distrusted,
    };
    assert!(
        matches!(&asks[..], [Ask::Command { command, .. }] if *command == expected),
        "{asks:?}"
    );
    let asks = press(&mut stage, &mut page, "r");
    let expected = Command::RefreshDevices(jid(ANA));
    assert!(
        matches!(&asks[..], [Ask::Command { command, .. }] if *command == expected),
        "{asks:?}"
    );
}

#[test]
fn without_others_and_without_news_it_says_so() {
    let mut alone = Stage::new();
    let mut page = open(&mut alone);
    let text = painted(&mut alone, &mut page, 80, 24);
    assert!(text.contains("This is the only device of your account"), "{text}");
    let mut known = stage(Trust::Verified);
    let mut page = open(&mut known);
    let text = painted(&mut known, &mut page, 80, 24);
    assert!(
        text.contains("These devices read what you write") && !text.contains("is new"),
        "{text}"
    );
}

/// A phone with a name in both dialects that is silent for long, and a tablet that fell back.
fn known() -> Stage {
    let mut stage = Stage::new();
    stage.devices(
        ANA,
        &[(1001, 0, None), (4711, 0xe5, Some(Trust::Verified)), (5, 0, None)],
    );
    stage.publishes(ANA, Dialect::Omemo2, &[(1001, 0), (4711, 0xe5)]);
    stage.publishes(ANA, Dialect::Omemo2, &[(1001, 0)]);
    stage.labelled(ANA, 1002, 9, "Ana's phone");
    stage.wrote(ANA, 1002, "2026-11-18T20:00:00Z");
    stage.now = at("2027-01-01T12:00:00Z");
    stage
}

#[test]
fn what_a_device_speaks_and_calls_itself_is_shown_and_whether_it_fell_back_or_fell_silent() {
    let mut stage = known();
    let mut page = open(&mut stage);
    insta::assert_snapshot!("facts", painted(&mut stage, &mut page, 80, 40));
    insta::assert_snapshot!("facts-narrow", painted(&mut stage, &mut page, 40, 50));
    let mut stage = stage.capabilities(false, false);
    assert!(painted(&mut stage, &mut page, 80, 40).is_ascii());
}

#[test]
fn a_device_is_removed_by_the_same_key_twice_and_nothing_between() {
    let mut stage = known();
    let mut page = open(&mut stage);
    let remove = |stage: &mut Stage, page: &mut Box<dyn Page>| -> Option<u32> {
        match &press(stage, page, "d")[..] {
            [
                Ask::Command {
                    command: Command::RemoveDevice(id),
                    ..
                },
            ] => Some(*id),
            [Ask::Say(_)] | [] => None,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(remove(&mut stage, &mut page), None);
    assert_eq!(remove(&mut stage, &mut page), None, "it was not painted yet");
    painted(&mut stage, &mut page, 80, 24);
    let chosen = |stage: &mut Stage, page: &mut Box<dyn Page>| {
        let text = painted(stage, page, 80, 40);
        let line = text.lines().find(|line| line.contains('▸')).unwrap();
        let (_, id) = line.split_once("device ").unwrap();
        id.split(' ').next().unwrap().parse::<u32>().unwrap()
    };
    for _ in 0..3 {
        let id = chosen(&mut stage, &mut page);
        assert_eq!(remove(&mut stage, &mut page), None);
        let hints = stage.look(|world| page.keys(world));
        assert_eq!(hints[0], ("d".to_owned(), format!("again: remove {id}")));
        // Another one, or something else: it is asked anew.
        press(&mut stage, &mut page, "Up");
        press(&mut stage, &mut page, "Down");
        painted(&mut stage, &mut page, 80, 24);
        assert_eq!(remove(&mut stage, &mut page), None);
        let id = chosen(&mut stage, &mut page);
        assert_eq!(remove(&mut stage, &mut page), Some(id));
        press(&mut stage, &mut page, "Down");
        painted(&mut stage, &mut page, 80, 24);
    }
    assert_eq!(
        chosen(&mut stage, &mut page),
        5,
        "one that showed no key can be removed too"
    );
    // What is not on the list any more cannot be taken off it.
    stage.devices(ANA, &[]);
    stage.publishes(ANA, Dialect::Omemo2, &[]);
    stage.look(|world| page.refresh(world).unwrap());
    painted(&mut stage, &mut page, 80, 24);
    for _ in 0..2 {
        assert_eq!(remove(&mut stage, &mut page), None);
    }
}

#[test]
fn this_device_is_named_by_a_question_and_a_session_is_begun_anew() {
    let mut stage = known();
    let mut page = open(&mut stage);
    painted(&mut stage, &mut page, 80, 24);
    let asks = press(&mut stage, &mut page, "n");
    assert_eq!(asks, [Ask::Close, Ask::Question(QuestionName::NameDevice)]);
    let asks = press(&mut stage, &mut page, "s");
    assert!(
        matches!(&asks[..], [Ask::Command { command: Command::ResetSessions { jid: of, device: Some(1002) }, .. }] if *of == jid(ANA)),
        "{asks:?}"
    );
}

#[test]
fn a_device_that_showed_no_key_is_asked_for_it_when_the_page_opens() {
    let mut stage = stage(Trust::Verified);
    let asks = |stage: &mut Stage| stage.look(|world| page(world).unwrap().opened(world));
    assert_eq!(asks(&mut stage), []);
    stage.devices(ANA, &[(1001, 0, None), (4712, 0, None)]);
    assert_eq!(asks(&mut stage), [Command::RefreshDevices(jid(ANA))]);
    let mut mute = open(&mut stage);
    let text = painted(&mut stage, &mut mute, 80, 24);
    assert!(text.contains("asked for"), "{text}");
    // When its key is here, so is the letter.
    stage.devices(ANA, &[(1001, 0, None), (4712, 0xe7, Some(Trust::Undecided))]);
    stage.look(|world| mute.refresh(world).unwrap());
    painted(&mut stage, &mut mute, 80, 24);
    let letters = stage.look(|world| mute.keys(world));
    assert!(letters.iter().any(|(key, _)| key == "v"), "{letters:?}");
}
