//! From a message to drawn lines: which columns belong to us and which to the text, and
//! how much of a text is drawn.
//!
//! ```text
//!  09:12 bob  Are we still on for tonight?                ✓✓
//! ^time  name mark, text                              marks ^
//! ```
//!
//! Text never reaches the gutter at the left nor the marks at the right, whatever it holds (threat 80).

use std::sync::Arc;

use super::brought::may_bring_files;
use super::event;
use super::looked::Looked;
use super::quote::Quote;
use super::remedy::can_be_asked_for;
use crate::pictures::Pixels;
use crate::text;
use crate::text::links::{Linker, Targets};
use crate::text::mention::OwnNames;
use crate::text::styling::{Looks, Styler};
use model::{Author, Clean, Left, Message, MessageFile, Protection, Retracted, shown};
use store::timeline::Entry;
use words::Face;

/// A pane narrower than this has no room for times.
const WIDE: u16 = 48;
/// A pane narrower than this has none for names either.
const NAMED: u16 = 24;
/// Lines of one message that are drawn: some twenty screens. The rest can be copied.
pub(super) const MAX_LINES: usize = 1_000;
/// Bytes of one message that are looked at. With this a frame never waits for the
/// largest text that can be stored.
const MAX_BYTES: usize = 64 * 1024;
/// Bytes of a reason for a failure that are looked at: one line of it is drawn.
const MAX_REASON: usize = 2 * 1024;
/// Two for the marks, one that stays empty before them.
const MARKS: u16 = 3;

/// The word before every line that went in clear.
pub(super) const CLEAR: &str = "PLAIN";
/// The same in a narrow pane.
pub(super) const CLEAR_SHORT: &str = "P";

/// Which column of the pane holds what, from 0 at its left edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Columns {
    pub(super) width: u16,
    /// Where names begin.
    pub(super) name: u16,
    /// Columns of a name; 0: there are no names.
    pub(super) name_width: u16,
    /// Whether there is room for times and words.
    pub(super) wide: bool,
}

impl Columns {
    /// For a pane of `width` columns in which the widest name takes `name`.
    pub(super) fn new(width: u16, name: usize) -> Self {
        let wide = width >= WIDE;
        let most = Self::most_name(width);
        let name_width = u16::try_from(name).unwrap_or(most).max(1).min(most);
        Self {
            width,
            // Behind the glyph of the chosen row, and the time.
            name: if wide { 7 } else { 1 },
            name_width,
            wide,
        }
    }

    /// Columns that a name may take in a pane of `width` columns.
    pub(super) fn most_name(width: u16) -> u16 {
        match width {
            100.. => 24,
            WIDE.. => 10,
            NAMED.. => 6,
            _ => 0,
        }
    }

    /// The one column behind the name: what is amiss with a row.
    pub(super) fn mark(&self) -> u16 {
        self.name + self.name_width
    }

    /// Where the word stands that says that a row went in clear.
    pub(super) fn clear(&self) -> u16 {
        self.mark() + 1
    }

    /// Where text begins. It lies further right in a row that went in clear, behind the word that says so.
    pub(super) fn text(&self, clear: bool) -> u16 {
        match (clear, self.wide) {
            (false, _) if self.name_width == 0 => self.mark() + 1,
            (false, _) => self.mark() + 2,
            (true, true) => self.clear() + CLEAR.len() as u16 + 1,
            (true, false) => self.clear() + CLEAR_SHORT.len() as u16 + 1,
        }
    }

    /// The column that text never reaches.
    pub(super) fn right(&self) -> u16 {
        self.width.saturating_sub(MARKS)
    }

    /// Columns for text, at least one: in a pane that has none, nothing of it is painted.
    fn for_text(&self, clear: bool) -> usize {
        usize::from(self.right().saturating_sub(self.text(clear)).max(1))
    }
}

/// A line as it is painted, how its parts look, and where they lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawn {
    pub(super) words: String,
    pub(super) looks: Looks,
    pub(super) links: Targets,
}

impl Drawn {
    /// Words of ours.
    fn plain(words: String) -> Self {
        Self {
            words,
            looks: Looks::new(),
            links: Targets::new(),
        }
    }
}

