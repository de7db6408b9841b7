//! No sentence for people stands below the room `words` and the faces: what the rooms below tell are codes.

use super::source::{File, Source, next};

/// The rooms that speak in codes.
const ROOMS: &[&str] = &["model", "api", "sasl", "net", "store", "protocol", "session"];

/// So many words make a sentence, or a piece of one.
const SENTENCE: usize = 3;

/// What a statement of SQL has in it, and no sentence.
const SQL: &[&str] = &[
    "SELECT", "WHERE", "ORDER", "INSERT", "UPDATE", "DELETE", "PRAGMA", "LIMIT", "ATTACH", "BEGIN",
];

/// Literals that are no words for people, each with the reason.
const EXCEPTED: &[(&str, &str)] = &[
    // The text of an error stanza, as the server could have written it, in the place of what cannot be read.
    ("src/net/guard/scanner/mend.rs", "the answer is not valid XML"),
    (
        "src/net/guard/scanner/mend.rs",
        "the answer is larger than this program takes",
    ),
    // In what way a message of the server is malformed; and why a file is not opened, as the system would say it.
    ("src/sasl/scram/mod.rs", "no iteration count"),
    ("src/store/file.rs", "it is no ordinary file"),
];

/// Every literal of so many words, but for logs, SQL, what errors of the program say of
/// themselves (`#[error]`), and in what way something is malformed.
pub fn sentences(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let Some(file) = File::read(source) else { continue };
        let room = file.module.first().map_or("", String::as_str);
        if !ROOMS.contains(&room) {
            continue;
        }
        for literal in literals(&source.text) {
            let tested = !file
                .tokens
                .iter()
                .any(|token| token.line == literal.line && token.text == "\"\"");
            let excepted = EXCEPTED.contains(&(source.path.as_str(), literal.text.as_str()));
            if tested
                || excepted
                || !is_sentence(&literal.text)
                || is_technical(room, &literal.text, &literal.inside)
            {
                continue;
            }
            found.push(format!(
                "{}:{}: a sentence for people: \"{}\"",
                source.path, literal.line, literal.text
            ));
        }
    }
    found
}

/// Words of letters, with spaces between them.
fn is_sentence(text: &str) -> bool {
    let words = text.split_whitespace().filter(|word| {
        let letters = word.trim_matches(|c: char| !c.is_alphabetic());
        letters.chars().count() > 1
            && letters
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, '\'' | '-'))
    });
    words.count() >= SENTENCE
}

/// `inside`: the calls and attributes around it, the innermost last.
fn is_technical(room: &str, text: &str, inside: &[String]) -> bool {
    let sql = || {
        text.split(|c: char| !c.is_ascii_alphabetic())
            .any(|word| SQL.contains(&word))
    };
    let in_one_of = |names: &[&str]| inside.iter().any(|name| names.contains(&name.as_str()));
    (room == "store" && sql())
        || in_one_of(&[
            "trace!",
            "debug!",
            "info!",
            "warn!",
            "error!",
            "#error",
            "assert!",
            "debug_assert!",
        ])
        || inside
            .last()
            .is_some_and(|name| matches!(name.as_str(), "Malformed" | "Forbidden" | "Corrupt"))
}

/// A string as it is written, and where it stands.
struct Literal {
    line: usize,
    text: String,
    /// The calls, macros and attributes around it, the innermost last.
    inside: Vec<String>,
}

fn literals(text: &str) -> Vec<Literal> {
    let chars: Vec<char> = text.chars().collect();
    let (mut found, mut inside) = (Vec::new(), Vec::new());
    let mut before = [String::new(), String::new()];
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let (length, token) = next(&chars[at..]);
        let written = &chars[at..at + length];
        match token.as_deref() {
            Some("\"\"") if written.contains(&'"') => found.push(Literal {
                line,
                text: unquoted(written),
                inside: inside.clone(),
            }),
            Some("(" | "[" | "{") => inside.push(opened(&before, inside.last())),
            Some(")" | "]" | "}") => drop(inside.pop()),
            _ => {}
        }
        if let Some(token) = token {
            before = [std::mem::take(&mut before[1]), token];
        }
        line += written.iter().filter(|c| **c == '\n').count();
        at += length;
    }
    found
}

