//! The upper edge of the composer: who can read what is typed now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::app::App;
use super::super::recipients::{Recipients, Shield};
use super::super::text;
use super::super::theme::{Glyph, Part};

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &app.facts.theme;
    super::rule(theme, area, buf);
    let Some(open) = &app.open else { return };
    let (_, part) = shield(&open.recipients);
    let room = usize::from(area.width).saturating_sub(3);
    let words = open.recipients.words_in(&open.name, room, theme);
    let after = text::put(
        buf,
        area.x,
        area.y,
        area.right(),
        &format!(" {words} "),
        theme.style(part),
    );
    let below = match open.history.arrived_below() {
        0 if open.history.at_end() => return,
        0 => format!(
            " {} {} newest ",
            theme.glyph(Glyph::Below),
            app.facts.keymap.name(Action::Newest)
        ),
        many => format!(" {} {many} new below ", theme.glyph(Glyph::Below)),
    };
    let x = area
        .right()
        .saturating_sub(u16::try_from(text::width(&below)).unwrap_or(u16::MAX));
    if x > after {
        text::put(buf, x, area.y, area.right(), &below, theme.style(Part::New));
    }
}

/// How the open chat is protected, as a word, and its style.
pub fn shield(recipients: &Recipients) -> (&'static str, Part) {
    match recipients.shield {
        Shield::Verified => ("verified", Part::Good),
        Shield::Encrypted => ("encrypted", Part::Plain),
        Shield::NoKeys => ("no keys", Part::Waiting),
        Shield::Clear => ("IN CLEAR", Part::Bad),
    }
}
