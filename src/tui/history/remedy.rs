//! What can be done about a message that failed, or that cannot be read: the last line beneath it.

use crate::action::Action;
use crate::keymap::Keymap;
use crate::text;
use model::{Author, Message, Trust, UnreadableReason};

/// The letters that do something about it, and before it is selected the key for that: a letter alone would
/// be text. As much of it as there is room for.
pub(super) fn remedy(message: &Message, selected: bool, room: usize, dot: &str, keymap: &Keymap) -> String {
    let actions: &[(Action, &str)] = match message.unreadable {
        Some(_) => &[
            (Action::RetryMessage, "ask to send it again"),
            (Action::MessageDetails, "details"),
        ],
        None => &[
            (Action::RetryMessage, "again"),
            (Action::WithdrawMessage, "take back"),
            (Action::MessageDetails, "details"),
        ],
    };
    let named = actions
        .iter()
        .filter(|(action, _)| *action != Action::WithdrawMessage || !message.was_written())
        .map(|(action, words)| (keymap.name(*action), *words))
        .filter(|(key, _)| !key.is_empty());
    let named: Vec<(String, &str)> = named.collect();
    let select = match (selected, keymap.name(Action::SelectUp)) {
        (true, _) => String::new(),
        (false, key) if key.is_empty() => key,
        (false, key) => format!("{key}, then "),
    };
    let between = format!(" {dot} ");
    // Words go from the end; without any of them there are the letters.
    let worded = |count: usize| {
        let named = named.iter().take(count);
        let words: Vec<String> = named.map(|(key, words)| format!("{key} {words}")).collect();
        format!("{select}{}", words.join(&between))
    };
    let letters: Vec<&str> = named.iter().map(|(key, _)| key.as_str()).collect();
    let shorter = (1..=named.len()).rev().map(worded);
    let mut all = shorter.filter(|words| text::width(words) <= room);
    all.next()
        .unwrap_or_else(|| format!("{select}{}", letters.join(&between)))
}

/// Whether a message cannot be read and somebody may be asked for it: nobody was yet, and a key that is not
/// trusted gets nothing.
pub fn can_be_asked_for(message: &Message) -> bool {
    // In a room the question would go to everybody.
    let is_theirs = matches!(message.author, Author::Contact(_));
    match message.unreadable {
        None | Some(UnreadableReason::Distrusted | UnreadableReason::IdentityChanged) => false,
        Some(_) => is_theirs && !message.asked && message.trust.is_none_or(Trust::may_seal),
    }
}
