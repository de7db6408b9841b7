//! The list of keys, and the decisions.

use super::decide::not_theirs;
use super::*;
use crate::cli::Code;
use crate::cli::args::KeyChoice;
use crate::cli::open::now;
use crate::cli::uri::{self, Whose};
use model::{AccountOptions, Ed25519Fingerprint, Fingerprint};
use rand_core::SeedableRng;

use ::omemo::{DeviceId, IdentityKey, IdentityKeyPair, OwnDevice};
use store::Writer;
use store::accounts;

fn bob() -> BareJid {
    BareJid::new("bob@mired.test").unwrap()
}

fn ana() -> BareJid {
    BareJid::new("ana@mired.test").unwrap()
}

fn typed(words: &[&str]) -> KeyChoice {
    KeyChoice {
        whose: Whose::of(bob()),
        fingerprint: words.iter().map(|word| (*word).to_owned()).collect(),
    }
}

/// Bob's one key, blind, on his devices 7 and 8.
fn bobs_key(tx: &Transaction<'_>) -> AccountId {
    let account = accounts::add(tx, &ana(), "secret", &AccountOptions::default(), "r").unwrap();
    let (at, identity) = ("2026-11-20T12:00:00Z".parse().unwrap(), IdentityKey([0xab; 32]));
    let ids = [7, 8].map(|id| DeviceId::new(id).unwrap());
    omemo::set_device_list(tx, account, &bob(), Dialect::Legacy, &ids, at).unwrap();
    for id in ids {
        omemo::set_identity(tx, account, &bob(), Dialect::Legacy, id, identity, at).unwrap();
    }
    omemo::set_trust(tx, account, &bob(), &identity, Trust::Blind, at).unwrap();
    account
}

#[test]
fn a_fingerprint_is_read_in_any_case_and_grouping() {
    let whole = "ab".repeat(32);
    let groups = ["ABabABab"; 8];
    for words in [vec![whole.as_str()], groups.to_vec()] {
        let verified = Decision {
            fingerprint: Fingerprint([0xab; 32]),
            trust: Trust::Verified,
        };
        assert_eq!(
            Decision::all(&typed(&words), Trust::Verified).unwrap(),
            [verified]
        );
    }
    for wrong in [vec!["ab"], vec!["xyz"], groups[1..].to_vec(), vec![]] {
        assert_eq!(
            Decision::all(&typed(&wrong), Trust::Verified).unwrap_err().code,
            Code::Usage
        );
    }
}

#[test]
fn a_key_is_shown_with_its_devices_and_as_an_object_with_every_field() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let account = bobs_key(&tx);
    let known = known(&tx, account, &bob()).unwrap();
    insta::assert_snapshot!(
        line(&known[0]),
        @"bob@mired.test abababab abababab abababab abababab abababab abababab abababab abababab [blind] devices 7, 8 (omemo-legacy)"
    );
    insta::assert_snapshot!(
        object(&ana(), &known[0]).unwrap(),
        @r#"{"account":"ana@mired.test","jid":"bob@mired.test","fingerprint":"abababababababababababababababababababababababababababababababab","trust":"blind","active":true,"devices":[7,8],"first_seen":"2026-11-20T12:00:00Z","last_seen":null,"label":null,"dialects":["omemo-legacy"],"lowered":false,"fingerprint_ed25519":null,"written":true}"#
    );
}

#[test]
fn a_key_is_shown_with_what_its_device_publishes_and_calls_itself() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let account = bobs_key(&tx);
    let (at, rng) = (
        "2026-11-20T12:00:00Z".parse().unwrap(),
        &mut rand_chacha::ChaCha20Rng::from_seed([7; 32]),
    );
    let phone = OwnDevice {
        id: DeviceId::new(9).unwrap(),
        identity: IdentityKeyPair::generate(rng),
    };
    let key = phone.identity.public();
    for dialect in Dialect::ALL {
        omemo::set_device_list(&tx, account, &bob(), dialect, &[phone.id], at).unwrap();
        omemo::set_identity(&tx, account, &bob(), dialect, phone.id, key, at).unwrap();
    }
    omemo::set_trust(&tx, account, &bob(), &key, Trust::Blind, at).unwrap();
    let label = omemo::DeviceLabel {
        text: Clean::line("Bob's phone"),
        signature: phone.sign_label("Bob's phone", rng).to_vec(),
    };
    omemo::set_labels(&tx, account, &bob(), Dialect::Omemo2, &[(phone.id, label)]).unwrap();
    let shown = |tx: &Transaction<'_>| {
        let known = known(tx, account, &bob()).unwrap();
        let known = known.iter().find(|known| known.key.identity == key).unwrap();
        let line = line(known);
        let (_, words) = line.split_once(" [blind] ").unwrap();
        let object: serde_json::Value = serde_json::from_str(&object(&ana(), known).unwrap()).unwrap();
        (
            words.to_owned(),
            object["label"].clone(),
            object["dialects"].to_string(),
            object["lowered"].clone(),
        )
    };
    insta::assert_debug_snapshot!(shown(&tx), @r#"(
    "device 9 (omemo-2, omemo-legacy), called \"Bob's phone\"",
    String("Bob's phone"),
    "[\"omemo-2\",\"omemo-legacy\"]",
    Bool(false),
)"#);
    omemo::set_device_list(&tx, account, &bob(), Dialect::Omemo2, &[], at).unwrap();
    insta::assert_debug_snapshot!(shown(&tx), @r#"(
    "device 9 (omemo-legacy only, omemo-2 before), called \"Bob's phone\"",
    String("Bob's phone"),
    "[\"omemo-legacy\"]",
    Bool(true),
)"#);
}

