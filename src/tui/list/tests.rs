use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::recipients::fixture::*;
use model::{AccountId, Author, Clean, MessageState, Peer, Timestamp, Trust};
use store::omemo as store_omemo;

fn read(stage: &mut Stage) -> ChatList {
    stage.look(|world| ChatList::read(world).unwrap())
}

fn names(stage: &mut Stage) -> Vec<String> {
    read(stage).entries.into_iter().map(|entry| entry.name).collect()
}

#[test]
fn contacts_and_chats_are_listed_by_newest_activity_then_by_name() {
    let mut stage = Stage::new();
    stage.contact("carol@mired.test", None);
    stage.contact("bob@mired.test", Some("Bob"));
    stage.contact("zoe@mired.test", Some("alma"));
    stage.message("carol@mired.test", "old", |m| m.time = at("2026-11-18T09:00:00Z"));
    stage.message("dave@mired.test", "new", |m| m.time = at("2026-11-19T09:00:00Z"));
    assert_eq!(names(&mut stage), ["dave", "carol", "alma", "Bob"]);
    let list = read(&mut stage);
    let dave = list.find(&peer("dave@mired.test")).unwrap();
    assert_eq!(
        (dave.unread, dave.draft, dave.last.as_ref().map(|last| last.time)),
        (1, false, Some(at("2026-11-19T09:00:00Z")))
    );
    assert!(dave.chat.is_some() && !dave.attention);
}

#[test]
fn a_stranger_who_only_asks_is_no_entry() {
    let mut stage = Stage::new();
    let account = stage.account;
    let stranger = jid("eve@evil.test");
    stage.write(|tx| contacts::set_request(tx, account, &stranger, true).unwrap());
    assert!(names(&mut stage).is_empty());
    stage.message("eve@evil.test", "hello", |_| {});
    assert_eq!(names(&mut stage), ["eve"]);
}

#[test]
fn names_that_are_alike_bear_the_address() {
    let mut stage = Stage::new();
    stage.contact("bob@mired.test", Some("Bob"));
    stage.contact("bob@evil.test", Some("Bob"));
    stage.contact("carol@mired.test", None);
    stage.contact("carol@evil.test", None);
    assert_eq!(
        names(&mut stage),
        [
            "Bob (bob@evil.test)",
            "Bob (bob@mired.test)",
            "carol@evil.test",
            "carol@mired.test"
        ]
    );
}

/// Threat 78.
#[test]
fn names_that_only_look_alike_bear_the_address_too() {
    for other in [
        "ВОВ",
        "b\u{43e}b",
        "ｂｏｂ",
        "BOB",
        "b0b",
        "bób",
        "bo b",
        " Bob ",
        "𝐛𝐨𝐛",
    ] {
        let mut stage = Stage::new();
        stage.contact("bob@mired.test", Some("Bob"));
        stage.contact("eve@evil.test", Some(other));
        for name in names(&mut stage) {
            assert!(name.contains('@'), "{other}: {name}");
        }
    }
    let mut stage = Stage::new();
    stage.contact("eve@evil.test", Some("Ana"));
    assert_eq!(names(&mut stage), ["Ana (eve@evil.test)"], "it looks like us");
    stage.contact("bob@mired.test", Some("Bob"));
    assert_eq!(names(&mut stage), ["Ana (eve@evil.test)", "Bob"]);
}

/// Threat 78.
#[test]
fn a_name_that_looks_like_an_address_stands_behind_the_real_one() {
    let mut stage = Stage::new();
    stage.contact("bob@mired.test", None);
    stage.contact("eve@evil.test", Some("bob@mired.test"));
    stage.contact("mallory@evil.test", Some("Bob (bob＠mired.test)"));
    stage.contact("carol@mired.test", Some("carol@mired.test"));
    assert_eq!(
        names(&mut stage),
        [
            "bob",
            "carol",
            "eve@evil.test \"bob@mired.test\"",
            "mallory@evil.test \"Bob (bob＠mired.test)\""
        ]
    );
}

