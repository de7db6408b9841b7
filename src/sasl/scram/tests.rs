//! SCRAM against the vectors of the RFCs and of XEP-0474, and against servers that lie.

use proptest::prelude::*;

use super::*;

struct Vector {
    choice: Choice,
    nonce: &'static str,
    exporter: &'static [u8],
    offer: Offer,
    first: &'static str,
    challenge: &'static str,
    last: &'static str,
    signature: &'static str,
}

fn scram(hash: Hash) -> Choice {
    Choice {
        mechanism: Mechanism::Scram(hash),
        flag: Flag::Unusable,
    }
}

fn run(vector: &Vector) {
    let first = begin(vector.choice, &vector.offer, vector.exporter, vector.nonce);
    assert_eq!(first.message(), vector.first);
    let last = first.receive(vector.challenge.as_bytes()).unwrap().prove();
    assert_eq!(last.message(), vector.last);
    last.verify(vector.signature.as_bytes()).unwrap();
}

fn begin(choice: Choice, offer: &Offer, exporter: &[u8], nonce: &str) -> ClientFirst {
    ClientFirst::with_nonce(choice, offer, "user", "pencil", exporter, nonce.into()).unwrap()
}

#[test]
fn the_vector_of_rfc_5802_is_met() {
    run(&Vector {
        choice: scram(Hash::Sha1),
        nonce: "fyko+d2lbbFgONRv9qkxdawL",
        exporter: b"",
        offer: Offer::default(),
        first: "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        challenge: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        last: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        signature: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    });
}

#[test]
fn the_vector_of_rfc_7677_is_met() {
    run(&Vector {
        choice: scram(Hash::Sha256),
        nonce: "rOprNGfwEbeRWgbNEkqO",
        exporter: b"",
        offer: Offer::default(),
        first: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        challenge: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        last: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
               p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        signature: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    });
}

fn xep_0474_offer() -> Offer {
    Offer {
        mechanisms: vec!["SCRAM-SHA-1".into(), "SCRAM-SHA-1-PLUS".into()],
        bindings: Some(vec!["tls-server-end-point".into(), "tls-exporter".into()]),
    }
}

const XEP_0474_NONCE: &str = "12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6";
const XEP_0474_CHALLENGE: &str = "r=12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6a09117a6-ac50-4f2f-93f1-93799c2bddf6,\
                                  s=QSXCR+Q6sek8bf92,i=4096,h=G6k/rBLDqgOhRRaCuuatSDFkJ08=";

fn xep_0474(offer: &Offer) -> ClientFirst {
    let choice = Choice {
        mechanism: Mechanism::ScramPlus(Hash::Sha1),
        flag: Flag::Exporter,
    };
    begin(choice, offer, b"THIS IS FAKE CB DATA", XEP_0474_NONCE)
}

#[test]
fn the_vector_of_xep_0474_is_met_as_far_as_it_goes() {
    // Its client-final-message carries an attribute of the client that older versions
    // had, so only its parts compare.
    let first = xep_0474(&xep_0474_offer());
    assert_eq!(
        first.message(),
        "p=tls-exporter,,n=user,r=12C4CD5C-E38E-4A98-8F6D-15C38F51CCC6"
    );
    let last = first.receive(XEP_0474_CHALLENGE.as_bytes()).unwrap().prove();
    assert!(
        last.message()
            .starts_with("c=cD10bHMtZXhwb3J0ZXIsLFRISVMgSVMgRkFLRSBDQiBEQVRB,r=12C4CD5C")
    );
}

#[test]
fn a_list_that_was_changed_on_the_way_ends_the_login() {
    let mut stripped = xep_0474_offer();
    stripped.bindings = Some(vec!["tls-exporter".into()]);
    assert_eq!(
        xep_0474(&stripped).receive(XEP_0474_CHALLENGE.as_bytes()).err(),
        Some(SaslError::Downgraded)
    );
}

/// What we say of a server-first-message after "r=".
fn answer(rest: &str) -> Option<SaslError> {
    let message = format!("r=ours{rest}");
    begin(scram(Hash::Sha1), &Offer::default(), b"", "ours")
        .receive(message.as_bytes())
        .err()
}

#[test]
fn a_challenge_that_is_not_an_answer_to_ours_is_refused() {
    assert_eq!(answer("more,s=QSXC,i=4096"), None);
    assert_eq!(answer(",s=QSXC,i=4096"), Some(SaslError::Nonce));
    let first = begin(scram(Hash::Sha1), &Offer::default(), b"", "ours");
    assert_eq!(
        first.receive(b"r=oursother".as_slice()).err(),
        Some(SaslError::Malformed("no salt"))
    );
    let first = begin(scram(Hash::Sha1), &Offer::default(), b"", "ours");
    assert_eq!(
        first.receive(b"r=theirs,s=QSXC,i=4096").err(),
        Some(SaslError::Nonce)
    );
}

#[test]
fn weak_and_absurd_counts_are_refused_before_any_work() {
    for count in [
        "1",
        "4095",
        "10000001",
        "4000000000",
        "99999999999999999999999999",
    ] {
        let error = answer(&format!("x,s=QSXC,i={count}"));
        assert!(
            matches!(error, Some(SaslError::Iterations(_))),
            "{count}: {error:?}"
        );
    }
    for count in ["", "0", "-1", "+4096", "04096", " 4096", "4096 ", "0x1000", "4e3"] {
        let error = answer(&format!("x,s=QSXC,i={count}"));
        assert!(
            matches!(error, Some(SaslError::Malformed(_))),
            "{count}: {error:?}"
        );
    }
    assert_eq!(answer("x,s=QSXC,i=10000000"), None);
}

#[test]
fn malformed_challenges_are_refused() {
    for rest in [
        "",
        "x,i=4096,s=QSXC",
        "x,s=,i=4096",
        "x,s=***,i=4096",
        "x,s=QSX,i=4096",
        "x,s=QSXC,i=4096,m=ext",
        "x,s=QSXC,i=4096,i=8192",
        "x,s=QSXC,i=4096,",
        "x,s=QSXC,i=4096,h=a,h=a",
        "\u{1},s=QSXC,i=4096",
        "x y,s=QSXC,i=4096",
    ] {
        assert!(matches!(answer(rest), Some(SaslError::Malformed(_))), "{rest}");
    }
    assert_eq!(
        answer(&format!("x,s={},i=4096", BASE64.encode([0; 1025]))).map(|_| ()),
        Some(())
    );
    assert_eq!(answer(&"x".repeat(9000)), Some(SaslError::Malformed("too long")));
    assert_eq!(answer("x,s=QSXC,i=4096,z=unknown"), None);
}

#[test]
fn only_the_right_signature_makes_a_login() {
    let last = begin(
        scram(Hash::Sha1),
        &Offer::default(),
        b"",
        "fyko+d2lbbFgONRv9qkxdawL",
    )
    .receive(b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096")
    .unwrap()
    .prove();
    assert!(last.verify(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=,ext=1").is_ok());
    assert_eq!(last.verify(b"").err(), Some(SaslError::Unproved));
    assert_eq!(
        last.verify(b"rmF9pqV8S7suAoZWja4dJRkFsKQ=").err(),
        Some(SaslError::Unproved)
    );
    for wrong in [
        "v=",
        "v=rmF9pqV8S7suAoZWja4dJRkFsKU=",
        "v=rmF9pqV8S7suAoZWja4dJRkFsKQ",
        "v=cm1GOXBxVjhTN3N1QW8=",
    ] {
        assert_eq!(
            last.verify(wrong.as_bytes()).err(),
            Some(SaslError::Signature),
            "{wrong}"
        );
    }
    assert_eq!(
        last.verify(b"e=invalid-proof\x1b[2J").err(),
        Some(SaslError::Refused("invalid-proof2J".into()))
    );
}

#[test]
fn names_are_escaped_and_prepared() {
    let first = ClientFirst::with_nonce(
        scram(Hash::Sha1),
        &Offer::default(),
        "a=b,c",
        "p",
        b"",
        "x".into(),
    )
    .unwrap();
    assert_eq!(first.message(), "n,,n=a=3Db=2Cc,r=x");
    let soft = ClientFirst::with_nonce(
        scram(Hash::Sha1),
        &Offer::default(),
        "u",
        "I\u{AD}X",
        b"",
        "x".into(),
    )
    .unwrap();
    assert_eq!(soft.password.as_str(), "IX");
}

#[test]
fn a_binding_never_travels_with_the_wrong_flag() {
    let plus = Choice {
        mechanism: Mechanism::ScramPlus(Hash::Sha1),
        flag: Flag::Exporter,
    };
    let bad = Choice {
        flag: Flag::NotOffered,
        ..plus
    };
    let make =
        |choice, data| ClientFirst::with_nonce(choice, &Offer::default(), "u", "p", data, "x".into()).is_ok();
    assert!(make(plus, b"data"));
    assert!(!make(plus, b""));
    assert!(!make(bad, b"data"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_message_of_a_server_makes_a_panic(first in proptest::collection::vec(any::<u8>(), 0..200),
                                            last in proptest::collection::vec(any::<u8>(), 0..80)) {
        let mut message = b"r=ours".to_vec();
        message.extend_from_slice(&first);
        let _ = begin(scram(Hash::Sha256), &Offer::default(), b"", "ours").receive(&message);
        let done = ClientFinal { message: String::new(), expected: Zeroizing::new(vec![1; 32]) };
        prop_assert!(done.verify(&last).is_err());
    }
}
