//! How the history is painted. Gutter, rules and marks are ours; text of others is painted
//! between them and nowhere else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::brought::{is_doubtful, progress_of, sign_of_file};
use super::layout::{Block, CLEAR, CLEAR_SHORT, Drawn, MessageLine as Piece, is_clear};
use super::place::Line;
use super::quote::Quote;
use super::remedy::remedy;
use super::row::Row;
use super::sight::Sight;
use crate::ask::Context;
use crate::file_words;
use crate::pictures::Pixels;
use crate::targets::Table;
use crate::text;
use crate::theme::{Glyph, Part, Theme};
use model::{Author, Direction, Left, Message, MessageId, MessageState};
use store::timeline::Entry;

/// One line of the pane.
struct Strip<'a> {
    theme: &'a Theme,
    area: Rect,
    y: u16,
    buf: &'a mut Buffer,
    links: &'a mut Table,
}

impl Strip<'_> {
    /// Paints from column `x` of the pane on, not at or beyond column `right` of it; the column after it.
    fn put(&mut self, x: u16, right: u16, what: &str, style: Style) -> u16 {
        let right = self.area.x.saturating_add(right.min(self.area.width));
        let x = self.area.x.saturating_add(x);
        text::put(self.buf, x, self.y, right, what, style).saturating_sub(self.area.x)
    }

    fn part(&mut self, x: u16, right: u16, what: &str, part: Part) -> u16 {
        self.put(x, right, what, self.theme.style(part))
    }

    /// The same of words that may be cut.
    fn cut(&mut self, x: u16, right: u16, words: &str, part: Part) {
        let room = usize::from(right.saturating_sub(x));
        let words = text::fit(words, room, self.theme.glyph(Glyph::Cut));
        self.part(x, right, &words, part);
    }

    /// A line of a text, with what its parts look like and where they lead.
    fn drawn(&mut self, x: u16, right: u16, drawn: &Drawn, part: Part) {
        let end = self.part(x, right, &drawn.words, part);
        // Where a byte of the line is painted.
        let column = |byte: usize| {
            let before = text::width(drawn.words.get(..byte).unwrap_or_default());
            let column = x.saturating_add(u16::try_from(before).unwrap_or(u16::MAX));
            self.area.x.saturating_add(column.min(end))
        };
        for (range, look) in &drawn.looks {
            let (from, to) = (column(range.start), column(range.end));
            let styled = Rect {
                x: from,
                y: self.y,
                width: to.saturating_sub(from),
                height: 1,
            };
            self.buf.set_style(styled.intersection(self.area), look.style());
        }
        for (range, target) in &drawn.links {
            let right = self.area.right();
            let columns = column(range.start)..column(range.end).min(right);
            self.links.add(self.y, columns, target);
        }
    }

    /// One row of a picture.
    fn pixels(&mut self, x: u16, right: u16, pixels: &Pixels, row: u16) {
        let from = self.area.x.saturating_add(x);
        let right = self.area.x.saturating_add(right.min(self.area.width));
        let line = Rect {
            x: from,
            y: self.y,
            width: right.saturating_sub(from),
            height: 1,
        };
        pixels.draw_row(row, self.theme, line, self.buf);
    }

    /// Shows that it belongs to the chosen row.
    fn choose(&mut self) {
        let line = Rect {
            y: self.y,
            height: 1,
            ..self.area
        };
        self.buf.set_style(line, self.theme.style(Part::Chosen));
        self.part(0, 1, self.theme.glyph(Glyph::Current), Part::Chosen);
    }

    /// Words of ours between two rules.
    fn rule(&mut self, words: &str, part: Part) {
        let width = self.area.width;
        let words = format!(" {words} ");
        let taken = u16::try_from(text::width(&words)).unwrap_or(width).min(width);
        let from = (width - taken) / 2;
        let glyph = self.theme.glyph(Glyph::Rule);
        let rule = if part == Part::New { Part::New } else { Part::Dim };
        for x in (1..from).chain(from + taken..width) {
            self.part(x, width, glyph, rule);
        }
        self.part(from, width, &words, part);
    }
}

/// What is painted.
pub(super) struct Painting<'a> {
    pub(super) sight: &'a Sight,
    pub(super) selected: Option<MessageId>,
}