/// What a bracket belongs to, from the two tokens before it: `name`, `name!`, `#` or, in an attribute, `#name`.
fn opened(before: &[String; 2], around: Option<&String>) -> String {
    match before {
        [name, mark] if mark == "!" => format!("{name}!"),
        [_, name] if around.is_some_and(|around| around == "#") => format!("#{name}"),
        [_, name] => name.clone(),
    }
}

/// Without quotes, and without the breaks of lines that the compiler takes out.
fn unquoted(written: &[char]) -> String {
    let written: String = written.iter().collect();
    let text = written
        .trim_start_matches(['b', 'c', 'r', '#'])
        .trim_end_matches('#');
    let text = text.trim_matches('"');
    text.split("\\\n").map(str::trim_start).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        sentences(&[Source {
            path: path.to_owned(),
            text: format!("//! A file.\n{text}"),
        }])
    }

    #[test]
    fn a_sentence_is_found_wherever_it_stands_in_a_room_that_speaks_in_codes() {
        let planted = [
            "fn f() { tell(\"You have blocked them.\") }",
            "const WHY: &str = \"its key is new\";",
            "fn f(peer: &str) -> String { format!(\"Cannot encrypt to {peer} because of this\") }",
            "fn f() { done(Err(Failure::new(Kind::Other, \"There is no \\\n    chat.\"))) }",
            "fn f() { say(r#\"not one \"word\" of it\"#) }",
            // Beside what is excepted, and behind it.
            "fn f() { tracing::warn!(\"a log of ours\"); tell(\"not a log though\") }",
            "#[error(\"one of ours\")] struct E; const WHY: &str = \"one of theirs\";",
            "fn f() { Malformed(why(\"it is one anyway\")) }",
        ];
        for room in ROOMS {
            for text in planted {
                let path = format!("src/{room}/x.rs");
                assert_eq!(found(&path, text).len(), 1, "{path} {text}");
            }
        }
        let sql = "const A: &str = \"SELECT id FROM chats WHERE peer = ?1\";";
        assert_eq!(found("src/protocol/x.rs", sql).len(), 1);
    }

    #[test]
    fn nothing_else_is_taken_for_one() {
        let clean = [
            "// A comment of some words.\nfn f() {}",
            "fn f() { tracing::info!(account = 1, \"a new stream is bound\") }",
            "#[derive(thiserror::Error)] enum E { #[error(\"the database reports: {0}\")] A(String) }",
            "fn f() { Err(E::Malformed(\"a tag without a name\")) }",
            "const NODE: &str = \"eu.siacs.conversations.axolotl.devicelist\";",
            "const TWO: [&str; 2] = [\"forbidden\", \"not allowed\"];",
            "#[cfg(test)]\nmod tests {\n    fn f() { assert_eq!(said(), \"one sentence of a test\") }\n}",
        ];
        for text in clean {
            assert_eq!(found("src/protocol/x.rs", text), Vec::<String>::new());
        }
        let sql = "const A: &str = \"SELECT id FROM chats WHERE peer = ?1\";";
        assert_eq!(found("src/store/x.rs", sql), Vec::<String>::new());
        // The room of the words, and the faces.
        for path in ["src/words/english/x.rs", "src/tui/x.rs", "src/cli/x.rs"] {
            let said = "const SAID: &str = \"It is not sent again.\";";
            assert_eq!(found(path, said), Vec::<String>::new());
        }
    }

    #[test]
    fn what_is_excepted_still_stands_there() {
        for (path, text) in EXCEPTED {
            let source = crate::text(path);
            let stands = literals(&source).iter().any(|literal| literal.text == *text);
            assert!(stands, "{path}: \"{text}\" is gone, so it leaves the list");
        }
    }
}
