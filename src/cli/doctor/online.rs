//! The way to the server, and what the server can do.

use std::time::Duration;

use super::probe::Probe;
use super::{Report, keys};
use crate::cli::client::{interrupted, runtime};
use crate::cli::interrupt::Interrupts;
use crate::cli::{Code, Exit};
use model::{Clean, Step};
use net::connection::{self, Established, Login};
use net::guard::{Replaced, Why};
use omemo::OwnDevice;
use stanza::{Element, disco, ns};
use store::accounts::Account;
use words::Face;

/// How long all of it may take; the steps have limits of their own.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Logs in, and reports every step of it and what the server offers.
pub fn check(report: &mut Report, account: &Account, own: Option<&OwnDevice>) -> Result<(), Exit> {
    runtime()?.block_on(async {
        let mut interrupts =
            Interrupts::new().map_err(|error| Exit::other(format!("No signals can be heard: {error}.")))?;
        tokio::select! {
            done = tokio::time::timeout(TIMEOUT, examine(report, account, own)) => match done {
                Ok(done) => done,
                Err(_) => Err(Exit::new(Code::TimedOut, "The server is too slow to be examined. Try again.")),
            },
            () = interrupts.wait() => Err(interrupted()),
        }
    })
}

async fn examine(report: &mut Report, account: &Account, own: Option<&OwnDevice>) -> Result<(), Exit> {
    let target = Login {
        jid: account.jid.clone(),
        options: account.options.clone(),
        location: None,
        mechanism: account.mechanism.clone(),
    };
    let mut steps: Vec<String> = Vec::new();
    let mut step = |step: Step| steps.push(words::step(&step).as_str().to_owned());
    let established = match connection::establish(&target, &account.password, &mut step).await {
        Ok(established) => established,
        Err(failure) => {
            // The last step is the one that failed; those before it went well.
            let failed = steps.pop().unwrap_or_else(|| "connecting".to_owned());
            for step in steps {
                report.ok(step)?;
            }
            let failure = failure.failure;
            return report.fail(
                failure.kind().into(),
                failed,
                words::failure(Face::Commands, &failure).as_str(),
            );
        }
    };
    for step in steps {
        report.ok(step)?;
    }
    login(report, &established)?;
    stream_features(report, &established.features)?;
    let mut probe = Probe::new(established.stream, account.jid.clone());
    let mut left_out = established.replaced;
    if let Err(why) = probe.bind().await {
        return report.fail(
            Code::Answered,
            format!("no resource could be bound: {why}"),
            "try again; ask the server's operator",
        );
    }
    disco_features(report, &mut probe).await?;
    keys::check(report, &mut probe, own).await?;
    probe.close().await;
    while let Ok(replaced) = left_out.try_recv() {
        unread(report, &replaced)?;
    }
    Ok(())
}

/// What came meanwhile and could not be read as it was.
fn unread(report: &mut Report, replaced: &Replaced) -> Result<(), Exit> {
    let from = Clean::line(replaced.from.as_deref().unwrap_or("the server"));
    let name = Clean::line(&replaced.name);
    let what = match replaced.why {
        Why::TooMuch => "is too large or too deep",
        Why::Malformed { .. } => "is not valid XML",
    };
    report.warn(
        format!(
            "a <{}> from {} {what}; it was left out",
            name.as_str(),
            from.as_str()
        ),
        "everything else goes on; if it comes again, ask them what their program sends",
    )
}

/// What the login was like.
fn login(report: &mut Report, established: &Established) -> Result<(), Exit> {
    let facts: Vec<Clean> = established.facts.iter().map(words::fact).collect();
    let facts: Vec<&str> = facts.iter().map(Clean::as_str).collect();
    report.ok(format!("logged in ({})", facts.join(", ")))?;
    let mechanism = established.mechanism.as_str();
    if mechanism.ends_with("-PLUS") {
        report.ok("the login is bound to the TLS connection (channel binding)")
    } else if mechanism == "PLAIN" {
        report.warn(
            "the password itself is sent to the server (PLAIN)",
            "ask the server's operator for SCRAM, then add the account without --allow-plain",
        )
    } else {
        report.warn(
            "the login is not bound to the TLS connection: a false certificate would not be noticed by it",
            "ask the server's operator for channel binding (SCRAM-…-PLUS)",
        )
    }
}

/// What the stream offers after the login.
fn stream_features(report: &mut Report, features: &Element) -> Result<(), Exit> {
    for (name, namespace, what, remedy) in [(
        "sm",
        ns::SM,
        "stream management (XEP-0198)",
        "without it a lost connection is noticed late; ask the server's operator",
    )] {
        if features.has_child(name, namespace) {
            report.ok(what)?;
        } else {
            report.warn(format!("the server has no {what}"), remedy)?;
        }
    }
    Ok(())
}

/// What the own account's PEP service can do.
async fn disco_features(report: &mut Report, probe: &mut Probe) -> Result<(), Exit> {
    let account = probe.get(disco::info_query()).await;
    let server = probe.get_server(disco::info_query()).await;
    let info = |answer: Result<Option<Element>, _>| {
        answer
            .ok()
            .flatten()
            .and_then(|query| disco::parse_info(&query))
            .unwrap_or_default()
    };
    let (account, server) = (info(account), info(server));
    let pep = [&account, &server]
        .iter()
        .any(|info| info.identities.iter().any(|identity| identity == "pubsub/pep"));
    if !pep {
        report.fail(
            Code::Answered,
            "the server has no personal eventing (PEP, XEP-0163), which OMEMO needs for its keys",
            "ask the server's operator, or take an account elsewhere",
        )?;
        return Ok(());
    }
    report.ok("personal eventing (PEP, XEP-0163)")?;
    let has = |feature: &str| {
        [&account, &server]
            .iter()
            .any(|info| info.features.iter().any(|f| f == feature))
    };
    if has(ns::PUBLISH_OPTIONS) {
        report.ok("publishing with options (XEP-0060)")
    } else {
        report.warn(
            "the server does not publish with options",
            "the keys are opened to everybody in a second step; nothing to do",
        )
    }
}
