//! Habits of the house that no lint knows: where modules lie, how they are named, how wide comments are.

use super::source::{Source, tokens};

/// That of `rustfmt.toml`, which leaves comments alone.
const WIDTH: usize = 110;

/// One convention each, in tests too: a module that has others below it is `x/mod.rs`; a file lies where its
/// module's name says; what is two floors up goes by its name.
pub fn habits(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let path = &source.path;
        let folder = format!("{}/", path.trim_end_matches(".rs"));
        if sources.iter().any(|other| other.path.starts_with(&folder)) {
            found.push(format!("{path}: modules lie below it, so it is {folder}mod.rs"));
        }
        found.extend(wide_comments(source));
        for words in tokens(&source.text).windows(4) {
            let [first, second, third, fourth] = words else {
                continue;
            };
            let words = [&first.text, &second.text, &third.text, &fourth.text].map(String::as_str);
            let instead = match words {
                ["#", "[", "path", _] => "`#[path]`: the file belongs where its module's name says",
                ["super", "::", "super", "::"] => "`super::super::` instead of a path from `crate::`",
                _ => continue,
            };
            found.push(format!("{path}:{}: {instead}", first.line));
        }
    }
    found
}

/// Comments wider than the code may be. An example is as wide as it is, and so is a
/// line drawn across the file.
fn wide_comments(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut example = false;
    for (line, at) in source.text.lines().zip(1..) {
        let Some(comment) = line.trim_start().strip_prefix("//") else {
            continue;
        };
        if comment.trim_start_matches(['/', '!', ' ']).starts_with("```") {
            example = !example;
        }
        if !example && !line.ends_with("---") && line.chars().count() > WIDTH {
            found.push(format!("{}:{at}: a comment wider than {WIDTH}", source.path));
        }
    }
    found
}