/// Threats 77 and 78.
#[test]
fn nothing_hides_in_a_name_and_none_is_endless() {
    let mut stage = Stage::new();
    stage.contact("eve@evil.test", Some("b\u{200b}o\u{202e}b\u{ad}"));
    stage.contact("zalgo@evil.test", Some(&format!("z{}", "\u{301}".repeat(50))));
    stage.contact("long@evil.test", Some(&"x".repeat(5000)));
    stage.contact("lines@evil.test", Some("a\nb"));
    stage.contact("blank@evil.test", Some("  "));
    let long = format!("{}@{}.test", "y".repeat(900), "z".repeat(60));
    stage.contact(&long, None);
    for name in names(&mut stage) {
        assert!(name.chars().count() <= 12 * 48, "{}", name.len());
        assert!(
            !name
                .chars()
                .any(|c| c.is_control() || matches!(c, '\u{200b}' | '\u{202e}' | '\u{ad}'))
        );
    }
    assert!(names(&mut stage).contains(&"blank".to_owned()));
    assert!(names(&mut stage).contains(&"b\\u{200b}o\\u{202e}b\\u{ad}".to_owned()));
    let shown = address(&jid(&long));
    assert!(
        shown.chars().count() <= 96 + 3 && shown.ends_with("zz.test"),
        "{shown}"
    );
}

#[test]
fn a_chat_is_shown_as_what_it_is() {
    let mut stage = Stage::new();
    for (who, trust) in [
        ("bob", Trust::Verified),
        ("carol", Trust::Blind),
        ("dave", Trust::Undecided),
    ] {
        let who = format!("{who}@mired.test");
        stage.contact(&who, None);
        stage.devices(&who, &[(1, 1, Some(trust))]);
    }
    stage.contact("erin@mired.test", None);
    stage.clear("frank@mired.test");
    let list = read(&mut stage);
    let shown: Vec<_> = list
        .entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry.security, entry.attention))
        .collect();
    assert_eq!(
        shown,
        [
            ("bob", ChatSecurity::Verified, false),
            ("carol", ChatSecurity::Encrypted, false),
            ("dave", ChatSecurity::NoKeys, true),
            ("erin", ChatSecurity::NoKeys, false),
            ("frank", ChatSecurity::Clear, false),
        ]
    );
}

#[test]
fn a_message_that_failed_asks_for_attention_until_the_chat_is_open_or_went_on() {
    let mut stage = Stage::new();
    stage.message("bob@mired.test", "never left", |m| {
        m.author = Author::Us;
        m.state = MessageState::Failed;
    });
    assert!(read(&mut stage).entries[0].attention);
    stage.chat = Some(peer("bob@mired.test"));
    assert!(!read(&mut stage).entries[0].attention);
    stage.chat = None;
    stage.message("bob@mired.test", "and then", |m| {
        m.time = at("2026-11-19T10:05:00Z")
    });
    assert!(!read(&mut stage).entries[0].attention);
}

#[test]
fn a_name_alone_is_that_of_the_contact_or_the_local_part() {
    let mut stage = Stage::new();
    stage.contact("bob@mired.test", Some("Bob\u{202e}"));
    let name = |stage: &mut Stage, who: &str| stage.look(|world| name_of(world, &jid(who)).unwrap());
    assert_eq!(name(&mut stage, "bob@mired.test"), "Bob\\u{202e}");
    assert_eq!(name(&mut stage, "nobody@mired.test"), "nobody");
    assert_eq!(name(&mut stage, "mired.test"), "mired.test");
}

#[test]
fn ten_thousand_contacts_are_no_trouble() {
    let mut stage = Stage::new();
    let account = stage.account;
    stage.write(|tx| {
        for n in 0..10_000_u32 {
            let contact = model::Contact {
                jid: jid(&format!("p{n}@mired.test")),
                name: Some(Clean::line(&format!("Person {n}"))),
                in_roster: true,
                subscription: model::Subscription::Both,
                asked: false,
                requests: false,
            };
            contacts::put(tx, account, &contact).unwrap();
            let ids: Vec<_> = (1..=3).filter_map(::omemo::DeviceId::new).collect();
            if n < 500 {
                chats::open(tx, &Peer::new(account, contact.jid.clone())).unwrap();
                let dialect = model::Dialect::Legacy;
                store_omemo::set_device_list(tx, account, &contact.jid, dialect, &ids, Timestamp::UNIX_EPOCH)
                    .unwrap();
            }
        }
    });
    let list = read(&mut stage);
    assert_eq!(list.entries.len(), 10_000);
    let different: BTreeSet<&str> = list.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(different.len(), 10_000);
}

