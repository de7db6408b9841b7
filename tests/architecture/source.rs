//! Reads Rust as far as the rules need it: tokens without comments, strings and test code,
//! and the paths that they form.

use std::collections::{BTreeMap, BTreeSet};

/// One source file: its path from the package's folder, and its text.
#[derive(Debug, Clone)]
pub struct Source {
    pub path: String,
    pub text: String,
}

/// A module by its names from the root, such as `["omemo", "ratchet"]`.
pub type Module = Vec<String>;

/// A word, a mark, or `::`, with its line (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

/// A path as it is written, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// The module in which it stands.
    pub module: Module,
    pub segments: Vec<String>,
    pub line: usize,
    /// The name that a `use` gives it.
    pub alias: Option<String>,
}

/// A file, read.
#[derive(Debug, Clone)]
pub struct File {
    pub path: String,
    pub module: Module,
    pub tokens: Vec<Token>,
    pub paths: Vec<Path>,
    /// Lines that are not tests.
    pub lines: usize,
    pub has_header: bool,
}

impl File {
    /// None for a file that holds tests alone.
    pub fn read(source: &Source) -> Option<Self> {
        let module = module_of(&source.path)?;
        let all = tokens(&source.text);
        let (tokens, test_lines) = without_tests(&all);
        Some(Self {
            path: source.path.clone(),
            paths: paths(&tokens, &module),
            module,
            tokens,
            lines: source.text.lines().count() - test_lines,
            has_header: source.text.starts_with("//!"),
        })
    }
}

/// `src/a/b.rs` and `src/a/b/mod.rs` are `a::b`; `src/lib.rs` is the root and `src/a/lib.rs` that of the room
/// `a`; None for `tests.rs` and what lies below `tests/`.
fn module_of(path: &str) -> Option<Module> {
    let names = path.strip_prefix("src/")?.strip_suffix(".rs")?;
    let mut module: Module = names.split('/').map(str::to_owned).collect();
    if module.iter().any(|name| name == "tests") {
        return None;
    }
    if module.last().is_some_and(|name| name == "mod" || name == "lib") {
        module.pop();
    }
    Some(module)
}

/// The tokens of `text`; a string or character becomes one token `""`, comments nothing.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let rest = &chars[at..];
        let (length, token) = next(rest);
        if let Some(text) = token {
            found.push(Token { text, line });
        }
        line += rest[..length].iter().filter(|c| **c == '\n').count();
        at += length;
    }
    found
}

