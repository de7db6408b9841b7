//! How a step is laid out: rows of words and fields, scrolled so that what has the focus is
//! seen; a title above, keys below.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::field::Field;
use crate::text;
use crate::theme::{Glyph, Part, Theme};

/// The design size; a larger screen has the step in its middle.
const COLUMNS: u16 = 80;
const ROWS: u16 = 24;
/// Columns of the names beside the fields; narrower screens have them above.
const NAMES: usize = 16;
const NARROW: usize = 56;

type PageRow<'t> = Vec<(Cow<'t, str>, Part)>;

/// What stands around a step.
pub struct Frame<'a> {
    /// At the left of the first line.
    pub title: &'a str,
    /// At its right: "step 1 of 4".
    pub place: &'a str,
    /// Keys and what they do, the most important first.
    pub keys: &'a [(String, &'static str)],
}

/// The rows of a step.
pub struct Page<'t> {
    theme: &'t Theme,
    width: usize,
    rows: Vec<PageRow<'t>>,
    /// The rows that should be seen: from, to.
    focus: Option<(usize, usize)>,
    cursor: Option<(usize, usize)>,
}

impl<'t> Page<'t> {
    /// A page for this area.
    pub fn new(theme: &'t Theme, area: Rect) -> Self {
        Self {
            theme,
            width: usize::from(inside(area).width).max(1),
            rows: Vec::new(),
            focus: None,
            cursor: None,
        }
    }

    pub fn gap(&mut self) {
        self.rows.push(Vec::new());
    }

    /// A sentence, broken between words.
    pub fn say(&mut self, sentence: &str, part: Part) {
        self.indented(0, sentence, part);
    }

    /// The same, with an indent.
    pub fn indented(&mut self, indent: usize, sentence: &str, part: Part) {
        let indent = indent.min(self.width.saturating_sub(1));
        for line in text::wrap(sentence, (self.width - indent).max(1)) {
            self.row(vec![(" ".repeat(indent), Part::Plain), (line, part)]);
        }
    }

    /// Secret words in ASCII, divided by blanks and broken there: painted from where they are,
    /// so that no copy stays behind.
    pub fn secret(&mut self, indent: usize, words: &'t str, part: Part) {
        let columns = self.width.saturating_sub(indent).max(1);
        for line in broken(words, columns) {
            let indent = (Cow::Owned(" ".repeat(indent)), Part::Plain);
            self.rows.push(vec![indent, (Cow::Borrowed(line), part)]);
        }
    }

    /// One row of pieces; what is too wide is cut.
    pub fn row(&mut self, row: Vec<(String, Part)>) {
        let pieces = row.into_iter().map(|(words, part)| (Cow::Owned(words), part));
        self.rows.push(pieces.collect());
    }

    /// What is added by `add` has the focus.
    pub fn focused(&mut self, focused: bool, add: impl FnOnce(&mut Self)) {
        let from = self.rows.len();
        add(self);
        if focused {
            self.focus = Some((from, self.rows.len()));
        }
    }

    /// A field with its name, and what is to be said of it below.
    pub fn field(&mut self, name: &str, field: &Field, focused: bool, note: Option<(&str, Part)>) {
        self.focused(focused, |page| {
            let narrow = page.is_narrow();
            let indent = if narrow { 2 } else { NAMES };
            let columns = page.width.saturating_sub(indent + 1).max(1);
            let (seen, at) = field.seen(page.theme, columns);
            let mark = page.mark(focused);
            let named = format!("{mark} {name}");
            let style = if focused { Part::Title } else { Part::Plain };
            let mut row = Vec::new();
            if narrow {
                page.row(vec![(named, style)]);
                row.push(("  ".to_owned(), Part::Plain));
            } else {
                let gap = NAMES.saturating_sub(text::width(&named));
                row.push((named + &" ".repeat(gap), style));
            }
            if seen.is_empty() && !focused {
                row.push((page.theme.glyph(Glyph::Rule).repeat(3), Part::Dim));
            } else {
                row.push((seen, Part::Plain));
            }
            if focused {
                page.cursor = Some((page.rows.len(), indent + at));
            }
            page.row(row);
            if let Some((note, part)) = note {
                page.indented(indent, note, part);
            }
        });
    }

    /// One line of a choice, of which one is taken.
    pub fn choice(&mut self, words: &str, taken: bool, focused: bool) {
        self.box_of(if taken { "(x)" } else { "( )" }, words, focused);
    }

    /// Something that is on or off.
    pub fn switch(&mut self, words: &str, on: bool, focused: bool) {
        self.box_of(if on { "[x]" } else { "[ ]" }, words, focused);
    }

    fn box_of(&mut self, dot: &str, words: &str, focused: bool) {
        self.focused(focused, |page| {
            let mark = page.mark(focused);
            let part = if focused { Part::Title } else { Part::Plain };
            page.row(vec![(format!("{mark} {dot} {words}"), part)]);
        });
    }

