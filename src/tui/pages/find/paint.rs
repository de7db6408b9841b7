//! How one found row looks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use super::rows::{Found, Target};
use crate::tui::ask::World;
use crate::tui::text;
use crate::tui::theme::{Glyph, Part};

/// Columns that a name gets before what stands at the right is left out.
const NAME_ROOM: usize = 12;

/// One row: our mark, the name with what explains it, and what it is at the right, which no name can reach.
pub fn row(world: &World<'_>, found: &Found, chosen: bool, area: Rect, buf: &mut Buffer) {
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
    let plain = theme.style(Part::Plain);
    let name_style = if row.unread {
        plain.add_modifier(Modifier::BOLD)
    } else {
        plain
    };
    if chosen {
        text::put(
            buf,
            area.x + 1,
            area.y,
            area.right(),
            theme.glyph(Glyph::Current),
            plain,
        );
    }
    let x = area.x.saturating_add(3);
    let shown = text::fit(
        &row.text,
        usize::from(end.saturating_sub(x)),
        theme.glyph(Glyph::Cut),
    );
    let last = text::put(buf, x, area.y, end, &shown, theme.style(Part::Dim));
    let name = columns(row.text.get(..row.name).unwrap_or(&row.text));
    restyle(buf, x, x.saturating_add(name).min(last), area.y, name_style);
    for (from, to) in spans(&row.text, &found.letters, columns(&shown)) {
        let (from, to) = (x.saturating_add(from), x.saturating_add(to));
        let meant = Style::new()
            .add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
            .remove_modifier(Modifier::DIM);
        restyle(buf, from, to.min(last), area.y, meant);
    }
    let part = match row.target {
        Target::Action(_) => Part::KeyName,
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