/// What stands around the words of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Around {
    /// Above them: what it answers.
    pub(super) quote: Option<Quote>,
    /// They say what this person does (XEP-0245).
    pub(super) doer: Option<String>,
    /// They call us by one of these names.
    pub(super) own: Option<OwnNames>,
    /// The files that it brings; they stand in place of words.
    pub(super) files: Vec<MessageFile>,
    /// What is seen of each of them.
    pub(super) pictures: Vec<Option<Arc<Pixels>>>,
    /// Beneath them: that it was edited, what people think of it.
    pub(super) foot: Option<String>,
}

impl Around {
    /// A line for each file, and beneath it what is seen of it.
    fn brought(&self) -> impl Iterator<Item = MessageLine<'_>> {
        let seen = self
            .pictures
            .iter()
            .map(Option::as_deref)
            .chain(std::iter::repeat(None));
        self.files.iter().zip(seen).flat_map(|(file, picture)| {
            let rows = picture.into_iter().flat_map(|pixels| {
                let rows = 0..pixels.rows();
                rows.map(move |row| MessageLine::Picture(pixels, row))
            });
            std::iter::once(MessageLine::File(file)).chain(rows)
        })
    }
}

/// The drawn lines of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) around: Around,
    /// What was written, or what happened, or why it cannot be read; at least one line, but where files
    /// stand.
    pub(super) text: Vec<Drawn>,
    /// What stands for the lines that are not drawn.
    pub(super) more: Vec<String>,
    /// Why it failed, cut to one line where it is drawn: all of it is in its details.
    pub(super) reason: Option<String>,
    /// A line follows that says what can be done about it.
    pub(super) remedy: bool,
}

impl Block {
    /// Of an entry; `words` of ours if it is no message.
    pub(super) fn new(entry: &Entry, words: &str, around: &Around, columns: &Columns) -> Self {
        match entry {
            Entry::Message(message) => Self::of_message(message, around, columns),
            Entry::Event(_) => Self {
                around: Around::default(),
                text: event::lines(words, columns.width)
                    .into_iter()
                    .map(Drawn::plain)
                    .collect(),
                more: Vec::new(),
                reason: None,
                remedy: false,
            },
        }
    }

    fn of_message(message: &Message, around: &Around, columns: &Columns) -> Self {
        let width = columns.for_text(is_clear(message));
        let (text, more) = match (&message.body, message.unreadable) {
            (Some(body), _) => {
                let styler = (!message.unstyled).then(Styler::default);
                let told = around.doer.as_deref().and_then(|name| told(name, body));
                let body = told.as_ref().unwrap_or(body);
                let looked = Looked {
                    styler,
                    own: around.own.as_ref(),
                };
                wrapped(body, width, looked, Linker::new(message.id.0))
            }
            (None, Some(reason)) => {
                let why = words::unreadable(Face::Screen, reason);
                (plain(&format!("[cannot be read: {why}]"), width), Vec::new())
            }
            (None, None) if !around.files.is_empty() => Default::default(),
            (None, None) => (plain(&without_words(message), width), Vec::new()),
        };
        let reason = message
            .failure
            .as_ref()
            .map(|failure| words::of_message(Face::Screen, &message.peer.address, failure))
            .map(|failure| shown::one_line(&Clean::within(failure.as_str(), MAX_REASON)));
        Self {
            around: around.clone(),
            text,
            more,
            remedy: (reason.is_some() && message.left != Left::TakenBack) || can_be_asked_for(message),
            reason,
        }
    }

    /// Lines of what was written, or brought.
    fn said(&self) -> usize {
        self.text.len() + self.more.len() + self.around.brought().count()
    }

    /// The line with which what was written begins.
    pub(super) fn first_line(&self) -> usize {
        usize::from(self.around.quote.is_some())
    }

    /// The line that says how far the message came: the last one of what was written.
    pub(super) fn state_line(&self) -> usize {
        self.first_line() + self.said().saturating_sub(1)
    }

    /// Lines.
    pub(super) fn len(&self) -> usize {
        let beneath = [self.around.foot.is_some(), self.reason.is_some(), self.remedy];
        let beneath = beneath.into_iter().filter(|there| *there).count();
        self.first_line() + self.said() + beneath
    }

