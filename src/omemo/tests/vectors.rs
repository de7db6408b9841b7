//! Known answers, made by other implementations (tests/vectors).

use serde_json::Value;
use zeroize::Zeroizing;

use super::json::*;
use super::*;
use crate::primitives::{self, Point, points};
use crate::ratchet::{ChainKey, RootKey};
use crate::{keys::KeyPair, payload, wire, x3dh};

fn pair(value: &Value, key: &str) -> KeyPair {
    KeyPair::from_secret(Zeroizing::new(array_of(value, key)))
}

fn lift(pair: &KeyPair) -> Point {
    Point::lift(&pair.public.0)
}

#[test]
fn xeddsa_vector_signatures_are_made_and_verified_with_either_sign_bit() {
    let file = vectors!("xeddsa");
    let mut sign_bits = [0, 0];
    for key in list(&file, "identity_keys") {
        let secret = array_of(key, "identity_private");
        let (curve, ed) = primitives::identity_public(&secret);
        assert_eq!(curve, array_of(key, "curve25519_public"));
        assert_eq!(ed, array_of(key, "ed25519_public"));
        let identity = IdentityKeyPair::from_secret(&secret);
        assert_eq!(identity.public(), IdentityKey(curve));
        assert_eq!(
            identity.encoded(Dialect::Omemo2),
            &array_of(key, "ed25519_public_sign0")
        );
        assert_eq!(primitives::ed25519_to_x25519(&ed), Some(curve));
        assert_eq!(
            primitives::ed25519_to_x25519(&array_of(key, "ed25519_public_sign1")),
            Some(curve)
        );
        sign_bits[number_of(key, "ed25519_sign_bit") as usize] += 1;
        let nonce = array_of(key, "nonce64");
        for signature in list(key, "signatures") {
            signature_vector(key, signature, &secret, &nonce);
        }
    }
    assert_eq!(sign_bits, [2, 2]);
}

fn signature_vector(key: &Value, vector: &Value, secret: &[u8; 32], nonce: &[u8; 64]) {
    let curve = array_of(key, "curve25519_public");
    let message = hex_of(vector, "message");
    let ours = array_of::<64>(vector, "xeddsa_signature_sign0");
    assert_eq!(primitives::xeddsa_sign(secret, &message, nonce), ours);
    assert_eq!(ours[63] & 0x80, 0);
    let mut script = Script::default();
    script.push(nonce);
    assert_eq!(
        IdentityKeyPair::from_secret(secret).sign(&message, &mut script),
        ours
    );

    let point = Point::lift(&curve);
    let as_is = array_of(vector, "ed25519_signature_key_as_is");
    let wire = array_of(vector, "legacy_wire_signature_with_sign_bit");
    let (ed, sign0) = (
        array_of(key, "ed25519_public"),
        array_of(key, "ed25519_public_sign0"),
    );
    let results = [
        (
            "legacy_verify(curve25519_public, wire)",
            point.verify(&message, &wire),
        ),
        (
            "legacy_verify(curve25519_public, xeddsa_sign0)",
            point.verify(&message, &ours),
        ),
        (
            "ed25519_verify(ed25519_public_sign0, as_is)",
            primitives::ed25519_verify(&sign0, &message, &as_is),
        ),
        (
            "ed25519_verify(ed25519_public, xeddsa_sign0)",
            primitives::ed25519_verify(&ed, &message, &ours),
        ),
    ];
    let expected = vector["expect"].as_object().unwrap();
    assert_eq!(expected.len(), results.len());
    for (name, result) in results {
        assert_eq!(Some(result), expected[name].as_bool(), "{name}");
    }
    assert!(primitives::ed25519_verify(&ed, &message, &as_is));
    assert!(primitives::ed25519_verify(&sign0, &message, &ours));
    for bit in [0, 77, 255, 256, 400, 510] {
        let mut broken = ours;
        broken[bit / 8] ^= 1 << (bit % 8);
        assert!(!point.verify(&message, &broken), "bit {bit}");
    }
    assert!(!point.verify(&[&message[..], &[0]].concat(), &ours));
}

#[test]
fn xeddsa_vector_seeds_and_x25519_pairs_agree() {
    let file = vectors!("xeddsa");
    for seed in list(&file, "ed25519_seeds") {
        let (curve, ed) = primitives::identity_public(&array_of(seed, "private"));
        assert_eq!(curve, array_of(seed, "curve25519_public"));
        assert_eq!(ed, array_of(seed, "ed25519_public"));
        let signature = array_of(seed, "rfc8032_signature");
        assert!(primitives::ed25519_verify(
            &ed,
            &hex_of(seed, "message"),
            &signature
        ));
    }
    for pairs in list(&file, "x25519") {
        let (a, b) = (pair(pairs, "private_a"), pair(pairs, "private_b"));
        assert_eq!(a.public.0, array_of(pairs, "public_a"));
        assert_eq!(b.public.0, array_of(pairs, "public_b"));
        assert_eq!(*a.agree(&lift(&b)), array_of(pairs, "shared"));
        assert_eq!(*b.agree_checked(&lift(&a)).unwrap(), array_of(pairs, "shared"));
    }
}

