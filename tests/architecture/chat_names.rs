//! A chat is named by `model::Peer`, account and address in one value: what travels apart can be paired wrongly.

use super::source::{File, Source, Token};

/// What may be an address of its own on the screen, by the file (or folder) and the name of the field or variant:
/// ourselves, contacts of the roster, owners of keys. Whoever adds one says that it names no chat.
const ADDRESSES: &[(&str, &[&str])] = &[
    ("src/tui/", &["own"]),
    // Contacts, and who of them is online.
    ("src/tui/app/connectivity.rs", &["here"]),
    ("src/tui/app/shape.rs", &["contacts"]),
    ("src/tui/ask.rs", &["here", "RemoveContact"]),
    ("src/tui/list/names.rs", &["told"]),
    ("src/tui/pages/find/rows.rs", &["Add"]),
    ("src/tui/pages/requests/stranger.rs", &["like"]),
    ("src/tui/questions/take_away/", &["Remove"]),
    // The first start: our account, and the first contact; what reads an address.
    ("src/tui/host.rs", &["jid", "AddContact", "address"]),
    ("src/tui/welcome/", &["read_address"]),
    // Owners of keys.
    ("src/tui/list/mod.rs", &["keys"]),
    ("src/tui/list/rooms.rs", &["members"]),
    ("src/tui/members.rs", &["keys", "jid"]),
    ("src/tui/pages/keys/mod.rs", &["jid"]),
];

/// By these names an address beside an account is that of a chat, wherever it stands.
const OF_A_CHAT: &[&str] = &["peer", "chat", "to", "with"];

/// What holds the chats themselves: no address stands alone in it.
const CHATS: &str = "src/store/chats.rs";

/// Every chat that is named otherwise than by its `Peer`.
pub fn chat_names(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for file in sources.iter().filter_map(File::read) {
        let mut tell = |line: usize, what: &str| {
            found.push(format!(
                "{}:{line}: {what}: a chat is named by `model::Peer`",
                file.path
            ));
        };
        if file.path == CHATS {
            for token in file.tokens.iter().filter(|token| token.text == "BareJid") {
                tell(token.line, "an address without its account");
            }
        }
        for group in groups(&file.tokens) {
            let on_the_screen = group.is_type && file.path.starts_with("src/tui/");
            for part in &group.parts {
                if apart(part, &group) {
                    tell(part.line, &format!("`{}` beside an account", part.name));
                } else if on_the_screen && part.names("BareJid") && !permitted(&file.path, part.name) {
                    tell(part.line, &format!("`{}` is an address alone", part.name));
                }
            }
        }
    }
    found
}

/// An address that is called after a chat, and the account of it in another part of the same whole.
fn apart(part: &Part<'_>, group: &Group<'_>) -> bool {
    let account = |other: &Part| other.names("AccountId") && other.name != part.name;
    OF_A_CHAT.contains(&part.name) && part.names("BareJid") && group.parts.iter().any(account)
}

fn permitted(path: &str, name: &str) -> bool {
    let mut here = ADDRESSES.iter().filter(|(place, _)| path.starts_with(place));
    here.any(|(_, names)| names.contains(&name))
}

/// The fields of a type, its variants, or what a function takes.
struct Group<'a> {
    is_type: bool,
    parts: Vec<Part<'a>>,
}

/// One of them: its name, and the words of its type.
struct Part<'a> {
    name: &'a str,
    line: usize,
    words: &'a [Token],
}

impl Part<'_> {
    fn names(&self, word: &str) -> bool {
        self.words.iter().any(|token| token.text == word)
    }
}

/// What is between the brackets of each `struct`, `enum` and `fn`, and of each variant that has fields.
fn groups(tokens: &[Token]) -> Vec<Group<'_>> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_type = matches!(token.text.as_str(), "struct" | "enum");
        if !is_type && token.text != "fn" {
            continue;
        }
        let opens: &[&str] = if is_type {
            &["{", "(", ";"]
        } else {
            &["(", "{", ";"]
        };
        let head = tokens[at..]
            .iter()
            .position(|token| opens.contains(&token.text.as_str()));
        let Some(open) = head
            .map(|head| at + head)
            .filter(|open| tokens[*open].text != ";")
        else {
            continue;
        };
        let parts = parts(tokens, open);
        for variant in parts.iter().filter(|_| token.text == "enum") {
            let fields = variant.words.iter().position(|token| token.text == "{");
            if let Some(open) = fields {
                let parts = self::parts(variant.words, open);
                // The screen's variants are judged whole, by their names.
                found.push(Group {
                    is_type: false,
                    parts,
                });
            }
        }
        found.push(Group { is_type, parts });
    }
    found
}

/// The parts between the bracket at `open` and its end.
fn parts(tokens: &[Token], open: usize) -> Vec<Part<'_>> {
    let (mut found, mut start, mut depth) = (Vec::new(), open + 1, 0);
    for at in open + 1..tokens.len() {
        let before = tokens[at - 1].text.as_str();
        let ends = match tokens[at].text.as_str() {
            ")" | "]" | "}" if depth == 0 => true,
            "(" | "[" | "{" | "<" => {
                depth += 1;
                false
            }
            ")" | "]" | "}" => {
                depth -= 1;
                false
            }
            // An arrow closes nothing.
            ">" if before != "-" && before != "=" => {
                depth -= 1;
                false
            }
            "," => depth == 0,
            _ => false,
        };
        if ends {
            found.extend(part(&tokens[start..at]));
            start = at + 1;
            if tokens[at].text != "," {
                break;
            }
        }
    }
    found
}

