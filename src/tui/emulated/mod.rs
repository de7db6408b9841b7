//! For tests: what terminals show after a buffer was painted to them, beside what the buffer says.
//!
//! The bytes go through the backend that the program uses, into the emulator of the crate vt100 and into
//! small emulators of ours that read text otherwise ([`readings`]): one joins grapheme clusters, one is old.
//! On each of them every symbol must stand in the cells that the buffer gives it, and nowhere else.
//!
//! ```ignore
//! let shown = emulated::check(40, 12, |buf| page.draw(buf));
//! assert!(shown.row(0).contains("Bob"));
//! ```

use std::num::NonZeroU16;

use ratatui::backend::Backend;
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthChar;

use super::safe_backend::SafeBackend;
use readings::Reading;

pub mod linked;
mod readings;

/// Terminals that show what was painted so far.
pub struct Emulated {
    vt100: vt100::Parser,
    /// It is looked at: what is painted is for terminals of its kind too.
    old: bool,
    others: Vec<Reading>,
    buffer: Buffer,
    bytes: Vec<u8>,
}

/// Paints one frame of `width` by `height` and compares. Panics where a terminal shows something else.
pub fn check(width: u16, height: u16, draw: impl FnOnce(&mut Buffer)) -> Emulated {
    let mut emulated = Emulated::new(width, height);
    emulated.frame(draw);
    emulated
}

/// The terminal's screen after `buffer`, compared with it.
pub fn screen(buffer: &Buffer) -> vt100::Parser {
    let mut emulated = Emulated::new(buffer.area.width, buffer.area.height);
    emulated.show(buffer.clone());
    emulated.vt100
}

impl Emulated {
    /// An empty screen of at least one cell.
    pub fn new(width: u16, height: u16) -> Self {
        // Otherwise the NO_COLOR of whoever runs the tests would decide.
        ratatui::crossterm::style::force_color_output(true);
        let size = |cells| NonZeroU16::new(cells).expect("at least one cell");
        Self {
            vt100: vt100::Parser::new(size(height), size(width), 0),
            old: true,
            others: Reading::all(width, height),
            buffer: Buffer::empty(Rect::new(0, 0, width, height)),
            bytes: Vec::new(),
        }
    }

    /// As [`Emulated::new`], of those only that join clusters.
    pub fn that_joins(width: u16, height: u16) -> Self {
        Self {
            old: false,
            others: Reading::that_join(width, height),
            ..Self::new(width, height)
        }
    }

    /// Paints the next frame on an empty buffer; what differs from the last one goes to the terminals.
    pub fn frame(&mut self, draw: impl FnOnce(&mut Buffer)) {
        let mut next = Buffer::empty(self.buffer.area);
        draw(&mut next);
        self.show(next);
    }

    /// As [`Emulated::frame`], for a buffer that is painted already.
    pub fn show(&mut self, next: Buffer) {
        if let Err(difference) = self.paint(next) {
            let sent = String::from_utf8_lossy(&self.bytes);
            panic!("{difference}, after {sent:?}");
        }
    }

    /// What a terminal shows otherwise than the buffer says, if anything.
    fn paint(&mut self, next: Buffer) -> Result<(), String> {
        assert_eq!(next.area, self.buffer.area, "no resizing here: make a new one");
        let mut bytes = Vec::new();
        SafeBackend::new(&mut bytes)
            .draw(self.buffer.diff_iter(&next))
            .unwrap();
        self.bytes.extend(&bytes);
        self.buffer = next;
        if let Some(found) = foreign(&bytes) {
            return Err(found);
        }
        // The emulator leaves U+FFFD out: it cannot tell it from broken UTF-8.
        let text = String::from_utf8(bytes).unwrap();
        self.vt100.process(text.replace('\u{fffd}', "¿").as_bytes());
        for other in &mut self.others {
            other.process(&text)?;
        }
        self.compare()
    }

    /// Everything that went to the terminals.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The last frame.
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// A row as the terminal shows it, without blanks at the end.
    pub fn row(&self, y: u16) -> String {
        let rows = self.vt100.screen().rows(0, self.buffer.area.width);
        rows.skip(usize::from(y))
            .map(|row| row.trim_end().to_owned())
            .next()
            .unwrap_or_default()
    }

    /// All rows.
    pub fn rows(&self) -> Vec<String> {
        (0..self.buffer.area.height).map(|y| self.row(y)).collect()
    }

