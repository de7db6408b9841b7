//! The list: chats first, contacts folded, who is here, what is unread where it cannot be
//! seen; requests, and deleting.

use susurro::api::{Change, Event, State};
use susurro::model::{Availability, Clean, Contact, Peer, Presence, Subscription};
use susurro::store::{chats, contacts};

use crate::stage::{ASCII, MONO, Stage, jid, peer};

fn stage(size: (u16, u16)) -> Stage {
    let mut stage = Stage::new(size, MONO);
    stage.bob("hello");
    stage.start();
    stage.online();
    stage.settle();
    stage
}

fn contact(stage: &mut Stage, address: &str, name: &str) {
    let contact = Contact {
        jid: jid(address),
        name: Some(Clean::line(name)),
        in_roster: true,
        subscription: Subscription::Both,
        asked: false,
        requests: false,
    };
    stage.store(|tx, account| contacts::put(tx, account, &contact).unwrap());
    stage.event(Event::Changed(Change::Contacts));
}

fn is_here(stage: &mut Stage, address: &str, availability: Availability) {
    stage.event(Event::State(State::Presence {
        jid: jid(address),
        presence: Some(Presence {
            availability,
            status: None,
        }),
    }));
}

/// A stranger wrote, as the core stores it.
fn stranger(stage: &mut Stage, address: &str, body: &str) {
    let peer = jid(address);
    stage.store(|tx, account| chats::open_request(tx, &Peer::new(account, peer.clone())).unwrap());
    stage.said_by(address, body);
    stage.event(Event::Changed(Change::Chats));
    stage.settle();
}

fn line(stage: &mut Stage, holds: &str) -> String {
    let text = stage.text();
    let found = text.lines().find(|line| line.contains(holds));
    found
        .unwrap_or_else(|| panic!("no {holds} in\n{text}"))
        .to_owned()
}

#[test]
fn a_hundred_and_fifty_contacts_are_one_line_that_opens() {
    let mut stage = stage((80, 24));
    for n in 0..147 {
        contact(
            &mut stage,
            &format!("c{n:03}@mired.test"),
            &format!("Person {n:03}"),
        );
    }
    is_here(&mut stage, "c100@mired.test", Availability::Away);
    stage.settle();
    let text = stage.text();
    assert!(
        text.contains("(149 contacts folded)") && !text.contains("Person"),
        "{text}"
    );
    insta::assert_snapshot!("folded", text);
    stage.press(&["Ctrl-O", "Down", "Enter"]);
    assert!(stage.text().contains("Person 000"), "{}", stage.text());
    stage.press(&["o"]);
    let text = stage.text();
    assert!(
        text.contains("Person 100 ◐") && !text.contains("Person 000"),
        "{text}"
    );
    assert!(text.contains("149 contacts · 14"), "{text}");
    stage.press(&["o", "f"]);
    assert!(stage.text().contains("(149 contacts folded)"));
    stage.press(&["Up", "Enter"]);
    assert_eq!(stage.app().facts.chat, Some(peer("bob@mired.test")));
    // By command, for good in this run.
    stage.type_in("/offline off");
    stage.press(&["Enter"]);
    assert!(stage.app().list_pane.rows.hide_offline);
}

#[test]
fn the_shape_of_presence_stands_beside_the_name_whatever_its_length() {
    for (columns, rows) in [(80, 24), (60, 20), (160, 50)] {
        for name in [
            "fourteen.chars",
            "Bob",
            "a very long name indeed, of somebody",
            "漢字漢字漢字漢字漢字漢字漢字漢字漢字",
        ] {
            let mut stage = stage((columns, rows));
            contact(&mut stage, "z@mired.test", name);
            for n in 0..1200 {
                stage.said_by("z@mired.test", &format!("{n}"));
                if n > 3 && columns != 60 {
                    break;
                }
            }
            is_here(&mut stage, "z@mired.test", Availability::DoNotDisturb);
            stage.settle();
            let start = format!("  {}", name.chars().take(2).collect::<String>());
            assert!(
                line(&mut stage, &start).contains('⊘'),
                "{name} at {columns}:\n{}",
                stage.text()
            );
        }
    }
}

