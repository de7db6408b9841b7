//! How large a stanza may be. What is larger than the server takes ends the stream, takes everything behind
//! it along, and would do so again each time: it is not sent at all.

use std::time::Duration;

use minidom::Element;

use crate::counters::Bounds;
use crate::turn::Turn;
use api::{Failure, FailureKind};
use stanza::announced::{self, LEAST_BYTES};
use store::{Result, stream};

/// For so long it counts what the server showed by ending a stream.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3600);

/// What stands around the payload of a request to our own account.
const REQUEST: usize = 200;

/// How much may be sent at once on this stream, as far as that is known.
pub(crate) fn bounds(turn: &Turn<'_>) -> Result<Bounds> {
    let announced = turn.counters.limits.max_bytes.map(bytes);
    // A little less than what the server ended a stream at, not long ago.
    let shown = stream::too_large(turn.tx, turn.own.account)?
        .filter(|(_, when)| turn.now.duration_since(*when).unsigned_abs() < REMEMBERED)
        .map(|(size, _)| bytes(size).saturating_sub(1).max(bytes(LEAST_BYTES)));
    let whole = match (announced, shown) {
        (Some(announced), Some(shown)) => announced.min(shown),
        (Some(known), None) | (None, Some(known)) => known,
        (None, None) => return Ok(Bounds::default()),
    };
    let careful = shown.map_or(whole, |_| bytes(LEAST_BYTES));
    Ok(Bounds { whole, careful })
}

fn bytes(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// How many bytes a request with this payload takes at most.
pub(crate) fn of_request(payload: &Element) -> usize {
    announced::size(payload) + REQUEST
}

/// Why a message does not go whose stanza would take `size` bytes where `bound` are taken, and what helps.
/// `body`: the bytes of its text.
pub(crate) fn too_long(size: usize, bound: usize, body: usize) -> Failure {
    // As much of the text as would have fitted, with some room to spare.
    let fits = (body as u128 * bound as u128 / (size as u128).max(1)) * 9 / 10;
    let part = (fits / 1000).max(1);
    let text = format!(
        "Not sent: this text of {body} bytes takes {size} bytes on its way, and your server takes {bound} at once. Send it in \
         parts of at most {part} KB."
    );
    Failure::new(FailureKind::Other, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_told_with_its_length_and_parts_that_fit() {
        let failure = too_long(300_000, 262_144, 100_000);
        assert_eq!(
            failure.text.as_str(),
            "Not sent: this text of 100000 bytes takes 300000 bytes on its way, and your server takes 262144 at once. Send it in \
             parts of at most 78 KB."
        );
        assert!(
            too_long(20_000, 10_000, 50)
                .text
                .as_str()
                .contains("at most 1 KB")
        );
    }
}