/// Named by the word before its first colon, else (a variant, a field without a name) by its first one.
fn part(words: &[Token]) -> Option<Part<'_>> {
    let mut words = words;
    while let [mark, ..] = words
        && mark.text == "#"
    {
        let end = words.iter().position(|token| token.text == "]")?;
        words = &words[end + 1..];
    }
    if let [word, open, ..] = words
        && word.text == "pub"
    {
        let end = words.iter().position(|token| token.text == ")");
        words = &words[end.filter(|_| open.text == "(").unwrap_or_default() + 1..];
    }
    let ends = |token: &Token| matches!(token.text.as_str(), ":" | "(" | "{" | "<");
    let name = match words.iter().position(ends) {
        Some(end) if words[end].text != "<" && end > 0 => &words[end - 1],
        _ => words.first()?,
    };
    Some(Part {
        name: &name.text,
        line: name.line,
        words,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        chat_names(&[Source {
            path: path.to_owned(),
            text: format!("//! A file.\n{text}"),
        }])
    }

    #[test]
    fn a_chat_that_is_named_by_an_address_alone_is_found() {
        let planted = [
            (
                "src/store/chats.rs",
                "pub fn open(tx: &Transaction<'_>, account: AccountId, who: &BareJid) {}",
            ),
            (
                "src/store/chats.rs",
                "pub struct Chat { pub id: ChatId, whose: BareJid }",
            ),
            (
                "src/store/x.rs",
                "pub fn not_before(r: &impl Reads, account: AccountId, peer: &BareJid) {}",
            ),
            (
                "src/cli/x.rs",
                "fn find<'a>(a: AccountId, with: Option<&'a BareJid>, b: Map<u8, u8>) -> u8 { 0 }",
            ),
            (
                "src/api/lib.rs",
                "enum Command { Quit, Send { account: AccountId, to: BareJid, body: Clean } }",
            ),
            (
                "src/model/x.rs",
                "pub struct Message { id: u8, account: AccountId, /** Of it. */ peer: BareJid }",
            ),
            (
                "src/tui/ask.rs",
                "pub struct Context<'a> { pub account: AccountId, pub chat: Option<&'a BareJid> }",
            ),
            (
                "src/tui/ask.rs",
                "pub enum Ask { Close, Open(BareJid), Show(PageName) }",
            ),
            (
                "src/tui/ask.rs",
                "pub enum QuestionName { GoClear { whose: BareJid }, Quit }",
            ),
            (
                "src/tui/app/chat_pane/opened.rs",
                "#[derive(Debug)] pub struct OpenChat { #[doc(hidden)] pub jid: BareJid }",
            ),
            (
                "src/tui/app/x.rs",
                "type A = u8; struct Parked(BTreeMap<BareJid, u8>);",
            ),
        ];
        for (path, text) in planted {
            assert_eq!(found(path, text).len(), 1, "{path} {text}");
        }
    }

    #[test]
    fn contacts_owners_of_keys_and_we_have_addresses() {
        let clean = [
            (
                "src/store/contacts.rs",
                "pub fn get(r: &impl Reads, account: AccountId, jid: &BareJid) {}",
            ),
            (
                "src/store/chats.rs",
                "pub fn open(tx: &Transaction<'_>, peer: &Peer) {} fn all(account: AccountId) {}",
            ),
            (
                "src/store/chats.rs",
                "#[cfg(test)] mod tests { fn f(account: AccountId, peer: &BareJid) {} }",
            ),
            (
                "src/store/x.rs",
                "fn f(account: AccountId) -> u8 { g(|peer: &BareJid| 1) }",
            ),
            (
                "src/tui/ask.rs",
                "pub struct Context<'a> { account: AccountId, own: &'a BareJid, chat: Option<&'a Peer> }",
            ),
            (
                "src/tui/ask.rs",
                "pub enum QuestionName { RemoveContact(BareJid), GoClear(Peer) }",
            ),
            (
                "src/tui/x.rs",
                "fn name_of(world: &Context<'_>, jid: &BareJid) -> String { String::new() }",
            ),
            ("src/protocol/x.rs", "struct Asked { to: BareJid, id: u8 }"),
        ];
        for (path, text) in clean {
            assert_eq!(found(path, text), Vec::<String>::new(), "{path} {text}");
        }
    }

    #[test]
    fn what_may_be_an_address_still_is_one() {
        let house = crate::house();
        for (place, names) in ADDRESSES {
            for name in *names {
                let stands = house.iter().filter(|file| file.path.starts_with(place));
                let stands = stands.filter_map(File::read).any(|file| {
                    let mut all = groups(&file.tokens).into_iter().flat_map(|group| group.parts);
                    all.any(|part| part.name == *name && part.names("BareJid"))
                });
                assert!(stands, "`{name}` is gone from {place}, so it leaves the list");
            }
        }
    }
}
