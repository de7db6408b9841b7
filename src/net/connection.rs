//! From an account to an authenticated stream: DNS, TCP, TLS, STARTTLS, SASL; a timeout at every step.

use minidom::Element;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use tokio::sync::mpsc;
use tokio_rustls::client::TlsStream;
use tokio_xmpp::xmlstream::XmlStream;

use crate::authenticate::{Credentials, authenticate};
use crate::dial::{Secured, dial};
pub use crate::failure::{EstablishError, elsewhere, stream_error};
use crate::guard::{Guard, Limits, Replaced};
pub use crate::login::Login;
use crate::moves::Moves;
use crate::prompt::Prompt;
pub use crate::timeouts::Timeouts;
use crate::tls::Facts;
use crate::wire::{NegotiatingStream, StreamAddresses};
use model::failure::NetFailure;
use model::{Clean, Fact, Step};

/// The transport below the XML stream, boxed: TLS behind the guard.
pub type Transport = Box<dyn tokio_xmpp::connect::AsyncReadAndWrite + Send + 'static>;

/// An authenticated stream, before bind or resumption.
pub struct Established {
    pub stream: XmlStream<Transport, Element>,
    /// The post-authentication features.
    pub features: Element,
    /// "TLS 1.3 X25519MLKEM768", "SCRAM-SHA-256-PLUS", …
    pub facts: Vec<Fact>,
    /// The SASL mechanism used.
    pub mechanism: String,
    /// What the guard replaced: (element name, from). Read whenever the stream gave an element.
    pub replaced: mpsc::UnboundedReceiver<Replaced>,
}

/// Connects and authenticates. `step` is told what is being done, in words.
pub async fn establish(
    target: &Login,
    password: &str,
    step: &mut (dyn FnMut(Step) + Send),
) -> Result<Established, EstablishError> {
    establish_within(&Timeouts::default(), target, password, step).await
}

/// [`establish`] with other timeouts.
pub async fn establish_within(
    patience: &Timeouts,
    target: &Login,
    password: &str,
    step: &mut (dyn FnMut(Step) + Send),
) -> Result<Established, EstablishError> {
    establish_moved(patience, target, None, password, step).await
}

/// [`establish_within`], to the place where the server sent us before, if it did.
pub async fn establish_moved(
    patience: &Timeouts,
    target: &Login,
    moved: Option<String>,
    password: &str,
    step: &mut (dyn FnMut(Step) + Send),
) -> Result<Established, EstablishError> {
    let mut moves = Moves::to(moved);
    loop {
        match establish_at(patience, target, moves.place(), password, step).await {
            Err(error) => moves.follow(error)?,
            done => return done,
        }
    }
}

/// One connection and one login.
async fn establish_at(
    patience: &Timeouts,
    target: &Login,
    moved: Option<&str>,
    password: &str,
    step: &mut (dyn FnMut(Step) + Send),
) -> Result<Established, EstablishError> {
    let user = localpart(target)?;
    let mut rng = rng()?;
    let mut under = open(patience, target, moved, &mut rng, step).await?;
    step(Step::LoggingIn);
    let credentials = Credentials {
        user,
        password,
        allow_plain: target.options.allow_plain,
        before: target.mechanism.as_deref(),
    };
    let mechanism = authenticate(
        &mut under.wire,
        &under.features,
        &credentials,
        &under.tls,
        &mut rng,
    )
    .await?;
    // RFC 6120 §6.4.6: the stream begins anew; whatever came after <success/> is refused.
    let mut guard = under.wire.into_inner();
    guard.restart()?;
    let (wire, features) =
        NegotiatingStream::open(guard, ends(patience, target, target.jid.as_str())).await?;
    Ok(Established {
        stream: wire.into_stream().box_stream(),
        features,
        facts: facts(mechanism.name(), &under.tls, &under.server),
        mechanism: mechanism.name().to_owned(),
        replaced: under.replaced,
    })
}

/// What the login was like.
fn facts(mechanism: &'static str, tls: &Facts, server: &str) -> Vec<Fact> {
    let mut facts = vec![
        Fact::Tls(Clean::line(&tls.words)),
        Fact::Mechanism(mechanism),
        Fact::Server(Clean::line(server)),
    ];
    let certificate = tls.valid_until.as_deref().map(Clean::line);
    facts.extend(certificate.map(Fact::CertificateUntil));
    facts
}

/// A stream under TLS, not authenticated yet.
pub(crate) struct SecuredStream {
    pub(crate) wire: NegotiatingStream<Guard<TlsStream<Prompt>>>,
    pub(crate) features: Element,
    tls: Facts,
    server: String,
    replaced: mpsc::UnboundedReceiver<Replaced>,
}

/// Connects up to the first features under TLS.
pub(crate) async fn open(
    patience: &Timeouts,
    target: &Login,
    moved: Option<&str>,
    rng: &mut ChaCha20Rng,
    step: &mut (dyn FnMut(Step) + Send),
) -> Result<SecuredStream, EstablishError> {
    let Secured { io, facts, server } = dial(target, moved, patience, rng, step).await?;
    let (reports, replaced) = mpsc::unbounded_channel();
    let guard = Guard::new(io, Limits::default(), reports);
    let (wire, features) =
        NegotiatingStream::open(guard, ends(patience, target, target.jid.as_str())).await?;
    Ok(SecuredStream {
        wire,
        features,
        tls: facts,
        server,
        replaced,
    })
}

fn ends<'a>(patience: &Timeouts, target: &'a Login, from: &'a str) -> StreamAddresses<'a> {
    StreamAddresses {
        to: target.jid.domain().as_str(),
        from: Some(from),
        patience: patience.step,
    }
}

/// The name to log in with.
pub(crate) fn localpart(target: &Login) -> Result<&str, EstablishError> {
    target
        .jid
        .node()
        .map(|node| node.as_str())
        .ok_or_else(|| EstablishError::stop(NetFailure::NoLocalpart))
}

/// Randomness of this connection: nonces, and the draw among SRV records.
pub(crate) fn rng() -> Result<ChaCha20Rng, EstablishError> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(|_| EstablishError::stop(NetFailure::NoRandom))?;
    Ok(ChaCha20Rng::from_seed(*seed))
}