#[test]
fn what_is_unread_is_told_where_the_list_is_not_seen() {
    for (size, hide) in [((40, 12), false), ((80, 24), true)] {
        let mut stage = stage(size);
        if hide {
            stage.press(&["F2"]);
        }
        let head = stage.text().lines().next().unwrap().to_owned();
        assert!(!head.contains("unread"), "{head}");
        stage.said_by("carol@mired.test", "one");
        stage.said_by("dave@mired.test", "two");
        stage.settle();
        let head = stage.text().lines().next().unwrap().to_owned();
        assert!(head.contains("2 unread") && head.contains("F1 help"), "{head}");
        stranger(&mut stage, "eve@evil.test", "hello");
        let head = stage.text().lines().next().unwrap().to_owned();
        assert!(head.contains("2 unread") && head.contains("1 request"), "{head}");
        // With the list in sight it stands there.
        stage.press(&["F2"]);
        let head = stage.text().lines().next().unwrap().to_owned();
        assert!(!head.contains("unread"), "{head}");
    }
}

#[test]
fn the_list_of_a_small_screen_is_left_by_every_way_that_leads_back() {
    let mut stage = stage((40, 12));
    for (there, back) in [
        ("Ctrl-O", "Esc"),
        ("Ctrl-O", "Ctrl-O"),
        ("F2", "F2"),
        ("F2", "Esc"),
        ("Esc", "F2"),
    ] {
        stage.press(&[there]);
        assert!(stage.text().contains("Chats"), "{there}: {}", stage.text());
        stage.press(&[back]);
        let text = stage.text();
        assert!(
            text.contains("hello") && !text.contains(" Chats"),
            "{back}: {text}"
        );
    }
}

#[test]
fn a_wide_list_shows_the_last_words_of_each_chat() {
    let mut stage = stage((160, 50));
    stage.minutes(1);
    stage.said_by(
        "carol@mired.test",
        "the last words of Carol, and more than there is room for",
    );
    stage.settle();
    insta::assert_snapshot!("roomy", stage.text());
    stage.press(&["Ctrl-O", "Up", "Enter"]);
    assert_eq!(stage.app().facts.chat, Some(peer("carol@mired.test")));
}

#[test]
fn a_strangers_first_message_waits_and_is_taken_up_from_its_page() {
    let mut stage = stage((80, 24));
    stranger(&mut stage, "eve@evil.test", "I have your wallet");
    stranger(&mut stage, "mallory@evil.test", "spam");
    let text = stage.text();
    assert!(text.contains("2 requests") && !text.contains("eve"), "{text}");
    stage.press(&["Alt-A"]);
    assert!(
        stage.text().contains("Nothing is unread."),
        "a stranger is nothing to jump to"
    );
    stage.type_in("/requests");
    stage.press(&["Enter"]);
    let text = stage.text();
    assert!(text.contains("I have your wallet"), "{text}");
    insta::assert_snapshot!("requests", text);
    // Reading it in its chat takes nothing up.
    stage.press(&["Enter"]);
    let text = stage.text();
    assert!(
        text.contains("request") && text.contains("a stranger: /accept"),
        "{text}"
    );
    insta::assert_snapshot!("request", text);
    assert_eq!(waiting(&mut stage), 2);
    let unread = |stage: &mut Stage| {
        stage.store(|tx, account| {
            let all = chats::overview(tx, account).unwrap();
            all.iter().map(|chat| chat.unread).sum::<u64>()
        })
    };
    assert_eq!(unread(&mut stage), 1, "it was seen");
    // They, or their server, would see that somebody looks.
    let eve = jid("eve@evil.test");
    assert!(!stage.looked_up.contains(&eve));
    stage.type_in("/accept");
    stage.press(&["Enter"]);
    // From now on the line above the composer has to be true of her.
    assert!(stage.looked_up.contains(&eve), "{:?}", stage.looked_up);
    assert_eq!(waiting(&mut stage), 1);
    assert!(line(&mut stage, "▸ ").contains("▸ eve"), "{}", stage.text());
    stage.type_in("/requests");
    stage.press(&["Enter", "d", "d"]);
    assert_eq!(waiting(&mut stage), 0);
    assert!(stage.text().contains("Nobody waits."));
}

