//! The first line: who we are and how the connection stands, in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::action::Action;
use super::super::app::App;
use super::super::layout::TWO_PANES;
use super::super::theme::{Glyph, Part, Theme};
use crate::api::Connection;
use crate::model::{Clean, shown};

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let theme = &app.facts.theme;
    let dot = format!(" {} ", theme.glyph(Glyph::Dot));
    let (state, part) = state(app);
    let own = shown::identifier(app.facts.own.as_str());
    let mut left = match area.width {
        // How the connection stands matters more than our name.
        0..TWO_PANES => vec![(format!(" {own}"), Part::Dim)],
        _ => vec![
            (" susurro".to_owned(), Part::Title),
            (format!("{dot}{own}"), Part::Dim),
        ],
    };
    left.extend([(dot, Part::Dim), (state, part)]);
    let help = format!(" {} help ", app.facts.keymap.name(Action::Help));
    super::line(buf, area, theme, &left, &[(help, Part::Dim)]);
}

/// The connection in words; when the next try is, as a time of day, which stays true without being painted again.
fn state(app: &App) -> (String, Part) {
    match &app.connection {
        Connection::Connecting { step } => (connecting(step, &app.facts.theme), Part::Waiting),
        Connection::Online(_) if app.keys_refused.is_some() => (
            "online, but nobody can encrypt to this device".to_owned(),
            Part::Bad,
        ),
        Connection::Online(_) => ("online".to_owned(), Part::Good),
        Connection::Waiting { why, next_try } => {
            let at = next_try.to_zoned(app.facts.zone.clone()).strftime("%H:%M:%S");
            let why = shown::one_line(&why.text);
            (format!("offline, next try at {at}: {why}"), Part::Waiting)
        }
        Connection::Stopped { .. } => ("stopped: /connect tries again".to_owned(), Part::Bad),
    }
}

fn connecting(step: &Clean, theme: &Theme) -> String {
    format!("{}{}", shown::one_line(step), theme.glyph(Glyph::Cut))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Means;

    #[test]
    fn a_step_that_goes_on_is_ascii_where_only_that_can_be_shown() {
        let theme = |unicode| {
            Theme::new(Means {
                colour: false,
                unicode,
            })
        };
        let step = Clean::line("looking up the server");
        assert_eq!(connecting(&step, &theme(false)), "looking up the server~");
        assert_eq!(connecting(&step, &theme(true)), "looking up the server…");
    }
}