    fn compare(&self) -> Result<(), String> {
        for y in 0..self.buffer.area.height {
            let mut x = 0;
            while x < self.buffer.area.width {
                let cell = &self.buffer[(x, y)];
                let columns = cell.cell_width().max(1);
                if x + columns > self.buffer.area.width {
                    return Err(format!(
                        "{:?} in column {x} of row {y} is cut in half",
                        cell.symbol()
                    ));
                }
                self.compare_text(x, y, columns, cell)?;
                if self.old {
                    self.compare_style(x, y, cell)?;
                }
                x += columns;
            }
        }
        Ok(())
    }

    fn compare_text(&self, x: u16, y: u16, columns: u16, cell: &Cell) -> Result<(), String> {
        let symbol = cell.symbol().trim_end();
        let differs = |name, shown: &str| {
            Err(format!(
                "{name} shows {shown:?}, not {symbol:?}, in column {x} of row {y}"
            ))
        };
        for other in &self.others {
            let shown = other.text(x, y, columns);
            if shown.trim_end() != symbol {
                return differs(other.name, &shown);
            }
        }
        if !self.old {
            return Ok(());
        }
        let shown: String = (x..x + columns)
            .filter_map(|x| self.vt100.screen().cell(y, x))
            .map(|cell| cell.contents())
            .collect();
        let expected = symbol.replace('\u{fffd}', "¿");
        let bases = |text: &str| -> String { text.chars().filter(|c| c.width() > Some(0)).collect() };
        // A cell of the emulator has no room for more marks after 18 bytes.
        let same = if shown.len() < 18 {
            shown.trim_end() == expected
        } else {
            bases(shown.trim_end()) == bases(&expected)
        };
        if same { Ok(()) } else { differs("vt100", &shown) }
    }

    fn compare_style(&self, x: u16, y: u16, cell: &Cell) -> Result<(), String> {
        let Some(shown) = self.vt100.screen().cell(y, x) else {
            return Err("a smaller screen".to_owned());
        };
        let has = |modifier| cell.modifier.contains(modifier);
        // The emulator knows bold or dim, not both.
        let both = has(Modifier::BOLD | Modifier::DIM);
        let same = shown.fgcolor() == colour(cell.fg)
            && shown.bgcolor() == colour(cell.bg)
            && shown.italic() == has(Modifier::ITALIC)
            && shown.underline() == has(Modifier::UNDERLINED)
            && shown.inverse() == has(Modifier::REVERSED)
            && (both || shown.bold() == has(Modifier::BOLD) && shown.dim() == has(Modifier::DIM));
        if same {
            return Ok(());
        }
        Err(format!(
            "column {x} of row {y} has another style than {:?}",
            cell.style()
        ))
    }
}

fn colour(colour: Color) -> vt100::Color {
    let named = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Indexed(index) => vt100::Color::Idx(index),
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        other => {
            let at = named.iter().position(|&name| name == other).unwrap();
            vt100::Color::Idx(u8::try_from(at).unwrap())
        }
    }
}

/// Panics where the bytes hold anything but text and sequences that a frame of ours is made of.
pub fn assert_only_own_sequences(bytes: &[u8]) {
    if let Some(found) = foreign(bytes) {
        panic!("{found}");
    }
}

/// The first thing that is neither text nor one of our sequences: cursor moves, styles, clearing, and the
/// modes that the program sets. No OSC, DCS, APC, no C1, no control character.
pub fn foreign(bytes: &[u8]) -> Option<String> {
    const MODES: [&str; 11] = [
        "7", "25", "1000", "1002", "1003", "1004", "1006", "1015", "1049", "2004", "2026",
    ];
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some("no UTF-8".to_owned());
    };
    let mut rest = text;
    while let Some(at) = rest.find(char::is_control) {
        let (_, from) = rest.split_at(at);
        let begins: String = from.chars().take(20).collect();
        let Some(sequence) = from.strip_prefix("\u{1b}[") else {
            return Some(format!("a control: {begins:?}"));
        };
        let parameters: String = sequence
            .chars()
            .take_while(|c| matches!(c, '0'..='9' | ';' | '?'))
            .collect();
        let mut after = sequence.chars();
        let last = after.nth(parameters.len());
        let is_own = match last {
            Some('H' | 'm' | 'J' | 'K') => !parameters.contains('?'),
            Some('h' | 'l') => parameters
                .strip_prefix('?')
                .is_some_and(|mode| MODES.contains(&mode)),
            _ => false,
        };
        if !is_own {
            return Some(format!("a sequence: {begins:?}"));
        }
        rest = after.as_str();
    }
    None
}

#[cfg(test)]
mod tests;
