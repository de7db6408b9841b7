//! The chat list: who, whether they are here, how many unread or when it was last, how well protected; where
//! there is room, the last words of each chat.

use jiff::civil::Date;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::app::{App, Focus, ListPane};
use crate::layout::Areas;
use crate::list::{self, ListEntry, ListRow};
use crate::recipients::ChatSecurity;
use crate::text;
use crate::theme::{Glyph, Part, Theme};
use model::{Clean, Direction, Timestamp, shown};
use store::chats::COUNTED;

pub fn draw(app: &App, areas: &Areas, now: Timestamp, buf: &mut Buffer) {
    let area = areas.list;
    if area.is_empty() {
        return;
    }
    let theme = &app.facts.theme;
    let (head, part) = match super::header::requests(app) {
        None => (" Chats".to_owned(), Part::Title),
        Some(requests) => (
            format!(" Chats {} {requests}", theme.glyph(Glyph::Dot)),
            Part::Waiting,
        ),
    };
    let head = text::fit(&head, usize::from(area.width), theme.glyph(Glyph::Cut));
    text::put(buf, area.x, area.y, area.right(), &head, theme.style(part));
    let rows = areas.list_rows();
    let roomy = ListPane::is_roomy(rows);
    let today = now.to_zoned(app.facts.zone.clone()).date();
    let mut y = rows.y;
    for (at, row) in
        app.list_pane
            .rows
            .from(app.list_pane.top(rows, app.panes.focus, app.facts.chat.as_ref()))
    {
        let lines = app.list_pane.lines_of(row, roomy);
        if y + lines > rows.bottom() {
            break;
        }
        let line = Rect { y, height: 1, ..rows };
        let chosen = app.panes.focus == Focus::List && at == app.list_pane.chosen;
        match row {
            ListRow::Entry(place) => {
                if let Some(entry) = app.list_pane.list.entries.get(place) {
                    let last = match app.facts.connectivity.writes(&entry.peer) {
                        true => "writing".to_owned(),
                        false => time(entry, app, today).unwrap_or_default(),
                    };
                    draw_entry(app, entry, chosen, &last, line, buf);
                    if lines > 1 {
                        draw_words(app, entry, Rect { y: y + 1, ..line }, buf);
                    }
                }
            }
            ListRow::Contacts { all, hidden, folded } => {
                let words = heading(all, hidden, folded, theme);
                put_heading(app, &words, chosen, line, buf);
            }
        }
        if chosen {
            buf.set_style(line, theme.style(Part::Chosen));
        }
        y += lines;
    }
}

/// The row above the contacts.
fn heading(all: usize, hidden: usize, folded: bool, theme: &Theme) -> String {
    let contacts = match all {
        1 => "1 contact".to_owned(),
        many => format!("{many} contacts"),
    };
    match (folded, hidden) {
        (true, _) => format!("({contacts} folded)"),
        (false, 0) => contacts,
        (false, hidden) => format!("{contacts} {} {hidden} offline hidden", theme.glyph(Glyph::Dot)),
    }
}

fn put_heading(app: &App, words: &str, chosen: bool, area: Rect, buf: &mut Buffer) {
    let theme = &app.facts.theme;
    let room = usize::from(area.width).saturating_sub(3);
    let words = text::fit(words, room, theme.glyph(Glyph::Cut));
    if chosen {
        text::put(
            buf,
            area.x,
            area.y,
            area.right(),
            theme.glyph(Glyph::Current),
            theme.style(Part::Plain),
        );
    }
    text::put(
        buf,
        area.x + 2,
        area.y,
        area.right(),
        &words,
        theme.style(Part::Dim),
    );
}

