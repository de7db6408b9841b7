//! Which mechanism is chosen, and when none is.

use super::*;

const TERMS: Terms<'static> = Terms {
    allow_plain: false,
    before: None,
    exporter: true,
    tls13: true,
};

fn offer(mechanisms: &[&str], bindings: Option<&[&str]>) -> Offer {
    let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    Offer {
        mechanisms: owned(mechanisms),
        bindings: bindings.map(owned),
    }
}

fn chosen(mechanisms: &[&str], bindings: Option<&[&str]>, terms: &Terms<'_>) -> (&'static str, &'static str) {
    let choice = choose(&offer(mechanisms, bindings), terms).unwrap();
    (choice.mechanism.name(), choice.flag.gs2_header())
}

#[test]
fn the_strongest_is_taken_and_plus_counts_for_more_than_the_hash() {
    let all = [
        "PLAIN",
        "SCRAM-SHA-1",
        "SCRAM-SHA-512",
        "SCRAM-SHA-1-PLUS",
        "X-OAUTH2",
    ];
    assert_eq!(
        chosen(&all, Some(&["tls-exporter"]), &TERMS),
        ("SCRAM-SHA-1-PLUS", "p=tls-exporter,,")
    );
    assert_eq!(chosen(&all[..3], None, &TERMS), ("SCRAM-SHA-512", "y,,"));
    assert_eq!(chosen(&all[..2], None, &TERMS), ("SCRAM-SHA-1", "y,,"));
}

#[test]
fn plus_needs_a_binding_that_we_can_use() {
    let all = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"];
    assert_eq!(
        chosen(&all, Some(&["tls-unique"]), &TERMS),
        ("SCRAM-SHA-256", "n,,")
    );
    for unlisted in [None, Some(&[][..])] {
        assert_eq!(chosen(&all, unlisted, &TERMS), ("SCRAM-SHA-256", "n,,"));
        let before = Terms {
            before: Some("SCRAM-SHA-256-PLUS"),
            ..TERMS
        };
        assert_eq!(
            chosen(&all, unlisted, &before),
            ("SCRAM-SHA-256-PLUS", "p=tls-exporter,,")
        );
    }
    let old = Terms {
        tls13: false,
        ..TERMS
    };
    assert_eq!(chosen(&all, None, &old), ("SCRAM-SHA-256", "n,,"));
    assert_eq!(
        chosen(&all, Some(&["tls-exporter"]), &old),
        ("SCRAM-SHA-256-PLUS", "p=tls-exporter,,")
    );
    let none = Terms {
        exporter: false,
        ..TERMS
    };
    assert_eq!(
        chosen(&all, Some(&["tls-exporter"]), &none),
        ("SCRAM-SHA-256", "n,,")
    );
}

#[test]
fn plus_of_a_hash_that_we_lack_still_counts_as_offered() {
    // `y` would make an honest server suspect an attack.
    let names = ["SCRAM-SHA-256", "SCRAM-SHA3-512-PLUS"];
    assert_eq!(
        chosen(&names, Some(&["tls-exporter"]), &TERMS),
        ("SCRAM-SHA-256", "n,,")
    );
}

#[test]
fn plain_is_taken_only_where_it_is_allowed_and_nothing_better_is_there() {
    assert_eq!(
        choose(&offer(&["PLAIN"], None), &TERMS),
        Err(SaslError::OnlyPlain)
    );
    let allowed = Terms {
        allow_plain: true,
        ..TERMS
    };
    assert_eq!(chosen(&["PLAIN"], None, &allowed).0, "PLAIN");
    assert_eq!(chosen(&["PLAIN", "SCRAM-SHA-1"], None, &allowed).0, "SCRAM-SHA-1");
    let before = Terms {
        before: Some("SCRAM-SHA-1"),
        ..allowed
    };
    assert!(matches!(
        choose(&offer(&["PLAIN"], None), &before),
        Err(SaslError::Weaker { .. })
    ));
}

#[test]
fn a_server_may_get_stronger_but_not_weaker() {
    let plus = Terms {
        before: Some("SCRAM-SHA-1-PLUS"),
        ..TERMS
    };
    assert!(matches!(
        choose(&offer(&["SCRAM-SHA-512"], None), &plus),
        Err(SaslError::Weaker { .. })
    ));
    let sha256 = Terms {
        before: Some("SCRAM-SHA-256"),
        ..TERMS
    };
    assert!(matches!(
        choose(&offer(&["SCRAM-SHA-1"], None), &sha256),
        Err(SaslError::Weaker { .. })
    ));
    assert_eq!(
        chosen(&["SCRAM-SHA-1-PLUS"], Some(&["tls-exporter"]), &sha256).0,
        "SCRAM-SHA-1-PLUS"
    );
    assert_eq!(chosen(&["SCRAM-SHA-256"], None, &sha256).0, "SCRAM-SHA-256");
}

#[test]
fn names_that_are_only_like_ours_are_not_ours() {
    let error = choose(&offer(&["scram-sha-1", " SCRAM-SHA-1", "EXTERNAL"], None), &TERMS);
    assert_eq!(
        error,
        Err(SaslError::NoneInCommon(
            "scram-sha-1,  SCRAM-SHA-1, EXTERNAL".into()
        ))
    );
    assert_eq!(
        choose(&Offer::default(), &TERMS),
        Err(SaslError::NoneInCommon("nothing".into()))
    );
}

#[test]
fn features_are_read_with_both_lists() {
    let features: Element =
        "<stream:features xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>\
        <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>\
        <mechanism xmlns='urn:other'>SCRAM-SHA-1</mechanism></mechanisms>\
        <sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='tls-exporter'/>\
        </sasl-channel-binding></stream:features>"
            .parse()
            .unwrap();
    assert_eq!(
        Offer::read(&features).unwrap(),
        offer(&["PLAIN"], Some(&["tls-exporter"]))
    );
}

#[test]
fn the_downgrade_string_is_the_one_of_xep_0474() {
    let offer = offer(
        &["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"],
        Some(&["tls-server-end-point", "tls-exporter"]),
    );
    assert_eq!(
        offer.downgrade_string(),
        b"SCRAM-SHA-1\x1eSCRAM-SHA-1-PLUS\x1ftls-exporter\x1etls-server-end-point"
    );
}
