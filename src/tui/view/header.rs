//! The first line: who we are and how the connection stands, in words.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::action::Action;
use crate::app::App;
use crate::layout::{Areas, TWO_PANES};
use crate::text;
use crate::theme::{Glyph, Part, Theme};
use api::{CatchUp, Connection};
use model::{Step, shown};
use words::Face;

pub fn draw(app: &App, areas: &Areas, buf: &mut Buffer) {
    let area = areas.header;
    let theme = &app.facts.theme;
    let dot = format!(" {} ", theme.glyph(Glyph::Dot));
    let (states, part) = state(app);
    let help = format!(" {} help ", app.facts.keymap.name(Action::Help));
    let mut waits = Spans::new();
    // Where the list is seen it says so itself.
    if areas.list.is_empty() {
        waits.extend(unread(app).map(|words| (format!(" {words} "), Part::New)));
        waits.extend(requests(app).map(|words| (format!(" {words} "), Part::Waiting)));
    }
    let right = beside(area, &states, waits, (help, Part::Dim));
    let taken: usize = right.iter().map(|(span, _)| text::width(span)).sum();
    let room = usize::from(area.width).saturating_sub(taken);
    let (name, state) = fitting(&names(app, area.width, &dot), &states, &dot, room);
    let mut left = name;
    left.push((if left.is_empty() { " ".to_owned() } else { dot }, Part::Dim));
    left.push((state, part));
    super::line(buf, area, theme, &left, &right);
}

/// What stands at the right: how the connection stands goes before what waits, and that
/// before the key of the help.
fn beside(area: Rect, states: &[String], waits: Spans, help: (String, Part)) -> Spans {
    let least = states
        .iter()
        .map(|state| text::width(state) + 1)
        .min()
        .unwrap_or(0);
    let fits = |spans: &Spans| {
        let taken: usize = spans.iter().map(|(span, _)| text::width(span)).sum();
        taken + least <= usize::from(area.width)
    };
    let both = [waits.clone(), vec![help.clone()]].concat();
    match (fits(&both), !waits.is_empty() && fits(&waits)) {
        (true, _) => both,
        (false, true) => waits,
        (false, false) => vec![help],
    }
}

/// How much is unread in other chats than the open one.
fn unread(app: &App) -> Option<String> {
    let others = app.list_pane.list.entries.iter();
    let others = others.filter(|entry| Some(&entry.peer) != app.facts.chat.as_ref());
    match others.map(|entry| entry.unread).sum::<u64>() {
        0 => None,
        unread => Some(format!("{unread} unread")),
    }
}

/// How many strangers wait, all in one.
pub(super) fn requests(app: &App) -> Option<String> {
    match app.list_pane.requests {
        0 => None,
        1 => Some("1 request".to_owned()),
        many => Some(format!("{many} requests")),
    }
}

type Spans = Vec<(String, Part)>;

/// Who we are, from the longest to nothing: how the connection stands matters more.
fn names(app: &App, width: u16, dot: &str) -> Vec<Spans> {
    let own = shown::identifier(app.facts.own.as_str());
    let program = vec![
        (" susurro".to_owned(), Part::Title),
        (format!("{dot}{own}"), Part::Dim),
    ];
    let alone = vec![(format!(" {own}"), Part::Dim)];
    let mut names = vec![program, alone, Vec::new()];
    if width < TWO_PANES {
        names.remove(0);
    }
    names
}

/// The first pair that fits, else the last: a state gets shorter before the name does.
fn fitting(names: &[Spans], states: &[String], dot: &str, room: usize) -> (Spans, String) {
    let width = |name: &Spans| match name.is_empty() {
        true => 1,
        false => name.iter().map(|(span, _)| text::width(span)).sum::<usize>() + text::width(dot),
    };
    let pairs = names
        .iter()
        .flat_map(|name| states.iter().map(move |state| (name, state)));
    let last = pairs.clone().last();
    pairs
        .into_iter()
        .find(|(name, state)| width(name) + text::width(state) <= room)
        .or(last)
        .map(|(name, state)| (name.clone(), state.clone()))
        .unwrap_or_default()
}

/// The connection in words, the longest first; when the next try is, as a time of day, which stays true
/// without being painted again. It is kept longer than the cause, which the footer has said.
fn state(app: &App) -> (Vec<String>, Part) {
    let one = |words: &str| vec![words.to_owned()];
    match &app.facts.connectivity.connection {
        Connection::Connecting { step } => (vec![connecting(step, &app.facts.theme)], Part::Waiting),
        Connection::Online(_) if app.facts.connectivity.keys_refused.is_some() => {
            let states = [
                "online, but nobody can encrypt to this device",
                "online, keys refused",
            ];
            (states.map(str::to_owned).to_vec(), Part::Bad)
        }
        Connection::Online(_) => (catching_up(app), Part::Good),
        Connection::Waiting { why, next_try } => {
            let at = next_try.to_zoned(app.facts.zone.clone()).strftime("%H:%M:%S");
            let short = format!("offline, next try at {at}");
            let long = format!("{short}: {}", shown::one_line(&words::failure(Face::Screen, why)));
            (vec![long, short], Part::Waiting)
        }
        Connection::Stopped { .. } => (one("stopped: /connect tries again"), Part::Bad),
    }
}

/// What is being read of the archive, while it is.
fn catching_up(app: &App) -> Vec<String> {
    let one = "online".to_owned();
    let (messages, long) = match app.facts.connectivity.catch_up {
        CatchUp::Failed { next_try } => {
            let at = next_try.to_zoned(app.facts.zone.clone()).strftime("%H:%M:%S");
            let short = "online, archive does not answer";
            return vec![format!("{short}: next try at {at}"), short.to_owned(), one];
        }
        CatchUp::Since { messages } => (messages, format!("online, catching up: {}", count(messages))),
        CatchUp::Back { messages, reached } => {
            let reached = reached.to_zoned(app.facts.zone.clone()).strftime("%-d %b");
            (messages, format!("online, reading back to {reached}"))
        }
        CatchUp::Done => (0, String::new()),
    };
    match messages {
        0 => vec![one],
        _ => vec![long, one],
    }
}

fn count(messages: u64) -> String {
    match messages {
        1 => "1 message".to_owned(),
        many => format!("{many} messages"),
    }
}

fn connecting(step: &Step, theme: &Theme) -> String {
    format!(
        "{}{}",
        shown::one_line(&words::step(step)),
        theme.glyph(Glyph::Cut)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Capabilities;

    #[test]
    fn a_step_that_goes_on_is_ascii_where_only_that_can_be_shown() {
        let theme = |unicode| {
            Theme::new(Capabilities {
                colour: false,
                unicode,
            })
        };
        let step = Step::LookingUp(model::Clean::line("mired.test"));
        assert_eq!(connecting(&step, &theme(false)), "looking up mired.test~");
        assert_eq!(connecting(&step, &theme(true)), "looking up mired.test…");
    }
}
