//! How one found row looks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use super::rows::{FoundItem, FoundRow};
use crate::ask::Context;
use crate::text;
use crate::theme::{Glyph, Part};

/// Columns that a name gets before what stands at the right is left out.
const NAME_ROOM: usize = 12;

/// One row: our mark, the name with what explains it, and what it is at the right, which no name can reach.
pub fn row(world: &Context<'_>, found: &FoundRow, chosen: bool, area: Rect, buf: &mut Buffer) {
    let theme = world.theme;
    let row = &found.row;
    let width = usize::from(area.width);
    let right = match text::width(&row.right) {
        right if right + NAME_ROOM + 5 <= width => row.right.as_str(),
        _ => "",
    };
    let end = match right {
        "" => area.right(),
        right => area.right().saturating_sub(columns(right) + 2),
    };
    if chosen {
        let mark = theme.glyph(Glyph::Current);
        text::put(
            buf,
            area.x + 1,
            area.y,
            area.right(),
            mark,
            theme.style(Part::Plain),
        );
    }
    label(
        world,
        found,
        Rect {
            width: end.saturating_sub(area.x),
            ..area
        },
        buf,
    );
    let part = match row.target {
        FoundItem::Action(_) => Part::KeyName,
        FoundItem::Command(_) if right != "command" => Part::KeyName,
        _ if row.unread => Part::New,
        _ => Part::Dim,
    };
    if !right.is_empty() {
        text::put(buf, end + 1, area.y, area.right(), right, theme.style(part));
    }
    if chosen {
        buf.set_style(area, theme.style(Part::Chosen));
    }
}

/// Name and explanation, the letters that were meant underlined.
fn label(world: &Context<'_>, found: &FoundRow, area: Rect, buf: &mut Buffer) {
    let theme = world.theme;
    let row = &found.row;
    let x = area.x.saturating_add(3);
    let room = usize::from(area.right().saturating_sub(x));
    let shown = text::fit(&row.text, room, theme.glyph(Glyph::Cut));
    let last = text::put(buf, x, area.y, area.right(), &shown, theme.style(Part::Dim));
    let bright = theme.style(Part::Plain).remove_modifier(Modifier::DIM);
    let name = x.saturating_add(columns(row.text.get(..row.name).unwrap_or(&row.text)));
    let style = if row.unread {
        bright.add_modifier(Modifier::BOLD)
    } else {
        bright
    };
    restyle(buf, x, name.min(last), area.y, style);
    let meant = bright.add_modifier(Modifier::BOLD | Modifier::UNDERLINED);
    for (from, to) in spans(&row.text, &found.letters, columns(&shown)) {
        restyle(
            buf,
            x.saturating_add(from),
            x.saturating_add(to).min(last),
            area.y,
            meant,
        );
    }
}

fn restyle(buf: &mut Buffer, from: u16, to: u16, y: u16, style: Style) {
    let width = to.saturating_sub(from);
    buf.set_style(Rect::new(from, y, width, 1), style);
}

fn columns(text: &str) -> u16 {
    u16::try_from(text::width(text)).unwrap_or(u16::MAX)
}

/// The columns of these graphemes of `text`, from its beginning, as far as `most` columns.
fn spans(text: &str, letters: &[usize], most: u16) -> Vec<(u16, u16)> {
    let mut spans = Vec::with_capacity(letters.len());
    let mut letters = letters.iter().copied().peekable();
    for (at, (start, grapheme)) in text.grapheme_indices(true).enumerate() {
        match letters.peek() {
            None => break,
            Some(letter) if *letter == at => {
                letters.next();
                let end = start + grapheme.len();
                let upto = |end| columns(text.get(..end).unwrap_or_default());
                let from = upto(start);
                if from >= most {
                    break;
                }
                spans.push((from, upto(end)));
            }
            Some(_) => {}
        }
    }
    spans
}
