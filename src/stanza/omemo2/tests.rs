//! OMEMO 2 on the wire: what is built is read again, what is hostile is refused or bounded.

use proptest::prelude::*;

use super::*;
use crate::dialects;
use crate::legacy;
use crate::xml::assert_renders;

fn id(id: u32) -> DeviceId {
    DeviceId::new(id).unwrap()
}

fn bob() -> BareJid {
    BareJid::new("bob@mired.test").unwrap()
}

fn list(inside: &str) -> Vec<Listed> {
    let list = format!("<devices xmlns='urn:xmpp:omemo:2'>{inside}</devices>");
    parse_device_list(&list.parse().unwrap(), &|_| 0).unwrap()
}

fn ids(inside: &str) -> Vec<u32> {
    list(inside).into_iter().map(|device| device.id.get()).collect()
}

/// As Bob's device 31415 reads it.
fn letter(inside: &str) -> Result<EncryptedMessage, BadLetter> {
    let encrypted = format!("<encrypted xmlns='urn:xmpp:omemo:2'>{inside}</encrypted>");
    parse_encrypted(&encrypted.parse().unwrap(), &bob(), id(31415))
}

#[test]
fn impossible_and_repeated_devices_are_left_out() {
    let devices = "<device id='12345'/><device id='4223'/><device id='12345' label='again' labelsig='AA=='/><device id='0'/>\
                   <device id='-1'/><device id='2147483648'/><device id='2147483647'/><device/><device id='x'/>\
                   <device id='+7'/><device id='4294967297'/><device xmlns='urn:x' id='8'/><device id=' 9 '/>";
    assert_eq!(ids(devices), [12345, 4223, 0x7fff_ffff, 9]);
    assert_eq!(list(devices)[0].label, None);
    assert_eq!(ids(""), Vec::<u32>::new());
    for other in [
        "<list xmlns='eu.siacs.conversations.axolotl'><device id='1'/></list>",
        "<devices xmlns='urn:xmpp:omemo:1'><device id='1'/></devices>",
        "<list xmlns='urn:xmpp:omemo:2'><device id='1'/></list>",
    ] {
        assert_eq!(
            parse_device_list(&other.parse().unwrap(), &|_| 0),
            None,
            "{other}"
        );
    }
}

#[test]
fn no_more_than_a_thousand_devices_are_read() {
    let many: String = (1..10_000)
        .map(|n| format!("<device id='{n}' label='x' labelsig='AA=='/>"))
        .collect();
    assert_eq!(ids(&many), (1..=1000).collect::<Vec<u32>>());
}

// Threat 57.
#[test]
fn a_label_without_a_signature_that_could_be_one_is_left_out() {
    let read = |attributes: &str| list(&format!("<device id='1' {attributes}/>"))[0].label.clone();
    let label = |text: &str, signature: &[u8]| {
        let signature = signature.to_vec();
        Some(Label {
            text: text.to_owned(),
            signature,
        })
    };
    assert_eq!(
        read("label='Gajim on Ubuntu' labelsig='AAEC'"),
        label("Gajim on Ubuntu", &[0, 1, 2])
    );
    assert_eq!(
        read("label=' \u{202e}x&#10;' labelsig=' AA EC '"),
        label(" \u{202e}x\n", &[0, 1, 2])
    );
    let longest = "ß".repeat(MAX_LABEL);
    assert_eq!(
        read(&format!("label='{longest}' labelsig='AAEC'")),
        label(&longest, &[0, 1, 2])
    );
    for bad in [
        String::new(),
        "label='x'".to_owned(),
        "labelsig='AAEC'".to_owned(),
        "label='' labelsig='AAEC'".to_owned(),
        "label='x' labelsig='A'".to_owned(),
        "label='x' labelsig='!!!!'".to_owned(),
        format!("label='{longest}x' labelsig='AAEC'"),
        format!("label='x' labelsig='{}'", "AAEC".repeat(51)),
    ] {
        assert_eq!(read(&bad), None, "{bad}");
        assert_eq!(
            ids(&format!("<device id='1' {bad}/>")),
            [1],
            "the device stays: {bad}"
        );
    }
}

