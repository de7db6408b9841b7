//! Message, command, or to be asked about.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::commands::{CommandRow, TABLE, meant, table};
use crate::composer::Composer;

fn message(text: &str) -> Entered {
    Entered::Message(text.to_owned())
}

#[test]
fn the_table_is_sorted_and_every_name_is_one_commands() {
    let names: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
    assert!(names.is_sorted());
    let all: Vec<&str> = TABLE.iter().flat_map(table::names).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    for name in all {
        assert!(name.chars().all(|c| c.is_ascii_lowercase()), "{name}");
    }
}

#[test]
fn every_row_says_what_it_does_and_how_it_is_written() {
    for CommandRow {
        name, words, written, ..
    } in TABLE
    {
        let (command, argument) = written.split_once(' ').unwrap_or((written, ""));
        assert_eq!(command, format!("/{name}"));
        assert!(argument.is_empty() || argument.starts_with(|c: char| c == '[' || c.is_ascii_uppercase()));
        assert!(
            words.starts_with(|c: char| c.is_ascii_uppercase()) && !words.ends_with('.'),
            "{name}"
        );
        assert!(words.len() < 60, "{name}");
    }
}

#[test]
fn what_has_no_slash_is_a_message_as_it_is() {
    let mut stage = stage();
    for text in [
        "hello",
        " hello ",
        "a /lock",
        "hello\n/lock",
        "",
        "  ",
        ":lock",
        "1/2",
    ] {
        assert_eq!(typed(&mut stage, text), message(text));
    }
}

#[test]
fn two_slashes_send_one_and_a_comment_stays_one() {
    let mut stage = stage();
    for (text, sent) in [
        ("//lock", "/lock"),
        ("//lock it ", "/lock it "),
        ("///x", "//x"),
        ("//a\nb", "/a\nb"),
        ("// a comment", "// a comment"),
        ("/// documentation", "/// documentation"),
        ("//", "//"),
        (" //lock", " //lock"),
    ] {
        assert_eq!(typed(&mut stage, text), message(sent), "{text}");
    }
}

// XEP-0245.
#[test]
fn what_the_writer_does_is_a_message() {
    let mut stage = stage();
    for text in ["/me waves", "/me  waves", "/me waves\nand goes"] {
        assert_eq!(typed(&mut stage, text), message(text));
    }
}

#[test]
fn a_path_is_a_message() {
    let mut stage = stage();
    for text in [
        "/home/ana/file is there",
        "/a/b",
        " /home/ana",
        "/usr/bin\n/usr/lib",
        " /8",
    ] {
        assert_eq!(typed(&mut stage, text), message(text));
    }
    for text in ["/open/bob", "/etc", "//open/bob/"] {
        assert_ne!(typed(&mut stage, text), message(text), "{text}");
    }
}

#[test]
fn what_looks_like_a_command_and_is_none_is_asked_about() {
    let mut stage = stage();
    for text in [
        "/hepl",
        " /lock",
        "\t/lock now",
        "\n/lock",
        "\u{200b}/lock",
        "/",
        "/ lock",
        "/me",
        " /me waves",
        "/Me waves",
        "/lock\nnow",
        "/lock\n/quit",
        " /hepl",
        "/l\u{f6}ck",
        "/LOCKS",
    ] {
        assert_eq!(typed(&mut stage, text), Entered::Suspicious, "{text:?}");
    }
}

#[test]
fn case_and_spaces_at_the_end_do_not_matter() {
    let mut stage = stage();
    let plain = typed(&mut stage, "/help");
    for text in ["/HELP", "/Help ", "/help\n", "/commands"] {
        assert_eq!(typed(&mut stage, text), plain);
    }
}

#[test]
fn what_was_most_likely_meant() {
    for (text, command) in [
        ("/hepl", "/help"),
        ("/opne bob smith", "/open bob smith"),
        (" /lock", "/lock"),
        (" /Lock", "/Lock"),
        ("/fing", "/fingerprint"),
        ("/verfiy carol", "/fingerprint carol"),
        ("/fingerpint", "/fingerprint"),
        ("/qit", "/quit"),
    ] {
        assert_eq!(meant(text).as_deref(), Some(command), "{text}");
    }
    for text in [
        "/",
        "/x",
        "/me",
        " /me waves",
        "/Me waves",
        "/re",
        "/ne",
        "/hepl\nme",
        "hello",
        "//hepl",
        "/frobnicate",
        &"/a".repeat(10_000),
    ] {
        assert_eq!(meant(text), None, "{text}");
    }
}

#[test]
fn a_message_that_was_sent_is_sent_again_when_it_is_recalled() {
    let mut stage = stage();
    for sent in ["/lock", "//x", "// a comment", "plain", "/a\nb"] {
        let mut composer = Composer::default();
        composer.remember(vec![sent.to_owned()]);
        assert!(composer.older());
        assert_eq!(typed(&mut stage, composer.text()), message(sent));
    }
}

#[test]
fn what_is_offered_instead_is_a_command() {
    let stage = RefCell::new(Stage::new());
    proptest!(|(text in "[ /a-z\n]{0,3}[a-zA-Z]{0,8}[ a-z/\n]{0,6}")| {
        if let Some(line) = meant(&text) {
            let read = typed(&mut stage.borrow_mut(), &line);
            prop_assert!(matches!(read, Entered::Command(_)), "{line:?}");
        }
    });
}

#[test]
fn any_text_can_be_read_and_completed() {
    let stage = RefCell::new(Stage::new());
    let any = "\\PC{0,30}|/[a-z]{0,6}\\PC{0,12}|[/ \n]{0,4}\\PC{0,8}";
    proptest!(|(text in any, cut in 0..40_usize)| {
        let mut stage = stage.borrow_mut();
        typed(&mut stage, &text);
        let cursor = (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let (range, found) = stage.look(|world| completions(world, &text, cursor)).unwrap();
        prop_assert!(text.get(range).is_some());
        prop_assert!(text.starts_with('/') || found.is_empty());
    });
}
