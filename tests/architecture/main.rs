//! The map of the house, held by a machine: who may import whom, what may be named where, and no circles.
//!
//! The checker is a function over (path, text) pairs; its own tests prove on small
//! houses that each rule can fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FilePath;

use calls::call_circles;
use chat_names::chat_names;
use habits::habits;
use names::overused_names;
use sentences::sentences;
use source::{File, Module, Source, Tree};

mod calls;
mod chat_names;
mod habits;
mod names;
mod sentences;
mod source;

/// Who may import whom. Every arrow points down. Cargo holds it: a room can only import what its manifest
/// names; a test here holds the manifests to this table, and the table to the one in docs/architecture.md.
const IMPORTS: &[(&str, &[&str])] = &[
    ("omemo", &[]),
    ("model", &["omemo"]),
    ("config", &[]),
    ("signals", &[]),
    ("words", &["model"]),
    ("api", &["model"]),
    ("stanza", &["omemo", "model"]),
    ("sasl", &["api", "model", "stanza"]),
    ("vault", &[]),
    ("files", &["model", "vault"]),
    ("store", &["omemo", "model", "vault"]),
    ("protocol", &["omemo", "model", "api", "stanza", "store"]),
    ("net", &["sasl", "stanza", "api", "model"]),
    (
        "session",
        &["files", "protocol", "net", "store", "stanza", "api", "model"],
    ),
    ("tui", &["api", "model", "config", "signals", "store", "words"]),
];

/// What is no room of its own: it brings the others together and may import any of them.
const TOP: [&str; 4] = ["cli", "logging", "paths", "main"];

/// Which crates may be named where, by the beginning of the path.
enum Where {
    Only(&'static [&'static str]),
    Never(&'static [&'static str]),
}

const NO_ASYNC: Where = Where::Never(&[
    "src/omemo/",
    "src/model/",
    "src/stanza/",
    "src/vault/",
    "src/files/",
    "src/store/",
    "src/protocol/",
    "src/api/",
]);

const CRATES: &[(&[&str], Where)] = &[
    (&["rusqlite", "libsqlite3_sys"], Where::Only(&["src/store/"])),
    (&["ratatui", "crossterm"], Where::Only(&["src/tui/"])),
    (
        &["tokio", "tokio_xmpp", "tokio_rustls", "hickory_resolver"],
        NO_ASYNC,
    ),
    (
        &["getrandom"],
        Where::Never(&["src/omemo/", "src/protocol/", "src/stanza/", "src/model/"]),
    ),
    // Ciphers of files, on the wire and at rest; TLS is rustls.
    (
        &["openssl"],
        Where::Only(&["src/files/", "src/session/tasks/cipher.rs"]),
    ),
    (
        &["hyper", "hyper_util", "http_body_util", "url"],
        Where::Only(&["src/net/http/"]),
    ),
    // Their targets are full of JIDs and stanzas.
    (&["log"], Where::Only(&[])),
];

/// Addresses are read out of text in one file only.
const ADDRESS: &str = "src/model/address/mod.rs";

/// In `src/omemo` named in one file only.
const PRIMITIVES: &str = "src/omemo/primitives.rs";
const CRYPTO: &[&str] = &[
    "aes",
    "aes_gcm",
    "argon2",
    "cbc",
    "chacha20poly1305",
    "curve25519_dalek",
    "ed25519_dalek",
    "hkdf",
    "hmac",
    "pbkdf2",
    "sha1",
    "sha2",
    "x25519_dalek",
];

/// The time is an argument here: neither a clock type nor a `now()`.
const NO_CLOCK: &[&str] = &["src/omemo/", "src/model/", "src/stanza/", "src/protocol/"];
/// Where the commands read in one transaction, and where they change anything: by the core.
const READS: &str = "src/cli/open.rs";
const CHANGES: &str = "src/cli/offline.rs";
const UNSAFE: &str = "src/vault/hardening.rs";
const MAX_LINES: usize = 400;