fn bundle_with(replace: &str, by: &str) -> Option<Bundle> {
    let bundle = "<bundle xmlns='urn:xmpp:omemo:2'><spk id='7'>\n  AQEC\n</spk><spks> AwQF </spks><ik>BQ\nYH</ik>\
                  <prekeys><pk id='1'>\tCAgJ </pk><pk id='0'>BQoL</pk></prekeys></bundle>";
    assert!(bundle.contains(replace), "{replace}");
    parse_bundle(&bundle.replace(replace, by).parse().unwrap())
}

#[test]
fn a_bundle_is_read_as_it_stands_with_white_space_in_it() {
    let expected = Bundle {
        dialect: Dialect::Omemo2,
        identity: vec![5, 6, 7],
        signed_prekey_id: 7,
        signed_prekey: vec![1, 1, 2],
        signature: vec![3, 4, 5],
        prekeys: vec![(1, vec![8, 8, 9]), (0, vec![5, 10, 11])],
    };
    assert_eq!(bundle_with("7", "7"), Some(expected));
}

#[test]
fn a_bundle_in_which_something_is_missing_doubled_or_garbled_is_none() {
    let identity = "<ik>BQ\nYH</ik>";
    for (replace, by) in [
        (identity, ""),
        (identity, "<ik>BQYH</ik><ik>BQYH</ik>"),
        (identity, "<identityKey>BQYH</identityKey>"),
        ("<prekeys>", "<prekeys/><prekeys>"),
        ("<spks> AwQF </spks>", "<spks>AwQF</spks><spks>AwQF</spks>"),
        ("<spks> AwQF </spks>", ""),
        ("BQ\nYH", "B!YH"),
        ("BQ\nYH", "BQ-_"),
        (" id='7'", ""),
        ("id='7'", "id='-7'"),
        ("id='7'", "id='+7'"),
        ("id='7'", "id='4294967296'"),
        ("AwQF", "AwQF===="),
        ("urn:xmpp:omemo:2", "eu.siacs.conversations.axolotl"),
        ("urn:xmpp:omemo:2", "urn:xmpp:omemo:1"),
    ] {
        assert_eq!(bundle_with(replace, by), None, "{replace:?} -> {by:?}");
    }
}

#[test]
fn a_prekey_that_cannot_be_read_spoils_no_other() {
    for (replace, by) in [
        ("<pk id='0'>BQoL</pk>", "<pk id='0'>BQo</pk>"),
        ("id='0'", "x='0'"),
        ("id='0'", "id='-1'"),
        ("<pk id='0'>BQoL</pk>", "<pk/>"),
    ] {
        let bundle = bundle_with(replace, by).unwrap();
        // It stays visible: a copy of ours with such a thing in it is not ours.
        assert_eq!(
            bundle.prekeys,
            [(1, vec![8, 8, 9]), (u32::MAX, vec![])],
            "{replace:?} -> {by:?}"
        );
    }
}

#[test]
fn ids_beyond_the_limits_are_read_and_refused_where_the_bundle_is_checked() {
    let bundle = bundle_with("id='7'", "id='4294967295'").unwrap();
    assert_eq!(bundle.signed_prekey_id, u32::MAX);
    assert!(bundle.verify().is_err());
}

#[test]
fn no_more_than_a_thousand_prekeys_are_read() {
    let many: String = (0..10_000).map(|n| format!("<pk id='{n}'>BQ==</pk>")).collect();
    let read = bundle_with("<pk id='0'>BQoL</pk>", &many).unwrap();
    assert_eq!(read.prekeys.len(), crate::limits::MAX_PREKEYS);
}

