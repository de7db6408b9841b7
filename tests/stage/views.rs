//! Snapshots of every view at the sizes that count, in monochrome and in colour. Read them when they
//! change: they are what people see.

use susurro::api::{Event, State};
use susurro::model::{Availability, Clean, MessageState, Presence, Protection, Trust, UnreadableReason};

use crate::picture::{styled, text};
use crate::stage::{ASCII, COLOUR, MONO, Stage, identity, jid};

/// A day and a morning in the life of Ana and Bob.
fn conversation(size: (u16, u16), capabilities: susurro::tui::theme::Capabilities) -> Stage {
    let mut stage = Stage::new(size, capabilities);
    stage.now = "2026-11-19T09:12:00Z".parse().unwrap();
    stage.bob("Are we still on for tonight?");
    stage.minutes(1);
    stage.own(
        "Yes. Bring the list.\nIt is in the drawer.",
        MessageState::Delivered,
    );
    stage.now = "2026-11-20T11:02:00Z".parse().unwrap();
    stage.own("Did you find it?", MessageState::Sent);
    stage.row(|new| {
        new.unreadable = Some(UnreadableReason::NoSession);
        new.trust = None;
    });
    stage.minutes(1);
    stage.bob("On my way 👍🏽, with 漢字 and שלום");
    stage.said_by("carol@mired.test", "hello?");
    stage.said_by("dave@mired.test", "in clear");
    let dave = jid("dave@mired.test");
    let chat = stage.chat(&dave);
    stage.store(|tx, _| susurro::store::chats::set_encrypted(tx, chat, false).unwrap());
    let bob = stage.chat(&jid("bob@mired.test"));
    stage.store(|tx, account| susurro::store::chats::set_current(tx, account, bob).unwrap());
    stage.minutes(1);
    stage.start();
    stage.online();
    stage.settle();
    stage
}

/// Both pictures of one view at one size.
macro_rules! view {
    ($name:expr, $columns:literal x $rows:literal, $prepare:expr) => {
        for (what, capabilities) in [("mono", MONO), ("colour", COLOUR)] {
            let mut stage = conversation(($columns, $rows), capabilities);
            let prepare: fn(&mut Stage) = $prepare;
            prepare(&mut stage);
            let (buffer, _) = stage.draw();
            let picture = if capabilities.colour {
                styled(&buffer)
            } else {
                text(&buffer)
            };
            let name = format!("{}-{}x{}-{what}", $name, $columns, $rows);
            insta::assert_snapshot!(name, picture);
        }
    };
}

#[test]
fn lines_that_nobody_wrote() {
    let prepare: fn(&mut Stage) = |stage| {
        let bob = stage.chat(&jid("bob@mired.test"));
        stage.store(|tx, account| {
            use susurro::store::events;
            let at = |time: &str| time.parse().unwrap();
            events::gap(
                tx,
                account,
                at("2026-11-19T09:13:00Z"),
                at("2026-11-20T08:40:00Z"),
            )
            .unwrap();
            events::before_device(tx, bob, at("2025-12-24T18:00:00Z")).unwrap();
            events::before_device(tx, bob, at("2026-11-19T09:10:00Z")).unwrap();
        });
        stage.event(Event::Changed(susurro::api::Change::Chats));
        stage.settle();
    };
    view!("lines_that_nobody_wrote", 80 x 24, prepare);
    view!("lines_that_nobody_wrote", 40 x 12, prepare);
    view!("lines_that_nobody_wrote", 160 x 50, prepare);
}

/// Every view at the design size and at the smallest.
macro_rules! views {
    ($($test:ident: $prepare:expr;)*) => {
        $(
            #[test]
            fn $test() {
                view!(stringify!($test), 80 x 24, $prepare);
                view!(stringify!($test), 40 x 12, $prepare);
            }
        )*
    };
}