proptest! {
    /// Threats 73, 77 and 78: whatever names a server hands out.
    #[test]
    fn names_are_different_bounded_and_hide_nothing(given in prop::collection::vec(
        prop_oneof![
            "[bo0B ]{0,3}",
            "Bob \\((bob@mired|mired|p[0-9]@x)[.]test\\)",
            "(p[0-9]@x.test)",
            "[\u{202e}\u{200b}\u{301}\u{5d0}\u{43e}\u{ff20}\n\t a-c]{0,8}",
            any::<String>(),
        ], 1..8)) {
        let mut entries: Vec<ListEntry> = given
            .iter()
            .enumerate()
            .map(|(n, name)| {
                let jid = if n == 0 { jid("mired.test") } else { jid(&format!("p{n}@x.test")) };
                ListEntry {
                    name: names::plain(&jid, Some(&Clean::line(name))),
                    peer: Peer::new(AccountId(1), jid),
                    chat: None,
                    unread: 0,
                    mentions: 0,
                    security: ChatSecurity::NoKeys,
                    attention: false,
                    is_room: false,
                    draft: false,
                    last: None,
                }
            })
            .collect();
        Looks::tell_apart(&mut entries, &jid("ana@mired.test"));
        let different: BTreeSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        prop_assert_eq!(different.len(), entries.len(), "{:?}", entries);
        for entry in &entries {
            prop_assert!(!entry.name.trim().is_empty());
            prop_assert!(entry.name.chars().count() <= 12 * 48);
            let hides = |c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{200b}');
            prop_assert!(!entry.name.chars().any(hides));
            // Who holds an at sign in the name is first told by the address.
            let shown = entry.name.trim_start_matches('\u{2068}');
            let own = entry.peer.address.as_str();
            let at = shown.find('@').filter(|_| own.contains('@'));
            prop_assert!(at.is_none() || shown.starts_with(own) || shown.ends_with(&format!("({own})")), "{shown}");
        }
    }
}

/// Without a theme at hand, what we put to a name is ASCII for everybody.
#[test]
fn what_we_put_to_a_name_is_ascii() {
    let mut stage = Stage::new();
    let long = format!("{}@mired.test", "x".repeat(500));
    stage.contact(&long, Some(&format!("{} bob@mired.test", "Bob ".repeat(90))));
    stage.contact("carol@mired.test", Some(&"Carol ".repeat(90)));
    stage.look(|world| {
        for who in [long.as_str(), "carol@mired.test"] {
            let name = name_of(world, &jid(who)).unwrap();
            assert!(name.is_ascii() && name.contains("..."), "{name}");
        }
    });
}

#[test]
fn chats_stand_before_contacts_and_one_that_was_only_looked_at_is_none() {
    let mut stage = Stage::new();
    for who in ["bob", "carol", "dave", "erin"] {
        stage.contact(&format!("{who}@mired.test"), None);
    }
    stage.message("carol@mired.test", "hello", |_| {});
    stage.message("stranger@elsewhere.test", "answered before", |m| {
        m.time = at("2026-11-01T09:00:00Z");
    });
    let account = stage.account;
    stage.write(|tx| {
        chats::open(tx, &Peer::new(account, jid("erin@mired.test"))).unwrap();
        let dave = chats::open(tx, &Peer::new(account, jid("dave@mired.test"))).unwrap();
        chats::set_draft(tx, dave.id, &Clean::new("half a")).unwrap();
        let eve = chats::open_request(tx, &Peer::new(account, jid("eve@evil.test"))).unwrap();
        assert!(eve.request);
    });
    let list = read(&mut stage);
    assert_eq!(names(&mut stage), ["carol", "stranger", "dave", "bob", "erin"]);
    assert_eq!(list.chats, 3);
    assert_eq!(list.requests.len(), 1);
    assert!(list.request(&peer("eve@evil.test")).is_some() && list.find(&peer("eve@evil.test")).is_none());
    // The open chat is one, whatever is in it.
    stage.chat = Some(peer("erin@mired.test"));
    assert_eq!(read(&mut stage).chats, 4);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever happens to chats, reading only them comes to the same as reading everything.
    #[test]
    fn reading_the_chats_again_comes_to_the_same_as_reading_everything(
        steps in proptest::collection::vec((0_u8..7, 0_usize..5), 1..25)
    ) {
        let people = ["ana@mired.test", "bob@mired.test", "carol@mired.test", "eve@evil.test", "bob@evil.test"];
        let mut stage = Stage::new();
        stage.contact("bob@mired.test", Some("Bob"));
        stage.contact("carol@mired.test", None);
        let account = stage.account;
        let mut list = read(&mut stage);
        for (step, who) in steps {
            let peer = jid(people[who]);
            match step {
                0 | 1 => { stage.message(people[who], "hello", |_| {}); }
                2 => stage.clear(people[who]),
                3 => stage.write(|tx| { chats::open(tx, &Peer::new(account, peer.clone())).unwrap(); }),
                4 => stage.write(|tx| { chats::open_request(tx, &Peer::new(account, peer.clone())).unwrap(); }),
                5 => stage.write(|tx| {
                    if let Some(chat) = chats::by_peer(tx, &Peer::new(account, peer.clone())).unwrap() {
                        store::deleted::chat(tx, chat.id, Timestamp::now()).unwrap();
                    }
                }),
                _ => stage.chat = Some(Peer::new(account, peer)),
            }
            stage.look(|world| list.read_chats(world).unwrap());
            let whole = read(&mut stage);
            prop_assert_eq!(&list.entries, &whole.entries);
            prop_assert_eq!((list.chats, &list.requests), (whole.chats, &whole.requests));
        }
    }
}