    pub(super) fn line(&self, at: usize) -> Option<MessageLine<'_>> {
        let quote = &self.around.quote;
        let Some(at) = at.checked_sub(self.first_line()) else {
            return quote.as_ref().map(MessageLine::Quote);
        };
        let text = self.text.iter().map(MessageLine::Text);
        let more = self.more.iter().map(|line| MessageLine::More(line));
        let files = self.around.brought();
        let foot = self.around.foot.iter().map(|line| MessageLine::Foot(line));
        let reason = self.reason.iter().map(|line| MessageLine::Reason(line));
        let remedy = self.remedy.then_some(MessageLine::Remedy);
        // Skipping over a slice is one step, however many lines it has.
        let beneath = foot.chain(reason).chain(remedy);
        text.chain(more).chain(files).chain(beneath).nth(at)
    }
}

/// One drawn line of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageLine<'a> {
    Quote(&'a Quote),
    Text(&'a Drawn),
    More(&'a str),
    File(&'a MessageFile),
    /// So many rows from its top.
    Picture(&'a Pixels, u16),
    Foot(&'a str),
    Reason(&'a str),
    Remedy,
}

/// Whether it holds text, or names a file, that everyone on the way could read.
pub(super) fn is_clear(message: &Message) -> bool {
    message.protection == Protection::Clear && (message.body.is_some() || may_bring_files(message))
}

/// As much of a text as is drawn, and what is said of the rest.
fn wrapped(
    body: &Clean,
    width: usize,
    mut looked: Looked<'_>,
    mut linker: Linker,
) -> (Vec<Drawn>, Vec<String>) {
    let cut;
    let looked_at = if body.as_str().len() > MAX_BYTES {
        cut = Clean::within(body.as_str(), MAX_BYTES);
        &cut
    } else {
        body
    };
    let mut text = Vec::new();
    // Bytes of the body that are drawn; the last of its lines has no end of line, so it can be one too many.
    let mut drawn = 0;
    for (raw, line) in looked_at.as_str().split('\n').zip(shown::lines(looked_at)) {
        let room = MAX_LINES - text.len();
        if room == 0 {
            break;
        }
        let pieces = text::pieces(&line, width);
        let looks = looked.line(&pieces);
        let links = linker.line(raw, &pieces);
        drawn += if pieces.len() > room {
            raw.len() * room / pieces.len()
        } else {
            raw.len() + 1
        };
        let drawn_lines =
            pieces
                .into_iter()
                .zip(looks.into_iter().zip(links))
                .map(|(piece, (looks, links))| Drawn {
                    words: piece.text,
                    looks,
                    links,
                });
        text.extend(drawn_lines.take(room));
    }
    let left = body.as_str().len().saturating_sub(drawn);
    let more = if left > 0 { rest(left, width) } else { Vec::new() };
    (text, more)
}

/// What begins a text that says what its author does (XEP-0245).
pub(super) const DOES: &str = "/me ";

/// What somebody of this name says that they do.
fn told(name: &str, body: &Clean) -> Option<Clean> {
    let what = body.as_str().strip_prefix(DOES)?;
    Some(Clean::new(&format!("* {name} {what}")))
}

/// What stands for words that are not there.
fn without_words(message: &Message) -> String {
    let what = match (message.retracted, &message.author) {
        (None, _) => "cannot be read",
        (Some(Retracted::Author), Author::Us) => "taken back by you",
        (Some(by), _) => words::retracted(by),
    };
    match &message.moderated {
        Some(why) => format!("[{what}: {}]", shown::one_line(why)),
        None => format!("[{what}]"),
    }
}

/// Words of ours.
fn plain(words: &str, width: usize) -> Vec<Drawn> {
    text::wrap(words, width).into_iter().map(Drawn::plain).collect()
}

/// What stands for `bytes` that are not drawn.
fn rest(bytes: usize, width: usize) -> Vec<String> {
    let much = match bytes {
        0..1_000 => format!("{bytes} bytes"),
        _ => format!("{} KB", bytes.div_ceil(1_000)),
    };
    text::wrap(&format!("[{much} more: copy it to read it all]"), width)
}
