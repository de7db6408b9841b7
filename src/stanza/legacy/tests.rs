use proptest::prelude::*;

use super::*;
use crate::xml::assert_renders;

fn id(id: u32) -> DeviceId {
    DeviceId::new(id).unwrap()
}

fn list(inside: &str) -> Vec<u32> {
    let list = format!("<list xmlns='eu.siacs.conversations.axolotl'>{inside}</list>");
    parse_device_list(&list.parse().unwrap(), &|_| 0)
        .unwrap()
        .into_iter()
        .map(DeviceId::get)
        .collect()
}

fn letter(inside: &str) -> Result<EncryptedMessage, BadLetter> {
    let encrypted = format!("<encrypted xmlns='eu.siacs.conversations.axolotl'>{inside}</encrypted>");
    parse_encrypted(&encrypted.parse().unwrap(), id(31415))
}

/// Twelve bytes.
const IV: &str = "<iv>AAECAwQFBgcICQoL</iv>";

#[test]
fn impossible_and_repeated_devices_are_left_out() {
    let devices = "<device id='12345'/><device id='4223'/><device id='12345'/><device id='0'/><device id='-1'/>\
                   <device id='2147483648'/><device id='2147483647'/><device/><device id='x'/><device id='+7'/>\
                   <device xmlns='urn:x' id='8'/>";
    assert_eq!(list(devices), [12345, 4223, 0x7fff_ffff]);
    assert_eq!(list(""), Vec::<u32>::new());
    assert_eq!(
        parse_device_list(&"<devices xmlns='urn:xmpp:omemo:2'/>".parse().unwrap(), &|_| 0),
        None
    );
}

#[test]
fn no_more_than_a_thousand_devices_are_read() {
    let many: String = (1..2000).map(|n| format!("<device id='{n}'/>")).collect();
    assert_eq!(list(&many), (1..=MAX_DEVICES as u32).collect::<Vec<_>>());
}

#[test]
fn of_too_many_devices_the_wanted_ones_are_read_and_the_order_stays() {
    let list = |most: u32| -> Element {
        let many: String = (1..=most).map(|n| format!("<device id='{n}'/>")).collect();
        format!("<list xmlns='{NS}'>{many}</list>").parse().unwrap()
    };
    let rank = |id: DeviceId| match id.get() {
        9000..=9002 => 0,
        500..=799 => 1,
        _ => 2,
    };
    let read = parse_device_list(&list(30_000), &rank).unwrap();
    let expected = (1..998).chain(9000..=9002).map(id);
    assert_eq!(read, expected.collect::<Vec<_>>());
    assert_eq!(parse_device_list(&list(5), &rank).unwrap().len(), 5);
}

fn bundle_with(replace: &str, by: &str) -> Option<Bundle> {
    let bundle = "<bundle xmlns='eu.siacs.conversations.axolotl'>\
        <signedPreKeyPublic signedPreKeyId='7'>\n  BQEC\n</signedPreKeyPublic>\
        <signedPreKeySignature> AwQF </signedPreKeySignature><identityKey>BQ\nYH</identityKey>\
        <prekeys><preKeyPublic preKeyId='1'>BQgJ</preKeyPublic><preKeyPublic preKeyId='0'>BQoL</preKeyPublic></prekeys>\
        </bundle>";
    assert!(bundle.contains(replace), "{replace}");
    parse_bundle(&bundle.replace(replace, by).parse().unwrap())
}

#[test]
fn a_bundle_is_read_as_it_stands_with_white_space_in_it() {
    let expected = Bundle {
        dialect: Dialect::Legacy,
        identity: vec![5, 6, 7],
        signed_prekey_id: 7,
        signed_prekey: vec![5, 1, 2],
        signature: vec![3, 4, 5],
        prekeys: vec![(1, vec![5, 8, 9]), (0, vec![5, 10, 11])],
    };
    assert_eq!(bundle_with("7", "7"), Some(expected));
}

