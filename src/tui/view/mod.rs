//! How the main screen is drawn: one file a part. Everything is painted from what [`super::app::App`]
//! holds; nothing is decided here.

mod details;
mod footer;
mod header;
mod heading;
mod list;
mod recipients_line;
mod room;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::app::{App, OpenChat, Standing};
use super::layout::Areas;
use super::text;
use super::theme::{Glyph, Part, Theme};
use model::Timestamp;
use store::Reads;

/// Paints the whole screen; where the cursor stands.
pub fn draw(app: &mut App, store: &dyn Reads, now: Timestamp, buf: &mut Buffer) -> Option<Position> {
    let areas = app.areas(store, now);
    header::draw(app, &areas, buf);
    list::draw(app, &areas, now, buf);
    details::draw(app, areas.details, buf);
    walls(app, &areas, buf);
    title(app, areas.title, buf);
    warning(app, areas.warning, buf);
    let mut cursor = history(app, &areas, store, now, buf);
    recipients_line::draw(app, areas.truth, buf);
    heading::draw(app, areas.heading, buf);
    let typing = composer(app, areas.composer, buf);
    let asked = question(app, areas.question, store, now, buf);
    footer::draw(app, areas.footer, store, now, buf);
    if app.asking.page.is_none() {
        cursor = typing;
    }
    asked.or(cursor)
}

/// The history, or the page that stands in its place.
fn history(
    app: &mut App,
    areas: &Areas,
    store: &dyn Reads,
    now: Timestamp,
    buf: &mut Buffer,
) -> Option<Position> {
    let world = app.facts.world(store, now);
    if let Some(page) = &mut app.asking.page {
        return page.draw(&world, areas.history, buf);
    }
    match &mut app.chat_pane.open {
        Some(open) => open.history.draw(&world, areas.history, buf),
        None => nothing_open(app, areas.history, buf),
    }
    None
}

/// What to do where there is nothing yet.
fn nothing_open(app: &App, area: Rect, buf: &mut Buffer) {
    let theme = &app.facts.theme;
    let find = app.facts.keymap.name(super::action::Action::Find);
    let lines = [
        "Nobody is here yet.".to_owned(),
        format!(
            "/add and an address, such as /add bob@mired.test, adds somebody; {find} finds all other commands."
        ),
    ];
    let columns = usize::from(area.width.saturating_sub(2).max(1));
    let wrapped = lines.iter().flat_map(|line| text::wrap(line, columns));
    for (line, y) in wrapped.zip(area.y..area.bottom()) {
        text::put(buf, area.x + 1, y, area.right(), &line, theme.style(Part::Dim));
    }
}

/// The title of the chat or page.
fn title(app: &App, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &app.facts.theme;
    let right = area.right();
    let left = area.x + 1;
    if let Some(page) = &app.asking.page {
        text::put(buf, left, area.y, right, &page.title(), theme.style(Part::Title));
        return;
    }
    let Some(open) = &app.chat_pane.open else { return };
    let (word, part) = match open.standing {
        Standing::Chat => recipients_line::security(&open.recipients),
        Standing::Request => ("request", Part::Waiting),
        Standing::Blocked => ("blocked", Part::Bad),
    };
    let room = usize::from(area.width).saturating_sub(text::width(word) + 3);
    let shown = match &open.room {
        Some(_) => room::title(app, open, room),
        None => with_person(app, open, room),
    };
    text::put(buf, left, area.y, right, &shown, theme.style(Part::Title));
    let at = right.saturating_sub(u16::try_from(text::width(word)).unwrap_or(0) + 1);
    if at > left {
        text::put(buf, at, area.y, right, word, theme.style(part));
    }
}

/// What is the matter with the room that is open.
fn warning(app: &App, area: Rect, buf: &mut Buffer) {
    let Some((words, part)) = app.warning().filter(|_| !area.is_empty()) else {
        return;
    };
    let theme = &app.facts.theme;
    let columns = usize::from(area.width.saturating_sub(2).max(1));
    let mut lines = text::wrap(&words, columns);
    if lines.len() > usize::from(area.height) {
        let cut = theme.glyph(Glyph::Cut);
        lines.truncate(usize::from(area.height));
        if let Some(last) = lines.last_mut() {
            *last = text::fit(&format!("{last}{cut}"), columns, cut);
        }
    }
    let sign = theme.glyph(Glyph::Attention);
    text::put(buf, area.x, area.y, area.right(), sign, theme.style(part));
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        text::put(buf, area.x + 2, y, area.right(), line, theme.style(part));
    }
}

