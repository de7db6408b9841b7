//! Paths as people write them, or a file manager drops them: quoted, escaped, from home, as an address.

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::desk;

/// So long a folder may take that is looked into while a key is answered; a frame has sixteen milliseconds.
const PATIENCE: Duration = Duration::from_millis(10);
/// Possibilities at most.
const MOST: usize = 50;

/// The paths that a text names: one, or several that are each quoted, escaped or an address. A plain text is
/// one path, with all its spaces.
pub fn named(text: &str) -> Vec<PathBuf> {
    let text = text.trim();
    let quoted = text.starts_with(['\'', '"']) || text.contains("\\ ") || text.starts_with("file://");
    let words = match quoted {
        true => words(text),
        false => vec![text.to_owned()],
    };
    words
        .iter()
        .filter(|word| !word.is_empty())
        .map(|word| path(word))
        .collect()
}

/// A pasted text, if it looks like the path of one file: whole, in one line.
pub fn pasted(text: &str) -> Option<PathBuf> {
    let text = text.trim();
    let begins = ["/", "~/", "file://", "'/", "\"/"]
        .iter()
        .any(|begin| text.starts_with(begin));
    if !begins || text.len() > 4_096 || text.contains('\n') {
        return None;
    }
    let mut paths = named(text);
    (paths.len() == 1).then(|| paths.pop()).flatten()
}

/// As a shell reads them.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let word = words.last_mut();
        match (c, quote, word) {
            (c, Some(open), _) if c == open => quote = None,
            ('\'' | '"', None, _) => quote = Some(c),
            ('\\', None | Some('"'), Some(word)) => word.extend(chars.next()),
            (' ', None, _) => words.push(String::new()),
            (c, _, Some(word)) => word.push(c),
            (_, _, None) => {}
        }
    }
    words
}

/// From home, or of an address.
fn path(word: &str) -> PathBuf {
    if let Some(rest) = word.strip_prefix("file://") {
        // The host before it is this one, or none.
        let from = rest.find('/').unwrap_or(0);
        return PathBuf::from(decoded(rest.get(from..).unwrap_or_default()));
    }
    at_home(word)
}

/// With `~/` for the home of whoever asks.
pub fn at_home(word: &str) -> PathBuf {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    match (word.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        (None, Some(home)) if word == "~" => PathBuf::from(home),
        _ => PathBuf::from(word),
    }
}

/// Without `%20`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let value = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, value) {
            (b'%', Some(value)) => {
                bytes.push(value);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a path that is being written can become; nothing if the folder takes too long.
pub fn completions(begun: &str) -> Vec<String> {
    let (folder, name) = match begun.rfind('/') {
        Some(slash) => begun.split_at(slash + 1),
        None => ("", begun),
    };
    let real = match folder {
        "" => PathBuf::from("."),
        folder => at_home(folder),
    };
    let (tell, told) = channel();
    let looks = thread::Builder::new().name("completing".to_owned());
    let look = move || {
        // Whoever asked has gone on by now.
        let _ = tell.send(desk::list(&real, desk::MOST_NAMES));
    };
    let Ok(_) = looks.spawn(look) else {
        return Vec::new();
    };
    let Ok(Ok(listed)) = told.recv_timeout(PATIENCE) else {
        return Vec::new();
    };
    let begins = |of: &str| of.to_lowercase().starts_with(&name.to_lowercase());
    let hidden = name.starts_with('.');
    let fitting = listed
        .into_iter()
        .filter(|one| begins(&one.name) && (hidden || !one.name.starts_with('.')));
    let written = fitting.map(|one| {
        let slash = if one.is_file { "" } else { "/" };
        format!("{folder}{}{slash}", one.name)
    });
    // Escapes and line ends in a name would not be read back.
    let plain = |path: &String| !path.contains(['\n', '\\', '\'', '"']);
    written.filter(plain).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_is_one_path_and_what_is_quoted_escaped_or_an_address_may_be_several() {
        let named = |text: &str| -> Vec<String> {
            named(text)
                .iter()
                .map(|path| path.display().to_string())
                .collect()
        };
        assert_eq!(named("/home/ana/my cat.jpg "), ["/home/ana/my cat.jpg"]);
        assert_eq!(
            named("/a/my\\ cat.jpg /b/dog.png"),
            ["/a/my cat.jpg", "/b/dog.png"]
        );
        assert_eq!(named("'/a/it is.jpg' \"/b/x\\\"y\""), ["/a/it is.jpg", "/b/x\"y"]);
        assert_eq!(named("file:///a/b%20c.jpg file://host/d"), ["/a/b c.jpg", "/d"]);
        assert_eq!(named("file:///a/100%"), ["/a/100%"]);
        assert_eq!(named(""), [""; 0]);
    }

    #[test]
    fn only_what_looks_like_the_path_of_one_file_is_offered() {
        assert_eq!(pasted("/a/b.jpg\n"), Some(PathBuf::from("/a/b.jpg")));
        assert_eq!(pasted("file:///a/b%20c"), Some(PathBuf::from("/a/b c")));
        for text in ["hello", "/a\n/b", "a/b", "'/a' '/b'", ""] {
            assert_eq!(pasted(text), None, "{text}");
        }
    }

    #[test]
    fn names_are_completed_folders_with_a_slash_and_hidden_ones_only_when_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Cat.jpg"), "").unwrap();
        std::fs::write(folder.path().join(".cats"), "").unwrap();
        std::fs::create_dir(folder.path().join("catalogue")).unwrap();
        let at = folder.path().display().to_string();
        // A loaded machine may take longer than a frame: then there is nothing, and the next key asks again.
        let complete = |begun: &str| loop {
            let found = completions(&format!("{at}/{begun}"));
            if !found.is_empty() {
                return found;
            }
        };
        assert_eq!(
            complete("ca"),
            [format!("{at}/catalogue/"), format!("{at}/Cat.jpg")]
        );
        assert_eq!(complete(".c"), [format!("{at}/.cats")]);
        assert_eq!(completions("/nowhere/at/all/x"), [""; 0]);
    }
}