/// Everything that is wrong with a house, one sentence each, in a fixed order.
fn violations(sources: &[Source]) -> Vec<String> {
    let files: Vec<File> = sources.iter().filter_map(File::read).collect();
    let tree = Tree::new(&files);
    let mut found = BTreeSet::new();
    for file in &files {
        found.extend(floors(file));
        found.extend(crates(file, &tree));
        found.extend(words(file));
        if file.lines > MAX_LINES {
            found.insert(format!("{}: {} lines before its tests", file.path, file.lines));
        }
        if !file.has_header {
            found.insert(format!(
                "{}: does not open with what lives there (//!)",
                file.path
            ));
        }
    }
    found.extend(circles(&files, &tree));
    for (name, circle) in call_circles(&files, &tree) {
        let way = circle.join(" -> ");
        found.insert(format!(
            "`{name}` calls its own methods in a circle of files: {way}"
        ));
    }
    found.extend(overused_names(&files));
    found.extend(chat_names(sources));
    found.extend(habits(sources));
    found.extend(sentences(sources));
    found.into_iter().collect()
}

/// Floors that are in no table.
fn floors(file: &File) -> Option<String> {
    let floor = file.module.first()?.as_str();
    let known = TOP.contains(&floor) || IMPORTS.iter().any(|(name, _)| *name == floor);
    (!known).then(|| format!("{}: `{floor}` is not in the import table", file.path))
}

/// The rooms that a manifest names for its own code, in its order. What its tests use
/// besides is their own affair.
fn imported(manifest: &str) -> Vec<&str> {
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| IMPORTS.iter().any(|(room, _)| room == name))
        .collect()
}

/// Crates of others that are named where they may not.
fn crates(file: &File, tree: &Tree) -> Vec<String> {
    let lies_in = |places: &[&str]| places.iter().any(|place| file.path.starts_with(place));
    file.paths
        .iter()
        .filter(|path| tree.absolute(path).is_none())
        .filter_map(|path| Some((path, path.segments.first()?.as_str())))
        .filter(|(_, name)| {
            let misplaced = CRATES.iter().any(|(names, place)| {
                names.contains(name)
                    && match place {
                        Where::Only(places) => !lies_in(places),
                        Where::Never(places) => lies_in(places),
                    }
            });
            let primitive =
                CRYPTO.contains(name) && file.path.starts_with("src/omemo/") && file.path != PRIMITIVES;
            misplaced || primitive
        })
        .map(|(path, name)| format!("{}:{}: `{name}` may not be named here", file.path, path.line))
        .collect()
}

/// Words that may not stand in this file.
fn words(file: &File) -> Vec<String> {
    let no_clock = NO_CLOCK.iter().any(|place| file.path.starts_with(place));
    let text = |at: usize| file.tokens.get(at).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    for (at, token) in file.tokens.iter().enumerate() {
        let wrong = match token.text.as_str() {
            "unsafe" => file.path != UNSAFE,
            "todo" | "unimplemented" => text(at + 1) == "!",
            "SystemTime" | "Instant" => no_clock,
            "new" | "from_str" => reads_address(file, at),
            "transaction" | "commit" => changes_past_the_core(file, at),
            "now" => no_clock && at > 0 && text(at - 1) == "::" && text(at + 1) == "(",
            _ => false,
        };
        if wrong {
            let why = if reads_address(file, at) {
                " (addresses are read by model::address)"
            } else {
                ""
            };
            found.push(format!(
                "{}:{}: `{}` may not stand here{why}",
                file.path, token.line, token.text
            ));
        }
    }
    found
}

/// Whether a command opens a transaction of its own, or one that it read in is kept.
fn changes_past_the_core(file: &File, at: usize) -> bool {
    let token = |at: usize| file.tokens.get(at).map_or("", |token| token.text.as_str());
    let permitted = file.path == CHANGES || (file.path == READS && token(at) == "transaction");
    file.path.starts_with("src/cli/") && !permitted && token(at + 1) == "("
}