#[test]
fn a_lifted_point_multiplies_as_the_ladder_does_whatever_it_is() {
    let mut secret = [0x5a; 32];
    let mut on_twist = 0;
    let bad = points::small().chain(points::mixed()).map(|(u, _)| u);
    let any = (0..200u8).map(|n| primitives::hkdf(&[n; 32], b"a point", b""));
    for u in bad.chain(any.map(|u| *u)) {
        let point = Point::lift(&u);
        let product = points::ladder(&secret, &u);
        assert_eq!(*point.times(&secret), product);
        assert_eq!(point.times_checked(&secret).is_none(), product == [0; 32]);
        on_twist += usize::from(!points::is_on_curve(&u));
        secret = *primitives::hkdf(&secret, &u, b"");
    }
    assert!((60..140).contains(&on_twist), "{on_twist}");
}

#[test]
fn x3dh_vector_secrets_are_the_same_on_both_sides() {
    let file = vectors!("x3dh");
    for vector in list(&file, "vectors") {
        let dialect = dialect_of(vector);
        assert_eq!(dialect.constants().x3dh_info, str_of(vector, "info").as_bytes());
        let (alice, bob) = (&vector["alice"], &vector["bob"]);
        let identity = |who: &Value| IdentityKeyPair::with_true_sign(&array_of(who, "identity_private"));
        let (ika, ikb) = (identity(alice), identity(bob));
        let id = number_of(vector, "prekey_id");
        let prekey = list(bob, "prekeys")
            .iter()
            .find(|key| number_of(key, "id") == id)
            .unwrap();
        let (ephemeral, spk, opk) = (
            pair(vector, "ephemeral_private"),
            pair(bob, "signed_prekey_private"),
            pair(prekey, "private"),
        );
        assert_eq!(
            wire::encode_key(dialect, &spk.public.0),
            hex_of(bob, "signed_prekey_public_wire")
        );
        assert_eq!(*ika.agree(&lift(&spk)), array_of(vector, "dh1_ikA_spkB"));
        assert_eq!(*ephemeral.agree(&lift(&opk)), array_of(vector, "dh4_ekA_opkB"));

        let responder = x3dh::Responder {
            identity: Point::lift(&ikb.public().0),
            signed_prekey: lift(&spk),
            prekey: lift(&opk),
        };
        let alices = x3dh::initiate(dialect, &ika, &ephemeral, &responder);
        let bobs = x3dh::respond(
            dialect,
            &ikb,
            &spk,
            &opk,
            &Point::lift(&ika.public().0),
            &lift(&ephemeral),
        )
        .unwrap();
        assert_eq!(*alices, array_of(vector, "shared_secret_root_key"));
        assert_eq!(*bobs, *alices);
        let okm = primitives::hkdf::<64>(
            &array_of(vector, "salt"),
            &hex_of(vector, "hkdf_ikm"),
            dialect.constants().x3dh_info,
        );
        assert_eq!(*okm, array_of(vector, "hkdf_okm64"));
        let associated = wire::associated_data(dialect, ika.encoded(dialect), ikb.encoded(dialect));
        assert_eq!(
            associated.as_slice(),
            hex_of(vector, "associated_data_initiator_then_responder")
        );
    }
}

#[test]
fn kdf_vector_root_and_chain_steps_agree() {
    let file = vectors!("kdf");
    for vector in list(&file, "vectors") {
        let constants = dialect_of(vector).constants();
        assert_eq!(constants.root_info, str_of(vector, "root_info").as_bytes());
        assert_eq!(constants.message_info, str_of(vector, "message_info").as_bytes());
        let root = RootKey(Zeroizing::new(array_of(vector, "root_key_in_as_salt")));
        let (root, chain) = root.turn(constants, &Zeroizing::new(array_of(vector, "dh_out_as_ikm")));
        assert_eq!(*root.0, array_of(vector, "root_key_out"));
        assert_eq!(*chain.0, array_of(vector, "chain_key_out"));
        let mut chain: ChainKey = chain;
        for step in list(vector, "chain") {
            assert_eq!(*chain.0, array_of(step, "chain_key"));
            let (message, next) = chain.turn();
            assert_eq!(*message.0, array_of(step, "message_key_hmac01"));
            assert_eq!(*next.0, array_of(step, "next_chain_key_hmac02"));
            let keys = primitives::hkdf::<80>(&[0; 32], message.0.as_ref(), constants.message_info);
            assert_eq!(keys.as_slice(), hex_of(step, "hkdf80"));
            let split = ["enc_key", "mac_key", "iv"]
                .map(|part| hex_of(step, part))
                .concat();
            assert_eq!(keys.as_slice(), split);
            chain = next;
        }
    }
}

