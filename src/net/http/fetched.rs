//! An answer whose head is there, and whose body comes piece by piece.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_RANGE, ETAG, HeaderName, LOCATION};
use tokio::time::{Instant, timeout};

use super::{Driver, HttpError, HttpTimeouts};
use model::FilesFailure;

/// An answer to a GET.
pub struct Fetched {
    response: Response<Incoming>,
    timeouts: HttpTimeouts,
    /// Since when is counted whether enough comes, and how much did since.
    window: (Instant, u64),
    _driver: Driver,
}

impl Fetched {
    pub(super) fn new(response: Response<Incoming>, driver: Driver, timeouts: HttpTimeouts) -> Self {
        Self {
            response,
            timeouts,
            window: (Instant::now(), 0),
            _driver: driver,
        }
    }

    /// Where it sends us on to, if it does.
    pub(super) fn sent_on(&self) -> Option<&str> {
        let sends = matches!(self.status(), 301 | 302 | 303 | 307 | 308);
        // Nowhere at all is no address either.
        sends.then(|| self.header(LOCATION).unwrap_or_default())
    }

    /// Itself, if it is a success, and no part unless that was asked for.
    pub(super) fn checked(self, part: bool) -> Result<Self, HttpError> {
        match self.status() {
            200 => Ok(self),
            206 if part => Ok(self),
            status => Err(HttpError::of_status(status)),
        }
    }

    fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    fn header(&self, name: HeaderName) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// How many bytes its body has, if it says so.
    pub fn length(&self) -> Option<u64> {
        self.response.body().size_hint().exact()
    }

    /// What the host names these bytes.
    pub fn etag(&self) -> Option<&str> {
        self.header(ETAG)
    }

    /// Which byte of the file its body begins with, and how many the file has if it says so: of a part. None:
    /// it is the whole file, or says nothing that makes sense.
    pub fn part(&self) -> Option<(u64, Option<u64>)> {
        if self.status() != 206 {
            return None;
        }
        content_range(self.header(CONTENT_RANGE)?)
    }

    /// Whether it is the whole file.
    pub fn is_whole(&self) -> bool {
        self.status() == 200
    }

    /// Whether the bytes are not those of the file, though nothing else was asked for.
    pub fn is_encoded(&self) -> bool {
        self.header(CONTENT_ENCODING)
            .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity"))
    }

    /// The next piece; None: that was all of it.
    ///
    /// # Errors
    /// The connection broke, or too little comes.
    pub async fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        loop {
            let frame = timeout(self.timeouts.silence, self.response.body_mut().frame())
                .await
                .map_err(|_| HttpError::again(FilesFailure::TimedOut))?;
            let Some(frame) = frame else {
                return Ok(None);
            };
            // Trailers say nothing to us.
            let Ok(piece) = frame?.into_data() else {
                continue;
            };
            self.count(piece.len() as u64)?;
            return Ok(Some(piece));
        }
    }

    /// A host that sends a byte now and then would keep us for ever.
    fn count(&mut self, came: u64) -> Result<(), HttpError> {
        let (since, count) = &mut self.window;
        *count += came;
        if since.elapsed() < self.timeouts.window {
            return Ok(());
        }
        let enough = *count >= self.timeouts.least;
        self.window = (Instant::now(), 0);
        match enough {
            true => Ok(()),
            false => Err(HttpError::stop(FilesFailure::TimedOut)),
        }
    }
}

/// RFC 9110 §14.4. The last byte is not looked at: Prosody names the one behind it.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, whole) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    let whole = match whole {
        "*" => None,
        whole => Some(whole.parse().ok()?),
    };
    Some((first.parse().ok()?, whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_says_where_it_begins() {
        assert_eq!(content_range("bytes 5-9/10"), Some((5, Some(10))));
        // Prosody 0.12 and 13.
        assert_eq!(content_range("bytes 5-10/10"), Some((5, Some(10))));
        assert_eq!(content_range("bytes 5-9/*"), Some((5, None)));
        for wrong in [
            "bytes */10",
            "bytes 5-9",
            "5-9/10",
            "bytes x-9/10",
            "bytes 5-9/x",
            "",
        ] {
            assert_eq!(content_range(wrong), None, "{wrong}");
        }
    }
}
