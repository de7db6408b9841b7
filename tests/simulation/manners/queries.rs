//! Pages of archives as three servers give them: how long, which is the last, what is behind an id that nobody knows. Each
//! test is a line of the table of what was seen at Prosody 0.12.3 and ejabberd 23.01, or read in Openfire.

use super::ANA;
use super::BOB;
use super::raw::{Raw, bodies, filled, form, id, server, set, short, sorted};
use crate::server::{Manners, text};

use Manners::{Ejabberd, Openfire, Prosody};

const NOT_FOUND: &str = "<error type='modify'><item-not-found/></error>";
const UNKNOWN: &str = "<error type='cancel'><feature-not-implemented/></error>";

#[test]
fn a_whole_answer_of_each_server_word_for_word() {
    let asked = set("<max>1</max>");
    let expected = [
        (
            Prosody,
            vec![
                "<message to='bob@mired.test/b1'><result id='ID' queryid='f1'><forwarded><delay stamp='2026-11-20T12:00:00Z'/>\
             <message from='ana@mired.test/a1' id='0' to='bob@mired.test' type='chat'><body>0</body></message>\
             </forwarded></result></message>",
                "<iq id='q' type='result'><fin><set><first>ID</first><last>ID</last></set></fin></iq>",
            ],
        ),
        (
            Ejabberd,
            vec![
                "<message from='bob@mired.test' to='bob@mired.test/b1'><result id='ID' queryid='f1'><forwarded>\
             <message from='ana@mired.test/a1' id='0' to='bob@mired.test' type='chat'>\
             <archived by='bob@mired.test' id='ID' xmlns='urn:xmpp:mam:tmp'/><stanza-id by='bob@mired.test' id='ID'/>\
             <body>0</body></message>\
             <delay from='mired.test' stamp='2026-11-20T12:00:00.250000Z'/></forwarded></result></message>",
                "<iq from='bob@mired.test' id='q' to='bob@mired.test/b1' type='result' xml:lang='en'><fin complete='false'><set>\
             <first>ID</first><last>ID</last><count>3</count></set></fin></iq>",
            ],
        ),
        (
            Openfire,
            vec![
                "<message to='bob@mired.test/b1'><result id='ID' queryid='f1'><forwarded><delay stamp='2026-11-20T12:00:00.250Z'/>\
             <message from='ana@mired.test/a1' id='0' to='bob@mired.test' type='chat'><body>0</body>\
             <stanza-id by='bob@mired.test' id='STABLE'/></message>\
             </forwarded></result></message>",
                "<iq id='q' type='result'><fin queryid='f1'><set><first>STABLE</first><last>STABLE</last><count>3</count></set>\
             </fin></iq>",
            ],
        ),
    ];
    for (manners, expected) in expected {
        let (mut server, bob) = filled(manners, 3);
        let entry = server.accounts[BOB].archive.entries[0].clone();
        let heard = bob.asks(&mut server, &asked);
        let said: Vec<String> = heard
            .iter()
            .map(|stanza| {
                let text = sorted(&short(&text(stanza)));
                let text = text
                    .replace(&format!("'{}'", entry.id), "'ID'")
                    .replace(&format!(">{}<", entry.id), ">ID<");
                entry
                    .stable
                    .as_ref()
                    .map_or(text.clone(), |stable| text.replace(stable, "STABLE"))
            })
            .collect();
        let expected: Vec<String> = expected.iter().map(|line| sorted(line)).collect();
        assert_eq!(said, expected, "{manners:?}");
    }
}

#[test]
fn pages_have_a_usual_length_and_one_that_is_never_passed() {
    for (manners, usual, most) in [(Prosody, 20, 50), (Ejabberd, 50, 250), (Openfire, 300, 300)] {
        let (mut server, bob) = filled(manners, 300);
        assert_eq!(bob.page(&mut server, "").0, bodies(0..usual), "{manners:?}");
        let (page, _) = bob.page(&mut server, &set("<max>290</max>"));
        assert_eq!(page, bodies(0..most.min(290)), "{manners:?}");
        server.options.page = Some(7);
        assert_eq!(
            bob.page(&mut server, &set("<max>290</max>")).0,
            bodies(0..7),
            "{manners:?}"
        );
    }
}

#[test]
fn the_last_page_comes_first_if_it_is_asked_for() {
    for manners in [Prosody, Ejabberd, Openfire] {
        let (mut server, bob) = filled(manners, 30);
        let (page, fin) = bob.page(&mut server, &set("<max>4</max><before/>"));
        assert_eq!(page, bodies(26..30), "{manners:?}");
        assert!(!fin.contains("complete='true'"), "{fin}");
        let entries = &server.accounts[BOB].archive.entries;
        let ends = format!(
            "<first>{}</first><last>{}</last>",
            entries[26].cursor(),
            entries[29].cursor()
        );
        assert!(fin.contains(&ends), "{fin}");
        let before = entries[3].cursor().to_owned();
        let (page, fin) = bob.page(
            &mut server,
            &set(&format!("<max>4</max><before>{before}</before>")),
        );
        assert_eq!(page, bodies(0..3));
        assert!(fin.contains("complete='true'"), "{fin}");
    }
}

#[test]
fn whether_a_page_is_the_last() {
    for (manners, more, last) in [
        (Prosody, "<fin>", "<fin complete='true'>"),
        (Ejabberd, "<fin complete='false'>", "<fin complete='true'>"),
        (
            Openfire,
            "<fin queryid='f1'>",
            "<fin complete='true' queryid='f1'>",
        ),
    ] {
        let (mut server, bob) = filled(manners, 4);
        let (_, fin) = bob.page(&mut server, &set("<max>3</max>"));
        assert!(sorted(&fin).starts_with(more), "{fin}");
        let (_, fin) = bob.page(&mut server, &set("<max>4</max>"));
        assert!(sorted(&fin).starts_with(last), "{fin}");
    }
}