impl Painting<'_> {
    /// Paints the rows, day lines, the "new" line and marks; where links stand. A chat that does not fill the
    /// pane stands at its lower edge, where the next message is written.
    pub(super) fn draw(&self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Table {
        if self.sight.view.is_none() {
            nothing(world, area, self.sight.window.older.as_deref(), buf);
        }
        let lines = self.sight.lines();
        let top = area.top() + blank_above(lines.len(), area.height);
        let mut links = Table::default();
        for (line, y) in lines.into_iter().zip(top..area.bottom()) {
            let mut strip = Strip {
                theme: world.theme,
                area,
                y,
                buf,
                links: &mut links,
            };
            self.draw_line(world, line, y == area.top(), &mut strip);
        }
        links
    }

    fn draw_line(&self, world: &Context<'_>, at: Line, topmost: bool, strip: &mut Strip<'_>) {
        let Some(row) = self.sight.window.get(at.row) else {
            return;
        };
        let head = self.sight.window.head(at.row);
        match at.line.checked_sub(head.len()) {
            None if at.line == 0 && head.older => {
                strip.rule(self.sight.window.older.as_deref().unwrap_or_default(), Part::Dim);
            }
            None if head.day && at.line == usize::from(head.older) => {
                strip.rule(&day(world, row), Part::Dim);
            }
            None => strip.rule("new", Part::New),
            Some(line) => self.draw_row((at.row, row), line, topmost, world, strip),
        }
    }

    /// Line `line` of an entry.
    fn draw_row(
        &self,
        (number, row): (i64, &Row),
        line: usize,
        topmost: bool,
        world: &Context<'_>,
        strip: &mut Strip<'_>,
    ) {
        let Some(piece) = row.block().and_then(|block| block.line(line)) else {
            return;
        };
        let message = match (&row.entry, piece) {
            (Entry::Message(message), _) => message,
            (Entry::Event(_), Piece::Text(drawn)) => return strip.rule(&drawn.words, Part::Dim),
            (Entry::Event(_), _) => return,
        };
        let columns = self.sight.window.columns;
        if line == 0 || topmost {
            // At the upper edge it is always said whose text this is.
            self.draw_who(
                (row, message),
                self.sight.window.goes_on(number) && !topmost,
                strip,
            );
        }
        if row.block().is_some_and(|block| block.state_line() == line) {
            draw_state(message, strip);
        }
        let clear = is_clear(message);
        let from = columns.text(clear);
        if clear && matches!(piece, Piece::Text(_) | Piece::More(_) | Piece::File(_)) {
            let word = if columns.wide { CLEAR } else { CLEAR_SHORT };
            strip.part(columns.clear(), from.saturating_sub(1), word, Part::Bad);
        }
        let first = row.block().map_or(0, Block::first_line);
        let (sign, part) = sign_of(message, piece, line.checked_sub(first), topmost);
        if let Some(sign) = sign {
            let (at, words) = (columns.mark(), strip.theme.glyph(sign));
            strip.part(at, at + 1, words, part_of_sign(sign, part));
        }
        self.draw_piece(world, message, (piece, part), strip);
        if self.selected == Some(message.id) {
            strip.choose();
        }
    }

    /// What stands in one line of a message.
    fn draw_piece(
        &self,
        world: &Context<'_>,
        message: &Message,
        (piece, part): (Piece<'_>, Part),
        strip: &mut Strip<'_>,
    ) {
        let columns = self.sight.window.columns;
        let (from, beside) = (columns.text(is_clear(message)), columns.text(false));
        match piece {
            Piece::Quote(quote) => self.draw_quote(quote, strip),
            Piece::Foot(words) => strip.cut(beside, columns.right(), words, part),
            Piece::Text(drawn) => strip.drawn(from, columns.right(), drawn, part),
            Piece::More(words) => {
                strip.part(from, columns.right(), words, part);
            }
            Piece::File(file) => {
                let room = usize::from(columns.right().saturating_sub(from));
                let progress = progress_of(world, message, file);
                let words = file_words::line(file, progress.as_ref(), strip.theme, room);
                strip.part(from, columns.right(), &words, part);
            }
            Piece::Picture(pixels, row) => strip.pixels(from, columns.right(), pixels, row),
            Piece::Reason(words) => strip.cut(from, columns.right(), words, part),
            Piece::Remedy => {
                let room = usize::from(columns.right().saturating_sub(from));
                let selected = self.selected == Some(message.id);
                let words = remedy(
                    message,
                    selected,
                    room,
                    strip.theme.glyph(Glyph::Dot),
                    world.keymap,
                );
                strip.part(from, columns.right(), &words, part);
            }
        }
    }

    /// What is answered: its author and how it begins, beside a bar in the column that no text reaches.
    fn draw_quote(&self, quote: &Quote, strip: &mut Strip<'_>) {
        let columns = self.sight.window.columns;
        let from = columns.text(false);
        let author = quote.author.as_ref().map(|author| self.sight.names.of(author));
        let words = match author {
            Some(name) => format!("{name}: {}", quote.words),
            None => quote.words.clone(),
        };
        strip.cut(from, columns.right(), &words, Part::Dim);
    }

    /// Time and name; of a row that goes on where the one before ended, a dot.
    fn draw_who(&self, (row, message): (&Row, &Message), goes_on: bool, strip: &mut Strip<'_>) {
        let columns = self.sight.window.columns;
        let end = columns.mark();
        if goes_on {
            strip.part(columns.name, end, strip.theme.glyph(Glyph::Dot), Part::Dim);
            return;
        }
        if columns.wide {
            strip.part(1, columns.name - 1, &row.time, Part::Dim);
        }
        let author = &message.author;
        let style = match author {
            Author::Us => strip.theme.style(Part::Own),
            Author::Contact(jid) => strip.theme.person(jid.as_str()),
            Author::Occupant { nick, .. } => strip.theme.person(nick.as_str()),
        };
        let cut = strip.theme.glyph(Glyph::Cut);
        let name = self
            .sight
            .names
            .short(author, usize::from(columns.name_width), cut);
        strip.put(columns.name, end, &name, style);
    }
}

/// What stands there before the first message.
fn nothing(world: &Context<'_>, area: Rect, older: Option<&str>, buf: &mut Buffer) {
    let room = usize::from(area.width.saturating_sub(1));
    let words = match older {
        Some(older) => format!("No messages yet: {older}"),
        None => "No messages yet.".to_owned(),
    };
    let words = text::fit(&words, room, world.theme.glyph(Glyph::Cut));
    let (x, y) = (area.x + 1, area.bottom() - 1);
    text::put(buf, x, y, area.right(), &words, world.theme.style(Part::Dim));
}

/// How much the reason beneath a message weighs: it failed, or it is in doubt, or the person took it back.
fn weight(message: &Message) -> (Option<Glyph>, Part) {
    match (message.state, message.left) {
        (_, Left::TakenBack) => (None, Part::Dim),
        (MessageState::Failed, _) => (Some(Glyph::Failed), Part::Bad),
        _ => (Some(Glyph::Attention), Part::Waiting),
    }
}

/// Lines that stay empty above `lines` of them in a pane of `height`.
pub(super) fn blank_above(lines: usize, height: u16) -> u16 {
    height.saturating_sub(u16::try_from(lines).unwrap_or(height))
}

/// How a sign is painted beside a text of this part.
fn part_of_sign(sign: Glyph, part: Part) -> Part {
    match (sign, part) {
        (Glyph::Attention, Part::Plain) => Part::Waiting,
        (_, Part::Plain) => Part::Dim,
        (_, part) => part,
    }
}

/// The sign before a line of a message, and the part as which the line is painted.
/// `line` counts from where its text begins.
fn sign_of(message: &Message, piece: Piece<'_>, line: Option<usize>, topmost: bool) -> (Option<Glyph>, Part) {
    match piece {
        Piece::Quote(_) => (Some(Glyph::Wall), Part::Dim),
        Piece::Foot(_) => (Some(Glyph::Foot), Part::Dim),
        Piece::Text(_) if message.retracted.is_some() => (Some(Glyph::Dot), Part::Dim),
        Piece::Text(_) if message.body.is_none() => (Some(Glyph::Attention), Part::Bad),
        Piece::Text(_) if line > Some(0) && topmost => (Some(Glyph::Cut), Part::Plain),
        Piece::Text(_) if line == Some(0) && is_doubtful(message) => (Some(Glyph::Attention), Part::Plain),
        Piece::Text(_) => (None, Part::Plain),
        Piece::File(file) => sign_of_file(message, file, line),
        Piece::Picture(..) => (None, Part::Plain),
        Piece::More(_) => (Some(Glyph::Cut), Part::Dim),
        Piece::Reason(_) => weight(message),
        Piece::Remedy => (None, Part::Dim),
    }
}

/// How far one of ours came, at the right edge.
fn draw_state(message: &Message, strip: &mut Strip<'_>) {
    if message.direction() == Direction::In {
        return;
    }
    let (glyph, part) = match message.state {
        _ if message.displayed => (Glyph::Displayed, Part::Good),
        MessageState::Received => return,
        MessageState::Queued => (Glyph::Queued, Part::Waiting),
        MessageState::Sent => (Glyph::Sent, Part::Dim),
        MessageState::Delivered => (Glyph::Delivered, Part::Good),
        MessageState::Failed => (Glyph::Failed, Part::Bad),
        // A note that is nowhere else.
        MessageState::Kept => (Glyph::Dot, Part::Dim),
    };
    let mark = strip.theme.glyph(glyph);
    let columns = u16::try_from(text::width(mark)).unwrap_or(0);
    let width = strip.area.width;
    strip.part(width.saturating_sub(columns), width, mark, part);
}

/// "Thursday 19 November", with the year if it is another one.
fn day(world: &Context<'_>, row: &Row) -> String {
    let this_year = world.now.to_zoned(world.zone.clone()).year();
    let form = if row.day.year() == this_year {
        "%A %-d %B"
    } else {
        "%A %-d %B %Y"
    };
    row.day.strftime(form).to_string()
}
