//! The checker can fail: each rule on a small house of its own.

use super::source::{Source, tokens};
use super::{imported, violations};

fn house(files: &[(&str, &str)]) -> Vec<Source> {
    files
        .iter()
        .map(|(path, text)| Source {
            path: (*path).to_owned(),
            text: format!("//! A file.\n{text}"),
        })
        .collect()
}

fn assert_keeps_the_rules(files: &[(&str, &str)]) {
    assert_eq!(violations(&house(files)), Vec::<String>::new());
}

#[track_caller]
fn assert_breaks(files: &[(&str, &str)], expected: &str) {
    let found = violations(&house(files));
    assert!(found.len() == 1 && found[0].contains(expected), "{found:#?}");
}

const MODEL: (&str, &str) = (
    "src/model/lib.rs",
    "mod text; pub use text::Clean; pub use omemo::Trust;",
);
const TEXT: (&str, &str) = ("src/model/text.rs", "pub struct Clean;");
const STORE: (&str, &str) = ("src/store/lib.rs", "pub struct Writer;");
const OMEMO: (&str, &str) = ("src/omemo/lib.rs", "pub struct Trust;");

#[test]
fn a_good_house_has_no_violations() {
    assert_keeps_the_rules(&[
        MODEL,
        TEXT,
        STORE,
        OMEMO,
        ("src/lib.rs", "pub use {model, omemo, store}; pub mod cli;"),
        (
            "src/main.rs",
            "use susurro::store; fn main() { susurro::model::x(); store::y() }",
        ),
        (
            "src/protocol/lib.rs",
            "use store::Writer; use {api, model::Clean};",
        ),
        ("src/api/lib.rs", "use model::{self, Trust};"),
        (
            "src/cli/mod.rs",
            "use protocol; use store::Writer; use tokio::select;",
        ),
    ]);
}

#[test]
fn a_manifest_tells_what_is_imported_and_not_what_its_tests_need() {
    let manifest = "[package]\nname = \"susurro-x\"\n\n[dependencies]\nomemo.workspace = true\nmodel = { path = \"y\" }\n\n\
                    zeroize.workspace = true\n\n[dev-dependencies]\nstore.workspace = true\n";
    assert_eq!(imported(manifest), ["omemo", "model"]);
}

#[test]
fn a_floor_that_is_not_in_the_table_may_not_exist() {
    assert_breaks(
        &[("src/helpers/mod.rs", "")],
        "`helpers` is not in the import table",
    );
}

#[test]
fn circles_between_floors_are_found_even_where_a_floor_may_import_all() {
    let found = violations(&house(&[
        ("src/model/lib.rs", "pub use omemo::Trust;"),
        ("src/omemo/lib.rs", "use model::Clean;"),
    ]));
    assert!(
        found.contains(&"a circle in ``: model -> omemo -> model".to_owned()),
        "{found:#?}"
    );
    assert_breaks(
        &[
            ("src/cli/mod.rs", "use crate::main::x;"),
            ("src/main.rs", "use susurro::cli;"),
        ],
        "a circle in ``: cli -> main -> cli",
    );
}

#[test]
fn circles_between_siblings_are_found_directly_and_through_the_parent() {
    let direct = [
        ("src/omemo/lib.rs", "mod a; mod b;"),
        ("src/omemo/a.rs", "use super::b::B; pub struct A;"),
        ("src/omemo/b.rs", "fn f(a: crate::a::A) {} pub struct B;"),
    ];
    assert_breaks(&direct, "a circle in `omemo`: a -> b -> a");
    let through = [
        (
            "src/omemo/lib.rs",
            "mod a; mod b; mod c; pub use a::A; pub use b::{B, C as D}; pub use c::E;",
        ),
        ("src/omemo/a.rs", "use super::D; pub struct A;"),
        ("src/omemo/b.rs", "use super::E; pub struct B; pub struct C;"),
        ("src/omemo/c.rs", "pub struct E(super::A);"),
    ];
    assert_breaks(&through, "a circle in `omemo`: a -> b -> c -> a");
    let deep = [
        ("src/omemo/lib.rs", "mod keys; mod ratchet;"),
        ("src/omemo/ratchet/mod.rs", "mod x; mod y;"),
        (
            "src/omemo/ratchet/x.rs",
            "use super::y::Y; use crate::keys::K; pub struct X;",
        ),
        ("src/omemo/ratchet/y.rs", "use super::x::X; pub struct Y;"),
        ("src/omemo/keys.rs", "pub struct K;"),
    ];
    assert_breaks(&deep, "a circle in `omemo::ratchet`: x -> y -> x");
}

#[test]
fn a_parent_and_its_children_may_know_each_other() {
    assert_keeps_the_rules(&[
        (
            "src/protocol/lib.rs",
            "mod a; mod b; pub struct Protocol; fn f() { a::g(); b::g() }",
        ),
        (
            "src/protocol/a.rs",
            "use super::Protocol; use super::b; pub fn g() { b::g() }",
        ),
        ("src/protocol/b.rs", "use super::Protocol; pub fn g() {}"),
    ]);
}

