//! What stands above the history of a room: what it is called, how many are in it and what it is about;
//! below that, for as long as it is so, what keeps the person from being in it as they think they are.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::app::{App, OpenChat};
use crate::members::Somebody;
use crate::pages::sheet::Sheet;
use crate::text;
use crate::theme::{Glyph, Part};
use model::room::Affiliation;
use model::shown;
use store::rooms::Room;

/// The title of a room in at most so many columns.
pub(super) fn title(app: &App, open: &OpenChat, room: usize) -> String {
    let theme = &app.facts.theme;
    let dot = format!(" {} ", theme.glyph(Glyph::Dot));
    let now = app.facts.connectivity.rooms.get(&open.peer);
    let mut facts = vec![open.name.clone()];
    let here = now.filter(|now| now.own_nick().is_some());
    facts.extend(here.map(|now| format!("{} here", now.occupants.len())));
    let topic = now.and_then(|now| now.topic.as_ref());
    let topic = topic.map(shown::one_line).filter(|topic| !topic.is_empty());
    let with_topic = topic.map(|topic| [facts.clone(), vec![topic]].concat().join(&dot));
    let plain = facts.join(&dot);
    match with_topic {
        // A letter or two of it tell nothing.
        Some(whole) if text::width(&plain) + text::width(&dot) + 8 <= room => {
            text::fit(&whole, room, theme.glyph(Glyph::Cut))
        }
        _ if text::width(&plain) <= room => plain,
        _ => text::fit(&open.name, room, theme.glyph(Glyph::Cut)),
    }
}

/// The third pane of wide terminals: who is in the room, and who could be.
pub(super) fn pane(app: &App, open: &OpenChat, room: &Room, area: Rect, buf: &mut Buffer) {
    let theme = &app.facts.theme;
    let now = app.facts.connectivity.rooms.get(&open.peer);
    let mut sheet = Sheet::new(area.width);
    sheet.push(0, vec![(open.name.clone(), Part::Title)]);
    // The rule runs here.
    sheet.push(0, Vec::new());
    let address = shown::identifier(room.peer.address.as_str());
    sheet.push(0, vec![(address, Part::Dim)]);
    if let Some(topic) = now.and_then(|now| now.topic.as_ref()) {
        sheet.say(0, &shown::one_line(topic), Part::Plain);
    }
    let mut before = None;
    for one in open.people.everybody(now, &app.facts.own) {
        let group = group(&one);
        if before != Some(group) {
            sheet.gap();
            sheet.push(0, vec![(group.to_owned(), Part::Title)]);
            before = Some(group);
        }
        sheet.push(0, line(app, &one));
        if sheet.len() > usize::from(area.height) {
            break;
        }
    }
    let key = app.facts.keymap.name(Action::Fingerprints);
    sheet.truncate(usize::from(area.height).saturating_sub(2));
    sheet.gap();
    sheet.push(0, vec![(format!("{key} shows them all"), Part::Dim)]);
    sheet.draw(theme, 0, area, buf);
}

/// What those are among whom somebody stands.
fn group(one: &Somebody) -> &'static str {
    match (&one.here, one.affiliation) {
        (Some(_), _) => "Here",
        (None, Affiliation::Outcast) => "Banned",
        (None, _) => "Not here",
    }
}

fn line(app: &App, one: &Somebody) -> Vec<(String, Part)> {
    let theme = &app.facts.theme;
    let (sign, part) = match one.key_state() {
        Some((Some(sign), _, part)) => (theme.glyph(sign), part),
        _ => (" ", Part::Dim),
    };
    let name = match one.here {
        Some(_) => Part::Plain,
        None => Part::Dim,
    };
    vec![
        (format!("{} ", one.shape(theme)), Part::Good),
        (format!("{sign} "), part),
        (one.name(), name),
        (format!("  {}", one.standing()), Part::Dim),
    ]
}
