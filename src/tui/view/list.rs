//! The chat list: who, how many unread, how well protected.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::super::app::{App, Focus};
use super::super::layout::Areas;
use super::super::list::Entry;
use super::super::recipients::Shield;
use super::super::text;
use super::super::theme::{Glyph, Part};
use crate::store::chats::COUNTED;

pub fn draw(app: &App, areas: &Areas, buf: &mut Buffer) {
    let area = areas.list;
    if area.is_empty() {
        return;
    }
    let theme = &app.facts.theme;
    let head = match app.requests {
        0 => " Chats".to_owned(),
        1 => " Chats · 1 request".to_owned(),
        many => format!(" Chats · {many} requests"),
    };
    let head = head.replace('·', theme.glyph(Glyph::Dot));
    let part = if app.requests > 0 {
        Part::Waiting
    } else {
        Part::Title
    };
    let head = text::fit(&head, usize::from(area.width), theme.glyph(Glyph::Cut));
    text::put(buf, area.x, area.y, area.right(), &head, theme.style(part));
    let rows = areas.list_rows();
    let top = app.list_top(usize::from(rows.height));
    for ((at, entry), y) in app
        .list
        .entries
        .iter()
        .enumerate()
        .skip(top)
        .zip(rows.y..rows.bottom())
    {
        row(app, entry, at, Rect { y, height: 1, ..rows }, buf);
    }
}

fn row(app: &App, entry: &Entry, at: usize, area: Rect, buf: &mut Buffer) {
    let theme = &app.facts.theme;
    let open = Some(&entry.jid) == app.facts.chat.as_ref();
    let chosen = app.focus == Focus::List && at == app.chosen;
    let (mark, part) = mark(app, entry);
    let unread = match entry.unread {
        0 => String::new(),
        unread if unread >= u64::from(COUNTED) => format!("{COUNTED}+ "),
        unread => format!("{unread} "),
    };
    let marks = text::width(&unread) + text::width(mark) + 1;
    // One column stays free between the name and what stands behind it.
    let room = usize::from(area.width).saturating_sub(3 + marks);
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
    let name = text::fit(&entry.name, room, theme.glyph(Glyph::Cut));
    let after = text::put(buf, area.x + 2, area.y, area.right(), &name, style);
    if let Some(presence) = app.facts.here.get(&entry.jid)
        && usize::from(after - area.x) + 3 + marks <= usize::from(area.width)
    {
        text::put(
            buf,
            after + 1,
            area.y,
            area.right(),
            theme.glyph(Glyph::of(presence.availability)),
            theme.style(Part::Good),
        );
    }
    let x = area.right().saturating_sub(u16::try_from(marks).unwrap_or(0));
    let x = text::put(
        buf,
        x.max(area.x),
        area.y,
        area.right(),
        &unread,
        theme.style(Part::New),
    );
    text::put(buf, x, area.y, area.right(), mark, theme.style(part));
    if chosen {
        buf.set_style(area, theme.style(Part::Chosen));
    }
}

/// What stands at the right edge: what needs the person goes first.
fn mark(app: &App, entry: &Entry) -> (&'static str, Part) {
    let theme = &app.facts.theme;
    match (entry.attention, entry.shield) {
        (_, Shield::Clear) => ("PLAIN", Part::Bad),
        (true, _) | (_, Shield::Asked) => (theme.glyph(Glyph::Attention), Part::Waiting),
        (false, Shield::Verified) => (theme.glyph(Glyph::Verified), Part::Good),
        (false, Shield::Encrypted) => (theme.glyph(Glyph::Unverified), Part::Dim),
        (false, Shield::NoKeys) => (" ", Part::Dim),
    }
}