#[test]
fn only_counting() {
    let form = form(&[("with", ANA)]);
    for (manners, expected) in [
        (Prosody, "<fin complete='true'><set><count>4</count></set></fin>"),
        (
            Ejabberd,
            "<fin complete='false'><set><count>4</count></set></fin>",
        ),
    ] {
        let (mut server, bob) = filled(manners, 4);
        let asked = format!("{form}{}", set("<max>0</max>"));
        assert_eq!(bob.page(&mut server, &asked), (vec![], expected.to_owned()));
    }
}

#[test]
fn a_page_of_nothing() {
    let form = form(&[("with", "carol@mired.test")]);
    for (manners, expected) in [
        (Prosody, "<fin complete='true'><set/></fin>"),
        (Ejabberd, "<fin complete='true'><set><count>0</count></set></fin>"),
        (
            Openfire,
            "<fin complete='true' queryid='f1'><set><count>0</count></set></fin>",
        ),
    ] {
        let (mut server, bob) = filled(manners, 4);
        let (page, fin) = bob.page(&mut server, &form);
        assert_eq!((page, sorted(&fin)), (vec![], expected.to_owned()));
    }
}

#[test]
fn what_is_behind_an_id_that_nobody_knows() {
    for manners in [Prosody, Ejabberd, Openfire] {
        let (mut server, bob) = filled(manners, 4);
        let after = |id: &str| set(&format!("<after>{id}</after>"));
        // Whatever a client took for an id.
        let (page, end) = bob.page(&mut server, &after("origin-id"));
        if manners == Ejabberd {
            assert_eq!(page, bodies(0..4));
        } else {
            assert!(page.is_empty() && end.ends_with(NOT_FOUND), "{end}");
        }
        // One that expired.
        let second = id(&server, 1);
        assert!(server.forget_archived(BOB, &second));
        let (page, end) = bob.page(&mut server, &after(&second));
        if manners == Ejabberd {
            assert_eq!(page, bodies(2..4));
        } else {
            assert!(page.is_empty() && end.ends_with(NOT_FOUND), "{end}");
        }
    }
}

#[test]
fn what_is_before_an_id_that_nobody_knows() {
    for manners in [Prosody, Ejabberd, Openfire] {
        let (mut server, bob) = filled(manners, 4);
        for unknown in ["origin-id", "1"] {
            let unknown = if manners == Openfire { "nothing" } else { unknown };
            let (page, end) = bob.page(&mut server, &set(&format!("<before>{unknown}</before>")));
            assert!(page.is_empty());
            if manners == Ejabberd {
                assert_eq!(end, "<fin complete='true'><set><count>4</count></set></fin>");
            } else {
                assert!(end.ends_with(NOT_FOUND), "{end}");
            }
        }
    }
}

#[test]
fn after_and_before_at_once() {
    for (manners, expected) in [(Prosody, 2..4), (Ejabberd, 2..6)] {
        let (mut server, bob) = filled(manners, 6);
        let (after, before) = (id(&server, 1), id(&server, 4));
        let asked = set(&format!("<after>{after}</after><before>{before}</before>"));
        assert_eq!(bob.page(&mut server, &asked).0, bodies(expected), "{manners:?}");
    }
}

#[test]
fn a_page_turned_round() {
    for (manners, turned, ends) in [
        (Prosody, true, [0, 2]),
        (Ejabberd, true, [2, 0]),
        (Openfire, false, [0, 2]),
    ] {
        let (mut server, bob) = filled(manners, 5);
        let asked = format!("{}<flip-page/>", set("<max>3</max>"));
        let (mut page, fin) = bob.page(&mut server, &asked);
        if turned {
            page.reverse();
        }
        assert_eq!(page, bodies(0..3), "{manners:?}");
        let entries = &server.accounts[BOB].archive.entries;
        let [first, last] = ends.map(|at| entries[at].cursor());
        assert!(
            fin.contains(&format!("<first>{first}</first><last>{last}</last>")),
            "{fin}"
        );
    }
}

#[test]
fn a_page_by_number_and_the_ends_of_an_archive() {
    let ends = "<iq xmlns='jabber:client' type='get' id='m'><metadata xmlns='urn:xmpp:mam:2'/></iq>";
    for manners in [Prosody, Ejabberd, Openfire] {
        let (mut server, bob) = filled(manners, 3);
        let (page, end) = bob.page(&mut server, &set("<index>1</index>"));
        if manners == Prosody {
            assert_eq!(page, bodies(0..3));
        } else {
            assert!(end.ends_with(UNKNOWN), "{end}");
        }
        bob.says(&mut server, ends);
        let said = bob.transcript(&mut server).pop().unwrap();
        match manners {
            Prosody => assert!(
                said.contains("<start ")
                    && said.contains("<end ")
                    && said.contains("timestamp='2026-11-20T12:00:02Z'")
            ),
            Ejabberd => assert!(
                said.contains("<metadata/><error type='modify'><bad-request/>"),
                "{said}"
            ),
            Openfire => assert!(said.contains("service-unavailable"), "{said}"),
        }
    }
    let mut server = server(Prosody);
    let bob = Raw::online(&mut server, "bob@mired.test/b1");
    bob.says(&mut server, ends);
    assert_eq!(
        bob.transcript(&mut server),
        ["<iq id='m' type='result'><metadata/></iq>"]
    );
}
