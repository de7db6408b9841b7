pub(crate) mod fixture;
mod room;
mod unlisted;

use self::fixture::*;
use super::*;
use crate::theme::Capabilities;
use ::omemo::Dialect;

const BOB: &str = "bob@mired.test";
const ANA: &str = "ana@mired.test";

fn read(stage: &mut Stage) -> Recipients {
    stage.look(|world| Recipients::read(world, &peer(BOB)).unwrap())
}

fn words(stage: &mut Stage) -> String {
    read(stage).line("Bob", " · ", false)
}

fn with(devices: &[(u32, u8, Option<Trust>)]) -> Stage {
    let mut stage = Stage::new();
    stage.devices(BOB, devices);
    stage
}

const VERIFIED: Option<Trust> = Some(Trust::Verified);
const BLIND: Option<Trust> = Some(Trust::Blind);
const UNDECIDED: Option<Trust> = Some(Trust::Undecided);
const DISTRUSTED: Option<Trust> = Some(Trust::Distrusted);

#[test]
fn the_truth_line_counts_the_devices_that_can_read_and_says_whether_they_were_compared() {
    let mut stage = with(&[(1, 1, VERIFIED), (2, 2, VERIFIED), (3, 3, VERIFIED)]);
    assert_eq!(words(&mut stage), "to Bob · 3 devices · verified");
    assert_eq!(read(&mut stage).security, ChatSecurity::Verified);
    stage.trust(BOB, 3, Trust::Blind);
    assert_eq!(words(&mut stage), "to Bob · 3 devices · 1 not verified");
    assert_eq!(read(&mut stage).security, ChatSecurity::Encrypted);
    let mut stage = with(&[(1, 1, BLIND)]);
    assert_eq!(words(&mut stage), "to Bob · 1 device · not verified");
}

#[test]
fn a_key_that_nobody_decided_about_is_named_as_left_out_and_waits() {
    let mut stage = with(&[(1, 1, VERIFIED), (2, 2, VERIFIED), (3, 3, UNDECIDED)]);
    assert_eq!(
        words(&mut stage),
        "to Bob · 2 devices · verified · 1 new device left out"
    );
    let waiting: Vec<Option<u32>> = read(&mut stage).undecided().map(|key| key.device).collect();
    assert_eq!(waiting, [Some(3)]);
    // As where messages are sealed: a key without an entry is one that nobody decided about.
    let mut stage = with(&[(1, 1, VERIFIED), (3, 3, None)]);
    assert_eq!(
        words(&mut stage),
        "to Bob · 1 device · verified · 1 new device left out"
    );
    assert_eq!(read(&mut stage).undecided().count(), 1);
}

#[test]
fn a_distrusted_key_is_left_out_and_asks_nothing() {
    let mut stage = with(&[(1, 1, VERIFIED), (3, 3, DISTRUSTED)]);
    assert_eq!(
        words(&mut stage),
        "to Bob · 1 device · verified · 1 distrusted device left out"
    );
    assert_eq!(read(&mut stage).undecided().count(), 0);
    assert_eq!(read(&mut stage).security, ChatSecurity::Verified);
}

#[test]
fn if_no_device_can_be_written_to_that_is_said() {
    let mut stage = with(&[(3, 3, UNDECIDED)]);
    assert_eq!(
        words(&mut stage),
        "to Bob · nothing can be sent · 1 new device left out"
    );
    assert_eq!(read(&mut stage).security, ChatSecurity::NoKeys);
    let mut stage = with(&[]);
    assert_eq!(
        words(&mut stage),
        "Bob has no device that reads OMEMO: nothing can be sent"
    );
    let mut stage = Stage::new();
    assert_eq!(
        words(&mut stage),
        "to Bob · no keys known yet; they are looked up when you write"
    );
}

#[test]
fn a_device_whose_key_was_never_seen_is_looked_up_or_left_out_as_the_first_trust_will_be() {
    let mut stage = with(&[(1, 0, None)]);
    assert_eq!(
        words(&mut stage),
        "to Bob · 1 device whose key is looked up when you write"
    );
    let mut stage = with(&[(1, 1, BLIND), (2, 0, None)]);
    assert_eq!(
        words(&mut stage),
        "to Bob · 1 device · not verified · 1 more device whose key is looked up when you write"
    );
    let mut stage = with(&[(1, 1, VERIFIED), (2, 0, None)]);
    assert_eq!(
        words(&mut stage),
        "to Bob · 1 device · verified · 1 new device left out"
    );
    // A verified key that is used no more counts too, and so does one that was found out.
    stage.devices(BOB, &[(2, 0, None)]);
    assert_eq!(
        words(&mut stage),
        "to Bob · nothing can be sent · 1 new device left out"
    );
    stage.trust(BOB, 1, Trust::Distrusted);
    assert_eq!(
        words(&mut stage),
        "to Bob · nothing can be sent · 1 new device left out"
    );
}

