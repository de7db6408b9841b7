//! What Tab makes of it.

use super::*;

#[test]
fn names_of_commands_go_on_where_they_take_something() {
    let mut stage = stage();
    assert_eq!(completed(&mut stage, "/he").first().unwrap(), "/help");
    assert_eq!(completed(&mut stage, "/ADD"), ["/add "]);
    assert_eq!(completed(&mut stage, "/verif"), ["/fingerprint "]);
    assert_eq!(completed(&mut stage, "/hl")[..], ["/help"], "by its letters");
    assert_eq!(
        completed(&mut stage, "/re")[..4],
        ["/react", "/redraw", "/refresh ", "/remove "]
    );
    assert_eq!(completed(&mut stage, "/").len(), crate::commands::TABLE.len());
}

#[test]
fn a_name_is_completed_in_front_of_its_argument() {
    let mut stage = stage();
    let (range, found) = stage.look(|world| completions(world, "/ope bob", 3)).unwrap();
    assert_eq!((range, found[0].as_str()), (0..4, "/open"));
}

#[test]
fn chats_are_completed_to_what_means_only_them() {
    let mut stage = stage();
    assert_eq!(completed(&mut stage, "/open car"), ["/open Carol White"]);
    assert_eq!(completed(&mut stage, "/open bob"), ["/open Bob", "/open Bobby"]);
    assert_eq!(
        completed(&mut stage, "/open whi"),
        ["/open Carol White"],
        "a word of the name"
    );
    assert_eq!(
        completed(&mut stage, "/open cw"),
        ["/open Carol White"],
        "its letters"
    );
    assert_eq!(
        completed(&mut stage, "/verify Da"),
        ["/verify dave@mired.test", "/verify dave@other.test"]
    );
    assert_eq!(
        completed(&mut stage, "/open carol w"),
        ["/open Carol White"],
        "over a space"
    );
}

#[test]
fn a_name_behind_an_at_sign_is_completed_in_a_message() {
    let mut stage = stage();
    let mut of = |text: &str| stage.look(|world| completions(world, text, text.len())).unwrap();
    assert_eq!(of("ask @car"), (4..8, vec!["@Carol White ".to_owned()]));
    assert_eq!(of("@bob").1, ["@Bob ", "@Bobby "]);
    assert_eq!(of("two\nlines (@whi"), (11..15, vec!["@Carol White ".to_owned()]));
    for text in ["ana@car", "@car ", "car", "", "@nobody"] {
        assert_eq!(of(text).1, [""; 0], "{text}");
    }
    // A text that is sent as it is.
    assert_eq!(of("//ask @car").1, ["@Carol White "]);
    assert_eq!(of("/open @car").1, [""; 0]);
}

#[test]
fn whatever_is_completed_is_found() {
    let mut stage = stage();
    stage.contact("x1@mired.test", Some("dave@mired.test"));
    stage.contact("x2@mired.test", Some("Long".repeat(50).as_str()));
    stage.contact("x3@mired.test", Some("Long".repeat(60).as_str()));
    stage.contact("x4@mired.test", Some("a\u{200b}b \\u{200b}"));
    stage.contact("x5@mired.test", Some("דן"));
    stage.contact("x6@mired.test", Some("BOB"));
    stage.contact("x7@mired.test", Some("  "));
    stage.contact("דנה@mired.test", None);
    let all = completed(&mut stage, "/open ");
    assert_eq!(all.len(), 13);
    let mut met = std::collections::BTreeSet::new();
    for line in all {
        let [Ask::Open(jid)] = &asks(&mut stage, &line)[..] else {
            panic!("{line}");
        };
        assert!(met.insert(jid.clone()), "{line}");
    }
}

#[test]
fn people_who_ask_and_switches_are_completed() {
    let mut stage = stage();
    requests(&mut stage, "erin@mired.test");
    assert_eq!(completed(&mut stage, "/accept "), ["/accept erin@mired.test"]);
    assert_eq!(completed(&mut stage, "/add er"), ["/add erin@mired.test "]);
    assert_eq!(completed(&mut stage, "/mouse o"), ["/mouse on", "/mouse off"]);
    assert_eq!(completed(&mut stage, "/mouse of"), ["/mouse off"]);
}

#[test]
fn nothing_is_completed_in_a_message() {
    let mut stage = stage();
    for text in [
        "he",
        "hello bo",
        "//he",
        " /he",
        "a\n/he",
        "/he\nx",
        "/frob x",
        "/lock x",
        "/rename x",
        "",
    ] {
        assert_eq!(completed(&mut stage, text), [""; 0], "{text:?}");
    }
}
