//! The upper edge of the composer: who can read what is typed now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::app::{App, OpenChat, Standing};
use crate::recipients::{ChatSecurity, Recipients};
use crate::text;
use crate::theme::{Glyph, Part};

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &app.facts.theme;
    let mut free = area;
    if let Some(open) = &app.chat_pane.open {
        let (_, part) = security(&open.recipients);
        let room = usize::from(area.width).saturating_sub(3);
        let words = match words(app, open, room) {
            Some(words) => text::fit(&words, room, theme.glyph(Glyph::Cut)),
            None => open.recipients.words_in(&open.name, room, theme),
        };
        let after = text::put(
            buf,
            area.x,
            area.y,
            area.right(),
            &format!(" {words} "),
            theme.style(part),
        );
        let below = below(app, open);
        let columns = u16::try_from(text::width(&below)).unwrap_or(u16::MAX);
        let mut edge = area.right();
        if columns > 0 && columns < edge.saturating_sub(after) {
            edge -= columns;
            text::put(buf, edge, area.y, area.right(), &below, theme.style(Part::New));
        }
        free = Rect {
            x: after,
            width: edge.saturating_sub(after),
            ..area
        };
    }
    // Last, since a style that is painted over leaves its modifiers behind.
    super::rule(theme, free, buf);
}

/// What stands there instead of who can read it, in at most `room` columns if that can be; of a stranger only
/// while nothing is written to them.
fn words(app: &App, open: &OpenChat, room: usize) -> Option<String> {
    let said = match open.standing {
        Standing::Blocked => [
            format!("{} is blocked, nothing is sent: /unblock", open.name),
            "blocked: /unblock".to_owned(),
        ],
        Standing::Request if app.chat_pane.composer.is_empty() => [
            "a stranger, told of nothing: /accept, /delete, /block; writing accepts".to_owned(),
            "a stranger: /accept /delete /block".to_owned(),
        ],
        Standing::Request | Standing::Chat => return None,
    };
    let [long, short] = said;
    Some(if text::width(&long) <= room { long } else { short })
}

/// What lies below what is in sight.
fn below(app: &App, open: &OpenChat) -> String {
    let glyph = app.facts.theme.glyph(Glyph::Below);
    match open.history.arrived_below() {
        0 if open.history.at_end() => String::new(),
        0 => format!(" {glyph} {} newest ", app.facts.keymap.name(Action::Newest)),
        many => format!(" {glyph} {many} new below "),
    }
}

/// How the open chat is protected, as a word, and its style.
pub fn security(recipients: &Recipients) -> (&'static str, Part) {
    match recipients.security {
        ChatSecurity::Verified => ("verified", Part::Good),
        ChatSecurity::Encrypted => ("encrypted", Part::Plain),
        ChatSecurity::NoKeys => ("no keys", Part::Waiting),
        ChatSecurity::Asked => ("decide", Part::Waiting),
        ChatSecurity::Clear => ("IN CLEAR", Part::Bad),
    }
}