#[test]
fn from_what_a_stranger_wrote_one_step_back_leads_to_all_who_wait() {
    for size in [(80, 24), (40, 12)] {
        let mut stage = stage(size);
        stranger(&mut stage, "eve@evil.test", "I have your wallet");
        stage.settle();
        // However small the screen is, what to do can be read.
        let text = stage.text();
        assert!(text.contains("/requests: somebody whom"), "{text}");
        stranger(&mut stage, "mallory@evil.test", "spam");
        stage.type_in("/requests");
        stage.press(&["Enter", "Down", "Enter"]);
        assert!(stage.text().contains("a stranger: /accept"), "{}", stage.text());
        stage.press(&["Esc"]);
        // The one whose words they were is the chosen one, and answered from here.
        let text = stage.text();
        assert!(text.contains("Requests: 2 strangers wait"), "{text}");
        assert!(text.contains("▸ mallory@evil.test"), "{text}");
        // And on, not round in a circle: to the chat, or where there is room for one thing to the list.
        stage.press(&["Esc"]);
        let text = stage.text();
        assert!(!text.contains("strangers wait"), "{text}");
        assert_eq!(text.contains("a stranger: /accept"), size.0 == 80, "{text}");
    }
}

fn waiting(stage: &mut Stage) -> usize {
    stage.store(|tx, account| chats::requests(tx, account).unwrap())
}

#[test]
fn a_message_is_deleted_by_the_second_press_and_by_nothing_less() {
    let mut stage = stage((80, 24));
    stage.bob("to be forgotten");
    stage.settle();
    stage.press(&["Ctrl-Up", "x"]);
    assert!(
        stage.text().contains("x again deletes this message here"),
        "{}",
        stage.text()
    );
    stage.press(&["Up", "Down", "x"]);
    assert!(
        stage.text().contains("to be forgotten"),
        "another key came between"
    );
    stage.press(&["x"]);
    let text = stage.text();
    assert!(
        !text.contains("to be forgotten") && text.contains("hello"),
        "{text}"
    );
    assert!(text.contains("The message is deleted here."), "{text}");
}

#[test]
fn a_deleted_chat_is_empty_and_what_comes_next_is_seen_in_it() {
    let mut stage = stage((80, 24));
    stage.type_in("/delete");
    stage.press(&["Enter"]);
    insta::assert_snapshot!("delete", stage.text());
    stage.press(&["y", "y"]);
    let text = stage.text();
    assert!(!text.contains("hello"), "{text}");
    assert!(
        stage
            .store(|tx, account| chats::by_peer(tx, &Peer::new(account, jid("bob@mired.test"))).unwrap())
            .is_none()
    );
    stage.bob("good morning");
    stage.settle();
    assert!(stage.text().contains("good morning"), "{}", stage.text());
    // Leaving it does not bring the old one back either.
    stage.press(&["Ctrl-O", "x", "y", "y", "Esc"]);
    stage.type_in("/open carol");
    stage.press(&["Enter"]);
    assert!(
        stage
            .store(|tx, account| chats::by_peer(tx, &Peer::new(account, jid("bob@mired.test"))).unwrap())
            .is_none()
    );
}

#[test]
fn in_ascii_the_list_is_ascii() {
    let mut stage = Stage::new((80, 24), ASCII);
    stage.bob("hello");
    stage.start();
    stage.online();
    for (who, availability) in [
        ("carol", Availability::Away),
        ("dave", Availability::DoNotDisturb),
    ] {
        let who = format!("{who}@mired.test");
        is_here(&mut stage, &who, availability);
        stage.said_by(&who, "hi");
    }
    stranger(&mut stage, "eve@evil.test", "hello");
    let text = stage.text();
    assert!(text.is_ascii(), "{text}");
}
