//! The SASL exchange over a stream (RFC 6120 §6.4): carries the messages of [`sasl`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minidom::Element;
use rand_core::CryptoRng;
use tokio::io::{AsyncBufRead, AsyncWrite};
use zeroize::Zeroizing;

use crate::failure::EstablishError;
use crate::tls::Facts;
use crate::wire::{NegotiatingStream, unexpected};
use model::failure::{Doing, Expected, NetFailure};
use sasl::scram::{ClientFirst, Verified};
use sasl::{Choice, Mechanism, Offer, SaslError, Terms, choose, plain};
use stanza::ns;

/// With what to log in.
pub(crate) struct Credentials<'a> {
    /// Localpart of the JID.
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) allow_plain: bool,
    /// The strongest mechanism used before.
    pub(crate) before: Option<&'a str>,
}

/// Logs in; the stream has to be restarted after it. Returns the mechanism.
pub(crate) async fn authenticate<Io: AsyncBufRead + AsyncWrite + Unpin>(
    wire: &mut NegotiatingStream<Io>,
    features: &Element,
    credentials: &Credentials<'_>,
    tls: &Facts,
    rng: &mut (dyn CryptoRng + Send),
) -> Result<Mechanism, EstablishError> {
    let offer = Offer::read(features)?;
    let terms = Terms {
        allow_plain: credentials.allow_plain,
        before: credentials.before,
        exporter: !tls.exporter.is_empty(),
        tls13: tls.tls13,
    };
    let choice = choose(&offer, &terms)?;
    match choice.mechanism {
        Mechanism::Plain => by_plain(wire, credentials).await?,
        Mechanism::Scram(_) | Mechanism::ScramPlus(_) => {
            let (user, password) = (credentials.user, credentials.password);
            let first = ClientFirst::new(choice, &offer, user, password, &tls.exporter, rng)?;
            // The proof of the server is what this function must not return without.
            let Verified { .. } = by_scram(wire, choice, first).await?;
        }
    }
    Ok(choice.mechanism)
}

async fn by_plain<Io: AsyncBufRead + AsyncWrite + Unpin>(
    wire: &mut NegotiatingStream<Io>,
    credentials: &Credentials<'_>,
) -> Result<(), EstablishError> {
    let message = plain(credentials.user, credentials.password)?;
    wire.send(&auth(Mechanism::Plain, &message)).await?;
    match answer(wire).await? {
        ServerAnswer::Success(_) => Ok(()),
        ServerAnswer::Challenge(_) => Err(SaslError::Malformed("a challenge to PLAIN").into()),
    }
}

async fn by_scram<Io: AsyncBufRead + AsyncWrite + Unpin>(
    wire: &mut NegotiatingStream<Io>,
    choice: Choice,
    first: ClientFirst,
) -> Result<Verified, EstablishError> {
    wire.send(&auth(choice.mechanism, first.message().as_bytes()))
        .await?;
    let ServerAnswer::Challenge(challenge) = answer(wire).await? else {
        return Err(SaslError::Unproved.into());
    };
    let challenged = first.receive(&challenge)?;
    // Up to seconds of work: not on the thread that everything else waits for.
    let last = tokio::task::spawn_blocking(move || challenged.prove())
        .await
        .map_err(|_| EstablishError::again(NetFailure::Interrupted))?;
    wire.send(&response(last.message().as_bytes())).await?;
    match answer(wire).await? {
        ServerAnswer::Success(proof) => Ok(last.verify(&proof)?),
        // The server's last message may come as a challenge of its own, to be answered by nothing.
        ServerAnswer::Challenge(proof) => {
            let verified = last.verify(&proof)?;
            wire.send(&response(b"")).await?;
            match answer(wire).await? {
                ServerAnswer::Success(_) => Ok(verified),
                ServerAnswer::Challenge(_) => Err(SaslError::Malformed("a challenge after the end").into()),
            }
        }
    }
}

enum ServerAnswer {
    Challenge(Vec<u8>),
    Success(Vec<u8>),
}

/// The server's next word in the exchange.
async fn answer<Io: AsyncBufRead + AsyncWrite + Unpin>(
    wire: &mut NegotiatingStream<Io>,
) -> Result<ServerAnswer, EstablishError> {
    let element = wire.receive(Doing::LoggingIn).await?;
    if element.is("challenge", ns::SASL) {
        return Ok(ServerAnswer::Challenge(payload(&element)?));
    }
    if element.is("success", ns::SASL) {
        return Ok(ServerAnswer::Success(payload(&element)?));
    }
    if element.is("failure", ns::SASL) {
        return Err(refused(&element).into());
    }
    Err(unexpected(Expected::Login))
}

/// The defined condition of a `<failure/>` (RFC 6120 §6.5).
fn refused(failure: &Element) -> SaslError {
    let condition = failure
        .children()
        .find(|child| child.has_ns(ns::SASL) && child.name() != "text")
        .map_or("not-authorized", Element::name);
    match condition {
        "temporary-auth-failure" => SaslError::Temporary,
        other => SaslError::Refused(
            other
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
                .take(64)
                .collect(),
        ),
    }
}

/// Base64, or `=` for data of no length.
fn payload(element: &Element) -> Result<Vec<u8>, SaslError> {
    let text = element.text();
    match text.trim() {
        "=" => Ok(Vec::new()),
        text => BASE64
            .decode(text)
            .map_err(|_| SaslError::Malformed("not base64")),
    }
}

fn auth(mechanism: Mechanism, message: &[u8]) -> Element {
    let text = Zeroizing::new(BASE64.encode(message));
    let name = minidom::rxml::xml_ncname!("mechanism").to_owned();
    Element::builder("auth", ns::SASL)
        .attr(name, mechanism.name())
        .append(text.as_str())
        .build()
}

fn response(message: &[u8]) -> Element {
    Element::builder("response", ns::SASL)
        .append(BASE64.encode(message))
        .build()
}
