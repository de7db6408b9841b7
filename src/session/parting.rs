//! How the other end let go of a stream. A server that is given more than it takes says why, closes and reads no further: our
//! writing fails then, and its reason stands in what we have not read yet.

use std::io;
use std::time::Duration;

use futures::StreamExt;
use minidom::Element;
use tokio::time::{Instant, timeout_at};
use tokio_xmpp::xmlstream::{ReadError, XmlStream};

use net::connection::Transport;
use net::guard::GuardError;
use protocol::Ended;
use stanza::ns;

/// How long the last words of a server are waited for once nothing can be written any more.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(3);

/// Why something could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unwritten {
    /// The other end reads no more.
    Late,
    /// The connection is gone.
    Broken,
}

/// What an error of reading says about who ended the connection; None: nothing.
pub(crate) fn how(error: &io::Error) -> Option<Ended> {
    if let Some(guard) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<GuardError>())
    {
        return match guard {
            GuardError::Closed => Some(Ended::Closed),
            GuardError::Cut => Some(Ended::Cut),
            _ => None,
        };
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Some(Ended::Cut),
        _ => None,
    }
}

/// What is read when nothing can be written any more, or need be.
#[derive(Debug)]
pub(crate) enum Words {
    /// A stanza.
    Stanza(Element),
    /// A stream error.
    Said(Element),
    /// Nothing more; how the connection ended, if it did.
    Nothing(Option<Ended>),
}

/// The next of what the server sent before it closed.
pub(crate) async fn next_word(stream: &mut XmlStream<Transport, Element>, deadline: Instant) -> Words {
    loop {
        match timeout_at(deadline, stream.next()).await {
            Ok(Some(Ok(element))) if element.is("error", ns::STREAM) => return Words::Said(element),
            Ok(Some(Ok(element))) => return Words::Stanza(element),
            Ok(Some(Err(ReadError::SoftTimeout | ReadError::ParseError(_)))) => {}
            Ok(Some(Err(ReadError::HardError(error)))) => return Words::Nothing(how(&error)),
            Ok(Some(Err(ReadError::StreamFooterReceived)) | None) => {
                return Words::Nothing(Some(Ended::Closed));
            }
            Err(_) => return Words::Nothing(None),
        }
    }
}
