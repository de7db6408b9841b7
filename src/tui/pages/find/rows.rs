//! What can be found, and which of it a few letters mean: fuzzy, without regard to case, the best first.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::action::{self, Action, KeyContext};
use crate::ask::Context;
use crate::commands::{self, Argument};
use crate::composer::Edit;
use crate::list::{self, ChatList, ListEntry};
use model::{BareJid, Clean, Peer, address, shown};

/// Rows that are found at most.
pub const MOST: usize = 200;
/// Of them, chats and contacts while nothing is typed: commands and keys are to be seen too.
const MOST_PEOPLE: usize = 100;

/// What is opened, run or done.
#[derive(Debug, Clone)]
pub enum FoundItem {
    Chat(Peer),
    Command(&'static commands::CommandRow),
    Action(Action),
    /// A whole line with a slash, as it was typed.
    Line(String),
    /// An address that is no contact yet.
    Add(BareJid, Option<Clean>),
}

impl FoundItem {
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Chat(one), Self::Chat(other)) => one == other,
            (Self::Add(one, _), Self::Add(other, _)) => one == other,
            (Self::Command(one), Self::Command(other)) => one.name == other.name,
            (Self::Action(one), Self::Action(other)) => one == other,
            (Self::Line(one), Self::Line(other)) => one == other,
            _ => false,
        }
    }
}

/// Whether a command can be run as it is: nothing must be written after it, or the open chat is meant.
pub fn runs_alone(row: &commands::CommandRow, chat_open: bool) -> bool {
    let needs = row.written.split(' ').skip(1).any(|word| !word.starts_with('['));
    !needs && (row.argument != Argument::Chat || chat_open)
}

/// One row that can be found.
#[derive(Debug, Clone)]
pub struct FindRow {
    pub target: FoundItem,
    /// What is searched and shown: name and address, "/name" and words, or words.
    pub text: String,
    /// Bytes of `text` that are the name; what follows explains it.
    pub name: usize,
    /// At the right, in our own words: what it is, or its key.
    pub right: String,
    pub unread: bool,
    /// Other names, which are searched and not shown.
    pub also: String,
}

/// A row that was found.
#[derive(Debug, Clone)]
pub struct FoundRow {
    pub row: FindRow,
    /// Which graphemes of its text were meant, in order.
    pub letters: Vec<usize>,
}

/// Everything that can be found, in the order in which it is shown while nothing is typed.
pub struct FindRows {
    rows: Vec<FindRow>,
    /// Commands and keys too, and addresses that are nobody's yet.
    everything: bool,
    own: BareJid,
    matcher: Matcher,
}

impl FindRows {
    /// Reads chats and contacts anew, with every command and key.
    pub fn read(world: &Context<'_>) -> store::Result<Self> {
        let mut found = Self::people(world)?;
        found.everything = true;
        let rows = &mut found.rows;
        let key = |row| world.keymap.keys_of(row).first().map(ToString::to_string);
        let done = || action::TABLE.iter().filter(|row| can_be_done(row));
        for row in commands::TABLE.iter().filter(|row| row.name != "find") {
            // What a key does too is said in the same words.
            let same = done().find(|action| action.words == row.words);
            rows.push(command(row, same.and_then(key)));
        }
        let by_command =
            |action: &&action::ActionRow| commands::TABLE.iter().any(|row| row.words == action.words);
        rows.extend(
            done()
                .filter(|row| !by_command(row))
                .map(|row| key_row(row, key(row))),
        );
        Ok(found)
    }

    /// Reads chats and contacts alone.
    pub fn people(world: &Context<'_>) -> store::Result<Self> {
        let mut people = ChatList::read(world)?.entries;
        // The chat that is open is the last one that anybody looks for: Ctrl-P
        // and Enter go to the one before.
        people.sort_by_key(|entry| (Some(&entry.peer) == world.chat, entry.unread == 0));
        let mut config = Config::DEFAULT;
        // The name stands before the address.
        config.prefer_prefix = true;
        Ok(Self {
            rows: people.into_iter().map(person).collect(),
            everything: false,
            own: world.own.clone(),
            matcher: Matcher::new(config),
        })
    }

    /// The best [`MOST`] for what is typed.
    pub fn find(&mut self, typed: &str) -> Vec<FoundRow> {
        let wanted = typed.trim();
        if wanted.is_empty() {
            return self.all();
        }
        if !self.everything {
            return self.matching(wanted);
        }
        let mut found: Vec<FoundRow> = line(wanted).into_iter().collect();
        found.extend(self.matching(wanted));
        found.extend(self.add(wanted));
        found
    }

    fn all(&self) -> Vec<FoundRow> {
        let people = |row: &&FindRow| matches!(row.target, FoundItem::Chat(_));
        let first = self.rows.iter().filter(people).take(MOST_PEOPLE);
        let rest = self.rows.iter().filter(|row| !people(row));
        first.chain(rest).take(MOST).cloned().map(whole).collect()
    }