views! {
    main: |_| {};
    list_chosen: |stage| stage.press(&["Ctrl-O", "Down"]);
    composing: |stage| {
        stage.type_in("Two lines, the first one long enough that it has to be wrapped somewhere");
        stage.press(&["Alt-Enter"]);
        stage.type_in("and 漢字");
    };
    in_clear: |stage| {
        stage.press(&["Alt-Down", "Alt-Down", "Alt-Down", "Alt-Up"]);
        let dave = jid("dave@mired.test");
        let chat = stage.chat(&dave);
        stage.row(|new| {
            new.chat = chat;
            new.author = susurro::model::Author::Contact(dave);
            new.protection = Protection::Clear;
            new.trust = None;
            new.body = Some(susurro::model::Clean::new("two lines\nboth in clear"));
        });
        stage.type_in("/open dave@mired.test");
        stage.press(&["Enter"]);
    };
    selected: |stage| stage.press(&["Ctrl-Up", "Ctrl-Up"]);
    help: |stage| stage.press(&["F1"]);
    find: |stage| {
        stage.press(&["Ctrl-P"]);
        stage.type_in("car");
    };
    fingerprints: |stage| stage.press(&["Alt-V"]);
    devices: |stage| {
        stage.type_in("/devices");
        stage.press(&["Enter"]);
    };
    devices_of_ours: |stage| {
        stage.this_device();
        stage.labelled("ana@mired.test", 1002, 5, "Ana's phone");
        stage.falls_back("ana@mired.test");
        stage.labelled("ana@mired.test", 4712, 6, "the tablet in the kitchen");
        stage.minutes(43 * 24 * 60);
        stage.type_in("/devices");
        stage.press(&["Enter", "Down", "d"]);
    };
    name_device: |stage| {
        stage.this_device();
        stage.type_in("/devices");
        stage.press(&["Enter", "n"]);
        stage.type_in("the desk");
    };
    opted_out: |stage| {
        stage.opts_out("My new phone cannot read it.");
        stage.settle();
    };
    fingerprints_of_both_dialects: |stage| {
        stage.labelled("bob@mired.test", 815, 9, "Bob's phone");
        stage.settle();
        stage.press(&["Alt-V"]);
    };
    requests: |stage| {
        stage.store(|tx, account| {
            for stranger in ["mallory@elsewhere.test", "eve@elsewhere.test"] {
                susurro::store::contacts::set_request(tx, account, &jid(stranger), true).unwrap();
            }
        });
        stage.event(susurro::api::Event::Changed(susurro::api::Change::Contacts));
        stage.type_in("/requests");
        stage.press(&["Enter"]);
    };
    details: |stage| stage.press(&["Ctrl-Up", "d"]);
    new_device: |stage| {
        stage.device("bob@mired.test", 815, identity(9), Trust::Undecided);
        stage.settle();
    };
    go_clear: |stage| {
        stage.type_in("/plaintext");
        stage.press(&["Enter"]);
        stage.type_in("cl");
    };
    mistyped: |stage| {
        stage.type_in("/hepl");
        stage.press(&["Enter"]);
    };
    remove_contact: |stage| {
        stage.type_in("/remove");
        stage.press(&["Enter"]);
    };
    password: |stage| {
        stage.type_in("/password");
        stage.press(&["Enter"]);
        stage.type_in("abc");
    };
    waiting: |stage| {
        let waiting = susurro::api::Connection::Waiting {
            why: susurro::model::failure::NetFailure::Unreached {
                host: susurro::model::Clean::line("mired.test"),
                port: 5222,
                why: susurro::model::failure::TcpFault::Refused,
            }
            .into(),
            next_try: "2026-11-20T11:05:30Z".parse().unwrap(),
        };
        stage.event(susurro::api::Event::State(susurro::api::State::Connection(waiting)));
        stage.type_in("kept until then");
        stage.press(&["Enter"]);
    };
}

#[test]
fn nobody_is_here_yet() {
    let mut stage = Stage::new((80, 24), MONO);
    stage.store(|tx, account| {
        for name in ["bob", "carol", "dave"] {
            susurro::store::contacts::remove(tx, account, &jid(&format!("{name}@mired.test"))).unwrap();
        }
    });
    stage.start();
    stage.online();
    insta::assert_snapshot!(stage.text());
}

#[test]
fn a_wide_terminal_has_a_third_pane() {
    let mut stage = conversation((160, 50), MONO);
    insta::assert_snapshot!(stage.text());
}

/// What Bob says of himself, in the title of the chat and beside it.
fn told(stage: &mut Stage, presence: Option<Presence>) -> String {
    let jid = jid("bob@mired.test");
    stage.event(Event::State(State::Presence { jid, presence }));
    let text = stage.text();
    let title = text.lines().nth(1).unwrap();
    // The name of the account and of the contact, the words, and what is said of them.
    let beside = text.lines().skip(3).take(6).map(|line| {
        let pane = line.rsplit('│').next().unwrap_or_default();
        pane.trim().to_owned()
    });
    let beside: Vec<String> = beside.take_while(|line| !line.is_empty()).collect();
    format!("{title}\n{}", beside.join("\n"))
}

#[test]
fn presence_is_said_in_the_words_that_people_set_with_what_they_wrote() {
    let mut stage = conversation((160, 50), MONO);
    let mut said = Vec::new();
    for availability in Availability::ALL {
        let status = (availability != Availability::Here).then(|| {
            Clean::new("In the assembly until four, then at the printer's;\nring twice if the hall is shut, because the bell is \
                        broken and nobody has found the time to mend it yet, as always")
        });
        said.push(told(&mut stage, Some(Presence { availability, status })));
    }
    said.push(told(&mut stage, None));
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn a_wide_terminal_shows_who_fell_back_and_what_waits_for_an_answer() {
    let mut stage = conversation((160, 50), MONO);
    stage.labelled("bob@mired.test", 815, 9, "Bob's phone");
    stage.falls_back("bob@mired.test");
    stage.opts_out("My new phone cannot read it.");
    stage.settle();
    insta::assert_snapshot!(stage.text());
}

#[test]
fn in_ascii_the_devices_and_their_facts_are_ascii() {
    let mut stage = conversation((80, 24), ASCII);
    stage.this_device();
    stage.labelled("ana@mired.test", 1002, 5, "Ana's phone");
    stage.falls_back("ana@mired.test");
    stage.minutes(43 * 24 * 60);
    stage.press(&["F2"]);
    stage.type_in("/devices");
    stage.press(&["Enter"]);
    let text = stage.text();
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn ascii_says_the_same() {
    let mut stage = conversation((80, 24), ASCII);
    let text = stage.text();
    let foreign = ["漢", "字", "ש", "ל", "ו", "ם", "👍"];
    let ours: String = text
        .chars()
        .filter(|c| !foreign.iter().any(|f| f.starts_with(*c)))
        .collect();
    let strange: Vec<char> = ours
        .chars()
        .filter(|c| !c.is_ascii() && !matches!(c, '\u{200e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    assert!(strange.is_empty(), "{strange:?} in\n{text}");
    insta::assert_snapshot!(text);
}