#[test]
fn our_other_devices_read_it_too() {
    let mut stage = with(&[(1, 1, VERIFIED)]);
    stage.devices(ANA, &[(1001, 0, None), (4711, 9, BLIND)]);
    assert_eq!(
        words(&mut stage),
        "to Bob · 1 device · verified · 1 of yours not verified"
    );
    assert_eq!(read(&mut stage).security, ChatSecurity::Encrypted);
    stage.trust(ANA, 9, Trust::Verified);
    assert_eq!(words(&mut stage), "to Bob · 1 device + 1 of yours · verified");
    assert_eq!(read(&mut stage).security, ChatSecurity::Verified);
    stage.trust(ANA, 9, Trust::Undecided);
    assert_eq!(
        words(&mut stage),
        "to Bob · 1 device · verified · your new device 4711 is left out"
    );
    stage.trust(ANA, 9, Trust::Distrusted);
    assert_eq!(words(&mut stage), "to Bob · 1 device · verified");
}

#[test]
fn a_foreign_key_under_our_own_number_is_never_counted_as_a_reader() {
    let mut stage = with(&[(1, 1, VERIFIED)]);
    stage.devices(ANA, &[(1001, 9, BLIND)]);
    assert_eq!(words(&mut stage), "to Bob · 1 device · verified");
}

#[test]
fn a_chat_with_ourselves_goes_to_our_other_devices() {
    let mut stage = Stage::new();
    stage.devices(ANA, &[(1001, 0, None), (4711, 9, VERIFIED)]);
    let own = stage.look(|world| Recipients::read(world, &peer(ANA)).unwrap());
    assert_eq!(own.line("ana", " · ", false), "to ana · 1 device · verified");
}

#[test]
fn a_device_that_left_the_list_cannot_read() {
    let mut stage = with(&[(1, 1, VERIFIED), (2, 2, BLIND)]);
    stage.devices(BOB, &[(1, 1, VERIFIED)]);
    assert_eq!(words(&mut stage), "to Bob · 1 device · verified");
}

#[test]
fn a_chat_in_clear_says_so_whatever_keys_there_are() {
    let mut stage = with(&[(1, 1, VERIFIED)]);
    stage.clear(BOB);
    assert_eq!(words(&mut stage), "to Bob · IN CLEAR, the servers can read this");
    assert_eq!(read(&mut stage).security, ChatSecurity::Clear);
}

#[test]
fn the_list_and_the_truth_line_agree_about_the_shield() {
    for devices in [
        &[(1, 1, VERIFIED), (2, 2, BLIND)][..],
        &[(1, 1, VERIFIED), (2, 2, UNDECIDED)],
        &[(1, 1, VERIFIED), (2, 0, None)],
        &[(1, 1, DISTRUSTED)],
        &[(1, 1, None)],
        &[],
    ] {
        for own in [
            &[(1001, 9, BLIND)][..],
            &[(1001, 0, None), (5, 5, BLIND)],
            &[(5, 5, VERIFIED)],
        ] {
            let mut stage = with(devices);
            stage.devices(ANA, own);
            let line = read(&mut stage).security;
            let listed = stage.look(|world| {
                let tallies = omemo::key_tallies(&world.store, world.account).unwrap();
                let of = |who: &str| tallies.get(&jid(who)).copied().unwrap_or_default();
                ChatSecurity::of(None, &of(BOB), &of(ANA))
            });
            assert_eq!(line, listed, "{devices:?} {own:?}");
        }
    }
}

#[test]
fn each_device_counts_once_in_whatever_dialect_it_is_written_to() {
    // Both dialects, only the newer one, only the older one.
    let mut stage = with(&[(1, 1, VERIFIED), (3, 3, VERIFIED)]);
    stage.publishes(BOB, Dialect::Omemo2, &[(1, 1), (2, 2)]);
    assert_eq!(
        words(&mut stage),
        "to Bob · 2 devices · verified · 1 new device left out"
    );
    stage.trust(BOB, 2, Trust::Verified);
    assert_eq!(words(&mut stage), "to Bob · 3 devices · verified");
    // A key under two numbers is one device, and two keys under one number are two.
    stage.publishes(BOB, Dialect::Omemo2, &[(9, 3)]);
    assert_eq!(words(&mut stage), "to Bob · 2 devices · verified");
    stage.publishes(BOB, Dialect::Omemo2, &[(2, 2), (4, 4)]);
    stage.publishes(BOB, Dialect::Legacy, &[(4, 2)]);
    stage.trust(BOB, 4, Trust::Blind);
    assert_eq!(words(&mut stage), "to Bob · 2 devices · 1 not verified");
    // Gone from the older list only: the newer one still reads.
    stage.publishes(BOB, Dialect::Legacy, &[]);
    assert_eq!(words(&mut stage), "to Bob · 2 devices · 1 not verified");
    let mut newer = Stage::new();
    newer.publishes(BOB, Dialect::Omemo2, &[]);
    assert_eq!(
        words(&mut newer),
        "Bob has no device that reads OMEMO: nothing can be sent"
    );
}

