use super::*;
use crate::ask::Ask;
use crate::recipients::fixture::*;
use ::omemo::Dialect;
use model::{Ed25519Fingerprint, Trust};
use store::omemo;

const BOB: &str = "bob@mired.test";

/// Bob with a verified, a new, a keyless and an old device, and a key that one of his
/// devices showed later; our phone.
fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.contact(BOB, Some("Bob"));
    stage.devices(BOB, &[(31, 0x31, Some(Trust::Distrusted))]);
    stage.devices(
        BOB,
        &[
            (27183, 0x1a, Some(Trust::Verified)),
            (4711, 0xb2, Some(Trust::Undecided)),
            (555, 0, None),
        ],
    );
    stage.trust(BOB, 0xc7, Trust::Undecided);
    stage.devices(
        "ana@mired.test",
        &[(1001, 0, None), (1002, 0xd4, Some(Trust::Blind))],
    );
    stage
}

fn open(stage: &mut Stage) -> Box<dyn Page> {
    stage.look(|world| page(world, &peer(BOB)).unwrap())
}

fn painted(stage: &mut Stage, page: &mut Box<dyn Page>, columns: u16, lines: u16) -> String {
    stage.picture(columns, lines, |world, area, buf| {
        page.draw(world, area, buf);
    })
}

fn press(stage: &mut Stage, page: &mut Box<dyn Page>, name: &str) -> Vec<Ask> {
    stage.look(|world| page.on_key(key(name), world).unwrap())
}

fn set(byte: u8, trust: Trust) -> Command {
    Command::SetTrust {
        jid: jid(BOB),
        fingerprint: fingerprint(byte),
        trust,
    }
}

