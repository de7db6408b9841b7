//! The table of commands, by name.

use super::Argument::{Chat, Jid, Nick, None, OnOff, Path, Text};
use super::{Argument, CommandRow, Does};

/// Shortens the table.
const fn row(
    name: &'static str,
    aliases: &'static [&'static str],
    argument: Argument,
    written: &'static str,
    words: &'static str,
    does: Does,
) -> CommandRow {
    CommandRow {
        name,
        aliases,
        argument,
        written,
        words,
        does,
    }
}

/// Every command, by name.
#[rustfmt::skip]
pub const TABLE: &[CommandRow] = &[
    row("accept", &[], Jid, "/accept [ADDRESS]", "Accept somebody who asks to be your contact, or wrote first", Does::Accept),
    row("add", &[], Jid, "/add ADDRESS [NAME]", "Add somebody to your contacts", Does::Add),
    row("attach", &["upload"], Path, "/attach PATH", "Send a file; a picture without where it was made", Does::Attach),
    row("ban", &[], Nick, "/ban WHO", "Put somebody out of the room for good, by nick or address", Does::Ban),
    row("bell", &[], OnOff, "/bell [on|off]", "Ring the bell for a new message, or do not", Does::Bell),
    row("block", &[], Jid, "/block [ADDRESS]", "Block somebody, or a whole server; asks first", Does::Block),
    row("blocked", &[], None, "/blocked", "Show who is blocked", Does::Blocked),
    row("browse", &[], Path, "/browse [FOLDER]", "Choose a file to send", Does::Browse),
    row("config", &["configure"], None, "/config", "Change what the room is", Does::Config),
    row("connect", &["reconnect"], None, "/connect", "Try to connect now", Does::Connect),
    row("create", &[], Text, "/create [NAME]", "Make a private group", Does::Create),
    row("decline", &["deny"], Jid, "/decline [ADDRESS]", "Decline somebody who asks to be your contact", Does::Decline),
    row("delete", &[], Chat, "/delete [CHAT]", "Delete a chat here, with all its messages; asks first", Does::Delete),
    row("destroy", &[], None, "/destroy", "End the room for everybody; asks first", Does::Destroy),
    row("details", &[], None, "/details", "Show or hide the details", Does::Details),
    row("devices", &[], None, "/devices", "Show your own devices", Does::Devices),
    row("edit", &["correct"], None, "/edit", "Edit what you wrote last", Does::Edit),
    row("encrypt", &["omemo"], Chat, "/encrypt [CHAT]", "Encrypt a chat again that is in clear", Does::Encrypt),
    row("files", &["media"], None, "/files", "Show the files of this chat", Does::Files),
    row("find", &[], None, "/find", "Find a chat, a contact or a command", Does::Find),
    row("fingerprint", &["fingerprints", "trust", "verify"], Chat, "/fingerprint [CHAT]", "Compare fingerprints and verify", Does::Fingerprint),
    row("get", &["download"], None, "/get", "Get the newest file of this chat, then open it", Does::OpenFile),
    row("help", &["commands", "keys"], None, "/help", "Show all keys and commands", Does::Help),
    row("invite", &[], Jid, "/invite WHO [WHY]", "Ask somebody to come into the room", Does::Invite),
    row("join", &[], Text, "/join ADDRESS [NICK]", "Go into a room, and be in it after every start", Does::Join),
    row("kick", &[], Nick, "/kick NICK", "Put somebody out of the room", Does::Kick),
    row("leave", &["part"], None, "/leave", "Leave the room for good; what was said stays here", Does::Leave),
    row("links", &["urls"], None, "/links", "Show the links of this chat, to copy one", Does::Links),
    row("list", &["chats"], None, "/list", "Show or hide the chat list", Does::List),
    row("lock", &[], None, "/lock", "Lock: forget the passphrase and clear the screen", Does::Lock),
    row("members", &["names"], None, "/members", "Show who is in the room, and who could be", Does::Members),
    row("mentions", &[], None, "/mentions", "Show what calls you by name, in all rooms", Does::Mentions),
    row("mouse", &[], OnOff, "/mouse [on|off]", "Let the mouse scroll and open, or select text", Does::Mouse),
    row("msg", &["whisper"], Nick, "/msg NICK [WORDS]", "Write to somebody in the room in private; or open a chat", Does::Msg),
    row("newest", &["bottom"], None, "/newest", "Go to the newest message", Does::Newest),
    row("next", &["unread"], None, "/next", "Open the next chat with unread messages", Does::Next),
    row("nick", &[], Text, "/nick NICK", "Be called otherwise in the room", Does::Nick),
    row("notify", &[], Text, "/notify WHEN", "Ring for the room always, for mentions alone, or never", Does::Notify),
    row("offline", &[], OnOff, "/offline [on|off]", "Show contacts who are offline in the list, or hide them", Does::Offline),
    row("oldest", &["top"], None, "/oldest", "Go to the oldest message", Does::Oldest),
    row("open", &["chat", "query"], Chat, "/open CHAT", "Open a chat, by name or address", Does::Open),
    row("openwith", &[], Text, "/openwith PROGRAM", "Open the file with a program", Does::OpenWith),
    row("original", &[], Path, "/original PATH", "Send a picture with all that it says of itself", Does::Original),
    row("password", &[], None, "/password", "Give another password for the account", Does::Password),
    row("plaintext", &[], Chat, "/plaintext [CHAT]", "Stop encrypting a chat; asks first", Does::Plaintext),
    row("policy", &[], Text, "/policy [WHICH]", "Say who of the room must be able to read", Does::Policy),
    row("quit", &["exit"], None, "/quit", "Leave Susurro", Does::Quit),
    row("react", &[], None, "/react", "Give what was written last an emoji, or take it away", Does::React),
    row("redraw", &[], None, "/redraw", "Draw the screen anew", Does::Redraw),
    row("refresh", &[], Chat, "/refresh [CHAT]", "Ask the server for the devices of a chat", Does::Refresh),
    row("remove", &[], Chat, "/remove [CHAT]", "Remove a contact; asks first", Does::Remove),
    row("rename", &[], Text, "/rename NAME", "Give the contact of the open chat a name", Does::Rename),
    row("reply", &["answer"], None, "/reply", "Answer what was written last", Does::Reply),
    row("requests", &[], None, "/requests", "Show what strangers write and ask", Does::Requests),
    row("reset", &["renew"], Chat, "/reset [CHAT]", "Begin new sessions with the devices of a chat", Does::Reset),
    row("retract", &["withdraw"], None, "/retract", "Take back what you wrote last; asks first", Does::Retract),
    row("save", &[], Path, "/save PATH", "Save a readable copy of the file", Does::Save),
    row("stop", &["cancel"], None, "/stop", "Stop the file on its way", Does::Stop),
    row("storage", &[], None, "/storage", "Show what all files take on the disk", Does::Storage),
    row("topic", &["subject"], Text, "/topic [TEXT]", "Say what the room is about, or show it", Does::Topic),
    row("unblock", &[], Jid, "/unblock [ADDRESS]", "Let a blocked address write to you again", Does::Unblock),
];