    fn matching(&mut self, wanted: &str) -> Vec<FoundRow> {
        let pattern = Pattern::new(
            wanted,
            CaseMatching::Ignore,
            Normalization::Smart,
            AtomKind::Fuzzy,
        );
        let matcher = &mut self.matcher;
        let mut buf = Vec::new();
        let only_commands = wanted.starts_with('/');
        let mut scored: Vec<(u32, &FindRow)> = self
            .rows
            .iter()
            .filter(|row| !only_commands || matches!(row.target, FoundItem::Command(..)))
            .filter_map(|row| {
                let shown = pattern.score(Utf32Str::new(&row.text, &mut buf), matcher);
                let score = shown.or_else(|| pattern.score(Utf32Str::new(&row.also, &mut buf), matcher))?;
                Some((score, row))
            })
            .collect();
        // Equally good ones stay in their order: unread, recent, contacts, commands, keys.
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored
            .into_iter()
            .take(MOST)
            .map(|(_, row)| {
                let mut letters = Vec::new();
                pattern.indices(Utf32Str::new(&row.text, &mut buf), matcher, &mut letters);
                letters.sort_unstable();
                letters.dedup();
                FoundRow {
                    row: row.clone(),
                    letters: letters.into_iter().map(|at| at as usize).collect(),
                }
            })
            .collect()
    }

    /// An address that nobody here has. One word is none: too many would be the name of a server.
    fn add(&self, wanted: &str) -> Option<FoundRow> {
        let jid = address::typed(wanted).ok()?;
        let known = |row: &FindRow| matches!(&row.target, FoundItem::Chat(chat) if chat.address == jid);
        if jid == self.own || self.rows.iter().any(known) {
            return None;
        }
        let text = format!("Add {} as a contact", list::address(&jid));
        Some(whole(FindRow {
            name: text.len(),
            text,
            target: FoundItem::Add(jid, address::called(wanted)),
            right: "add".into(),
            unread: false,
            also: String::new(),
        }))
    }
}

fn whole(row: FindRow) -> FoundRow {
    FoundRow {
        row,
        letters: Vec::new(),
    }
}

/// A known command with something behind it, to be run as it is typed.
fn line(wanted: &str) -> Option<FoundRow> {
    let (name, rest) = wanted.strip_prefix('/')?.split_once(char::is_whitespace)?;
    let known = commands::TABLE.iter().any(|row| {
        let mut names = std::iter::once(&row.name).chain(row.aliases);
        names.any(|known| known.eq_ignore_ascii_case(name))
    });
    if !known || rest.trim().is_empty() {
        return None;
    }
    let text = shown::one_line(&Clean::line(wanted));
    Some(whole(FindRow {
        target: FoundItem::Line(wanted.into()),
        name: text.len(),
        text,
        right: "run".into(),
        unread: false,
        also: String::new(),
    }))
}

fn person(entry: ListEntry) -> FindRow {
    let address = list::address(&entry.peer.address);
    let text = match entry.name.contains(&address) {
        true => entry.name.clone(),
        false => format!("{}  {address}", entry.name),
    };
    FindRow {
        name: entry.name.len(),
        text,
        right: match (entry.unread, entry.chat) {
            (0, Some(_)) => "chat".into(),
            (0, None) => "contact".into(),
            (unread, _) => format!("{} new", unread.min(9999)),
        },
        unread: entry.unread > 0,
        also: String::new(),
        target: FoundItem::Chat(entry.peer),
    }
}

fn command(row: &'static commands::CommandRow, key: Option<String>) -> FindRow {
    let name = format!("/{}", row.name);
    let also: Vec<String> = row.aliases.iter().map(|alias| format!("/{alias}")).collect();
    FindRow {
        target: FoundItem::Command(row),
        text: format!("{name}  {}", row.words),
        name: name.len(),
        right: key.unwrap_or_else(|| "command".into()),
        unread: false,
        also: also.join(" "),
    }
}

fn key_row(row: &action::ActionRow, key: Option<String>) -> FindRow {
    FindRow {
        target: FoundItem::Action(row.action),
        text: row.words.into(),
        name: row.words.len(),
        right: key.unwrap_or_else(|| "no key".into()),
        unread: false,
        also: String::new(),
    }
}

/// Whether choosing it from a list makes sense. Sending is left out: a name that is not found, and Enter,
/// must not send what lies half written in another chat. So is what needs the cursor to be elsewhere.
fn can_be_done(row: &action::ActionRow) -> bool {
    match row.context {
        KeyContext::Main | KeyContext::Everywhere => !matches!(row.action, Action::Find | Action::Back),
        KeyContext::Composer => matches!(row.action, Action::Edit(Edit::Newline | Edit::Undo | Edit::Redo)),
        KeyContext::Selection | KeyContext::List => false,
    }
}
