//! A sheet of lines that scrolls: what pages and questions are painted with.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::text;
use crate::theme::{Glyph, Part, Theme};

/// One line of the screen in pieces, each with what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetLine {
    /// Columns left free before it.
    indent: u16,
    pieces: Vec<(String, Part)>,
    /// Which of the things to choose it belongs to.
    item: Option<usize>,
}

/// Lines, made anew for every width.
#[derive(Debug)]
pub struct Sheet {
    /// Columns there are, the margins taken off.
    columns: usize,
    item: Option<usize>,
    lines: Vec<SheetLine>,
}

impl Sheet {
    /// A sheet for an area of this width: a column stays free on the left and, from
    /// ten columns on, on the right.
    pub fn new(width: u16) -> Self {
        let margins = if width < 10 { 1 } else { 2 };
        Self {
            columns: usize::from(width.saturating_sub(margins)).max(1),
            item: None,
            lines: Vec::new(),
        }
    }

    /// An empty one of the same width.
    pub fn blank(&self) -> Self {
        Self {
            columns: self.columns,
            item: None,
            lines: Vec::new(),
        }
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// What follows belongs to this thing to choose.
    pub fn item(&mut self, item: Option<usize>) {
        self.item = item;
    }

    /// An empty line, but never two, and none at the start.
    pub fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.pieces.is_empty()) {
            self.push(0, Vec::new());
        }
    }

    /// A text in as many lines as it needs.
    pub fn say(&mut self, indent: u16, words: &str, part: Part) {
        for line in text::wrap(words, self.room(indent)) {
            self.push(indent, vec![(line, part)]);
        }
    }

    /// Pieces with blanks between them; a piece that does not fit on the line begins the next one, and is
    /// wrapped there if it is longer than that.
    pub fn flow(&mut self, indent: u16, pieces: &[(String, Part)]) {
        let room = self.room(indent);
        let mut line: Vec<(String, Part)> = Vec::new();
        let mut used = 0;
        for (words, part) in pieces {
            let needs = text::width(words);
            if used > 0 && used + 1 + needs > room {
                self.push(indent, std::mem::take(&mut line));
                used = 0;
            }
            if needs > room {
                let mut wrapped = text::wrap(words, room);
                let last = wrapped.pop().unwrap_or_default();
                for whole in wrapped {
                    self.push(indent, vec![(whole, *part)]);
                }
                used = text::width(&last);
                line.push((last, *part));
                continue;
            }
            if used > 0 {
                line.push((" ".to_owned(), Part::Plain));
                used += 1;
            }
            used += needs;
            line.push((words.clone(), *part));
        }
        if !line.is_empty() {
            self.push(indent, line);
        }
    }

    /// Pieces with a word (or a mark) in the margin of their first line.
    pub fn labelled(&mut self, label: (&str, Part), indent: u16, pieces: &[(String, Part)]) {
        let (label, part) = label;
        let first = self.lines.len();
        self.flow(indent, pieces);
        let Some(line) = self.lines.get_mut(first) else {
            return;
        };
        let blanks = usize::from(indent).saturating_sub(text::width(label));
        line.indent = 0;
        line.pieces
            .insert(0, (format!("{label}{}", " ".repeat(blanks)), part));
    }

    /// Keys with what they do, as hints: "v compare   t trust".
    pub fn keys(&mut self, keys: &[(&str, &str)]) {
        let pieces: Vec<String> = keys.iter().map(|(key, what)| format!("{key} {what}")).collect();
        let room = self.room(0);
        let mut line: Vec<(String, Part)> = Vec::new();
        let mut used = 0;
        for ((key, what), piece) in keys.iter().zip(&pieces) {
            let needs = text::width(piece);
            if used > 0 && used + 2 + needs > room {
                self.push(0, std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(("  ".to_owned(), Part::Plain));
                used += 2;
            }
            used += needs;
            line.push(((*key).to_owned(), Part::KeyName));
            line.push((format!(" {what}"), Part::Plain));
        }
        self.push(0, line);
    }

    /// A fingerprint in groups of eight digits, 8, 4, 2 or 1 to a line, so that
    /// lines of two people break alike.
    pub fn fingerprint(&mut self, indent: u16, grouped: &str, part: Part) {
        let groups: Vec<&str> = grouped.split(' ').collect();
        let fit = (self.room(indent) + 1) / 9;
        let abreast = [8, 4, 2].into_iter().find(|many| *many <= fit).unwrap_or(1);
        for line in groups.chunks(abreast) {
            self.push(indent, vec![(line.join(" "), part)]);
        }
    }

    /// Pieces as one line, whatever their width.
    pub fn push(&mut self, indent: u16, pieces: Vec<(String, Part)>) {
        self.lines.push(SheetLine {
            indent,
            pieces,
            item: self.item,
        });
    }

    /// The last line whose first piece is this.
    pub fn line_of(&self, start: &str) -> Option<usize> {
        let begins = |line: &SheetLine| line.pieces.first().is_some_and(|(words, _)| words == start);
        self.lines.iter().rposition(begins)
    }

    /// Puts another sheet's lines below these.
    pub fn append(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// Keeps the first lines only.
    pub fn truncate(&mut self, lines: usize) {
        self.lines.truncate(lines);
    }

    /// The lines of what is chosen: first and one after the last.
    fn span(&self, item: usize) -> Option<(usize, usize)> {
        let mut of = self
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.item == Some(item));
        let (first, _) = of.next()?;
        let last = of.next_back().map_or(first, |(last, _)| last);
        Some((first, last + 1))
    }

    fn room(&self, indent: u16) -> usize {
        self.columns.saturating_sub(usize::from(indent)).max(1)
    }

    /// Paints the lines from `top` on.
    pub fn draw(&self, theme: &Theme, top: usize, area: Rect, buf: &mut Buffer) {
        let mark = theme.glyph(Glyph::Cut);
        for (line, y) in self.lines.iter().skip(top).zip(area.y..area.bottom()) {
            let mut x = area.x.saturating_add(1).saturating_add(line.indent);
            for (words, part) in &line.pieces {
                let room = usize::from(area.right().saturating_sub(x));
                let cut = text::fit(words, room, mark);
                x = text::put(buf, x, y, area.right(), &cut, theme.style(*part));
            }
        }
        if area.is_empty() {
            return;
        }
        let mut more = |glyph, y| {
            let x = area.right() - 1;
            text::put(
                buf,
                x,
                y,
                area.right(),
                theme.glyph(glyph),
                theme.style(Part::Dim),
            );
        };
        // In a single line there is room for one of them: what was not seen yet.
        if top > 0 && !self.lines.is_empty() {
            more(Glyph::Above, area.y);
        }
        if self.lines.len() > top + usize::from(area.height) {
            more(Glyph::Below, area.bottom() - 1);
        }
    }
}

