//! Known answers: whole sessions of other implementations, made again and opened (tests/vectors).

use serde_json::Value;

use super::json::*;
use super::*;
use crate::wire;

#[test]
fn legacy_session_vector_is_recreated_byte_for_byte() {
    let file = vectors!("legacy_session");
    let keys: Vec<_> = list(&file, "ratchet_private_keys_in_order_of_generation")
        .iter()
        .map(hex_value)
        .collect();
    let ephemeral = hex_of(&file["key_exchange"], "ephemeral_private");
    replay(
        &file,
        &ephemeral,
        &keys,
        Style {
            registration: false,
            short_pn: false,
        },
    );
}

#[test]
fn legacy_session_libsignal_vector_is_recreated_byte_for_byte() {
    let file = vectors!("legacy_session_libsignal");
    let draws: Vec<_> = list(&file, "os_urandom_outputs_in_order")
        .iter()
        .map(hex_value)
        .collect();
    let (ephemeral, keys) = draws.split_first().unwrap();
    replay(
        &file,
        ephemeral,
        keys,
        Style {
            registration: true,
            short_pn: true,
        },
    );
}

#[test]
fn omemo2_session_vector_is_recreated_byte_for_byte() {
    let file = vectors!("omemo2_session");
    let keys: Vec<_> = list(&file, "ratchet_private_keys_in_order_of_generation")
        .iter()
        .map(hex_value)
        .collect();
    let ephemeral = hex_of(&file["key_exchange"], "ephemeral_private");
    replay(
        &file,
        &ephemeral,
        &keys,
        Style {
            registration: false,
            short_pn: false,
        },
    );
}

fn hex_value(value: &Value) -> Vec<u8> {
    unhex(value.as_str().unwrap())
}

/// In what the implementation behind a file differs from ours on the wire.
#[derive(Clone, Copy)]
struct Style {
    /// It sends a registration id.
    registration: bool,
    /// Its PN is one too small.
    short_pn: bool,
}

fn person(file: &Value, name: &str) -> Person {
    let who = &file[name];
    let prekey =
        |key: &Value| PreKeyPair::from_secret(PreKeyId(number_of(key, "id")), &array_of(key, "private"));
    let signed = SignedPreKeyPair::from_secret(
        SignedPreKeyId(number_of(who, "signed_prekey_id")),
        &array_of(who, "signed_prekey_private"),
    );
    let identity = IdentityKeyPair::with_true_sign(&array_of(who, "identity_private"));
    assert_eq!(
        identity.public().fingerprint().hex(),
        str_of(who, "fingerprint_hex")
    );
    Person {
        own: OwnDevice {
            id: DeviceId::new(number_of(who, "device_id")).unwrap(),
            identity,
        },
        signed_prekeys: vec![signed],
        prekeys: list(who, "prekeys").iter().map(prekey).collect(),
    }
}

fn bundle(dialect: Dialect, who: &Value) -> Bundle {
    let prekey = |key: &Value| (number_of(key, "id"), hex_of(key, "public_wire"));
    Bundle {
        dialect,
        identity: hex_of(who, "identity_public_wire"),
        signed_prekey_id: number_of(who, "signed_prekey_id"),
        signed_prekey: hex_of(who, "signed_prekey_public_wire"),
        signature: hex_of(who, "signed_prekey_signature_wire"),
        prekeys: list(who, "prekeys").iter().map(prekey).collect(),
    }
}

/// Plays a whole transcript in script order: everything that either side sent is made again from the
/// scripted keys, bit by bit, and everything is opened by the other side. Each record goes through its
/// serialised form before each step.
fn replay(file: &Value, ephemeral: &[u8], ratchet_keys: &[Vec<u8>], style: Style) {
    let dialect = dialect_of(file);
    let mut people = [person(file, "alice"), person(file, "bob")];
    bundle(dialect, &file["alice"]).verify().unwrap();
    let bobs = bundle(dialect, &file["bob"]);
    let exchange = if file["key_exchange"].is_object() {
        &file["key_exchange"]
    } else {
        file
    };
    let chosen = number_of(exchange, "prekey_id");
    let place = bobs.prekeys.iter().position(|(id, _)| *id == chosen).unwrap();

    let mut script = Script::default();
    script.push(&(place as u64).to_le_bytes());
    script.push(ephemeral);
    ratchet_keys
        .iter()
        .filter(|key| key.len() == 32)
        .for_each(|key| script.push(key));
    let anas = SessionRecord::initiate(&people[0].own, &bobs.verify().unwrap(), None, &mut script);
    let mut records = [Some(anas), None];
    let messages = list(file, "messages");
    let mut steps = 0;
    for step in list(file, "script") {
        let label = step[1].as_str().unwrap();
        let message = messages.iter().find(|message| message["label"] == label).unwrap();
        let sender = usize::from(str_of(message, "from") == "bob");
        let receiver = 1 - sender;
        if step[0] == "send" {
            let record = records[sender].as_mut().unwrap();
            *record = SessionRecord::from_bytes(&record.to_bytes()).unwrap();
            sends(&people[sender], &people[receiver], record, message, style);
        } else {
            let stored = records[receiver].take().map(|record| record.to_bytes());
            let record = stored.map(|bytes| SessionRecord::from_bytes(&bytes).unwrap());
            let opened = delivers(dialect, &people, receiver, record, message, &mut script);
            people[receiver].spend(opened.spent);
            records[receiver] = Some(opened.record);
        }
        steps += 1;
    }
    assert!(steps > 15);
    script.assert_spent();
}

