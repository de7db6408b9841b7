//! The line above the composer where what is written is no message of its own.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::app::App;
use crate::theme::{Glyph, Part};

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(words) = app.chat_pane.heading() else {
        return;
    };
    let theme = &app.facts.theme;
    let left = [
        (format!(" {} ", theme.glyph(Glyph::Wall)), Part::Waiting),
        (words.to_owned(), Part::Dim),
    ];
    let key = app.facts.keymap.name(Action::Back);
    let right = [
        (format!(" {key}"), Part::KeyName),
        (" drops it ".to_owned(), Part::Dim),
    ];
    super::line(buf, area, theme, &left, &right);
}