#[test]
fn of_the_keys_of_a_letter_those_for_our_address_and_device_are_kept() {
    let read = letter(
        "<header sid='27183'><keys jid='eve@evil.test'><key rid='31415'>garbage!</key></keys>\
         <keys><key rid='31415'>BgY=</key></keys><keys jid='@'><key rid='31415'>BgY=</key></keys>\
         <keys jid='bob@mired.test/x'><key rid='31415'>BgY=</key></keys><key rid='31415'>BgY=</key>\
         <keys jid='BOB@mired.test'><key rid='1'>garbage!</key><key rid='31415'>AAE=</key>\
         <key rid='31415' kex='1'>Ag\nM=</key></keys>\
         <keys jid='bob@mired.test'><key rid='31415' kex='yes'>BAU=</key><key>BAU=</key>\
         <key xmlns='urn:x' rid='31415'>BgY=</key><key rid='31415' prekey='true'>BgY=</key></keys></header>\
         <payload>\n BgcI\n</payload>",
    )
    .unwrap();
    let keys: Vec<(bool, &[u8])> = read
        .keys
        .iter()
        .map(|key| (key.kex, key.bytes.as_slice()))
        .collect();
    let expected: [(bool, &[u8]); 4] = [
        (false, &[0, 1]),
        (true, &[2, 3]),
        (false, &[4, 5]),
        (false, &[6, 6]),
    ];
    assert_eq!(keys, expected);
    assert!(read.keys.iter().all(|key| key.jid == "bob@mired.test"));
    assert_eq!((read.sid, read.iv.len()), (id(27183), 0));
    assert_eq!(read.payload.as_deref(), Some(&[6, 7, 8][..]));
}

#[test]
fn a_letter_for_others_and_an_empty_one_are_letters() {
    let read =
        letter("<header sid='1'><keys jid='ana@mired.test'><key rid='31415'>AAE=</key></keys></header>");
    let read = read.unwrap();
    assert_eq!((read.keys.len(), read.payload), (0, None));
    let empty = letter("<header sid='1'/><payload/>").unwrap();
    assert_eq!(empty.payload, Some(Vec::new()));
}

// Threat 51.
#[test]
fn ten_thousand_keys_for_us_are_eight() {
    let many = "<key rid='31415'>AAE=</key>".repeat(10_000);
    let one = format!("<keys jid='bob@mired.test'>{many}</keys>");
    assert_eq!(
        letter(&format!("<header sid='1'>{one}</header>"))
            .unwrap()
            .keys
            .len(),
        MAX_KEYS
    );
    let each = "<keys jid='bob@mired.test'><key rid='31415'>AAE=</key></keys>".repeat(10_000);
    assert_eq!(
        letter(&format!("<header sid='1'>{each}</header>"))
            .unwrap()
            .keys
            .len(),
        MAX_KEYS
    );
}

// Threat 16.
#[test]
fn what_is_missing_doubled_or_garbled_is_a_bad_letter() {
    let header = "<header sid='1'/>";
    for bad in [
        String::new(),
        header.repeat(2),
        format!("{header}<payload>AA==</payload><payload>AA==</payload>"),
        format!("{header}<payload>A</payload>"),
        "<header/>".to_owned(),
        "<header sid='0'/>".to_owned(),
        "<header sid='+7'/>".to_owned(),
        "<header sid='2147483648'/>".to_owned(),
        "<header xmlns='urn:x' sid='1'/>".to_owned(),
        "<header sid='1'><keys jid='bob@mired.test'><key rid='31415'>A</key></keys></header>".to_owned(),
    ] {
        assert!(letter(&bad).is_err(), "{bad}");
    }
    assert!(letter(header).is_ok());
    let legacy = format!("<encrypted xmlns='eu.siacs.conversations.axolotl'>{header}</encrypted>");
    assert!(parse_encrypted(&legacy.parse().unwrap(), &bob(), id(1)).is_err());
}

fn bytes(length: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), length)
}

fn device() -> impl Strategy<Value = DeviceId> {
    (1..=0x7fff_ffff_u32).prop_map(id)
}