    fn mark(&self, focused: bool) -> &'static str {
        if focused {
            self.theme.glyph(Glyph::Current)
        } else {
            " "
        }
    }

    pub fn is_narrow(&self) -> bool {
        self.width < NARROW
    }

    pub fn has_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Columns that a row has.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Paints it with its frame, from row `scroll` on where nothing has the focus (the row that it came to
    /// be); where the cursor stands.
    pub fn draw(
        self,
        frame: &Frame<'_>,
        scroll: &mut usize,
        area: Rect,
        buf: &mut Buffer,
    ) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        let inside = inside(area);
        let keys = self.keys(frame.keys, inside);
        let [head, body, foot] = parts(inside, keys.len());
        self.head(frame, head, buf);
        for (row, y) in keys.iter().zip(foot.rows()) {
            self.paint(row, y, buf);
        }
        // The last row of a body that has more below says so.
        let height = usize::from(body.height);
        let all = self.from(height, *scroll);
        let more = self.rows.len() > all + height && height > 3;
        let from = if more { self.from(height - 1, *scroll) } else { all };
        *scroll = from;
        let seen = body.rows().take(height - usize::from(more));
        for (row, y) in self.rows.iter().skip(from).zip(seen) {
            self.paint(row, y, buf);
        }
        if more {
            let words = format!("{} more", self.theme.glyph(Glyph::Below));
            let y = body.bottom().saturating_sub(1);
            text::put(buf, body.x, y, body.right(), &words, self.theme.style(Part::Dim));
        }
        let (row, column) = self.cursor?;
        let y = u16::try_from(row.checked_sub(from)?).ok()?;
        let x = u16::try_from(column).ok()?;
        (y < body.height && x < body.width).then(|| Position::new(body.x + x, body.y + y))
    }

    /// The first row that is seen: the page's own, as long as the focus is seen too.
    fn from(&self, height: usize, scroll: usize) -> usize {
        match self.focus {
            Some((_, to)) if to <= height => 0,
            Some((from, to)) => (to - height).min(from),
            None => scroll.min(self.rows.len().saturating_sub(height)),
        }
    }

    fn head(&self, frame: &Frame<'_>, area: Rect, buf: &mut Buffer) {
        let mut lines = area.rows();
        let Some(line) = lines.next() else {
            return;
        };
        let place = u16::try_from(text::width(frame.place)).unwrap_or(u16::MAX);
        let right = line.right().saturating_sub(place);
        text::put(
            buf,
            line.x,
            line.y,
            right,
            frame.title,
            self.theme.style(Part::Title),
        );
        text::put(
            buf,
            right.max(line.x),
            line.y,
            line.right(),
            frame.place,
            self.theme.style(Part::Dim),
        );
        if let Some(rule) = lines.next() {
            let wide = usize::from(rule.width);
            let drawn = self.theme.glyph(Glyph::Rule).repeat(wide);
            text::put(
                buf,
                rule.x,
                rule.y,
                rule.right(),
                &drawn,
                self.theme.style(Part::Dim),
            );
        }
    }

    /// The keys as lines: two where there is room for them and need, else one with what fits.
    fn keys(&self, keys: &[(String, &'static str)], inside: Rect) -> Vec<PageRow<'static>> {
        let most = if inside.height >= 10 { 2 } else { 1 };
        let between = format!(" {} ", self.theme.glyph(Glyph::Dot));
        let mut lines: Vec<PageRow<'static>> = vec![Vec::new()];
        let mut used = 0;
        for (key, words) in keys {
            let wide = text::width(key) + 1 + text::width(words);
            let gap = if used == 0 { 0 } else { text::width(&between) };
            if used + gap + wide > self.width {
                if lines.len() == most {
                    break;
                }
                lines.push(Vec::new());
                used = 0;
            }
            let Some(line) = lines.last_mut() else {
                break;
            };
            if used > 0 {
                line.push((between.clone().into(), Part::Dim));
                used += gap;
            }
            line.push((key.clone().into(), Part::KeyName));
            line.push((format!(" {words}").into(), Part::Dim));
            used += wide;
        }
        lines
    }

    fn paint(&self, row: &PageRow<'_>, area: Rect, buf: &mut Buffer) {
        let mut x = area.x;
        for (words, part) in row {
            x = text::put(buf, x, area.y, area.right(), words, self.theme.style(*part));
        }
    }
}

/// Lines of at most `columns`, each a part of `words`; only a word that is wider is a line that is.
fn broken(words: &str, columns: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut from, mut end) = (0, 0);
    for (at, _) in words.match_indices(' ').chain([(words.len(), "")]) {
        if at - from > columns && end > from {
            lines.extend(words.get(from..end));
            from = end + 1;
        }
        end = at;
    }
    lines.extend(words.get(from..end));
    lines
}

/// The middle of the screen, with a margin where there is room for one.
fn inside(area: Rect) -> Rect {
    let width = area.width.min(COLUMNS);
    let height = area.height.min(ROWS);
    let margin = u16::from(width > 20);
    Rect {
        x: area.x + (area.width - width) / 2 + margin,
        y: area.y + (area.height - height) / 2,
        width: width - 2 * margin,
        height,
    }
}

/// Head, body and foot; a screen with too few rows has a body before it has the others.
fn parts(inside: Rect, keys: usize) -> [Rect; 3] {
    let keys = u16::try_from(keys).unwrap_or(1);
    let foot = if inside.height > 3 + keys {
        keys
    } else {
        u16::from(inside.height > 2)
    };
    let head = match inside.height - foot {
        0..=2 => 0,
        3..=6 => 1,
        _ => 2,
    };
    let slice = |from: u16, rows: u16| Rect {
        y: inside.y + from,
        height: rows,
        ..inside
    };
    let body = inside.height - head - foot;
    [slice(0, head), slice(head, body), slice(head + body, foot)]
}