#[test]
fn our_other_devices_count_in_both_dialects_and_this_one_in_none() {
    let mut stage = with(&[(1, 1, VERIFIED)]);
    stage.publishes(ANA, Dialect::Omemo2, &[(1001, 0), (5, 5)]);
    stage.publishes(ANA, Dialect::Legacy, &[(1001, 0), (5, 5), (6, 6)]);
    stage.trust(ANA, 5, Trust::Verified);
    stage.trust(ANA, 6, Trust::Verified);
    assert_eq!(words(&mut stage), "to Bob · 1 device + 2 of yours · verified");
}

#[test]
fn a_chat_whose_peer_asked_to_stop_encrypting_says_that_nothing_is_sent_and_what_decides() {
    for devices in [&[(1, 1, VERIFIED)][..], &[(1, 1, UNDECIDED)], &[]] {
        let mut stage = with(devices);
        stage.opted_out(BOB, "my phone is old");
        assert_eq!(
            words(&mut stage),
            "to Bob · nothing is sent until you decide: /encrypt or /plaintext"
        );
        let recipients = read(&mut stage);
        assert_eq!(recipients.security, ChatSecurity::Asked);
        let theme = Theme::new(Capabilities {
            colour: false,
            unicode: true,
        });
        assert_eq!(
            recipients.words_in("Bob", 37, &theme),
            "decide: /encrypt or /plaintext"
        );
    }
    // What is in clear already is in clear.
    let mut stage = with(&[(1, 1, VERIFIED)]);
    stage.opted_out(BOB, "");
    stage.clear(BOB);
    assert_eq!(read(&mut stage).security, ChatSecurity::Clear);
}

#[test]
fn in_a_narrow_pane_the_protection_is_cut_last() {
    let theme = Theme::new(Capabilities {
        colour: false,
        unicode: true,
    });
    let mut stage = with(&[(1, 1, VERIFIED), (2, 2, VERIFIED), (3, 3, UNDECIDED)]);
    let recipients = read(&mut stage);
    let long = "Bob the Builder of Enormous Bridges";
    assert_eq!(
        recipients.words_in("Bob", 60, &theme),
        "to Bob · 2 devices · verified · 1 new device left out"
    );
    assert_eq!(
        recipients.words_in("Bob", 40, &theme),
        "to Bob · 2 dev · verified · 1 left out"
    );
    assert_eq!(
        recipients.words_in(long, 40, &theme),
        "to Bob … · 2 dev · verified · 1 left out"
    );
    stage.clear(BOB);
    let clear = read(&mut stage);
    for columns in 8..60 {
        let line = clear.words_in(long, columns, &theme);
        assert!(line.contains("IN CLEAR"), "{columns}: {line}");
        assert!(text::width(&line) <= columns);
    }
    for columns in 0..90 {
        assert!(text::width(&recipients.words_in(long, columns, &theme)) <= columns);
    }
    let ascii = Theme::new(Capabilities {
        colour: false,
        unicode: false,
    });
    assert!(recipients.words_in(long, 40, &ascii).is_ascii());
}

#[test]
fn in_the_smallest_pane_it_is_still_said_whom_it_goes_to() {
    let theme = Theme::new(Capabilities {
        colour: false,
        unicode: true,
    });
    let mut stage = with(&[(1, 1, VERIFIED), (3, 3, UNDECIDED)]);
    let recipients = read(&mut stage);
    assert_eq!(
        recipients.words_in("Dave", 37, &theme),
        "to Dave · verified · 1 left out"
    );
    assert_eq!(
        recipients.words_in("Konstantin", 32, &theme),
        "to Kons… · verified · 1 left out"
    );
    assert_eq!(
        recipients.words_in("Konstantin", 29, &theme),
        "1 dev · verified · 1 left out"
    );
    stage.devices(ANA, &[(1001, 0, None), (4711, 9, VERIFIED)]);
    stage.trust(BOB, 3, Trust::Distrusted);
    assert_eq!(
        read(&mut stage).words_in("Dave", 35, &theme),
        "to Dave · 1 of yours · verified"
    );
    stage.devices(ANA, &[(1001, 0, None)]);
    stage.trust(BOB, 3, Trust::Verified);
    for columns in 20..40 {
        let line = read(&mut stage).words_in("Dave", columns, &theme);
        assert!(
            line.starts_with("to Da") && line.contains("verified"),
            "{columns}: {line}"
        );
    }
}