/// The command with this name or other name, in any case.
pub(super) fn named(name: &str) -> Option<&'static CommandRow> {
    TABLE
        .iter()
        .find(|row| names(row).any(|known| known.eq_ignore_ascii_case(name)))
}

/// Its name and its other names.
pub(super) fn names(row: &'static CommandRow) -> impl Iterator<Item = &'static str> {
    std::iter::once(row.name).chain(row.aliases.iter().copied())
}

/// The command that was most likely meant by a name that is none: one of which this is the beginning, else
/// the one with the fewest letters wrong, if these are few and it is the only one.
pub(super) fn nearest(name: &str) -> Option<&'static CommandRow> {
    let name = name.to_lowercase();
    let length = name.chars().count();
    // That is a word of its own (XEP-0245), and the beginning of nothing.
    if !(2..=LONGEST).contains(&length) || name == "me" {
        return Option::None;
    }
    let begun = |row: &&CommandRow| row.name.starts_with(&name);
    if let Some(row) = only(TABLE.iter().filter(begun)) {
        return Some(row);
    }
    let wrong = |row: &'static CommandRow| {
        names(row)
            .map(|known| distance(&name, known))
            .min()
            .unwrap_or(usize::MAX)
    };
    let few = if length > 4 { 2 } else { 1 };
    let fewest = TABLE.iter().map(wrong).min().filter(|fewest| *fewest <= few)?;
    only(TABLE.iter().filter(|row| wrong(row) == fewest))
}

/// Characters of a name that is compared with others.
const LONGEST: usize = 20;

fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Letters to be put in, taken out, replaced, or swapped with their neighbour to make one word of the other
/// (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    let mut above = Option::None;
    for (row, letter) in one.iter().enumerate() {
        let mut this = vec![row + 1];
        let mut left = Option::None;
        for (column, same) in other.iter().enumerate() {
            let at = |costs: &[usize], column: usize| costs.get(column).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, column) + usize::from(letter != same);
            let mut cost = replaced.min(at(&last, column + 1) + 1).min(at(&this, column) + 1);
            if above == Some(same) && left == Some(letter) {
                cost = cost.min(at(&before, column.saturating_sub(1)) + 1);
            }
            this.push(cost);
            left = Some(same);
        }
        before = std::mem::replace(&mut last, this);
        above = Some(letter);
    }
    last.last().copied().unwrap_or(0)
}
