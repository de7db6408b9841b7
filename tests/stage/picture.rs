//! A buffer as text for snapshots; with colour, the styles below it, a letter for each.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// The rows; what is covered by a wide character is left out.
pub fn text(buffer: &Buffer) -> String {
    rows(buffer, |row| {
        let mut line = String::new();
        let mut covered = 0;
        for cell in row {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
            line.push_str(cell.symbol());
        }
        line.trim_end().to_owned()
    })
}

/// The rows, and below them the same rows with a letter for each style.
pub fn styled(buffer: &Buffer) -> String {
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    for cell in buffer.content() {
        letters.entry(style(cell)).or_insert(' ');
    }
    letters.remove("");
    for (letter, at) in letters.values_mut().zip(('a'..='z').chain('A'..='Z')) {
        *letter = at;
    }
    let styles = rows(buffer, |row| {
        let line: String = row
            .iter()
            .map(|cell| letters.get(&style(cell)).copied().unwrap_or('.'))
            .collect();
        line.trim_end_matches('.').to_owned()
    });
    let mut legend = String::new();
    for (style, letter) in &letters {
        writeln!(legend, "{letter}: {style}").unwrap();
    }
    format!("{}\n\n{styles}\n\n{legend}", text(buffer))
}

fn rows(buffer: &Buffer, line: impl Fn(&[Cell]) -> String) -> String {
    let width = usize::from(buffer.area.width.max(1));
    let rows: Vec<String> = buffer.content().chunks(width).map(line).collect();
    rows.join("\n")
}

fn style(cell: &Cell) -> String {
    let mut words = Vec::new();
    if cell.fg != Color::Reset {
        words.push(format!("{}", cell.fg));
    }
    if cell.bg != Color::Reset {
        words.push(format!("on {}", cell.bg));
    }
    if cell.modifier != Modifier::empty() {
        words.push(format!("{:?}", cell.modifier));
    }
    words.join(" ")
}
