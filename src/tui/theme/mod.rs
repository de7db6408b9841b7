//! Colours and glyphs. State is never colour alone: every glyph has a word beside it somewhere, an ASCII
//! twin, and without colour a modifier (bold, dim, reversed, underlined) tells the same.
//!
//! Parts of the screen have the 16 colours that the person's own terminal theme defines, never a background
//! of ours. Names have colours of their own ([`hue`]), legible on black and on white.

use ratatui::style::{Color, Modifier, Style};

pub use capabilities::{Capabilities, Depth, has_links};
use hue::Palette;
use model::Availability;

mod capabilities;
mod hue;
mod pixel;

/// Every style and glyph that the screen uses.
#[derive(Debug, Clone)]
pub struct Theme {
    pub capabilities: Capabilities,
    palette: Palette,
    depth: Depth,
}

/// The glyphs, named by what they mean.
///
/// Each is one column wide ([`Glyph::Delivered`] and [`Glyph::Displayed`] two), and none can be shown as an
/// emoji.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    /// Encrypted, every key that is written to verified: ◆ / v
    Verified,
    /// Encrypted, not verified: ○ / o
    Unverified,
    /// Needs the person: ! / !
    Attention,
    /// … / .
    Queued,
    /// ✓ / +
    Sent,
    /// ✓✓ / ++
    Delivered,
    /// ✓● / +*
    Displayed,
    /// ✗ / x
    Failed,
    /// ▸ / >
    Current,
    /// │ / |
    Wall,
    /// ─ / -
    Rule,
    /// ┼ / +
    Cross,
    /// … / ~  (text was cut here)
    Cut,
    /// ● / *  (is here)
    Here,
    /// ◐ / -  (is away)
    Away,
    /// ⊘ / /  (is not to be disturbed)
    Busy,
    /// ▼ / v  (more below)
    Below,
    /// ▲ / ^  (more above)
    Above,
    /// · / -  (between facts)
    Dot,
    /// └ / `  (stands beneath a message and belongs to it)
    Foot,
    /// ■ / =  (a file that is here)
    File,
    /// █ / #  (so much of it is done)
    Done,
    /// ░ / .  (so much is not)
    ToDo,
}

/// What a piece of the screen is, for its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Plain,
    /// Less important: times, hints, rules.
    Dim,
    /// Titles, names of pages.
    Title,
    /// The chosen row.
    Chosen,
    /// Unread counts and the "new" line.
    New,
    /// Verified, done, online.
    Good,
    /// Waits, not verified, connecting.
    Waiting,
    /// Failed, refused, IN CLEAR, cannot be read.
    Bad,
    /// A key's name in a hint.
    KeyName,
    /// Own messages' name.
    Own,
}

impl Theme {
    /// For a terminal with 256 colours, if it has any.
    pub fn new(capabilities: Capabilities) -> Self {
        Self::with_depth(capabilities, Depth::Indexed)
    }

    pub fn with_depth(capabilities: Capabilities, depth: Depth) -> Self {
        Self {
            capabilities,
            palette: Palette::new(depth),
            depth,
        }
    }

    /// Whether pictures can be painted: in colours that the terminal's theme does not make its own.
    pub fn has_pictures(&self) -> bool {
        self.capabilities.colour && self.capabilities.unicode && self.depth != Depth::Sixteen
    }

    /// The nearest colour to a pixel's.
    pub fn pixel(&self, rgb: [u8; 3]) -> Color {
        pixel::nearest(self.depth, rgb)
    }

    pub fn glyph(&self, glyph: Glyph) -> &'static str {
        let (unicode, ascii) = glyph.twins();
        if self.capabilities.unicode { unicode } else { ascii }
    }

    pub fn style(&self, part: Part) -> Style {
        if self.capabilities.colour {
            coloured(part)
        } else {
            monochrome(part)
        }
    }

    /// The style of a person's name: XEP-0392 angle of the bare JID, in a room of the nick, made legible on
    /// light and dark; bold without colour.
    pub fn person(&self, jid: &str) -> Style {
        if self.capabilities.colour {
            Style::new().fg(self.palette.nearest(hue::angle(jid)))
        } else {
            Style::new().add_modifier(Modifier::BOLD)
        }
    }
}

impl Glyph {
    /// The shape beside the name of somebody who is online.
    pub fn of(availability: Availability) -> Self {
        match availability {
            Availability::Chat | Availability::Here => Self::Here,
            Availability::Away | Availability::LongAway => Self::Away,
            Availability::DoNotDisturb => Self::Busy,
        }
    }

    /// Every one of them.
    pub const ALL: [Self; 23] = [
        Self::Verified,
        Self::Unverified,
        Self::Attention,
        Self::Queued,
        Self::Sent,
        Self::Delivered,
        Self::Displayed,
        Self::Failed,
        Self::Current,
        Self::Wall,
        Self::Rule,
        Self::Cross,
        Self::Cut,
        Self::Here,
        Self::Away,
        Self::Busy,
        Self::Below,
        Self::Above,
        Self::Dot,
        Self::Foot,
        Self::File,
        Self::Done,
        Self::ToDo,
    ];

    /// In Unicode and in ASCII. ✔ and ✖ would be clearer, but terminals that draw them as
    /// emoji give them two columns.
    fn twins(self) -> (&'static str, &'static str) {
        match self {
            Self::Verified => ("◆", "v"),
            Self::Unverified => ("○", "o"),
            Self::Attention => ("!", "!"),
            Self::Queued => ("…", "."),
            Self::Sent => ("✓", "+"),
            Self::Delivered => ("✓✓", "++"),
            Self::Displayed => ("✓●", "+*"),
            Self::Failed => ("✗", "x"),
            Self::Current => ("▸", ">"),
            Self::Wall => ("│", "|"),
            Self::Rule => ("─", "-"),
            Self::Cross => ("┼", "+"),
            Self::Cut => ("…", "~"),
            Self::Here => ("●", "*"),
            Self::Away => ("◐", "-"),
            Self::Busy => ("⊘", "/"),
            Self::Below => ("▼", "v"),
            Self::Above => ("▲", "^"),
            Self::Dot => ("·", "-"),
            Self::Foot => ("└", "`"),
            Self::File => ("■", "="),
            Self::Done => ("█", "#"),
            Self::ToDo => ("░", "."),
        }
    }
}

fn coloured(part: Part) -> Style {
    let style = Style::new();
    match part {
        Part::Plain => style,
        // No grey: in some themes it is the colour of the background.
        Part::Dim => style.add_modifier(Modifier::DIM),
        Part::Title | Part::KeyName | Part::Own => style.add_modifier(Modifier::BOLD),
        Part::Chosen => style.add_modifier(Modifier::REVERSED),
        Part::New => style.fg(Color::Magenta).add_modifier(Modifier::BOLD),
        Part::Good => style.fg(Color::Green),
        Part::Waiting => style.fg(Color::Yellow),
        Part::Bad => style.fg(Color::Red).add_modifier(Modifier::BOLD),
    }
}

fn monochrome(part: Part) -> Style {
    Style::new().add_modifier(match part {
        // Names of others are bold.
        Part::Plain | Part::Own => Modifier::empty(),
        Part::Dim => Modifier::DIM,
        Part::Title | Part::KeyName | Part::Good => Modifier::BOLD,
        Part::Chosen => Modifier::REVERSED,
        Part::New => Modifier::BOLD | Modifier::UNDERLINED,
        Part::Waiting => Modifier::UNDERLINED,
        Part::Bad => Modifier::BOLD | Modifier::REVERSED,
    })
}

#[cfg(test)]
mod tests;
