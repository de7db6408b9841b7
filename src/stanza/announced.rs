//! What a server says of the limits of a stream (XEP-0478), in the features before the login and again after
//! it; what counts against them.

use std::time::Duration;

use minidom::Element;

use super::ns;
use super::xml::{number, only_child};

/// RFC 6120 §13.12: no server may refuse stanzas of fewer bytes, so a smaller number is not believed.
pub const LEAST_BYTES: u32 = 10_000;

/// Bytes a second of the slowest line that is waited for: some servers read no more than
/// ten thousand from a client.
const SLOWEST: u64 = 2_000;

/// How long such a line takes for so many bytes.
pub fn time_for(bytes: usize) -> Duration {
    Duration::from_millis((bytes as u64).saturating_mul(1_000) / SLOWEST)
}

/// How many bytes `element` is on the wire, without a copy of it: it may hold a password.
pub fn size(element: &Element) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.saturating_add(part.len());
            Ok(part.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // A count does not fail; an element that cannot be written is refused where it is sent.
    let _ = element.write_to(&mut count);
    count.0
}

/// The limits that the server announced for this stream; None: it said nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StreamLimits {
    /// The largest first-level element that it takes, in bytes as they go over the wire.
    pub max_bytes: Option<u32>,
    /// After so many seconds without a word from us it may take the stream for dead.
    pub idle_seconds: Option<u32>,
}

impl StreamLimits {
    /// Reads a `<stream:features/>`.
    pub fn read(features: &Element) -> Self {
        let Some(limits) = only_child(features, "limits", ns::LIMITS) else {
            return Self::default();
        };
        let value = |name| {
            let child = only_child(limits, name, ns::LIMITS)?;
            number(child.text().trim()).filter(|value| *value > 0)
        };
        Self {
            max_bytes: value("max-bytes").map(|bytes: u32| bytes.max(LEAST_BYTES)),
            idle_seconds: value("idle-seconds"),
        }
    }

    /// Whether an element of `bytes` may be sent.
    pub fn allow(&self, bytes: usize) -> bool {
        self.max_bytes
            .is_none_or(|most| u32::try_from(bytes).is_ok_and(|bytes| bytes <= most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inside: &str) -> (Option<u32>, Option<u32>) {
        let features = format!("<features xmlns='http://etherx.jabber.org/streams'>{inside}</features>");
        let limits = StreamLimits::read(&features.parse().unwrap());
        (limits.max_bytes, limits.idle_seconds)
    }

    #[test]
    fn what_the_server_says_is_read_and_what_makes_no_sense_is_not() {
        let limits = |inside: &str| {
            read(&format!(
                "<limits xmlns='urn:xmpp:stream-limits:0'>{inside}</limits>"
            ))
        };
        assert_eq!(
            limits("<max-bytes>262144</max-bytes><idle-seconds> 1800\n</idle-seconds>"),
            (Some(262_144), Some(1800))
        );
        assert_eq!(limits("<max-bytes>10000</max-bytes>"), (Some(10_000), None));
        assert_eq!(limits("<max-bytes>12</max-bytes>"), (Some(10_000), None));
        for none in [
            "",
            "<max-bytes/>",
            "<max-bytes>0</max-bytes>",
            "<max-bytes>-1</max-bytes>",
            "<max-bytes>4294967296</max-bytes>",
            "<max-bytes>20000</max-bytes><max-bytes>30000</max-bytes>",
            "<idle-seconds>soon</idle-seconds>",
        ] {
            assert_eq!(limits(none), (None, None), "{none}");
        }
        assert_eq!(
            read("<limits xmlns='urn:xmpp:stream-limits:1'><max-bytes>20000</max-bytes></limits>"),
            (None, None)
        );
        assert_eq!(read(""), (None, None));
    }

    #[test]
    fn without_a_word_everything_may_be_sent() {
        let limits = |max_bytes| StreamLimits {
            max_bytes,
            idle_seconds: None,
        };
        assert!(limits(None).allow(usize::MAX));
        assert!(limits(Some(10_000)).allow(10_000));
        assert!(!limits(Some(10_000)).allow(10_001));
        assert!(!limits(Some(u32::MAX)).allow(usize::MAX));
    }
}