/// Where a sheet stands in its area.
#[derive(Debug, Default)]
pub struct Scroll {
    top: usize,
    /// Lines seen at once, when it was painted last.
    page: usize,
    /// The chosen thing is to be seen.
    follow: bool,
}

impl Scroll {
    /// Follows the choice again.
    pub fn follow(&mut self) {
        self.follow = true;
    }

    pub fn by(&mut self, lines: i32) {
        self.follow = false;
        let step = usize::try_from(lines.unsigned_abs()).unwrap_or(0);
        self.top = if lines < 0 {
            self.top.saturating_sub(step)
        } else {
            self.top.saturating_add(step)
        };
    }

    /// Lines of a page, one kept in sight.
    pub fn page(&self) -> i32 {
        i32::try_from(self.page.saturating_sub(1).max(1)).unwrap_or(1)
    }

    /// The end (painting puts it right), or the start.
    pub fn to(&mut self, end: bool) {
        self.follow = false;
        self.top = if end { usize::MAX } else { 0 };
    }

    /// Paints the sheet where it stands, with the chosen thing in sight.
    pub fn draw(
        &mut self,
        sheet: &Sheet,
        chosen: Option<usize>,
        theme: &Theme,
        area: Rect,
        buf: &mut Buffer,
    ) {
        self.page = usize::from(area.height);
        if let (true, Some((first, end))) = (self.follow, chosen.and_then(|item| sheet.span(item))) {
            // What stands before the first thing is seen with it if it fits.
            let first = if chosen == Some(0) && end <= self.page {
                0
            } else {
                first
            };
            self.top = self.top.max(end.saturating_sub(self.page)).min(first);
        }
        self.top = self.top.min(sheet.len().saturating_sub(self.page));
        sheet.draw(theme, self.top, area, buf);
    }
}
