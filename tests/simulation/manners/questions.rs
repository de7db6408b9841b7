//! What an archive may be asked, by whom, and what three servers answer to the rest.

use super::raw::{ENABLE, Raw, bodies, filled, form, id, query, set, short};
use super::{ANA, BOB};
use crate::server::{Manners, text};

use Manners::{Ejabberd, Openfire, Prosody};

const NOT_FOUND: &str = "<error type='modify'><item-not-found/></error>";
const BAD: &str = "<error type='modify'><bad-request/></error>";

#[test]
fn which_fields_a_form_may_have() {
    let (mut server, bob) = filled(Prosody, 6);
    let (one, four) = (id(&server, 1), id(&server, 4));
    let between = form(&[("after-id", &one), ("before-id", &four)]);
    assert_eq!(bob.page(&mut server, &between).0, bodies(2..4));
    // The form does not turn the direction, and where to stop may be unknown; from where to go on may not.
    let asked = format!("{between}{}", set("<max>1</max>"));
    assert_eq!(bob.page(&mut server, &asked).0, ["2"]);
    assert_eq!(
        bob.page(&mut server, &form(&[("after-id", &four), ("before-id", "gone")]))
            .0,
        ["5"]
    );
    let asked = set(&format!("<before>{one}</before><after>gone</after>"));
    assert_eq!(bob.page(&mut server, &asked).0, ["0"]);
    let of_others = format!(
        "{}{}",
        form(&[("with", "carol@mired.test")]),
        set(&format!("<after>{one}</after>"))
    );
    assert!(
        bob.page(&mut server, &of_others).1.ends_with(NOT_FOUND),
        "of another chat"
    );
    assert_eq!(bob.page(&mut server, &form(&[("ids", &one)])).0, ["1"]);
    assert_eq!(bob.page(&mut server, &form(&[("strange", "x")])).0, bodies(0..6));
    for manners in [Ejabberd, Openfire] {
        let (mut server, bob) = filled(manners, 6);
        for field in ["after-id", "before-id", "ids", "strange"] {
            let (page, end) = bob.page(&mut server, &form(&[("with", ANA), (field, "1")]));
            assert!(page.is_empty() && end.ends_with(BAD), "{end}");
        }
    }
    for manners in [Prosody, Ejabberd, Openfire] {
        let (mut server, bob) = filled(manners, 6);
        for (field, value) in [("start", "yesterday"), ("end", "12:00"), ("with", "@@")] {
            let (page, end) = bob.page(&mut server, &form(&[(field, value)]));
            assert!(page.is_empty() && end.ends_with(BAD), "{field} {end}");
        }
        let (start, end) = ("2026-11-20T12:00:02Z", "2026-11-20T12:00:04.5Z");
        assert_eq!(
            bob.page(&mut server, &form(&[("start", start), ("end", end)])).0,
            bodies(2..5)
        );
    }
}

#[test]
fn with_a_full_address() {
    for (manners, expected) in [(Prosody, 2), (Ejabberd, 0), (Openfire, 2)] {
        let (mut server, bob) = filled(manners, 2);
        let with = form(&[("with", "ana@mired.test/elsewhere")]);
        assert_eq!(bob.page(&mut server, &with).0.len(), expected, "{manners:?}");
        assert_eq!(bob.page(&mut server, &form(&[("with", ANA)])).0.len(), 2);
    }
}

#[test]
fn what_somebody_else_has() {
    for (manners, refused) in [
        (
            Prosody,
            Some("<error type='cancel'><service-unavailable/></error>"),
        ),
        (Ejabberd, None),
        (Openfire, Some("<error type='auth'><forbidden/></error>")),
    ] {
        for to in [ANA, "mired.test"] {
            let (mut server, bob) = filled(manners, 3);
            let asked = query("").replacen("<iq ", &format!("<iq to='{to}' "), 1);
            bob.says(&mut server, &asked);
            let heard = bob.hears(&mut server);
            match refused {
                Some(refused) => assert!(short(&text(&heard[0])).contains(refused), "{manners:?}"),
                None => assert_eq!(heard.len(), 4, "its own, from ejabberd"),
            }
        }
    }
}