fn command(asks: &[Ask]) -> Command {
    match asks {
        [
            Ask::Command {
                command,
                done: Some(_),
            },
        ] => command.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn both_sides_are_shown_in_groups_of_eight() {
    let mut stage = stage();
    let mut page = open(&mut stage);
    assert_eq!(page.title(), "Fingerprints of Bob and you");
    insta::assert_snapshot!("wide", painted(&mut stage, &mut page, 80, 40));
    insta::assert_snapshot!("usual", painted(&mut stage, &mut page, 80, 24));
    insta::assert_snapshot!("narrow", painted(&mut stage, &mut page, 40, 12));
    let mut ascii = stage.capabilities(false, false);
    let plain = painted(&mut ascii, &mut page, 59, 24);
    assert!(plain.is_ascii());
    insta::assert_snapshot!("ascii", plain);
}

#[test]
fn in_colour_state_has_a_word_too() {
    let mut stage = stage().capabilities(true, true);
    let mut page = open(&mut stage);
    let buf = stage.painted(80, 24, |world, area, buf| {
        page.draw(world, area, buf);
    });
    insta::assert_snapshot!("colour", styles_of(&buf));
}

#[test]
fn the_key_that_waits_is_chosen_and_one_key_verifies_it() {
    let mut stage = stage();
    let mut page = open(&mut stage);
    painted(&mut stage, &mut page, 0, 0);
    for name in ["v", "v", "t", "x"] {
        assert_eq!(press(&mut stage, &mut page, name), [], "it was not painted yet");
    }
    painted(&mut stage, &mut page, 80, 24);
    assert_eq!(
        command(&press(&mut stage, &mut page, "v")),
        set(0xb2, Trust::Verified)
    );
    stage.trust(BOB, 0xb2, Trust::Verified);
    stage.look(|world| page.refresh(world).unwrap());
    insta::assert_snapshot!("verified", painted(&mut stage, &mut page, 40, 12));
    assert_eq!(
        command(&press(&mut stage, &mut page, "u")),
        set(0xb2, Trust::Undecided)
    );
    assert_eq!(press(&mut stage, &mut page, "u"), [], "there is one step back");
}

#[test]
fn each_key_can_be_chosen_trusted_and_distrusted_but_not_this_device() {
    let mut stage = stage();
    let mut page = open(&mut stage);
    painted(&mut stage, &mut page, 80, 24);
    let mut seen = Vec::new();
    for _ in 0..20 {
        press(&mut stage, &mut page, "Up");
    }
    for _ in 0..20 {
        for name in ["t", "x"] {
            if let [Ask::Command { command, .. }] = press(&mut stage, &mut page, name).as_slice() {
                seen.push(format!("{command:?}"));
            }
        }
        press(&mut stage, &mut page, "Down");
    }
    seen.dedup();
    seen.truncate(9);
    let keys: Vec<String> = [
        (0x1a, Trust::Blind),
        (0x1a, Trust::Distrusted),
        (0xb2, Trust::Blind),
        (0xb2, Trust::Distrusted),
        (0x31, Trust::Blind),
        (0xc7, Trust::Blind),
        (0xc7, Trust::Distrusted),
    ]
    .into_iter()
    .map(|(byte, trust)| format!("{:?}", set(byte, trust)))
    .collect();
    for key in &keys {
        assert!(seen.contains(key), "{key}\n{seen:#?}");
    }
    assert!(!seen.iter().any(|command| command.contains("1001")));
}

#[test]
fn the_choice_stays_when_devices_come_and_go() {
    let mut stage = stage();
    let mut page = open(&mut stage);
    painted(&mut stage, &mut page, 80, 24);
    stage.devices(
        BOB,
        &[
            (1, 0x11, None),
            (2, 0x12, None),
            (4711, 0xb2, Some(Trust::Undecided)),
        ],
    );
    stage.look(|world| page.refresh(world).unwrap());
    assert_eq!(
        command(&press(&mut stage, &mut page, "x")),
        set(0xb2, Trust::Distrusted)
    );
}

#[test]
fn without_keys_it_says_how_to_get_them() {
    let mut stage = Stage::new();
    let mut page = open(&mut stage);
    insta::assert_snapshot!("empty", painted(&mut stage, &mut page, 60, 12));
    let asked = press(&mut stage, &mut page, "r");
    assert_eq!(command(&asked), Command::RefreshDevices(jid(BOB)));
    assert_eq!(press(&mut stage, &mut page, "v"), []);
}

#[test]
fn it_can_be_painted_at_any_size_and_scrolled_beyond_its_ends() {
    let mut stage = stage();
    let mut page = open(&mut stage);
    for columns in [1, 2, 3, 5, 8, 9, 10, 11, 20, 39, 200] {
        for lines in [1, 2, 3, 7, 50] {
            painted(&mut stage, &mut page, columns, lines);
            page.on_wheel(i32::MAX);
            painted(&mut stage, &mut page, columns, lines);
            page.on_wheel(i32::MIN);
            for name in ["End", "PgDn", "PgUp", "Home", "Down", "Up"] {
                press(&mut stage, &mut page, name);
            }
        }
    }
    press(&mut stage, &mut page, "End");
    let end = painted(&mut stage, &mut page, 80, 10);
    assert!(end.contains("device 1002"), "{end}");
}

/// Threats 77 and 78: the name is isolated, and the exact address stands beside it.
#[test]
fn a_name_does_not_hide_the_address() {
    let mut stage = Stage::new();
    stage.contact("eve@evil.test", Some("bob@mired.test\u{202e}"));
    let mut page = stage.look(|world| page(world, &peer("eve@evil.test")).unwrap());
    let text = painted(&mut stage, &mut page, 80, 10);
    assert!(
        text.contains("eve@evil.test \"bob@mired.test\\u{202e}\""),
        "{text}"
    );
}

#[test]
fn what_their_devices_speak_is_shown_and_a_session_is_begun_anew_with_the_chosen_one() {
    let mut stage = Stage::new();
    stage.contact(BOB, Some("Bob"));
    stage.devices(
        BOB,
        &[(31, 0x31, Some(Trust::Distrusted)), (7, 7, Some(Trust::Blind))],
    );
    stage.publishes(BOB, Dialect::Omemo2, &[(7, 7)]);
    stage.labelled(BOB, 8, 9, "x\" verified \u{202e}");
    let mut page = open(&mut stage);
    insta::assert_snapshot!("facts", painted(&mut stage, &mut page, 80, 40));
    let anew = |stage: &mut Stage, page: &mut Box<dyn Page>| match &press(stage, page, "s")[..] {
        [
            Ask::Command {
                command: Command::ResetSessions { jid: of, device },
                done: Some(_),
            },
        ] if *of == jid(BOB) => *device,
        [] => None,
        other => panic!("{other:?}"),
    };
    let hinted = |stage: &mut Stage, page: &mut Box<dyn Page>| {
        stage.look(|world| page.keys(world).iter().any(|(key, _)| key == "s"))
    };
    let mut done = Vec::new();
    for _ in 0..3 {
        painted(&mut stage, &mut page, 80, 24);
        let device = anew(&mut stage, &mut page);
        assert_eq!(device.is_some(), hinted(&mut stage, &mut page));
        done.push(device);
        press(&mut stage, &mut page, "Up");
    }
    done.sort();
    done.dedup();
    assert!(done.contains(&Some(7)) || done.contains(&Some(8)), "{done:?}");
    // Nothing is sent to a device that is distrusted.
    for _ in 0..4 {
        press(&mut stage, &mut page, "Down");
        painted(&mut stage, &mut page, 80, 24);
        assert_ne!(anew(&mut stage, &mut page), Some(31));
    }
}

/// Kaidan shows one form only, and believes whatever is typed into it.
#[test]
fn a_key_of_omemo_2_stands_in_both_forms_and_it_is_said_which_one_to_compare() {
    let mut stage = Stage::new();
    stage.contact(BOB, Some("Bob"));
    let account = stage.account;
    // This device publishes in both dialects.
    stage.write(|tx| {
        let own = omemo::own_device(tx, account).unwrap().unwrap().id;
        for dialect in Dialect::ALL {
            omemo::set_device_list(
                tx,
                account,
                &jid("ana@mired.test"),
                dialect,
                &[own],
                at("2026-11-18T10:03:00Z"),
            )
            .unwrap();
        }
    });
    let mut look = |dialect: Dialect, name: &str| {
        stage.devices(BOB, &[]);
        stage.publishes(BOB, Dialect::Omemo2, &[]);
        stage.publishes(BOB, dialect, &[(7, 7)]);
        stage.write(|tx| {
            let key = fingerprint(7).identity_key();
            omemo::set_trust(
                tx,
                account,
                &jid(BOB),
                &key,
                Trust::Blind,
                at("2026-11-18T10:03:00Z"),
            )
            .unwrap();
            let form = Ed25519Fingerprint([0xe7; 32]);
            omemo::set_ed25519(tx, account, &jid(BOB), &key, &form).unwrap();
        });
        let mut page = open(&mut stage);
        insta::assert_snapshot!(name, painted(&mut stage, &mut page, 80, 30));
    };
    look(Dialect::Omemo2, "newer-form");
    look(Dialect::Legacy, "older-form");
}

#[test]
fn a_narrow_page_names_every_decision() {
    let mut stage = stage();
    let mut page = open(&mut stage);
    painted(&mut stage, &mut page, 40, 12);
    let hints = stage.look(|world| page.keys(world));
    let keys: Vec<&str> = hints.iter().map(|(key, _)| key.as_str()).take(3).collect();
    assert_eq!(keys, ["v", "x", "t"]);
    // With the way back, as the footer has them: "v same · x bad · t trust · Esc back".
    let words = hints
        .iter()
        .take(3)
        .map(|(key, words)| format!("{key} {words} · "));
    let line = words.collect::<String>() + "Esc back";
    assert!(line.chars().count() < 39, "{line}");
}