fn sends(from: &Person, to: &Person, record: &mut SessionRecord, message: &Value, style: Style) {
    let pn = record.current.ratchet.previous;
    if style.short_pn {
        record.current.ratchet.previous = pn.saturating_sub(1);
    }
    let dialect = record.dialect();
    let material = hex_of(message, "double_ratchet_plaintext");
    let key = match message["payload_plaintext_utf8"].as_str() {
        Some(text) => {
            let (key, iv) = (
                &material[..material.len() - 16],
                message["iv"].as_str().map(unhex),
            );
            let mut script = Script::default();
            script.push(key);
            iv.iter().for_each(|iv| script.push(iv));
            let letter = letter(from, to, record, text, &mut script);
            assert_eq!(letter.payload, Some(hex_of(message, "payload_ciphertext")));
            assert_eq!(letter.iv, iv.unwrap_or_default());
            assert_eq!(letter.sid, from.own.id);
            letter.keys[0].clone()
        }
        None => {
            let (kex, bytes) = record.encrypt(&from.own, &material);
            EncryptedKey {
                jid: String::new(),
                rid: to.own.id,
                kex,
                bytes,
            }
        }
    };
    record.current.ratchet.previous = pn;
    assert_eq!(Some(key.kex), message["is_prekey"].as_bool());
    assert_eq!(record.is_unanswered(), key.kex);
    let (inner, outer) = match key.kex {
        true => {
            let exchange = wire::read_exchange(dialect, &key.bytes).unwrap();
            let header = wire::ExchangeHeader {
                prekey: exchange.prekey,
                signed_prekey: exchange.signed_prekey,
                identity: &exchange.identity.encoded,
                base_key: exchange.base_key,
                registration: None,
            };
            let without = wire::write_exchange(dialect, &header, exchange.message);
            (
                exchange.message.to_vec(),
                if style.registration {
                    key.bytes.clone()
                } else {
                    without
                },
            )
        }
        false => (key.bytes.clone(), key.bytes.clone()),
    };
    assert_eq!(inner, hex_of(message, "inner_message_bytes"));
    assert_eq!(outer, hex_of(message, "key_element_bytes"));
}

fn delivers(
    dialect: Dialect,
    people: &[Person; 2],
    receiver: usize,
    record: Option<SessionRecord>,
    message: &Value,
    script: &mut Script,
) -> Opened {
    let (from, to) = (&people[1 - receiver], &people[receiver]);
    let known = record.is_some();
    let kex = message["is_prekey"].as_bool().unwrap();
    let payload = message["payload_plaintext_utf8"].as_str();
    let letter = EncryptedMessage {
        dialect,
        sid: from.own.id,
        keys: vec![EncryptedKey {
            jid: String::new(),
            rid: to.own.id,
            kex,
            bytes: hex_of(message, "key_element_bytes"),
        }],
        iv: message["iv"].as_str().map(unhex).unwrap_or_default(),
        payload: payload.map(|_| hex_of(message, "payload_ciphertext")),
    };
    let identity = from.own.identity.public();
    let opened = open(&letter, &to.local(), record, Some(identity), script)
        .ok()
        .unwrap();
    assert_eq!(text(&opened), payload.unwrap_or_default());
    assert_eq!(opened.counter, number_of(message, "n"));
    assert_eq!(opened.identity, identity);
    assert_eq!(opened.new_session, !known);
    assert_eq!(opened.spent.is_some(), !known);
    // At once again: every message opens once.
    let copy = SessionRecord::from_bytes(&opened.record.to_bytes()).unwrap();
    let again = open(&letter, &to.local(), Some(copy), Some(identity), script);
    assert_eq!(again.err(), Some(OpenError::Duplicate));
    opened
}