#[test]
fn an_error_repeats_the_question_or_not() {
    let asked = set("<after>nothing</after>");
    for (manners, repeated) in [(Prosody, false), (Openfire, true)] {
        let (mut server, bob) = filled(manners, 3);
        let answer = bob.asks(&mut server, &asked).pop().unwrap();
        assert_eq!(answer.attr("type"), Some("error"));
        let names: Vec<&str> = answer.children().map(minidom::Element::name).collect();
        assert_eq!(
            names,
            if repeated {
                vec!["query", "error"]
            } else {
                vec!["error"]
            }
        );
    }
    let (mut server, bob) = filled(Ejabberd, 3);
    let answer = bob.asks(&mut server, &set("<index>1</index>")).pop().unwrap();
    let names: Vec<&str> = answer.children().map(minidom::Element::name).collect();
    assert_eq!(names, ["query", "error"]);
    assert_eq!(answer.attr("from"), Some(BOB));
}

#[test]
fn an_archive_that_forgets() {
    for manners in [Prosody, Ejabberd, Openfire] {
        let (mut server, bob) = filled(manners, 5);
        let old = server.accounts[BOB].archive.entries[1].cursor().to_owned();
        server.expire_before("2026-11-20T12:00:03Z".parse().unwrap());
        for of in [ANA, BOB] {
            assert_eq!(server.archived_bodies(of, None), bodies(3..5));
        }
        let (page, end) = bob.page(&mut server, &set(&format!("<after>{old}</after>")));
        if manners == Ejabberd {
            assert_eq!(page, bodies(3..5));
        } else {
            assert!(end.ends_with(NOT_FOUND), "{end}");
        }
    }
}

#[test]
fn what_is_archived_is_for_the_person_to_say() {
    let prefs = |default: &str, never: &str| {
        format!(
            "<iq xmlns='jabber:client' type='set' id='p'><prefs xmlns='urn:xmpp:mam:2' default='{default}'><always/>\
             <never>{never}</never></prefs></iq>"
        )
    };
    for manners in [Prosody, Ejabberd] {
        let (mut server, bob) = filled(manners, 1);
        let ana = Raw::online(&mut server, "ana@mired.test/a2");
        for (default, never, expected) in [
            ("always", format!("<jid>{ANA}</jid>"), 1),
            ("never", String::new(), 1),
            ("always", String::new(), 2),
        ] {
            bob.says(&mut server, &prefs(default, &never));
            let said = bob.transcript(&mut server).pop().unwrap();
            assert!(said.contains(&format!("<prefs default='{default}'>")), "{said}");
            ana.writes(&mut server, BOB, "more");
            assert_eq!(server.archived(BOB, None).len(), expected);
            bob.hears(&mut server);
        }
        assert_eq!(
            server.archived(ANA, None).len(),
            4,
            "what Bob says is about Bob's"
        );
    }
    let (mut server, bob) = filled(Openfire, 1);
    bob.says(&mut server, &prefs("never", ""));
    assert!(
        bob.transcript(&mut server)
            .pop()
            .unwrap()
            .contains("service-unavailable")
    );
}

#[test]
fn who_says_that_there_is_an_archive() {
    let info = |to: &str| {
        format!(
            "<iq xmlns='jabber:client' type='get' id='i' to='{to}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
        )
    };
    for (manners, account, domain, ids) in [
        (Prosody, true, false, true),
        (Ejabberd, true, true, true),
        (Openfire, false, true, false),
    ] {
        let (mut server, bob) = filled(manners, 0);
        let mut features = |to: &str| {
            bob.says(&mut server, &info(to));
            bob.transcript(&mut server).pop().unwrap()
        };
        let (of_account, of_domain) = (features(BOB), features("mired.test"));
        assert_eq!(of_account.contains("'urn:xmpp:mam:2'"), account, "{manners:?}");
        assert_eq!(of_domain.contains("'urn:xmpp:mam:2'"), domain, "{manners:?}");
        assert_eq!(of_account.contains("urn:xmpp:sid:0"), ids, "{manners:?}");
        assert!(of_domain.contains("'urn:xmpp:carbons:2'"));
    }
    let (mut server, bob) = filled(Prosody, 1);
    (server.options.archive, server.options.carbons) = (false, false);
    let (page, end) = bob.page(&mut server, "");
    assert!(page.is_empty() && end.contains("service-unavailable"));
    bob.says(&mut server, ENABLE);
    assert!(
        bob.transcript(&mut server)
            .pop()
            .unwrap()
            .contains("service-unavailable")
    );
}