#[test]
fn a_wrong_fingerprint_is_refused_with_the_known_ones() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let account = bobs_key(&tx);
    let exit = not_theirs(&bob(), &known(&tx, account, &bob()).unwrap());
    assert_eq!(exit.code, Code::Other);
    assert!(exit.text.contains("abababab abababab"), "{}", exit.text);
    let exit = not_theirs(&bob(), &[]);
    assert!(exit.text.starts_with("No key of bob@mired.test"), "{}", exit.text);
}

#[test]
fn a_link_says_what_to_trust_and_what_to_distrust() {
    let [a, b, c] = [0xab, 0xcd, 0xef].map(|byte| Fingerprint([byte; 32]));
    let link = |parameters: String, words: &[&str]| KeyChoice {
        whose: uri::whose(&format!("xmpp:bob@mired.test?{parameters}"))
            .unwrap()
            .unwrap(),
        ..typed(words)
    };
    let all = |key: &KeyChoice, trust| {
        let decisions = Decision::all(key, trust).map_err(|exit| exit.code)?;
        Ok(decisions
            .iter()
            .map(|one| (one.fingerprint, one.trust))
            .collect::<Vec<_>>())
    };
    let message = link(
        format!("trust-message;trust={};distrust={}", a.hex(), b.hex()),
        &[],
    );
    let (good, bad) = (Trust::Verified, Trust::Distrusted);
    assert_eq!(all(&message, good), Ok(vec![(a, good), (b, bad)]));
    let devices = link(format!("omemo-sid-7={};omemo-sid-8={}", a.hex(), c.hex()), &[]);
    assert_eq!(all(&devices, good), Ok(vec![(a, good), (c, good)]));
    assert_eq!(all(&devices, bad), Ok(vec![(a, bad), (c, bad)]));
    assert_eq!(all(&link("message".to_owned(), &[]), good), Err(Code::Usage));
    assert_eq!(
        all(&link("message".to_owned(), &[&a.hex()]), good),
        Ok(vec![(a, good)])
    );
    let both = link(format!("omemo-sid-7={}", a.hex()), &[&a.hex()]);
    assert_eq!(all(&both, good), Err(Code::Usage));
}

#[test]
fn a_key_of_omemo_2_is_shown_and_found_in_both_forms() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let account = bobs_key(&tx);
    let (legacy, newer) = (IdentityKey([0xab; 32]), Ed25519Fingerprint([0xcd; 32]));
    let named = |byte| {
        let found = omemo::key_named(&tx, account, &bob(), &Fingerprint([byte; 32])).unwrap();
        found.map(|key| key.identity)
    };
    assert_eq!((named(0xab), named(0xcd)), (Some(legacy), None));
    omemo::set_ed25519(&tx, account, &bob(), &legacy, &newer).unwrap();
    assert_eq!((named(0xab), named(0xcd)), (Some(legacy), Some(legacy)));
    // A key that only looks like it, made up by whoever delivered a message, does not take its place.
    let claimed = IdentityKey(newer.0);
    omemo::set_trust(&tx, account, &bob(), &claimed, Trust::Undecided, now()).unwrap();
    assert_eq!(named(0xcd), Some(legacy));

    let at = "2026-11-20T12:00:00Z".parse().unwrap();
    let ids = [7].map(|id| DeviceId::new(id).unwrap());
    let look = || lines(&known(&tx, account, &bob()).unwrap()[0]);
    assert_eq!(
        look(),
        [
            "bob@mired.test abababab abababab abababab abababab abababab abababab abababab abababab [blind] devices 7, 8 (omemo-legacy)",
            "  OMEMO 2 form (Kaidan, Converse): cdcdcdcd cdcdcdcd cdcdcdcd cdcdcdcd cdcdcdcd cdcdcdcd cdcdcdcd cdcdcdcd",
        ]
    );
    omemo::set_device_list(&tx, account, &bob(), Dialect::Omemo2, &ids, at).unwrap();
    omemo::set_identity(&tx, account, &bob(), Dialect::Omemo2, ids[0], legacy, at).unwrap();
    assert_eq!(
        look(),
        [
            "bob@mired.test abababab abababab abababab abababab abababab abababab abababab abababab [blind] devices 7, 8 (omemo-2, omemo-legacy)",
            "  OMEMO 2 form, compare this one (Kaidan, Converse): cdcdcdcd cdcdcdcd cdcdcdcd cdcdcdcd cdcdcdcd cdcdcdcd cdcdcdcd cdcdcdcd",
        ]
    );
    let json = object(&ana(), &known(&tx, account, &bob()).unwrap()[0]).unwrap();
    let row: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(row["fingerprint"], legacy.fingerprint().hex());
    assert_eq!(row["fingerprint_ed25519"], newer.hex());
    let refusal = not_theirs(&bob(), &known(&tx, account, &bob()).unwrap()).text;
    assert!(refusal.contains(&newer.grouped()), "{refusal}");
}
