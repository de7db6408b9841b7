//! What cannot succeed is not repeated for ever. A stanza at which the server ends the stream is sent again
//! on the next one, first of all, and ends that too: nothing else leaves any more. So who was on the way when
//! a stream ended is remembered.
//!
//! - The server said that something was too large: the largest stanza that it had not acknowledged is
//!   meant, or is too large as well. A message fails; of anything else (a bundle) the size is remembered,
//!   so that the next one is smaller.
//! - It ended the stream without saying so: from then on messages go one by one, each after the one
//!   before was acknowledged (`messages::outgoing`), so that the innocent leave. The one that it
//!   happens to again, alone, fails.
//!
//! A line that breaks says little by itself, so one more such end is waited for. Silence says
//! nothing: networks are silent.

use minidom::Element;

use crate::counters::{Counters, Sent};
use crate::follow_ups::FollowUp;
use crate::input::Ended;
use crate::turn::Turn;
use model::{Left, MessageFailure};
use stanza::announced::LEAST_BYTES;
use store::outbox::{self, Outgoing as Row};
use store::{Result, left, stream};

/// A message that so many streams ended after is not sent again: the server closed them in
/// good order, or with an error.
const MOST_CLOSED: u8 = 2;
/// The same where the line was cut, which anybody on the way can do.
const MOST_CUT: u8 = 3;

/// What a stream error (RFC 6120 §4.9.3) says about what we sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Something was too large.
    TooLarge,
    /// Something that we sent may be the reason.
    AtUs,
    /// It has its reason elsewhere.
    OfItself,
}

/// Conditions that have nothing to do with what we sent.
const ELSEWHERE: [&str; 9] = [
    "conflict",
    "connection-timeout",
    "host-gone",
    "host-unknown",
    "not-authorized",
    "remote-connection-failed",
    "reset",
    "see-other-host",
    "system-shutdown",
];

impl Ending {
    /// Reads a `<stream:error/>`. Prosody names the size by an element of its own (RFC 6120
    /// §13.12), ejabberd in words.
    pub(crate) fn of(error: &Element) -> Self {
        if error.children().any(|child| child.name() == "stanza-too-big") {
            return Self::TooLarge;
        }
        let condition = error.children().find(|child| child.name() != "text");
        let condition = condition.map_or("undefined-condition", Element::name);
        let text = error.children().find(|child| child.name() == "text");
        let text = text.map(|text| text.text().to_lowercase()).unwrap_or_default();
        let size = ["too big", "too large", "too long", "stanza size"];
        if condition == "policy-violation" && size.iter().any(|words| text.contains(words)) {
            return Self::TooLarge;
        }
        match ELSEWHERE.contains(&condition) {
            true => Self::OfItself,
            false => Self::AtUs,
        }
    }
}

/// Something large that is no message and was on its way when streams ended: its size,
/// and how many streams in a row.
#[derive(Debug, Default)]
pub(crate) struct Suspects {
    large: (usize, u8),
}

impl Suspects {
    /// The server ended the stream with an error.
    pub(crate) fn on_error(&mut self, turn: &mut Turn<'_>, ending: Ending) -> Result<()> {
        match ending {
            Ending::TooLarge => too_large(turn),
            Ending::AtUs => self.ended(turn, MOST_CLOSED),
            Ending::OfItself => Ok(()),
        }
    }

    /// The stream ended without a word.
    pub(crate) fn on_ended(&mut self, turn: &mut Turn<'_>, ended: Ended) -> Result<()> {
        let most = match ended {
            Ended::Closed => MOST_CLOSED,
            Ended::Cut => MOST_CUT,
        };
        self.ended(turn, most)
    }

    fn ended(&mut self, turn: &mut Turn<'_>, most: u8) -> Result<()> {
        let (largest, message) = largest(turn.counters);
        // Less than that every server takes.
        if largest > bytes(LEAST_BYTES) && message.is_none() {
            let before = Some(self.large.1).filter(|_| self.large.0 == largest);
            self.large = (largest, before.unwrap_or(0).saturating_add(1));
            if self.large.1 >= most {
                remember(turn, largest)?;
            }
            return Ok(());
        }
        let mut rows: Vec<Row> = Vec::new();
        for id in turn.counters.open().filter_map(Sent::row) {
            rows.extend(outbox::get(turn.tx, id)?);
        }
        match rows.as_slice() {
            [alone] => {
                let blamed = alone.blamed.saturating_add(1);
                if blamed >= most {
                    return fail(turn, alone, followed(alone, blamed));
                }
                outbox::set_blamed(turn.tx, alone.id, blamed)
            }
            several => several
                .iter()
                .try_for_each(|row| outbox::set_blamed(turn.tx, row.id, row.blamed.max(1))),
        }
    }
}

/// Something was larger than the server takes, and it said so.
fn too_large(turn: &mut Turn<'_>) -> Result<()> {
    let (size, message) = largest(turn.counters);
    if size > bytes(LEAST_BYTES) {
        remember(turn, size)?;
    }
    let row = match message {
        Some(id) => outbox::get(turn.tx, id)?,
        None => None,
    };
    let Some(row) = row else { return Ok(()) };
    if row.about.is_none() {
        left::set(turn.tx, row.message, Left::Refused)?;
    }
    fail(turn, &row, MessageFailure::TooLarge { size })
}

/// The row is not sent again.
fn fail(turn: &mut Turn<'_>, row: &Row, failure: MessageFailure) -> Result<()> {
    outbox::remove(turn.tx, row.id)?;
    turn.follow(FollowUp::RowFailed(Box::new(row.clone()), failure));
    Ok(())
}

/// The size of the largest stanza that is not acknowledged, the first of several, and whose
/// row it is if it is a message.
fn largest(counters: &Counters) -> (usize, Option<i64>) {
    let mut found = (counters.beside(), None);
    for sent in counters.open() {
        if sent.size > found.0 {
            found = (sent.size, sent.row());
        }
    }
    found
}

fn remember(turn: &Turn<'_>, size: usize) -> Result<()> {
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    stream::set_too_large(turn.tx, turn.own.account, size, turn.now)
}

fn bytes(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Why a message that streams ended after is not repeated.
fn followed(row: &Row, streams: u8) -> MessageFailure {
    let size = row.stanza.as_deref().map_or(0, str::len);
    MessageFailure::StreamsEnded { streams, size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ending(inside: &str) -> Ending {
        let error = format!("<error xmlns='http://etherx.jabber.org/streams'>{inside}</error>");
        Ending::of(&error.parse().unwrap())
    }

    #[test]
    fn it_is_known_which_errors_are_about_the_size_or_about_us() {
        let streams = "xmlns='urn:ietf:params:xml:ns:xmpp-streams'";
        for (inside, expected) in [
            // RFC 6120 and Prosody; ejabberd.
            (
                format!("<policy-violation {streams}/><stanza-too-big xmlns='urn:xmpp:errors'/>"),
                Ending::TooLarge,
            ),
            (
                format!("<policy-violation {streams}/><text {streams}>XML stanza is too big</text>"),
                Ending::TooLarge,
            ),
            (
                format!("<text {streams}>Too large</text><policy-violation {streams}/>"),
                Ending::TooLarge,
            ),
            (format!("<policy-violation {streams}/>"), Ending::AtUs),
            (format!("<not-well-formed {streams}/>"), Ending::AtUs),
            (String::new(), Ending::AtUs),
            (format!("<conflict {streams}/>"), Ending::OfItself),
            (format!("<system-shutdown {streams}/>"), Ending::OfItself),
        ] {
            assert_eq!(ending(&inside), expected, "{inside}");
        }
    }
}