#[test]
fn a_bundle_in_which_something_is_missing_doubled_or_garbled_is_none() {
    let identity = "<identityKey>BQ\nYH</identityKey>";
    for (replace, by) in [
        (identity, ""),
        (
            identity,
            "<identityKey>BQYH</identityKey><identityKey>BQYH</identityKey>",
        ),
        ("BQ\nYH", "B!YH"),
        (" signedPreKeyId='7'", ""),
        ("signedPreKeyId='7'", "signedPreKeyId='-7'"),
        ("AwQF", "AwQF===="),
        (
            "<bundle xmlns='eu.siacs.conversations.axolotl'>",
            "<bundle xmlns='urn:xmpp:omemo:2'>",
        ),
    ] {
        assert_eq!(bundle_with(replace, by), None, "{replace:?} -> {by:?}");
    }
}

#[test]
fn a_prekey_that_cannot_be_read_spoils_no_other() {
    for (replace, by) in [
        (" preKeyId='1'>BQgJ", " preKeyId='1'>BQg"),
        (" preKeyId='1'", " x='1'"),
        (" preKeyId='1'", " preKeyId='+1'"),
        (" preKeyId='1'", " preKeyId='4294967296'"),
    ] {
        let bundle = bundle_with(replace, by).unwrap();
        // It stays visible: a copy of ours with such a thing in it is not ours.
        assert_eq!(
            bundle.prekeys,
            [(u32::MAX, vec![]), (0, vec![5, 10, 11])],
            "{replace:?} -> {by:?}"
        );
    }
}

#[test]
fn no_more_than_a_thousand_prekeys_are_read() {
    let many: String = (0..1200)
        .map(|n| format!("<preKeyPublic preKeyId='{n}'>BQ==</preKeyPublic>"))
        .collect();
    let prekeys = "<preKeyPublic preKeyId='1'>BQgJ</preKeyPublic>";
    assert_eq!(bundle_with(prekeys, &many).unwrap().prekeys.len(), MAX_PREKEYS);
}

#[test]
fn of_the_keys_of_a_letter_ours_are_kept() {
    let read = letter(&format!(
        "<header sid='27183'><key rid='1'>garbage!</key><key rid='31415'>AAE=</key>\
         <key rid='31415' prekey='1'>AgM=</key><key rid='31415' prekey='false'>BAU=</key><key>BAU=</key>{IV}</header>\
         <payload>\n BgcI\n</payload>"
    ))
    .unwrap();
    let keys: Vec<(bool, &[u8])> = read
        .keys
        .iter()
        .map(|key| (key.kex, key.bytes.as_slice()))
        .collect();
    assert_eq!(keys, [(false, &[0, 1][..]), (true, &[2, 3]), (false, &[4, 5])]);
    assert_eq!((read.sid, read.iv.len()), (id(27183), 12));
    assert_eq!(read.payload.as_deref(), Some(&[6, 7, 8][..]));
}

#[test]
fn a_letter_for_others_and_a_key_transport_are_letters() {
    let read = letter(&format!("<header sid='1'><key rid='2'>AAE=</key>{IV}</header>")).unwrap();
    assert_eq!((read.keys.len(), read.payload), (0, None));
    let empty = letter(&format!("<header sid='1'>{IV}</header><payload/>")).unwrap();
    assert_eq!(empty.payload, Some(Vec::new()));
}

// Threat 51.
#[test]
fn ten_thousand_keys_for_us_are_eight() {
    let many = "<key rid='31415'>AAE=</key>".repeat(10_000);
    let read = letter(&format!("<header sid='1'>{many}{IV}</header>")).unwrap();
    assert_eq!(read.keys.len(), MAX_KEYS);
}

