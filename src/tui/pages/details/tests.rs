use super::*;
use crate::recipients::fixture::*;
use ::omemo::DeviceId;
use model::{Author, BareJid, MessageFailure, MessageState, Protection, UnreadableReason};

const BOB: &str = "bob@mired.test";

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.contact(BOB, Some("Bob"));
    stage.devices(BOB, &[(27183, 0x11, Some(Trust::Verified))]);
    stage
}

fn open(stage: &mut Stage, id: MessageId) -> Box<dyn Page> {
    stage.look(|world| page(world, id).unwrap())
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
fn a_message_that_came_is_told_with_its_device_and_key() {
    let mut stage = stage();
    let id = stage.message(BOB, "Yes. Bring the list.\nIt is in the drawer.", |m| {
        m.stanza_id = "1b4e28ba-2fa1-11d2".to_owned();
        m.server_id = Some("srv\u{202e}-77".to_owned());
    });
    let mut page = open(&mut stage, id);
    insta::assert_snapshot!("usual", painted(&mut stage, &mut page, 80, 24));
    insta::assert_snapshot!("narrow", painted(&mut stage, &mut page, 40, 12));
    press(&mut stage, &mut page, "PgDn");
    insta::assert_snapshot!("narrow_below", painted(&mut stage, &mut page, 40, 12));
    assert_eq!(
        press(&mut stage, &mut page, "c"),
        [Ask::Copy("Yes. Bring the list.\nIt is in the drawer.".to_owned())]
    );
    let mut colour = stage.capabilities(true, true);
    let buf = colour.painted(80, 24, |world, area, buf| {
        page.draw(world, area, buf);
    });
    insta::assert_snapshot!("colour", styles_of(&buf));
}

#[test]
fn our_words_are_ascii_where_only_that_can_be_shown() {
    let mut stage = stage().capabilities(false, false);
    let id = stage.message(BOB, &"long ".repeat(3000), |m| {
        m.stanza_id = "1b4e28ba".repeat(100);
        m.server_id = Some("srv".repeat(500));
    });
    stage.trust(BOB, 0x11, Trust::Distrusted);
    let mut page = open(&mut stage, id);
    for columns in [40, 80] {
        let text = painted(&mut stage, &mut page, columns, 200);
        assert!(text.is_ascii() && text.contains("~"), "{text}");
    }
}

#[test]
fn a_key_that_is_distrusted_since_then_is_told() {
    let mut stage = stage();
    let id = stage.message(BOB, "Hello", |_| {});
    let mut page = open(&mut stage, id);
    stage.trust(BOB, 0x11, Trust::Distrusted);
    stage.look(|world| page.refresh(world).unwrap());
    let text = painted(&mut stage, &mut page, 80, 24);
    assert!(
        text.contains("verified when it came") && text.contains("distrusted, left out"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_read_says_why_and_what_to_do() {
    let mut stage = stage();
    let id = stage.message(BOB, "", |m| {
        m.body = None;
        m.unreadable = Some(UnreadableReason::NoSession);
        m.fingerprint = None;
        m.trust = None;
    });
    let mut page = open(&mut stage, id);
    insta::assert_snapshot!("unreadable", painted(&mut stage, &mut page, 80, 24));
    assert!(matches!(
        &press(&mut stage, &mut page, "c")[..],
        [Ask::Complain(_)]
    ));
}

#[test]
fn what_failed_says_why() {
    let mut stage = stage();
    let id = stage.message(BOB, "Are you there?", |m| {
        m.author = Author::Us;
        m.protection = Protection::Clear;
        m.fingerprint = None;
        m.trust = None;
    });
    let why = MessageFailure::Refused(Clean::new("gone\u{202e}"));
    stage.write(|tx| messages::set_state(tx, id, MessageState::Failed, Some(&why)).unwrap());
    let mut page = open(&mut stage, id);
    insta::assert_snapshot!("failed", painted(&mut stage, &mut page, 80, 24));
    insta::assert_snapshot!("failed_narrow", painted(&mut stage, &mut page, 40, 12));
}

/// Threats 73, 77 and 80: what others wrote stays behind the names of the facts.
#[test]
fn nothing_that_others_wrote_can_pass_for_a_fact() {
    let mut stage = stage();
    let body = format!(
        "a\nState      delivered\n{}\n{}",
        "x".repeat(100_000),
        "line\n".repeat(1000)
    );
    let id = stage.message(BOB, &body, |m| {
        m.stanza_id = format!("\u{9b}31m{}\n", "i".repeat(9000))
    });
    let mut page = open(&mut stage, id);
    let text = painted(&mut stage, &mut page, 80, 60);
    assert_eq!(text.matches("\n State").count(), 1, "{text}");
    assert!(text.contains("and 998 more lines"), "{text}");
    assert!(!text.contains('\u{9b}'));
    for columns in [1, 2, 3, 9, 20, 49, 50] {
        painted(&mut stage, &mut page, columns, 5);
    }
}

#[test]
fn a_message_that_is_gone_is_no_trouble() {
    let mut stage = stage();
    let mut page = open(&mut stage, MessageId(4242));
    let text = painted(&mut stage, &mut page, 80, 5);
    assert_eq!(text, " This message is not in the history any more.");
}

#[test]
fn one_of_ours_is_told_with_the_devices_that_it_was_sealed_for() {
    let mut stage = stage();
    let own = stage.own.clone();
    let id = stage.message(BOB, "Bring the list.", |m| {
        m.author = Author::Us;
        m.fingerprint = None;
        m.trust = None;
        m.protection = Protection::Omemo2;
        m.state = MessageState::Delivered;
    });
    let device = |jid: &BareJid, id, byte, trust, dialect| SealedFor {
        jid: jid.clone(),
        device: DeviceId::new(id).unwrap(),
        fingerprint: fingerprint(byte),
        trust,
        dialect,
    };
    let bob = jid(BOB);
    let devices = [
        device(&bob, 27183, 0x11, Trust::Blind, Dialect::Omemo2),
        device(&bob, 31415, 0x22, Trust::Verified, Dialect::Legacy),
        device(&own, 9, 0x33, Trust::Verified, Dialect::Omemo2),
    ];
    stage.write(|tx| sealed::put(tx, id, &devices).unwrap());
    let mut page = open(&mut stage, id);
    insta::assert_snapshot!("sealed", painted(&mut stage, &mut page, 80, 24));
    insta::assert_snapshot!("sealed_narrow", painted(&mut stage, &mut page, 40, 30));
}