#[test]
fn files_of_one_type_may_not_call_each_other_in_a_circle() {
    let app = "mod keys; mod events; pub struct App<T>(T);\n\
               impl<F: Fn() -> u8> App<F> { fn update(&mut self) { self.on_key() } fn say(&self) {} }";
    let keys = "use super::App; impl<T> App<T> { pub fn on_key(&mut self) { self.on_event(); self.size } }";
    let around = [
        ("src/tui/app/mod.rs", app),
        ("src/tui/app/keys.rs", keys),
        (
            "src/tui/app/events.rs",
            "impl std::fmt::Debug for crate::app::App<u8> { fn on_event(&self) { Self::say(self) } }",
        ),
        ("src/tui/lib.rs", "pub mod app;"),
    ];
    assert_breaks(
        &around,
        "`tui::app::App` calls its own methods in a circle of files: \
         tui::app -> tui::app::keys -> tui::app::events -> tui::app",
    );
    // Another type of that name, a field, and what is called on a part are no way back.
    let mut down = around;
    down[2].1 =
        "use super::keys; struct App; impl App { fn on_event(&self, x: impl Fn()) { Self::say(self) } }";
    assert_keeps_the_rules(&down);
    down[2].1 = "use super::App; impl App<u8> { fn on_event(&self) { self.say; self.parts.say() } }";
    assert_keeps_the_rules(&down);
}

#[test]
fn a_type_name_may_stand_for_two_things_and_no_more() {
    let three = [
        (
            "src/tui/a.rs",
            "pub struct Row; impl X for Row { type Output = u8; }",
        ),
        (
            "src/tui/b.rs",
            "enum Row { A } trait Y { type Output; } impl<'a> Iterator for Row { type Output = u8; }",
        ),
        (
            "src/cli/c.rs",
            "type Row<'a> = &'a str; impl X for u8 { type Output = u8; }",
        ),
    ];
    assert_breaks(
        &three,
        "`Row` is the name of 3 types: src/tui/a.rs, src/tui/b.rs, src/cli/c.rs",
    );
    assert_keeps_the_rules(&three[..2]);
    let tested = "#[cfg(test)] mod tests { struct Row; } fn row() -> Row { Row }";
    assert_keeps_the_rules(&[three[0], three[1], ("src/cli/c.rs", tested)]);
}

#[test]
fn crates_are_named_only_where_they_belong() {
    for (path, text, name) in [
        ("src/protocol/a.rs", "use rusqlite::Connection;", "rusqlite"),
        ("src/vault/a.rs", "fn f() -> rusqlite::Result<()> {}", "rusqlite"),
        ("src/cli/a.rs", "use ratatui::Frame;", "ratatui"),
        (
            "src/protocol/a.rs",
            "use {std::time::Duration, tokio::time};",
            "tokio",
        ),
        (
            "src/store/a.rs",
            "async fn f() { tokio::task::yield_now().await }",
            "tokio",
        ),
        ("src/stanza/a.rs", "use ::tokio_xmpp::Stanza;", "tokio_xmpp"),
        ("src/model/a.rs", "use tokio;", "tokio"),
        ("src/omemo/keys.rs", "use sha2::Sha256;", "sha2"),
        (
            "src/omemo/keys.rs",
            "fn f() { x25519_dalek::x25519(a, b) }",
            "x25519_dalek",
        ),
        ("src/omemo/keys.rs", "use getrandom::SysRng;", "getrandom"),
        ("src/session/lib.rs", "fn f() { log::info!(\"x\") }", "log"),
    ] {
        assert_breaks(&[(path, text)], &format!("`{name}` may not be named here"));
    }
    assert_keeps_the_rules(&[
        ("src/store/a.rs", "use rusqlite::Connection;"),
        (
            "src/session/lib.rs",
            "use tokio::select; use tokio_xmpp::xmlstream;",
        ),
        (
            "src/omemo/primitives.rs",
            "use sha2::Sha256; use hmac::{Hmac, Mac};",
        ),
        (
            "src/omemo/keys.rs",
            "use super::primitives::hmac; fn f() { hmac(); super::primitives::sha2::g() }",
        ),
        ("src/protocol/a.rs", "fn f() { let tokio = 1; x.tokio() }"),
    ]);
}

