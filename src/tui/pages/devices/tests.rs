use super::*;
use crate::model::Trust;
use crate::tui::recipients::fixture::*;

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
    let mut colour = stage.means(true, true);
    let buf = colour.painted(80, 24, |world, area, buf| {
        page.draw(world, area, buf);
    });
    insta::assert_snapshot!("colour", styles_of(&buf));
}

#[test]
fn our_words_are_ascii_where_only_that_can_be_shown() {
    for trust in [Trust::Undecided, Trust::Blind, Trust::Verified, Trust::Distrusted] {
        let mut stage = stage(trust).means(false, false);
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
