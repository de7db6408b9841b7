//! The last line, or the last few: what there is to say, else the keys that matter here.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::{Action, KeyContext};
use crate::app::App;
use crate::history::{History, can_be_asked_for};
use crate::layout::TWO_PANES;
use crate::text;
use crate::theme::{Glyph, Part};
use model::{Direction, FileState, Left, Message, Timestamp};
use store::Reads;

pub fn draw(app: &App, area: Rect, store: &dyn Reads, now: Timestamp, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &app.facts.theme;
    let right = app.list_pane.queued_words();
    if let Some(notice) = app.out.notices.now() {
        let lines = app.notice_lines(area.height);
        let part = if notice.bad { Part::Bad } else { Part::Plain };
        for (at, (words, row)) in lines.iter().zip(area.rows()).enumerate() {
            let glyph = if notice.bad && at == 0 {
                theme.glyph(Glyph::Attention)
            } else {
                " "
            };
            let queued = if at + 1 == lines.len() {
                right.clone()
            } else {
                String::new()
            };
            let left = [(format!("{glyph} "), part), (words.clone(), part)];
            super::line(buf, row, theme, &left, &[(queued, Part::Waiting)]);
        }
        return;
    }
    let mut left = Vec::new();
    let dot = format!(" {} ", theme.glyph(Glyph::Dot));
    let room = usize::from(area.width).saturating_sub(text::width(&right) + 1);
    let width =
        |(key, words): &(String, String)| text::width(key) + 1 + text::width(words) + text::width(&dot);
    for (key, words) in fitting(hints(app, store, now), app.asking.page.is_some(), room, width) {
        left.push((
            if left.is_empty() {
                " ".to_owned()
            } else {
                dot.clone()
            },
            Part::Dim,
        ));
        left.push((key, Part::KeyName));
        left.push((format!(" {words}"), Part::Dim));
    }
    super::line(buf, area, theme, &left, &[(right, Part::Waiting)]);
}

/// The first of the hints that fit into so many columns. On a page the last one leads back, and is among them
/// if the first one leaves room for it.
fn fitting(
    mut hints: Vec<(String, String)>,
    on_page: bool,
    room: usize,
    width: impl Fn(&(String, String)) -> usize,
) -> Vec<(String, String)> {
    let first = hints.first().map_or(0, &width);
    let back = hints
        .pop_if(|back| on_page && first + width(back) <= room)
        .map(|back| (width(&back), back));
    let mut left = room - back.as_ref().map_or(0, |(width, _)| (*width).min(room));
    let fit = hints
        .iter()
        .take_while(|hint| {
            let fits = width(hint) <= left;
            left = left.saturating_sub(width(hint));
            fits
        })
        .count();
    hints.truncate(fit);
    hints.extend(back.map(|(_, back)| back));
    hints
}

/// A message of this device that was not taken back.
fn is_ours(message: &Message) -> bool {
    message.direction() == Direction::Out
        && message.device.is_none()
        && message.body.is_some()
        && message.left != Left::TakenBack
}

/// What can be done with a selected message, as far as it can be done with this one.
const SELECTED: &[(Action, &str)] = &[
    (Action::RetryMessage, "again"),
    (Action::OpenFile, "open"),
    (Action::SaveFile, "save"),
    (Action::OpenFileWith, "open with"),
    (Action::StopFile, "stop"),
    (Action::EarlierVersions, "versions"),
    (Action::GoToAnswered, "go to what it answers"),
    (Action::AnswerMessage, "answer"),
    (Action::EditMessage, "edit"),
    (Action::React, "react"),
    (Action::WithdrawMessage, "take back"),
    (Action::ForwardMessage, "forward"),
    (Action::CopyMessage, "copy"),
    (Action::MessageDetails, "details"),
    (Action::SelectUp, "older"),
    (Action::Back, "back"),
];

/// The keys that matter here, the most important first.
fn hints(app: &App, store: &dyn Reads, now: Timestamp) -> Vec<(String, String)> {
    if let Some(page) = &app.asking.page {
        let mut keys = page.keys(&app.facts.world(store, now));
        let back = app.facts.keymap.name(Action::Back);
        if keys.iter().all(|(key, _)| *key != back) {
            keys.push((back, "back".to_owned()));
        }
        return keys;
    }
    let rows: &[(Action, &str)] = match app.contexts().first() {
        Some(KeyContext::Selection) => SELECTED,
        Some(KeyContext::List) => &[
            (Action::Open, "open"),
            (Action::Find, "find"),
            (Action::NextUnread, "unread"),
            (Action::Leave, "leave"),
        ],
        // There is room for two or three: the one that finds all the others is among them.
        _ if app.panes.size.0 < TWO_PANES => &[
            (Action::Send, "send"),
            (Action::Find, "find"),
            (Action::Edit(crate::composer::Edit::Newline), "line"),
            (Action::NextUnread, "unread"),
        ],
        _ => &[
            (Action::Send, "send"),
            (Action::Edit(crate::composer::Edit::Newline), "line"),
            (Action::Find, "find"),
            (Action::NextUnread, "unread"),
            (Action::Fingerprints, "keys"),
            (Action::Leave, "leave"),
        ],
    };
    rows.iter()
        .filter(|(action, _)| applies(app, *action))
        .map(|(action, words)| (app.facts.keymap.name(*action), (*words).to_owned()))
        .filter(|(key, _)| !key.is_empty())
        .collect()
}

/// Whether this can be done with the selected message.
fn applies(app: &App, action: Action) -> bool {
    let history = app.chat_pane.open.as_ref().map(|open| &open.history);
    let selected = history.and_then(History::selected);
    let file = history.and_then(|history| history.selected_files().first());
    let file = file.map(|file| file.state);
    match action {
        Action::OpenFile => file.is_some() && file != Some(FileState::Moving),
        Action::OpenFileWith | Action::SaveFile => file == Some(FileState::Here),
        Action::StopFile => file == Some(FileState::Moving),
        Action::RetryMessage => {
            selected.is_some_and(|message| message.failure.is_some() || can_be_asked_for(message))
        }
        Action::WithdrawMessage | Action::EditMessage => selected.is_some_and(is_ours),
        Action::EarlierVersions => selected.is_some_and(|message| message.edited > 0),
        Action::GoToAnswered => selected.is_some_and(|message| message.reply_to.is_some()),
        Action::AnswerMessage | Action::React | Action::ForwardMessage | Action::CopyMessage => {
            selected.is_some_and(|message| message.body.is_some())
        }
        _ => true,
    }
}