#[test]
fn words_stand_only_where_they_belong() {
    for (path, text, word) in [
        ("src/session/a.rs", "fn f() { unsafe { g() } }", "unsafe"),
        ("src/session/a.rs", "fn f() { todo!() }", "todo"),
        (
            "src/session/a.rs",
            "fn f() { unimplemented!(\"x\") }",
            "unimplemented",
        ),
        ("src/protocol/a.rs", "fn f() { jiff::Timestamp::now(); }", "now"),
        ("src/omemo/a.rs", "use std::time::SystemTime;", "SystemTime"),
        ("src/protocol/a.rs", "struct A(std::time::Instant);", "Instant"),
        ("src/tui/a.rs", "fn f() { BareJid::new(text); }", "new"),
        ("src/stanza/a.rs", "fn f() { text.map(jid::Jid::new); }", "new"),
        (
            "src/stanza/a.rs",
            "fn f() { FullJid::from_str(text); }",
            "from_str",
        ),
    ] {
        assert_breaks(&[(path, text)], &format!("`{word}` may not stand here"));
    }
    assert_keeps_the_rules(&[
        ("src/vault/hardening.rs", "fn f() { unsafe { g() } }"),
        (
            "src/session/a.rs",
            "#![allow(unsafe_code)] fn f() { Instant::now(); let todo = 1; }",
        ),
        ("src/protocol/a.rs", "fn f(now: Timestamp) { g(now) }"),
        ("src/model/address/mod.rs", "fn f() { Jid::new(text) }"),
        ("src/tui/a.rs", "fn f() { List::new(text) }"),
    ]);
}

#[test]
fn long_files_and_files_without_a_header_are_found() {
    let long = "fn f() {}\n".repeat(400);
    assert_breaks(&[("src/api/lib.rs", &long)], "401 lines before its tests");
    let tests = format!("fn f() {{}}\n#[cfg(test)]\nmod tests {{\n{long}}}\n");
    assert_keeps_the_rules(&[("src/api/lib.rs", &tests)]);
    let bare = Source {
        path: "src/api/lib.rs".to_owned(),
        text: "use std::fmt;".to_owned(),
    };
    assert_eq!(
        violations(&[bare]),
        ["src/api/lib.rs: does not open with what lives there (//!)"]
    );
}

#[test]
fn modules_lie_where_their_names_say_and_are_named_from_the_root() {
    assert_breaks(
        &[
            ("src/tui/a.rs", "mod b;"),
            ("src/tui/a/b.rs", ""),
            ("src/tui/ab.rs", ""),
        ],
        "src/tui/a.rs: modules lie below it, so it is src/tui/a/mod.rs",
    );
    for (path, text, expected) in [
        (
            "src/tui/a/tests.rs",
            "use super::super::b::C;",
            "src/tui/a/tests.rs:2: `super::super::`",
        ),
        (
            "src/tui/a.rs",
            "#[cfg(test)] mod tests { fn f() { super::super::g() } }",
            "`super::super::`",
        ),
        (
            "src/tui/a.rs",
            "#[cfg(test)] #[path = \"a_tests.rs\"] mod tests;",
            "`#[path]`",
        ),
    ] {
        assert_breaks(&[(path, text)], expected);
    }
    assert_keeps_the_rules(&[
        ("src/tui/a/mod.rs", "use super::b; mod tests; fn path() {}"),
        ("src/tui/a/tests.rs", "use crate::b::super_super;"),
        ("src/tui/b.rs", ""),
    ]);
}

#[test]
fn comments_are_no_wider_than_code() {
    let wide = format!("    /// {}\n    fn f() {{}}\n", "é".repeat(103));
    assert_breaks(
        &[("src/tui/a.rs", wide.as_str())],
        "src/tui/a.rs:2: a comment wider than 110",
    );
    let example = format!(
        "    /// ```text\n{}\n    /// ```\n    fn f() {{}}\n",
        wide.lines().next().unwrap()
    );
    let drawn = format!("// a {}\n", "-".repeat(110));
    for kept in [wide.replacen('é', "", 1), example, drawn] {
        assert_keeps_the_rules(&[("src/tui/a.rs", kept.as_str())]);
    }
}

#[test]
fn tokens_carry_their_lines() {
    let found: Vec<(String, usize)> = tokens("a /* \n */ ::b\n\"x\ny\" 'c' 'd: r\"\" e")
        .into_iter()
        .map(|token| (token.text, token.line))
        .collect();
    let expected = [
        ("a", 1),
        ("::", 2),
        ("b", 2),
        ("\"\"", 3),
        ("\"\"", 4),
        (":", 4),
        ("\"\"", 4),
        ("e", 4),
    ];
    assert_eq!(found, expected.map(|(text, line)| (text.to_owned(), line)));
}

#[test]
fn a_command_changes_nothing_past_the_core() {
    let changing = "fn f(w: &mut Writer) { let tx = w.transaction(); tx.commit(); }";
    let reading = "fn f(w: &mut Writer) { read(w.transaction()); }";
    assert_keeps_the_rules(&[
        ("src/cli/offline.rs", changing),
        ("src/cli/open.rs", reading),
        (
            "src/cli/send.rs",
            "/// In one transaction.\nfn f(commit: u8) {} #[cfg(test)] mod tests { fn f() { w.transaction(); } }",
        ),
        ("src/session/shared.rs", changing),
    ]);
    assert_breaks(&[("src/cli/open.rs", changing)], "open.rs:2: `commit` may not");
    assert_breaks(
        &[("src/cli/send.rs", reading)],
        "send.rs:2: `transaction` may not",
    );
    assert_breaks(
        &[(
            "src/cli/trust/mod.rs",
            "fn f(tx: Transaction) { Transaction::commit(tx); }",
        )],
        "mod.rs:2: `commit` may not",
    );
}