#[test]
fn contacts_fold_where_there_are_chats_and_who_is_offline_is_hidden_on_request() {
    let mut stage = Stage::new();
    for n in 0..150 {
        stage.contact(&format!("c{n:03}@mired.test"), None);
    }
    let mut rows = ListRows::new(false);
    let list = read(&mut stage);
    rows.arrange(&list, None);
    assert_eq!(rows.len(), 151, "without a chat they are all there is");
    stage.message("c007@mired.test", "hello", |_| {});
    let list = read(&mut stage);
    rows.arrange(&list, None);
    let folded = ListRow::Contacts {
        all: 149,
        hidden: 0,
        folded: true,
    };
    assert_eq!(
        (rows.len(), rows.get(0), rows.get(1)),
        (2, Some(ListRow::Entry(0)), Some(folded))
    );
    rows.fold();
    rows.hide_offline = true;
    let here = |jid: &BareJid| jid.as_str().starts_with("c00");
    rows.arrange(&list, Some(&here));
    assert_eq!(
        rows.get(1),
        Some(ListRow::Contacts {
            all: 149,
            hidden: 140,
            folded: false
        })
    );
    assert_eq!(rows.len(), 2 + 9);
    // Where nobody's presence is known, nobody is hidden.
    rows.arrange(&list, None);
    assert_eq!(rows.len(), 2 + 149);
    assert_eq!(rows.of(5), Some(6));
}

/// What happens to one of a few people whose names look alike: in the roster under this name, or out of it.
fn happening() -> impl Strategy<Value = (usize, Option<Option<String>>)> {
    let name = prop_oneof![
        Just(None),
        "(Bob|b0b|B\u{43e}b|carol|Ana)( \\(p1@x[.]test\\))?".prop_map(Some)
    ];
    (0..5_usize, prop::option::of(name))
}

proptest! {
    #[test]
    fn contacts_that_are_read_one_by_one_make_the_list_that_is_read_at_once(
        chats in prop::collection::vec(any::<bool>(), 5),
        open in prop::option::of(0..5_usize),
        happenings in prop::collection::vec(happening(), 1..12),
    ) {
        const PEOPLE: [&str; 5] = ["p1@x.test", "bob@x.test", "bob@y.test", "carol@x.test", "ana@mired.test"];
        let mut stage = Stage::new();
        for (who, _) in PEOPLE.iter().zip(&chats).filter(|(_, chat)| **chat) {
            stage.message(who, "hello", |_| {});
        }
        stage.chat = open.map(|open| peer(PEOPLE[open]));
        let account = stage.account;
        let mut list = read(&mut stage);
        for (who, happens) in happenings {
            let who = PEOPLE[who];
            match &happens {
                Some(name) => stage.contact(who, name.as_deref()),
                None => stage.write(|tx| contacts::remove(tx, account, &jid(who)).unwrap()),
            }
            stage.look(|world| list.read_contact(world, &jid(who)).unwrap());
            let whole = read(&mut stage);
            prop_assert_eq!(&list.entries, &whole.entries, "{} {:?}", who, happens);
            prop_assert_eq!(list.chats, whole.chats);
        }
    }
}

#[test]
fn whoever_asks_is_no_entry_and_is_known_to_ask() {
    let mut stage = Stage::new();
    let account = stage.account;
    let mut list = read(&mut stage);
    let eve = jid("eve@evil.test");
    let mut asks = |stage: &mut Stage, pending| {
        stage.write(|tx| contacts::set_request(tx, account, &eve, pending).unwrap());
        let asks = stage.look(|world| list.read_contact(world, &eve).unwrap());
        assert!(list.entries.is_empty());
        asks
    };
    assert!(asks(&mut stage, true));
    assert!(!asks(&mut stage, false));
}
