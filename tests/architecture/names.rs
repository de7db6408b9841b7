//! One meaning for one word: how often a type name is given.

use std::collections::BTreeMap;

use super::source::{File, Token};

/// A name may stand for two things; for a third, both readers and searches are lost.
const MEANINGS: usize = 2;

/// Type names that more files define than may, each with its files.
pub fn overused_names(files: &[File]) -> Vec<String> {
    let mut definers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in files {
        for name in defined(&file.tokens) {
            definers.entry(name).or_default().push(&file.path);
        }
    }
    definers
        .into_iter()
        .filter(|(_, files)| files.len() > MEANINGS)
        .map(|(name, files)| {
            format!(
                "`{name}` is the name of {} types: {}",
                files.len(),
                files.join(", ")
            )
        })
        .collect()
}

/// The names of the types that are defined here; those that belong to an `impl` or a trait are not.
fn defined(tokens: &[Token]) -> Vec<&str> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    // The depth below which a block of an `impl` or a trait ends.
    let (mut depth, mut inside) = (0_usize, None);
    let mut header = false;
    for at in 0..tokens.len() {
        match text(at) {
            "{" => {
                depth += 1;
                if std::mem::take(&mut header) && inside.is_none() {
                    inside = Some(depth);
                }
            }
            "}" => {
                inside = inside.filter(|inside| *inside < depth);
                depth = depth.saturating_sub(1);
            }
            "impl" if inside.is_none() && (at == 0 || ["}", ";", "]", "unsafe"].contains(&text(at - 1))) => {
                header = true
            }
            "trait" if is_name(text(at + 1)) => {
                header = true;
                found.push(text(at + 1));
            }
            "struct" | "enum" | "union" if is_name(text(at + 1)) => found.push(text(at + 1)),
            "type" if inside.is_none() && is_name(text(at + 1)) => found.push(text(at + 1)),
            _ => {}
        }
    }
    found
}

fn is_name(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}
