//! How large a stanza may be. What is larger than the server takes ends the stream, takes everything behind
//! it along, and would do so again each time: it is not sent at all.

use std::time::Duration;

use minidom::Element;

use crate::counters::Bounds;
use crate::turn::Turn;
use model::{AddressedDevice, Audience, Means, MessageFailure};
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

/// What a key takes at least, for a device that knows us, and for one that is written to for the first time.
const OF_KEY: (usize, usize) = (160, 280);

/// Whether what is sealed for so many devices is larger than the server takes, whatever the words are: that
/// is known before anything is sealed.
pub(crate) fn too_many(turn: &Turn<'_>, audience: &Audience) -> Option<MessageFailure> {
    let of_key = |device: &AddressedDevice| match device.means {
        Means::Session => OF_KEY.0,
        _ => OF_KEY.1,
    };
    let sizes: Vec<usize> = audience.written().map(|(_, device)| of_key(device)).collect();
    let bound = turn.counters.bounds.whole;
    (sizes.iter().sum::<usize>() > bound).then(|| MessageFailure::TooManyDevices {
        devices: sizes.len(),
        most: bound / OF_KEY.0,
    })
}

fn bytes(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// How many bytes a request with this payload takes at most.
pub(crate) fn of_request(payload: &Element) -> usize {
    announced::size(payload) + REQUEST
}