#[test]
fn payload_vector_ciphertexts_are_made_and_opened() {
    let file = vectors!("payload");
    let mut long_ivs = 0;
    for vector in list(&file, "legacy") {
        let material = hex_of(vector, "double_ratchet_plaintext_key_then_tag");
        let (iv, plaintext) = (hex_of(vector, "iv"), hex_of(vector, "plaintext"));
        let ciphertext = hex_of(vector, "ciphertext");
        let opened = payload::open(Dialect::Legacy, &material, &iv, &ciphertext).unwrap();
        assert_eq!(*opened, plaintext);
        if iv.len() == 12 {
            let mut script = Script::default();
            script.push(&hex_of(vector, "key"));
            script.push(&iv);
            let sealed = payload::seal(Dialect::Legacy, &plaintext, &mut script);
            assert_eq!(
                (&*sealed.material, &sealed.iv, &sealed.ciphertext),
                (&material, &iv, &ciphertext)
            );
        } else {
            long_ivs += 1;
        }
        // The form with the tag in the payload is refused (other recipients could have altered it).
        let old = &vector["very_old_form"];
        let bare = hex_of(old, "double_ratchet_plaintext_key_only");
        let tagged = hex_of(old, "payload_ciphertext_with_tag");
        let refused = payload::open(Dialect::Legacy, &bare, &iv, &tagged);
        assert_eq!(refused, Err(OpenError::Malformed("length of the key material")));
    }
    assert!(long_ivs > 0);
    for vector in list(&file, "omemo2") {
        let material = hex_of(vector, "double_ratchet_plaintext_key_then_hmac");
        let (ciphertext, plaintext) = (hex_of(vector, "ciphertext"), str_of(vector, "plaintext_utf8"));
        let opened = payload::open(Dialect::Omemo2, &material, &[], &ciphertext).unwrap();
        assert_eq!(*opened, plaintext.as_bytes());
        for length in [0, 31, 32, 47, 49] {
            let mut wrong = material.clone();
            wrong.resize(length, 0);
            let refused = payload::open(Dialect::Omemo2, &wrong, &[], &ciphertext);
            assert_eq!(refused, Err(OpenError::Malformed("length of the key material")));
        }
        let mut script = Script::default();
        script.push(&hex_of(vector, "key"));
        let sealed = payload::seal(Dialect::Omemo2, plaintext.as_bytes(), &mut script);
        assert_eq!((&*sealed.material, &sealed.ciphertext), (&material, &ciphertext));
    }
    let empty = hex_of(&file, "omemo2_empty_message_double_ratchet_plaintext");
    assert_eq!(*payload::empty(Dialect::Omemo2, &mut Script::default()).0, empty);
}

#[test]
fn fingerprint_vector_is_the_same_for_both_forms_of_the_key() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let file = vectors!("files_and_fingerprints");
    let vector = &file["fingerprint"];
    for (dialect, field) in [
        (Dialect::Legacy, "identity_key_wire_legacy_base64"),
        (Dialect::Omemo2, "identity_key_wire_omemo2_base64"),
    ] {
        let bytes = STANDARD.decode(str_of(vector, field)).unwrap();
        let fingerprint = wire::decode_identity(dialect, &bytes).unwrap().key.fingerprint();
        assert_eq!(fingerprint.hex(), str_of(vector, "hex"));
        assert_eq!(fingerprint.grouped(), str_of(vector, "groups_of_8"));
        for typed in [
            fingerprint.grouped().to_uppercase(),
            format!("05{}", fingerprint.hex()),
            format!("  {}\n", fingerprint.grouped().replace(' ', "\n")),
        ] {
            assert_eq!(Fingerprint::parse(&typed), Some(fingerprint));
        }
        assert_eq!(fingerprint.identity_key().fingerprint(), fingerprint);
    }
}

#[test]
fn every_file_of_vectors_is_read_by_a_test() {
    let tests = [include_str!("vectors.rs"), include_str!("transcripts.rs")].concat();
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files = 0;
    for name in names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)) {
        files += 1;
        assert!(tests.contains(&format!("vectors!(\"{name}\")")), "{name}");
    }
    assert!(files >= 8, "{files}");
}
