//! Small emulators that read text in ways in which the crate vt100 does not. They know what a frame of ours
//! is made of: text, cursor positions, styles (which they pass over).

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

/// From the text in the cell before it and a character to the columns that it takes, and
/// whether it is added to that cell.
type Read = fn(&str, char) -> (usize, bool);

/// A terminal with its screen.
pub(super) struct Reading {
    pub(super) name: &'static str,
    read: Read,
    /// What stands in each cell: None in the second half of a wide character.
    cells: Vec<Vec<Option<String>>>,
    x: usize,
    y: usize,
}

impl Reading {
    pub(super) fn all(width: u16, height: u16) -> Vec<Self> {
        let mut all = Self::that_join(width, height);
        all.extend(Self::with(&[("a terminal of 2012", old)], width, height));
        all
    }

    pub(super) fn that_join(width: u16, height: u16) -> Vec<Self> {
        let joining: [(&'static str, Read); 2] = [
            ("a terminal that joins clusters", joining),
            ("a terminal that joins clusters and emoji presentation", eager),
        ];
        Self::with(&joining, width, height)
    }

    fn with(readings: &[(&'static str, Read)], width: u16, height: u16) -> Vec<Self> {
        let row = vec![Some(" ".to_owned()); usize::from(width)];
        readings
            .iter()
            .map(|&(name, read)| Self {
                name,
                read,
                cells: vec![row.clone(); usize::from(height)],
                x: 0,
                y: 0,
            })
            .collect()
    }

    /// The error says what was painted beyond the edge.
    pub(super) fn process(&mut self, text: &str) -> Result<(), String> {
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '\u{1b}' {
                self.print(c)?;
                continue;
            }
            assert_eq!(chars.next(), Some('['), "not a sequence of ours");
            let mut parameters = String::new();
            let last = chars.by_ref().find(|c| {
                let is_last = c.is_ascii_alphabetic();
                parameters.extend(Some(*c).filter(|_| !is_last));
                is_last
            });
            if last == Some('H') {
                let (row, column) = parameters.split_once(';').unwrap();
                self.y = row.parse::<usize>().unwrap() - 1;
                self.x = column.parse::<usize>().unwrap() - 1;
            }
        }
        Ok(())
    }

    fn print(&mut self, c: char) -> Result<(), String> {
        let row = &mut self.cells[self.y];
        // The nearest cell to the left that is no second half: also after the cursor was moved there.
        let before = row[..self.x].iter().rposition(Option::is_some);
        let text = before.and_then(|at| row[at].clone()).unwrap_or_default();
        let (columns, joins) = (self.read)(&text, c);
        if joins {
            if let Some(cell) = before.and_then(|at| row[at].as_mut()) {
                cell.push(c);
            }
            if columns > 0 && self.x < row.len() {
                row[self.x] = None;
                self.x += columns;
            }
            return Ok(());
        }
        if columns == 0 {
            return Ok(());
        }
        // Overwriting half of a wide character takes the other half away too.
        for x in [self.x, self.x + columns] {
            if row.get(x).is_some_and(Option::is_none) {
                let start = row[..x].iter().rposition(Option::is_some).unwrap();
                row[start..=x].fill(Some(" ".to_owned()));
            }
        }
        if self.x + columns > row.len() {
            return Err(format!("{} wraps {c:?} at the edge", self.name));
        }
        row[self.x] = Some(c.to_string());
        row[self.x + 1..self.x + columns].fill(None);
        self.x += columns;
        Ok(())
    }

    /// What stands in these cells; the second half of a wide character is no blank.
    pub(super) fn text(&self, x: u16, y: u16, columns: u16) -> String {
        let (x, columns) = (usize::from(x), usize::from(columns));
        let cells = &self.cells[usize::from(y)][x..x + columns];
        if cells.first().is_some_and(Option::is_none) {
            return "half of something".to_owned();
        }
        cells.iter().flatten().map(String::as_str).collect()
    }
}

/// Whether both are one grapheme cluster.
fn cluster(before: &str, c: char) -> bool {
    !before.is_empty() && format!("{before}{c}").graphemes(true).nth(1).is_none()
}

/// As kitty and Ghostty do: one cluster, one cell or two, whatever it is made of.
fn joining(before: &str, c: char) -> (usize, bool) {
    let width = c.width().unwrap_or(0).min(2);
    if cluster(before, c) || width == 0 {
        // Two indicators are a flag of two columns.
        let second = matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
        return (usize::from(second), true);
    }
    (width, false)
}

/// As those that draw whatever can be an emoji in two columns, when a selector asks for it; and
/// give an indicator two at once.
fn eager(before: &str, c: char) -> (usize, bool) {
    let indicator = matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
    if c == '\u{fe0f}' {
        // What has two already has them.
        let narrow = before.chars().next().and_then(UnicodeWidthChar::width) == Some(1);
        return (usize::from(narrow), true);
    }
    match joining(before, c) {
        (_, true) => (0, true),
        (_, false) if indicator => (2, false),
        apart => apart,
    }
}

/// One column for whatever is newer than Unicode 6 and for all signs beside a letter; nothing is joined.
fn old(_: &str, c: char) -> (usize, bool) {
    let width = c.width().unwrap_or(0).min(2);
    let newer = matches!(c, '\u{10000}'..='\u{1ffff}')
        || matches!(c, '\u{2300}'..='\u{2bff}' | '\u{4dc0}'..='\u{4dff}');
    let beside = matches!(
        c,
        '\u{9be}' | '\u{bbe}' | '\u{b3e}' | '\u{d3e}' | '\u{9d7}' | '\u{bd7}' | '\u{d7b0}'..='\u{d7ff}'
    );
    if newer || beside || (width == 3) {
        return (1, false);
    }
    (width, width == 0 && (is_combining_mark(c) || c > '\u{a0}'))
}