/// A letter for devices of three people.
pub(crate) fn any_letter() -> impl Strategy<Value = EncryptedMessage> {
    let jid = prop::sample::select(vec!["ana@mired.test", "bob@mired.test", "carol@evil.test"]);
    let key = (jid, device(), any::<bool>(), bytes(0..80)).prop_map(|(jid, rid, kex, bytes)| EncryptedKey {
        jid: jid.to_owned(),
        rid,
        kex,
        bytes,
    });
    let payload = prop::option::of(bytes(0..80));
    (device(), prop::collection::vec(key, 0..6), payload).prop_map(|(sid, keys, payload)| EncryptedMessage {
        dialect: Dialect::Omemo2,
        sid,
        keys,
        iv: Vec::new(),
        payload,
    })
}

fn labels() -> impl Strategy<Value = Option<Label>> {
    // As XML keeps an attribute: no white space but blanks.
    let text = "[^\\p{Cc}\\u{fffe}\\u{ffff}]{1,53}";
    prop::option::of((text, bytes(64)).prop_map(|(text, signature)| Label { text, signature }))
}

proptest! {
    #[test]
    fn a_letter_is_read_as_it_was_written(letter in any_letter(), stranger in device()) {
        let written = encrypted(&letter);
        assert_renders(&written);
        let places = letter.keys.iter().map(|key| (key.jid.clone(), key.rid));
        for (jid, reader) in places.chain([("bob@mired.test".to_owned(), stranger)]) {
            let ours = |key: &&EncryptedKey| key.jid == jid && key.rid == reader;
            let keys = letter.keys.iter().filter(ours).cloned().collect();
            let account = BareJid::new(&jid).unwrap();
            prop_assert_eq!(dialects::parse_encrypted(&written, &account, reader).unwrap(), EncryptedMessage { keys, ..letter.clone() });
        }
        prop_assert_eq!(dialects::encrypted(&letter), written);
    }

    #[test]
    fn every_person_has_one_element_of_keys(letter in any_letter()) {
        let written = encrypted(&letter);
        let header = written.get_child("header", NS).unwrap();
        let jids: Vec<&str> = header.children().map(|keys| keys.attr("jid").unwrap()).collect();
        let different: BTreeSet<&str> = letter.keys.iter().map(|key| key.jid.as_str()).collect();
        prop_assert_eq!(jids.len(), different.len());
        prop_assert_eq!(jids.into_iter().collect::<BTreeSet<_>>(), different);
    }

    #[test]
    fn a_letter_of_one_dialect_is_none_of_the_other(newer in any_letter(), older in legacy::tests::any_letter()) {
        prop_assert!(legacy::parse_encrypted(&encrypted(&newer), id(1)).is_err());
        prop_assert!(parse_encrypted(&legacy::encrypted(&older), &bob(), id(1)).is_err());
    }

    #[test]
    fn a_bundle_is_read_as_it_was_written(
        identity in bytes(32), signed_prekey in bytes(32), signature in bytes(64), signed_prekey_id in any::<u32>(),
        prekeys in prop::collection::vec((any::<u32>(), bytes(32)), 0..20),
    ) {
        let ours = Bundle { dialect: Dialect::Omemo2, identity, signed_prekey_id, signed_prekey, signature, prekeys };
        let written = bundle(&ours);
        assert_renders(&written);
        prop_assert_eq!(parse_bundle(&written), Some(ours));
    }

    #[test]
    fn a_device_list_is_read_as_it_was_written(devices in prop::collection::btree_map(device(), labels(), 0..20)) {
        let devices: Vec<Listed> = devices.into_iter().map(|(id, label)| Listed { id, label }).collect();
        let written = device_list(&devices);
        assert_renders(&written);
        prop_assert_eq!(parse_device_list(&written, &|_| 0), Some(devices.clone()));
        prop_assert_eq!(dialects::parse_device_list(Dialect::Omemo2, &written), Some(devices));
    }
}
