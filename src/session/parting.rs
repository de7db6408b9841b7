//! How the other end let go of a stream. A server that is given more than it takes says why, closes and reads no further: our
//! writing fails then, and its reason stands in what we have not read yet.

use std::io;
use std::time::Duration;

use futures::StreamExt;
use minidom::Element;
use tokio::time::{Instant, timeout_at};
use tokio_xmpp::xmlstream::XmlStream;

use super::connection::Transport;
use crate::protocol::Ended;
use crate::stanza::ns;

/// How long the last words of a server are waited for once nothing can be written any more.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Why something could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unwritten {
    /// The other end reads no more.
    Late,
    /// The connection is gone.
    Broken,
}

/// What an error of reading says about who ended the connection; None: nothing.
pub(super) fn how(error: &io::Error) -> Option<Ended> {
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Some(Ended::Cut),
        // The encrypted connection was closed in good order, in the middle of the stream.
        _ => {
            let parser = error.get_ref()?.downcast_ref::<minidom::rxml::Error>()?;
            matches!(parser, minidom::rxml::Error::InvalidEof(_)).then_some(Ended::Closed)
        }
    }
}

/// The stream error that the server sent before it closed. What else it sent is not acknowledged and comes again.
pub(super) async fn last_words(stream: &mut XmlStream<Transport, Element>) -> Option<Element> {
    let deadline = Instant::now() + LAST_WORDS;
    while let Ok(Some(Ok(element))) = timeout_at(deadline, stream.next()).await {
        if element.is("error", ns::STREAM) {
            return Some(element);
        }
    }
    None
}
