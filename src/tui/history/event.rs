//! Lines that are no messages: their words, with times on the clock of the person, broken for the pane.

use jiff::Zoned;

use crate::ask::Context;
use crate::text;
use model::{ChatEvent, Clean, shown};

/// Columns that are not for words: the one at the left edge, and on either side a rule and a space.
const AROUND: u16 = 7;

/// Bytes of it that are shown: the words of others may be in it.
const LONGEST: usize = 400;

/// What it says. `name`: how the other side is called.
pub(super) fn words(world: &Context<'_>, name: &str, event: &ChatEvent) -> String {
    let this_year = world.now.to_zoned(world.zone.clone()).year();
    let [from, until] = [event.time, event.until].map(|time| time.to_zoned(world.zone.clone()));
    let day = |time: &Zoned| {
        let is_this_year = time.year() == this_year;
        let form = if is_this_year {
            "%-d %b %H:%M"
        } else {
            "%-d %b %Y %H:%M"
        };
        time.strftime(form).to_string()
    };
    let words = words::chat_event(event, name, (&day(&from), &day(&until)));
    shown::one_line(&Clean::within(&words, LONGEST))
}

/// As lines of a pane of `width` columns: as few as there can be, and of those none much longer than the
/// others.
pub(super) fn lines(words: &str, width: u16) -> Vec<String> {
    let most = usize::from(width.saturating_sub(AROUND).max(1));
    let lines = text::wrap(words, most);
    let even = text::width(words).div_ceil(lines.len().max(1));
    let mut narrower = (even..most).map(|columns| text::wrap(words, columns.max(1)));
    narrower
        .find(|narrow| narrow.len() <= lines.len())
        .unwrap_or(lines)
}