/// Whether an address is read out of text here, past its one normal form.
fn reads_address(file: &File, at: usize) -> bool {
    let text = |at: Option<usize>| {
        at.and_then(|at| file.tokens.get(at))
            .map_or("", |token| token.text.as_str())
    };
    file.path != ADDRESS
        && text(at.checked_sub(1)) == "::"
        && ["Jid", "BareJid", "FullJid"].contains(&text(at.checked_sub(2)))
}

/// Circles between modules that lie side by side, on every floor. What a parent's `use` passes on counts
/// as an arrow to the child that it comes from; what a parent defines itself does not count: a parent
/// and its child know each other.
fn circles(files: &[File], tree: &Tree) -> Vec<String> {
    let mut arrows: BTreeMap<Module, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for path in files.iter().flat_map(|file| &file.paths) {
        let Some(absolute) = tree.absolute(path) else {
            continue;
        };
        let target = match (path.module.first(), absolute.first()) {
            // Between floors the arrow is as it is written: `model` passes on values of `omemo`.
            (Some(from), Some(to)) if from != to => absolute[..1].to_vec(),
            _ => tree.home(&absolute),
        };
        let common = path
            .module
            .iter()
            .zip(&target)
            .take_while(|(a, b)| a == b)
            .count();
        if let (Some(from), Some(to)) = (path.module.get(common), target.get(common)) {
            arrows
                .entry(target[..common].to_vec())
                .or_default()
                .entry(from.clone())
                .or_default()
                .insert(to.clone());
        }
    }
    arrows
        .iter()
        .filter(|(parent, _)| tree.modules().contains(*parent))
        .filter_map(|(parent, arrows)| Some((parent, circle(arrows)?)))
        .map(|(parent, circle)| format!("a circle in `{}`: {}", parent.join("::"), circle.join(" -> ")))
        .collect()
}

/// One circle, if there is any.
fn circle(arrows: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk<'a>(
        arrows: &'a BTreeMap<String, BTreeSet<String>>,
        at: &'a str,
        way: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(start) = way.iter().position(|name| *name == at) {
            return Some(
                way[start..]
                    .iter()
                    .chain([&at])
                    .map(|name| (*name).to_owned())
                    .collect(),
            );
        }
        if !done.insert(at) {
            return None;
        }
        way.push(at);
        let found = arrows
            .get(at)
            .into_iter()
            .flatten()
            .find_map(|next| walk(arrows, next, way, done));
        way.pop();
        found
    }
    let mut done = BTreeSet::new();
    arrows
        .keys()
        .find_map(|start| walk(arrows, start, &mut Vec::new(), &mut done))
}

/// Every `.rs` file below `src`.
fn house() -> Vec<Source> {
    fn collect(folder: &FilePath, root: &FilePath, found: &mut Vec<Source>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(Source {
                    path: path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(),
                    text: std::fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    let root = FilePath::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&root.join("src"), root, &mut found);
    found
}

fn text(path: &str) -> String {
    std::fs::read_to_string(FilePath::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_manifests_and_the_map_have_the_arrows_of_the_table() {
    let map = text("docs/architecture.md");
    for (room, allowed) in IMPORTS {
        let manifest = text(&format!("src/{room}/Cargo.toml"));
        assert_eq!(imported(&manifest), *allowed, "src/{room}/Cargo.toml");
        let row = map
            .lines()
            .find(|line| line.starts_with(&format!("| `{room}` |")))
            .unwrap_or_else(|| panic!("`{room}` has no row in docs/architecture.md"));
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let named: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        assert_eq!(named, *allowed, "{row}");
    }
    // Each stands below those that import it.
    let order: Vec<&str> = IMPORTS.iter().map(|(room, _)| *room).collect();
    for (room, allowed) in IMPORTS {
        let at = order.iter().position(|name| name == room);
        assert!(
            allowed
                .iter()
                .all(|below| order.iter().position(|name| name == below) < at),
            "{room}"
        );
    }
}

#[test]
fn the_house_keeps_its_rules() {
    let house = house();
    assert!(house.len() > 30, "only {} files were found", house.len());
    let violations = violations(&house);
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[cfg(test)]
mod checker;

#[cfg(test)]
mod standards;
