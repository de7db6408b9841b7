//! Devices on no list, lists of impossible numbers, and the chat with ourselves.

use super::fixture::*;
use crate::recipients::*;
use ::omemo::Dialect;

const BOB: &str = "bob@mired.test";
const ANA: &str = "ana@mired.test";

fn line(stage: &mut Stage, who: &str, columns: usize) -> String {
    stage.look(|world| {
        let recipients = Recipients::read(world, &peer(who)).unwrap();
        recipients.words_in("Bob", columns, world.theme)
    })
}

#[test]
fn who_wrote_first_counts_and_who_is_on_no_list_beside_one_is_named() {
    let mut stage = Stage::new();
    stage.contact(BOB, Some("Bob"));
    stage.writes(BOB, 7, 7, Trust::Blind);
    assert_eq!(line(&mut stage, BOB, 80), "to Bob · 1 device · not verified");
    // The server has no list of his.
    stage.devices(BOB, &[]);
    assert_eq!(line(&mut stage, BOB, 80), "to Bob · 1 device · not verified");
    stage.devices(BOB, &[(8, 8, Some(Trust::Blind))]);
    assert_eq!(
        line(&mut stage, BOB, 100),
        "to Bob · 1 device · not verified · 1 device left out: it is on no list of theirs"
    );
    assert_eq!(
        line(&mut stage, BOB, 60),
        "to Bob · 1 dev · not verified · 1 not listed"
    );
    stage.trust(BOB, 7, Trust::Verified);
    assert_eq!(line(&mut stage, BOB, 100), "to Bob · 2 devices · 1 not verified");
}

#[test]
fn where_nobody_is_left_it_says_that_nothing_can_be_sent() {
    let mut stage = Stage::new();
    stage.contact(BOB, Some("Bob"));
    stage.devices(BOB, &[(7, 7, Some(Trust::Verified))]);
    stage.devices(BOB, &[]);
    stage.writes(BOB, 7, 7, Trust::Verified);
    assert_eq!(
        line(&mut stage, BOB, 100),
        "to Bob · nothing can be sent · 1 device left out: it is on no list of theirs"
    );
    let account = stage.account;
    stage.write(|tx| {
        omemo::set_impossible(tx, account, &jid("carol@mired.test"), Dialect::Legacy, true).unwrap()
    });
    stage.devices("carol@mired.test", &[]);
    stage.write(|tx| {
        omemo::set_impossible(tx, account, &jid("carol@mired.test"), Dialect::Legacy, true).unwrap()
    });
    assert_eq!(
        line(&mut stage, "carol@mired.test", 100),
        "to Bob · publishes only an impossible device number: nothing can be sent"
    );
}

#[test]
fn a_note_is_kept_here_unless_another_device_of_ours_reads_it() {
    let mut stage = Stage::new();
    stage.devices(ANA, &[(1001, 0, None)]);
    assert_eq!(
        line(&mut stage, ANA, 100),
        "to Bob · a note, kept here: no other device of yours reads it"
    );
    stage.devices(ANA, &[(1001, 0, None), (1002, 2, Some(Trust::Undecided))]);
    assert_eq!(
        line(&mut stage, ANA, 100),
        "to Bob · a note, kept here: no other device of yours reads it · 1 new device left out"
    );
    let security =
        |stage: &mut Stage| stage.look(|world| Recipients::read(world, &peer(ANA)).unwrap().security);
    assert_eq!(security(&mut stage), ChatSecurity::Encrypted);
    stage.trust(ANA, 2, Trust::Verified);
    assert_eq!(line(&mut stage, ANA, 100), "to Bob · 1 device · verified");
    assert_eq!(security(&mut stage), ChatSecurity::Verified);
}
