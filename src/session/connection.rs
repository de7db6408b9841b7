//! From an account to an authenticated stream: DNS, TCP, TLS, STARTTLS, SASL; a timeout at every step.

use minidom::Element;
use tokio_xmpp::xmlstream::XmlStream;

use crate::api::Failure;
use crate::model::{BareJid, Clean};
use crate::store::accounts::AccountOptions;

/// Where to log in and how.
#[derive(Debug, Clone)]
pub struct Target {
    pub jid: BareJid,
    pub options: AccountOptions,
    /// Host and port that the server named for a resumption (XEP-0198 `location`), tried first.
    pub location: Option<String>,
    /// The strongest mechanism used before; a weaker one is refused.
    pub mechanism: Option<String>,
}

/// The transport below the XML stream, boxed: TLS behind the guard.
pub type Transport = Box<dyn tokio_xmpp::connect::AsyncReadAndWrite + Send + 'static>;

/// An authenticated stream, before bind or resumption.
pub struct Established {
    pub stream: XmlStream<Transport, Element>,
    /// The post-authentication features.
    pub features: Element,
    /// "TLS 1.3", "SCRAM-SHA-256-PLUS", …
    pub facts: Vec<Clean>,
    /// The SASL mechanism used.
    pub mechanism: String,
    /// What the guard replaced: (element name, from). Read whenever the stream gave an element.
    pub replaced: tokio::sync::mpsc::UnboundedReceiver<(String, Option<String>)>,
}

/// Why there is no stream, and whether another try makes sense.
pub struct EstablishError {
    pub failure: Failure,
    pub retry: bool,
}

/// Connects and authenticates. `step` is told what is being done, in words.
pub async fn establish(
    _target: &Target,
    _password: &str,
    _step: &mut (dyn FnMut(Clean) + Send),
) -> Result<Established, EstablishError> {
    todo!()
}

/// Connects, does not authenticate, and registers the account in-band (XEP-0077).
pub async fn register(
    _target: &Target,
    _password: &str,
    _step: &mut (dyn FnMut(Clean) + Send),
) -> Result<(), EstablishError> {
    todo!()
}