/// The name with its presence, then what stands at the right edge. The name gives way, but never the shape
/// beside it; the time goes where the name needs its room.
fn draw_entry(app: &App, entry: &ListEntry, chosen: bool, last: &str, area: Rect, buf: &mut Buffer) {
    let theme = &app.facts.theme;
    let open = Some(&entry.peer) == app.facts.chat.as_ref();
    let (mark, part) = mark(app, entry);
    let presence = app.facts.connectivity.here.get(&entry.peer.address);
    // What a room says of itself is nobody's presence.
    let presence = presence.filter(|_| !entry.is_room);
    let shape = presence.map(|presence| theme.glyph(Glyph::of(presence.availability)));
    // The column at the edge and one between the name and what follows stay free.
    let fixed = 2 + shape.map_or(0, |shape| text::width(shape) + 1) + text::width(mark) + 2;
    let room = |middle: &str| match text::width(middle) {
        0 => usize::from(area.width).saturating_sub(fixed),
        columns => usize::from(area.width).saturating_sub(fixed + columns + 1),
    };
    let unread = unread(entry);
    let needs = text::width(&entry.name);
    let middle = match &unread {
        Some(unread) => unread.as_str(),
        None if room(last) >= needs || room("") < needs => last,
        None => "",
    };
    let glyph = if open || chosen {
        theme.glyph(Glyph::Current)
    } else {
        " "
    };
    text::put(buf, area.x, area.y, area.right(), glyph, theme.style(Part::Plain));
    let mut style = theme.style(Part::Plain);
    if entry.unread > 0 {
        style = style.add_modifier(Modifier::BOLD);
    }
    let name = text::fit(&entry.name, room(middle), theme.glyph(Glyph::Cut));
    let after = text::put(buf, area.x + 2, area.y, area.right(), &name, style);
    if let Some(shape) = shape {
        text::put(
            buf,
            after + 1,
            area.y,
            area.right(),
            shape,
            theme.style(Part::Good),
        );
    }
    let marks = text::width(middle) + usize::from(!middle.is_empty()) + text::width(mark) + 1;
    let x = area
        .right()
        .saturating_sub(u16::try_from(marks).unwrap_or(0))
        .max(area.x);
    let middle_part = if unread.is_some() { Part::New } else { Part::Dim };
    let mut x = text::put(buf, x, area.y, area.right(), middle, theme.style(middle_part));
    x += u16::from(!middle.is_empty());
    text::put(buf, x, area.y, area.right(), mark, theme.style(part));
}

/// How many messages wait unread, and how many of them mention the person.
fn unread(entry: &ListEntry) -> Option<String> {
    let unread = match entry.unread {
        0 => return None,
        unread if unread >= u64::from(COUNTED) => format!("{COUNTED}+"),
        unread => unread.to_string(),
    };
    Some(match entry.mentions {
        0 => unread,
        mentions => format!("@{mentions} {unread}"),
    })
}

/// How the newest message begins, on a line of its own.
fn draw_words(app: &App, entry: &ListEntry, area: Rect, buf: &mut Buffer) {
    let Some(last) = &entry.last else { return };
    let theme = &app.facts.theme;
    let said = match (&last.words, last.event) {
        (words, Some(event)) => {
            let reason = words.clone().unwrap_or_default();
            shown::one_line(&Clean::new(&words::last_event(event, &reason)))
        }
        (Some(words), None) => shown::one_line(words),
        (None, None) if last.taken_back => "[taken back]".to_owned(),
        (None, None) => "[cannot be read]".to_owned(),
    };
    let said = match (last.direction, &last.nick) {
        (Direction::In, None) => said,
        (Direction::In, Some(nick)) => format!("{}: {said}", list::nick(nick.as_str())),
        (Direction::Out, _) => format!("you: {said}"),
    };
    let room = usize::from(area.width).saturating_sub(5);
    let said = text::fit(&said, room, theme.glyph(Glyph::Cut));
    text::put(
        buf,
        area.x + 4,
        area.y,
        area.right(),
        &said,
        theme.style(Part::Dim),
    );
}

/// When something was written last: the time of today, the day of this week, else the date.
fn time(entry: &ListEntry, app: &App, today: Date) -> Option<String> {
    let local = entry.last.as_ref()?.time.to_zoned(app.facts.zone.clone());
    let days = (today - local.date()).get_days();
    let form = match (days, local.year() == today.year()) {
        (0, _) => "%H:%M",
        (1..=6, _) => "%a",
        (_, true) => "%-d %b",
        (_, false) => "%Y",
    };
    Some(local.strftime(form).to_string())
}

/// What stands at the right edge: what needs the person goes first.
fn mark(app: &App, entry: &ListEntry) -> (&'static str, Part) {
    let theme = &app.facts.theme;
    match (entry.attention, entry.security) {
        (_, ChatSecurity::Clear) => ("PLAIN", Part::Bad),
        (true, _) | (_, ChatSecurity::Asked) => (theme.glyph(Glyph::Attention), Part::Waiting),
        (false, ChatSecurity::Verified) => (theme.glyph(Glyph::Verified), Part::Good),
        (false, ChatSecurity::Encrypted) => (theme.glyph(Glyph::Unverified), Part::Dim),
        (false, ChatSecurity::NoKeys) => (" ", Part::Dim),
    }
}
