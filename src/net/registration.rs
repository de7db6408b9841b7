//! Making an account on the server (XEP-0077), over a connection that is not logged in.

use jid::Jid;
use minidom::Element;

use crate::connection::{Login, Timeouts, localpart, open, rng};
use crate::failure::{EstablishError, short};
use crate::moves::Moves;
use crate::wire::unexpected;
use model::Step;
use model::failure::{Doing, Expected, RegistrationFailure, RegistrationRefusal};
use sasl::prepare;
use stanza::iq::{self, IqKind, StanzaError};
use stanza::register::{self, Form};

/// Connects, does not authenticate, and registers the account in-band (XEP-0077).
pub async fn register(
    target: &Login,
    password: &str,
    step: &mut (dyn FnMut(Step) + Send),
) -> Result<(), EstablishError> {
    register_within(&Timeouts::default(), target, password, step).await
}

/// [`register()`] with other timeouts.
pub async fn register_within(
    patience: &Timeouts,
    target: &Login,
    password: &str,
    step: &mut (dyn FnMut(Step) + Send),
) -> Result<(), EstablishError> {
    // A password that could never log in is not worth an account.
    prepare(password)?;
    let mut moves = Moves::default();
    loop {
        match register_at(patience, target, moves.place(), password, step).await {
            Err(error) => moves.follow(error)?,
            done => return done,
        }
    }
}

/// One connection and one try.
async fn register_at(
    patience: &Timeouts,
    target: &Login,
    moved: Option<&str>,
    password: &str,
    step: &mut (dyn FnMut(Step) + Send),
) -> Result<(), EstablishError> {
    let user = localpart(target)?;
    let mut wire = open(patience, target, moved, &mut rng()?, step).await?.wire;
    step(Step::AskingForForm);
    let server = Jid::from(target.jid.domain().to_owned());
    wire.send(&iq::get(Some(&server), "form", register::query()))
        .await?;
    let form = match result(&wire.receive(Doing::AskingForForm).await?, "form")? {
        Some(query) => register::parse_form(&query).ok_or_else(|| unexpected(Expected::Form))?,
        None => return Err(unexpected(Expected::Form)),
    };
    if let Form::Other { wants, says } = form {
        let (why, said) = (RegistrationRefusal::Wants(wants), says);
        return Err(EstablishError::stop(RegistrationFailure { why, said }));
    }
    step(Step::MakingAccount);
    wire.send(&iq::set(Some(&server), "make", register::submit(user, password)))
        .await?;
    result(&wire.receive(Doing::MakingAccount).await?, "make")?;
    Ok(())
}

/// The payload of the result of request `id`.
fn result(element: &Element, id: &str) -> Result<Option<Element>, EstablishError> {
    match iq::parse(element) {
        Some(answer) if answer.id == id => match answer.kind {
            IqKind::Result(payload) => Ok(payload),
            IqKind::Error(error) => Err(refused(&error)),
            IqKind::Get(_) | IqKind::Set(_) => Err(unexpected(Expected::Registration)),
        },
        _ => Err(unexpected(Expected::Registration)),
    }
}

/// XEP-0077 §3.1.1 and what servers say beside it.
fn refused(error: &StanzaError) -> EstablishError {
    let why = match error.condition.as_str() {
        "conflict" => RegistrationRefusal::Taken,
        "not-allowed"
        | "forbidden"
        | "service-unavailable"
        | "feature-not-implemented"
        | "not-authorized" => RegistrationRefusal::NotAllowed,
        "resource-constraint" | "wait" => RegistrationRefusal::Wait,
        "not-acceptable" | "bad-request" | "jid-malformed" => RegistrationRefusal::NotAcceptable,
        other => RegistrationRefusal::Other(short(other)),
    };
    let said = error.text.as_ref().map(|text| short(text.as_str()));
    EstablishError::stop(RegistrationFailure { why, said })
}