/// Length of what stands at the beginning of `rest` (at least 1), and its token.
pub fn next(rest: &[char]) -> (usize, Option<String>) {
    let string = || Some("\"\"".to_owned());
    match rest {
        ['/', '/', ..] => (until(rest, |c| c == '\n'), None),
        ['/', '*', ..] => (block_comment(rest), None),
        ['"', ..] => (quoted(rest), string()),
        ['b' | 'c', '"', ..] => (1 + quoted(&rest[1..]), string()),
        ['b', '\'', ..] => (1 + character(&rest[1..]).unwrap_or(1), string()),
        ['r', '"' | '#', ..] | ['b' | 'c', 'r', '"' | '#', ..] if raw_string(rest).is_some() => {
            (raw_string(rest).unwrap_or(1), string())
        }
        ['\'', ..] => match character(rest) {
            Some(length) => (length, string()),
            // A lifetime.
            None => (1 + until(&rest[1..], |c| !is_word(c)), None),
        },
        [':', ':', ..] => (2, Some("::".to_owned())),
        [c, ..] if is_word(*c) => {
            let length = until(rest, |c| !is_word(c));
            (length, Some(rest[..length].iter().collect()))
        }
        [c, ..] if c.is_whitespace() => (1, None),
        [c, ..] => (1, Some(c.to_string())),
        [] => (1, None),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn until(rest: &[char], end: impl Fn(char) -> bool) -> usize {
    rest.iter().position(|c| end(*c)).unwrap_or(rest.len())
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// Length of a character literal; None if it is a lifetime.
fn character(rest: &[char]) -> Option<usize> {
    match rest {
        ['\'', '\\', _, more @ ..] => Some(3 + until(more, |c| c == '\'') + 1),
        ['\'', _, '\'', ..] => Some(3),
        _ => None,
    }
}

/// Length of a raw string; None if it is none (a raw identifier, a word that begins with r).
fn raw_string(rest: &[char]) -> Option<usize> {
    let start = until(rest, |c| c == 'r') + 1;
    let hashes = until(&rest[start..], |c| c != '#');
    if rest.get(start + hashes) != Some(&'"') {
        return None;
    }
    let body = start + hashes + 1;
    let end: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    let length = rest[body..].windows(end.len()).position(|window| window == end)?;
    Some(body + length + end.len())
}

/// Leaves out every item under `#[cfg(test)]`; also gives the number of its lines.
fn without_tests(all: &[Token]) -> (Vec<Token>, usize) {
    let is = |at: usize, text: &str| all.get(at).is_some_and(|token| token.text == text);
    let (mut kept, mut lines, mut at) = (Vec::new(), 0, 0);
    while at < all.len() {
        let attribute = is(at, "#") && is(at + 1, "[");
        let end = if attribute { closing(all, at + 1) } else { at };
        let words: Vec<&str> = all[at..end].iter().map(|token| token.text.as_str()).collect();
        if attribute && words.contains(&"cfg") && words.contains(&"test") && !words.contains(&"not") {
            let last = item_end(all, end + 1);
            lines += all[last.min(all.len() - 1)].line - all[at].line + 1;
            at = last + 1;
        } else {
            kept.push(all[at].clone());
            at += 1;
        }
    }
    (kept, lines)
}

/// The index of the bracket that closes the one at `at`.
fn closing(all: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in all.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    all.len() - 1
}

/// The index of the last token of the item that begins at `at`: its `;` or the end of its body.
fn item_end(all: &[Token], mut at: usize) -> usize {
    while at < all.len() {
        match all[at].text.as_str() {
            ";" => return at,
            "{" => return closing(all, at),
            "(" | "[" => at = closing(all, at) + 1,
            _ => at += 1,
        }
    }
    all.len() - 1
}

/// Every path in `use` and elsewhere, with the module in which it stands.
fn paths(tokens: &[Token], file: &Module) -> Vec<Path> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut found = Vec::new();
    // Inline modules that are open, each with the depth of its brace.
    let mut inline: Vec<(String, usize)> = Vec::new();
    let (mut depth, mut at) = (0, 0);
    while at < tokens.len() {
        let mut module = file.clone();
        module.extend(inline.iter().map(|(name, _)| name.clone()));
        match text(at) {
            "{" => depth += 1,
            "}" => {
                inline.retain(|(_, opened)| *opened < depth);
                depth -= 1;
            }
            "mod" if text(at + 2) == "{" => inline.push((text(at + 1).to_owned(), depth + 1)),
            "use" => {
                let mut end = at + 1;
                tree(tokens, &mut end, &[], &module, &mut found);
                at = end;
            }
            word if text(at + 1) == "::" && word.starts_with(is_word) && is_root(tokens, at) => {
                let segments = written(tokens, at);
                at += 2 * (segments.len() - 1);
                let line = tokens[at].line;
                found.push(Path {
                    module,
                    segments,
                    line,
                    alias: None,
                });
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Whether the word at `at` begins a path: no `::` before it, or one that begins the path itself.
fn is_root(tokens: &[Token], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).map_or("", |index| tokens[index].text.as_str());
    before(1) != "::" || !(before(2).starts_with(is_word) || before(2) == ">")
}

/// The words of the path that begins at `at`.
fn written(tokens: &[Token], at: usize) -> Vec<String> {
    let mut segments = vec![tokens[at].text.clone()];
    let mut pairs = tokens[at + 1..].chunks_exact(2);
    while let Some([mark, word]) = pairs.next()
        && mark.text == "::"
        && word.text.starts_with(is_word)
    {
        segments.push(word.text.clone());
    }
    segments
}

/// The paths of one tree of a `use`; `at` ends on the token after it.
fn tree(tokens: &[Token], at: &mut usize, prefix: &[String], module: &Module, found: &mut Vec<Path>) {
    let mut segments = prefix.to_vec();
    let mut line = 0;
    while let Some(token) = tokens.get(*at) {
        match token.text.as_str() {
            "::" => {}
            "{" => {
                *at += 1;
                while tokens.get(*at).is_some_and(|token| token.text != "}") {
                    tree(tokens, at, &segments, module, found);
                    if tokens.get(*at).is_some_and(|token| token.text == ",") {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            "as" => break,
            "," | ";" | "}" | "<" => break,
            // In braces it is what stands before them.
            "self" if !prefix.is_empty() => line = token.line,
            word => {
                segments.push(word.to_owned());
                line = token.line;
            }
        }
        *at += 1;
    }
    let mut alias = segments.last().cloned();
    if tokens.get(*at).is_some_and(|token| token.text == "as") {
        alias = tokens.get(*at + 1).map(|token| token.text.clone());
        *at += 2;
    }
    if !segments.is_empty() {
        found.push(Path {
            module: module.clone(),
            segments,
            line,
            alias,
        });
    }
}

/// All modules, and what their `use` lines make visible below them.
pub struct Tree {
    modules: BTreeSet<Module>,
    /// The rooms: crates of their own, each a folder with a `lib.rs`.
    rooms: BTreeSet<String>,
    names: BTreeMap<(Module, String), Vec<String>>,
}

impl Tree {
    pub fn new(files: &[File]) -> Self {
        let mut modules = BTreeSet::new();
        for module in files
            .iter()
            .flat_map(|file| std::iter::once(&file.module).chain(file.paths.iter().map(|path| &path.module)))
        {
            for length in 0..=module.len() {
                modules.insert(module[..length].to_vec());
            }
        }
        let rooms = files
            .iter()
            .filter(|file| file.path.ends_with("/lib.rs"))
            .filter_map(|file| file.module.first().cloned())
            .collect();
        let mut tree = Self {
            modules,
            rooms,
            names: BTreeMap::new(),
        };
        for path in files.iter().flat_map(|file| &file.paths) {
            if let (Some(alias), Some(absolute)) = (&path.alias, tree.absolute(path)) {
                tree.names.insert((path.module.clone(), alias.clone()), absolute);
            }
        }
        tree
    }

    pub fn modules(&self) -> &BTreeSet<Module> {
        &self.modules
    }

    /// The path from the root of the house; None if it leads into a crate of others or names something local.
    pub fn absolute(&self, path: &Path) -> Option<Vec<String>> {
        let mut base = path.module.clone();
        let mut segments = path.segments.as_slice();
        match segments.first()?.as_str() {
            "crate" => {
                let in_a_room = base.first().is_some_and(|first| self.rooms.contains(first));
                base.truncate(usize::from(in_a_room));
                segments = &segments[1..];
            }
            "susurro" => {
                base.clear();
                segments = &segments[1..];
            }
            "self" => segments = &segments[1..],
            "super" => {}
            first => {
                base.push(first.to_owned());
                let is_child = self.modules.contains(&base);
                base.pop();
                if !is_child || path.module.is_empty() && path.alias.is_none() {
                    // Another room goes by its name.
                    return self.rooms.contains(first).then(|| segments.to_vec());
                }
            }
        }
        while segments.first().is_some_and(|segment| segment == "super") {
            base.pop();
            segments = &segments[1..];
        }
        base.extend(segments.iter().cloned());
        Some(base)
    }

    /// The module in which what `absolute` names is written, through the `use` lines on the way.
    pub fn home(&self, absolute: &[String]) -> Module {
        let mut path = absolute.to_vec();
        // A `use` that leads to itself would never end.
        for _ in 0..8 {
            let length = (0..=path.len())
                .rev()
                .find(|length| self.modules.contains(&path[..*length]))
                .unwrap_or(0);
            let (module, rest) = path.split_at(length);
            let Some(target) = rest
                .first()
                .and_then(|name| self.names.get(&(module.to_vec(), name.clone())))
            else {
                return module.to_vec();
            };
            path = target.iter().chain(&rest[1..]).cloned().collect();
        }
        path
    }
}