/// The title of a chat with a person in at most so many columns.
fn with_person(app: &App, open: &OpenChat, room: usize) -> String {
    let theme = &app.facts.theme;
    let mut facts = vec![open.name.clone()];
    let jid = model::shown::identifier(&open.peer.written());
    if jid != open.name {
        facts.push(jid);
    }
    let dot = format!(" {} ", theme.glyph(Glyph::Dot));
    let names = facts.join(&dot);
    // Where the words have no room their shape stands for them.
    let words = presence(app, open).filter(|_| app.facts.connectivity.online);
    let here = app.facts.connectivity.here.get(&open.peer.address);
    let shape = here.map(|presence| theme.glyph(Glyph::of(presence.availability)));
    let with = |fact: &str| format!("{names}{dot}{fact}");
    let shown = [words.map(with), shape.map(|shape| format!("{names} {shape}"))]
        .into_iter()
        .flatten()
        .find(|title| text::width(title) <= room)
        .unwrap_or(names.clone());
    text::fit(&shown, room, theme.glyph(Glyph::Cut))
}

/// Whether the open chat's contact is here, in words; None where they do not let us see it.
fn presence(app: &App, open: &OpenChat) -> Option<&'static str> {
    match app.facts.connectivity.here.get(&open.peer.address) {
        _ if !app.facts.connectivity.online => Some("not known while offline"),
        _ if open.peer.within.is_some() => None,
        _ if app.facts.connectivity.writes(&open.peer) => Some("writing"),
        Some(presence) => Some(words::availability(presence.availability)),
        None if open.seen => Some("offline"),
        None => None,
    }
}

/// The walls between the panes and the rule below their titles.
fn walls(app: &App, areas: &Areas, buf: &mut Buffer) {
    let theme = &app.facts.theme;
    let dim = theme.style(Part::Dim);
    let top = areas.header.bottom();
    let bottom = areas.footer.y;
    rule(theme, areas.rule, buf);
    for x in areas.walls.iter().flatten() {
        for y in top..bottom {
            let crosses = areas.rule.height > 0 && y == areas.rule.y;
            let glyph = if crosses { Glyph::Cross } else { Glyph::Wall };
            text::put(buf, *x, y, x + 1, theme.glyph(glyph), dim);
        }
    }
}

/// A rule from edge to edge of its area.
fn rule(theme: &Theme, area: Rect, buf: &mut Buffer) {
    for y in area.y..area.bottom() {
        for x in area.x..area.right() {
            text::put(
                buf,
                x,
                y,
                area.right(),
                theme.glyph(Glyph::Rule),
                theme.style(Part::Dim),
            );
        }
    }
}

/// The composer's text around its cursor.
fn composer(app: &App, area: Rect, buf: &mut Buffer) -> Option<Position> {
    if area.is_empty() {
        return None;
    }
    let theme = &app.facts.theme;
    let left = area.x + u16::from(area.width > 4);
    let columns = usize::from(area.right() - left).max(2);
    let window = app
        .chat_pane
        .composer
        .layout_window(columns, usize::from(area.height));
    for (line, y) in window.lines.iter().zip(area.y..area.bottom()) {
        text::put(buf, left, y, area.right(), line, theme.style(Part::Plain));
    }
    let (row, column) = window.cursor;
    let x = left.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
    let y = area.y.saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
    Some(Position::new(x.min(area.right() - 1), y.min(area.bottom() - 1)))
}

fn question(
    app: &mut App,
    area: Rect,
    store: &dyn Reads,
    now: Timestamp,
    buf: &mut Buffer,
) -> Option<Position> {
    let world = app.facts.world(store, now);
    let (_, question) = app.asking.question.as_mut()?;
    match area.is_empty() {
        true => None,
        false => question.draw(&world, area, buf),
    }
}

/// Paints `left` from the left and `right` at the right edge of one line; the left gives way.
fn line(buf: &mut Buffer, area: Rect, theme: &Theme, left: &[(String, Part)], right: &[(String, Part)]) {
    if area.is_empty() {
        return;
    }
    let width = |spans: &[(String, Part)]| spans.iter().map(|(span, _)| text::width(span)).sum::<usize>();
    let columns = usize::from(area.width);
    let right_width = width(right).min(columns);
    let edge = area.right() - u16::try_from(right_width).unwrap_or(0);
    let mut x = area.x;
    for (span, part) in left {
        let room = usize::from(edge.saturating_sub(x));
        let cut = text::fit(span, room, theme.glyph(Glyph::Cut));
        x = text::put(buf, x, area.y, edge, &cut, theme.style(*part));
    }
    let mut x = edge;
    for (span, part) in right {
        x = text::put(buf, x, area.y, area.right(), span, theme.style(*part));
    }
}
