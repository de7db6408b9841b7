//! Circles that no import shows: the methods of one type, spread over files that call one another. A type
//! whose files do that is one file cut into pieces; cut the type, so that the arrows go one way.

use std::collections::{BTreeMap, BTreeSet};

use super::circle;
use super::source::{File, Module, Path, Token, Tree};

/// What one file holds of a type.
#[derive(Default)]
struct Part {
    methods: BTreeSet<String>,
    called: BTreeSet<String>,
}

/// A type, by the module that it is written in and its name.
type Type = (Module, String);

/// Every type whose files call each other's methods through `self`, with one circle of its files.
pub fn call_circles(files: &[File], tree: &Tree) -> Vec<(String, Vec<String>)> {
    let mut types: BTreeMap<Type, BTreeMap<String, Part>> = BTreeMap::new();
    for file in files {
        for (name, body) in impls(file, tree) {
            let part = types.entry(name).or_default();
            let part = part.entry(file.module.join("::")).or_default();
            part.methods.extend(methods(body));
            part.called.extend(called(body));
        }
    }
    let circled = |((module, name), parts): (&Type, &BTreeMap<String, Part>)| {
        let name = format!("{}::{name}", module.join("::"));
        Some((name, circle(&arrows(parts))?))
    };
    types.iter().filter_map(circled).collect()
}

/// From each file to those that define what it calls and does not define itself.
fn arrows(parts: &BTreeMap<String, Part>) -> BTreeMap<String, BTreeSet<String>> {
    let definers = |called: &str| {
        let called = called.to_owned();
        parts
            .iter()
            .filter(move |(_, part)| part.methods.contains(&called))
            .map(|(file, _)| file.clone())
    };
    parts
        .iter()
        .map(|(file, part)| {
            let foreign = part.called.difference(&part.methods);
            (
                file.clone(),
                foreign.flat_map(|called| definers(called)).collect(),
            )
        })
        .collect()
}

/// The `impl` blocks of a file: whose they are, and the tokens between their braces.
fn impls<'a>(file: &'a File, tree: &Tree) -> Vec<(Type, &'a [Token])> {
    let tokens = &file.tokens;
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        // Not the `impl` of an argument or of what is returned.
        let item =
            text(at) == "impl" && (at == 0 || matches!(text(at - 1), "}" | ";" | "]" | "unsafe" | "{"));
        let Some(open) = (at..tokens.len()).find(|at| item && text(*at) == "{") else {
            at += 1;
            continue;
        };
        let close = closing(tokens, open);
        let header: Vec<&str> = (at + 1..open).map(text).collect();
        if let Some(name) = implemented(&header, file, tree) {
            found.push((name, &tokens[open + 1..close]));
        }
        at = close + 1;
    }
    found
}

/// The type that a header such as `<T: Bound> Trait for super::Type<T> where …` is about.
fn implemented(header: &[&str], file: &File, tree: &Tree) -> Option<Type> {
    let ends = header.iter().position(|word| *word == "where");
    let header = &header[..ends.unwrap_or(header.len())];
    let of = header
        .iter()
        .enumerate()
        .rposition(|(at, word)| *word == "for" && header.get(at + 1) != Some(&"<"));
    let start = match of {
        Some(of) => of + 1,
        None if header.first() == Some(&"<") => generics(header),
        None => 0,
    };
    let segments: Vec<String> = header[start..]
        .iter()
        .skip_while(|word| ["&", "mut", "dyn"].contains(word))
        .take_while(|word| !["<", "{"].contains(word))
        .filter(|word| **word != "::")
        .map(|word| (*word).to_owned())
        .collect();
    let name = segments.last()?.clone();
    let path = Path {
        module: file.module.clone(),
        segments: segments.clone(),
        line: 0,
        alias: None,
    };
    let absolute = tree
        .absolute(&path)
        .unwrap_or_else(|| [file.module.as_slice(), &segments].concat());
    Some((tree.home(&absolute), name))
}

/// How many words the generics at the beginning of a header take.
fn generics(header: &[&str]) -> usize {
    let mut depth = 0_usize;
    for (at, word) in header.iter().enumerate() {
        match *word {
            "<" => depth += 1,
            // Of an arrow in a bound.
            ">" if at > 0 && header[at - 1] == "-" => {}
            ">" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    header.len()
}

/// The index of the brace that closes the one at `open`.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len() - 1
}

fn methods(body: &[Token]) -> impl Iterator<Item = String> + '_ {
    body.windows(2)
        .filter(|words| words[0].text == "fn")
        .map(|words| words[1].text.clone())
}

/// What stands behind `self.` with an argument list, or behind `Self::`.
fn called(body: &[Token]) -> impl Iterator<Item = String> + '_ {
    let text = |at: usize| body.get(at).map_or("", |token| token.text.as_str());
    (0..body.len())
        .filter(move |at| match (text(*at), text(at + 1)) {
            ("self", ".") => ["(", "::"].contains(&text(at + 3)),
            ("Self", "::") => true,
            _ => false,
        })
        .map(|at| {
            body.get(at + 2)
                .map_or_else(String::new, |token| token.text.clone())
        })
}