#[test]
fn an_iv_has_twelve_or_sixteen_bytes() {
    for (length, good) in [
        (0, false),
        (11, false),
        (12, true),
        (13, false),
        (16, true),
        (17, false),
        (4000, false),
    ] {
        let iv = crate::xml::encode_text(&vec![0; length]);
        let read = letter(&format!("<header sid='1'><iv>{iv}</iv></header>"));
        assert_eq!(read.is_ok(), good, "{length}");
    }
}

// Threat 16.
#[test]
fn what_is_missing_doubled_or_garbled_is_a_bad_letter() {
    let header = format!("<header sid='1'>{IV}</header>");
    for bad in [
        String::new(),
        format!("{header}{header}"),
        format!("{header}<payload>AA==</payload><payload>AA==</payload>"),
        format!("{header}<payload>A</payload>"),
        format!("<header sid='1'>{IV}{IV}</header>"),
        "<header sid='1'/>".to_owned(),
        "<header sid='1'><iv>!</iv></header>".to_owned(),
        format!("<header>{IV}</header>"),
        format!("<header sid='0'>{IV}</header>"),
        format!("<header sid='4294967295'>{IV}</header>"),
        format!("<header sid='1'><key rid='31415'>A</key>{IV}</header>"),
    ] {
        assert!(letter(&bad).is_err(), "{bad}");
    }
    let omemo2 = format!("<encrypted xmlns='urn:xmpp:omemo:2'>{header}</encrypted>");
    assert!(parse_encrypted(&omemo2.parse().unwrap(), id(1)).is_err());
}

#[test]
fn the_node_of_a_bundle_carries_the_device() {
    assert_eq!(
        bundle_node(id(31415)),
        "eu.siacs.conversations.axolotl.bundles:31415"
    );
}

fn bytes(length: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), length)
}

fn device() -> impl Strategy<Value = DeviceId> {
    (1..=0x7fff_ffff_u32).prop_map(id)
}

/// A letter of which each key is for another device, and the device for which the first one is.
pub(crate) fn any_letter() -> impl Strategy<Value = EncryptedMessage> {
    let key = (device(), any::<bool>(), bytes(0..80)).prop_map(|(rid, kex, bytes)| EncryptedKey {
        jid: String::new(),
        rid,
        kex,
        bytes,
    });
    let iv = prop::sample::select(vec![12_usize, 16]).prop_flat_map(bytes);
    let payload = prop::option::of(bytes(0..80));
    (device(), prop::collection::vec(key, 0..6), iv, payload).prop_map(|(sid, keys, iv, payload)| {
        EncryptedMessage {
            dialect: Dialect::Legacy,
            sid,
            keys,
            iv,
            payload,
        }
    })
}

proptest! {
    #[test]
    fn a_letter_is_read_as_it_was_written(letter in any_letter(), stranger in device()) {
        let written = encrypted(&letter);
        assert_renders(&written);
        for reader in letter.keys.iter().map(|key| key.rid).chain([stranger]) {
            let keys = letter.keys.iter().filter(|key| key.rid == reader).cloned().collect();
            prop_assert_eq!(parse_encrypted(&written, reader).unwrap(), EncryptedMessage { keys, ..letter.clone() });
        }
    }

    #[test]
    fn a_bundle_is_read_as_it_was_written(
        identity in bytes(33), signed_prekey in bytes(33), signature in bytes(64), signed_prekey_id in any::<u32>(),
        prekeys in prop::collection::vec((any::<u32>(), bytes(33)), 0..20),
    ) {
        let ours = Bundle { dialect: Dialect::Legacy, identity, signed_prekey_id, signed_prekey, signature, prekeys };
        let written = bundle(&ours);
        assert_renders(&written);
        prop_assert_eq!(parse_bundle(&written), Some(ours));
    }

    #[test]
    fn a_device_list_is_read_as_it_was_written(devices in prop::collection::btree_set(device(), 0..20)) {
        let devices: Vec<DeviceId> = devices.into_iter().collect();
        let written = device_list(&devices);
        assert_renders(&written);
        prop_assert_eq!(parse_device_list(&written, &|_| 0), Some(devices));
    }
}
