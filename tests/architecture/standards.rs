//! What the program says that it speaks is what it speaks: `susurro.doap` beside the
//! namespaces of `src/stanza/ns.rs`.

use std::collections::BTreeSet;
use std::path::Path as FilePath;

use super::{house, text};

/// Documents whose namespaces the program knows and does not speak.
const NOT_SPOKEN: &[(&str, &str)] = &[
    ("0027", "named where a message cannot be read"),
    ("0033", "refused inside an envelope"),
    ("0364", "named where a message cannot be read"),
    ("0373", "named where a message cannot be read"),
    ("0421", "believed from nobody"),
];

/// What follows each `opening` in `text`, up to its `end`.
fn between<'a>(text: &'a str, opening: &str, end: &str) -> Vec<&'a str> {
    text.split(opening)
        .skip(1)
        .map(|rest| rest.split(end).next().unwrap())
        .collect()
}

#[test]
fn each_namespace_has_its_document_and_the_doap_file_names_it() {
    let namespaces = text("src/stanza/ns.rs");
    let spoken: BTreeSet<_> = between(&text("susurro.doap"), "extensions/xep-", ".html")
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut known = BTreeSet::new();
    for line in namespaces.lines().filter(|line| line.starts_with("pub const")) {
        let source = line.rsplit_once(" // ").map_or("", |(_, source)| source);
        match source.strip_prefix("XEP-") {
            Some(number) => {
                known.insert(number);
                let excepted = NOT_SPOKEN.iter().any(|(other, _)| *other == number);
                assert!(
                    spoken.contains(number) != excepted,
                    "either spoken (susurro.doap) or not (NOT_SPOKEN): {line}"
                );
            }
            None => assert!(source.starts_with("RFC "), "which document is this from? {line}"),
        }
    }
    for (number, _) in NOT_SPOKEN {
        assert!(known.contains(number), "XEP-{number} is not known any more");
    }
}

#[test]
fn what_the_doap_file_names_is_named_in_the_code() {
    let doap = text("susurro.doap");
    // The parser of XMPP takes no comments.
    let (before, after) = doap.split_once("<!--").unwrap();
    let plain = format!("{before}{}", after.split_once("-->").unwrap().1);
    plain.parse::<minidom::Element>().unwrap();
    let code: Vec<_> = house().into_iter().map(|source| source.text).collect();
    let entries = between(&doap, "<xmpp:SupportedXep>", "</xmpp:SupportedXep>");
    assert!(entries.len() > 20, "only {} entries", entries.len());
    for entry in entries {
        let [number] = between(entry, "extensions/xep-", ".html")[..] else {
            panic!("{entry}")
        };
        let [status] = between(entry, "<xmpp:status>", "<")[..] else {
            panic!("{entry}")
        };
        assert!(["complete", "partial"].contains(&status), "{entry}");
        assert!(between(entry, "<xmpp:version>", "<").len() == 1, "{entry}");
        assert!(
            status == "complete" || entry.contains("<xmpp:note"),
            "what of it? {entry}"
        );
        assert!(
            code.iter().any(|text| text.contains(&format!("XEP-{number}"))),
            "nothing says that it does XEP-{number}"
        );
    }
}

/// A map that names what was moved leads nowhere.
#[test]
fn the_files_that_the_maps_name_exist() {
    let root = FilePath::new(env!("CARGO_MANIFEST_DIR"));
    let exists = |name: &str| {
        ["", "src", "docs", "tests"]
            .iter()
            .any(|folder| root.join(folder).join(name).exists())
    };
    let mut named = 0;
    for map in ["docs/architecture.md", "CONTRIBUTING.md"] {
        let written = text(map);
        let files = written.split('`').skip(1).step_by(2).filter(|name| {
            let path = !name.contains(' ') && name.contains('/') && !name.starts_with("x/");
            path && (name.ends_with(".rs") || name.ends_with('/'))
        });
        for name in files {
            named += 1;
            assert!(exists(name), "{map} names `{name}`, which is not there");
        }
    }
    assert!(named > 40, "only {named} files are named");
    for list in ["tests/mutants.sh", "tests/mutants.txt"] {
        for path in between(&text(list), "src/omemo/", ".rs") {
            let folder = path.trim_end_matches('*');
            let there = if folder == path {
                format!("src/omemo/{path}.rs")
            } else {
                format!("src/omemo/{folder}")
            };
            assert!(exists(&there), "{list} names {there}, which is not there");
        }
    }
}
