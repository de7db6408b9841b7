//! Making an account on the server (XEP-0077), over a connection that is not logged in.

use jid::Jid;
use minidom::Element;

use crate::connection::{Login, Timeouts, localpart, open, rng};
use crate::failure::{EstablishError, words};
use crate::moves::Moves;
use crate::wire::unexpected;
use api::FailureKind;
use model::Clean;
use sasl::prepare;
use stanza::iq::{self, IqKind, StanzaError};
use stanza::register::{self, Form};

/// Connects, does not authenticate, and registers the account in-band (XEP-0077).
pub async fn register(
    target: &Login,
    password: &str,
    step: &mut (dyn FnMut(Clean) + Send),
) -> Result<(), EstablishError> {
    register_within(&Timeouts::default(), target, password, step).await
}

/// [`register()`] with other timeouts.
pub async fn register_within(
    patience: &Timeouts,
    target: &Login,
    password: &str,
    step: &mut (dyn FnMut(Clean) + Send),
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
    step: &mut (dyn FnMut(Clean) + Send),
) -> Result<(), EstablishError> {
    let user = localpart(target)?;
    let mut wire = open(patience, target, moved, &mut rng()?, step).await?.wire;
    step(Clean::line("asking what the server wants of new accounts"));
    let server = Jid::from(target.jid.domain().to_owned());
    wire.send(&iq::get(Some(&server), "form", register::query()))
        .await?;
    let form = match result(&wire.receive("asking for the form").await?, "form")? {
        Some(query) => register::parse_form(&query).ok_or_else(|| unexpected("as the form"))?,
        None => return Err(unexpected("as the form")),
    };
    if let Form::Other(wants) = form {
        return Err(EstablishError::stop(
            FailureKind::Answered,
            format!("No account was made: {}.", words(wants.as_str())),
        ));
    }
    step(Clean::line("making the account"));
    wire.send(&iq::set(Some(&server), "make", register::submit(user, password)))
        .await?;
    result(&wire.receive("making the account").await?, "make")?;
    Ok(())
}

/// The payload of the result of request `id`.
fn result(element: &Element, id: &str) -> Result<Option<Element>, EstablishError> {
    match iq::parse(element) {
        Some(answer) if answer.id == id => match answer.kind {
            IqKind::Result(payload) => Ok(payload),
            IqKind::Error(error) => Err(refused(&error)),
            IqKind::Get(_) | IqKind::Set(_) => Err(unexpected("during the registration")),
        },
        _ => Err(unexpected("during the registration")),
    }
}

/// XEP-0077 §3.1.1 and what servers say beside it.
fn refused(error: &StanzaError) -> EstablishError {
    let sentence = match error.condition.as_str() {
        "conflict" => "This name is taken; choose another, or log in if it is yours (`susurro account add`).".to_owned(),
        "not-allowed" | "forbidden" | "service-unavailable" | "feature-not-implemented" | "not-authorized" => {
            "This server does not let programs make accounts; make one on its web page, then log in (`susurro account add`)."
                .to_owned()
        }
        "resource-constraint" | "wait" => "The server wants you to wait before another account is made; try again later.".to_owned(),
        "not-acceptable" | "bad-request" | "jid-malformed" => {
            "The server does not accept this name or password; choose another.".to_owned()
        }
        other => format!("The server refused to make the account ({}); ask its operator, or try another server.", words(other)),
    };
    let sentence = match &error.text {
        Some(text) => format!("{sentence} The server says: \"{}\"", words(text.as_str())),
        None => sentence,
    };
    EstablishError::stop(FailureKind::Answered, sentence)
}
