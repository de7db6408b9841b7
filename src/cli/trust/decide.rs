//! `susurro trust verify` and `distrust`: one key that was typed, or those of a link.

use super::{Known, known};
use crate::cli::args::KeyChoice;
use crate::cli::client::fetch_keys;
use crate::cli::open::OpenProfile;
use crate::cli::{Exit, offline, output, render, words};
use api::Command;
use model::{BareJid, Fingerprint, Trust};
use store::omemo::{self, KeyTrust};

/// What is to become of the key with this fingerprint, which may have either form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub fingerprint: Fingerprint,
    pub trust: Trust,
}

impl Decision {
    /// What was asked for. A link may say of some keys that they are to be distrusted.
    pub fn all(key: &KeyChoice, trust: Trust) -> Result<Vec<Self>, Exit> {
        let named = |keys: &[Fingerprint], trust| {
            let of = |fingerprint: &Fingerprint| Self {
                fingerprint: *fingerprint,
                trust,
            };
            keys.iter().map(of).collect::<Vec<_>>()
        };
        let (good, bad) = (&key.whose.trust, &key.whose.distrust);
        let link = !good.is_empty() || !bad.is_empty();
        match (link, key.fingerprint.is_empty()) {
            (true, false) => Err(Exit::usage(
                "The fingerprint stands in the link already: give one or the other.",
            )),
            (false, true) => Err(Exit::usage(
                "A fingerprint is needed: 64 hexadecimal digits (0-9, a-f), or a link with it.",
            )),
            (false, false) => Ok(vec![Self {
                fingerprint: typed(key)?,
                trust,
            }]),
            (true, true) if trust == Trust::Distrusted => {
                Ok([named(good, trust), named(bad, trust)].concat())
            }
            (true, true) => Ok([named(good, trust), named(bad, Trust::Distrusted)].concat()),
        }
    }
}

/// The fingerprint, which may come as one argument or in groups.
fn typed(key: &KeyChoice) -> Result<Fingerprint, Exit> {
    Fingerprint::parse(&key.fingerprint.join(" "))
        .ok_or_else(|| Exit::usage("A fingerprint has 64 hexadecimal digits (0-9, a-f)."))
}

/// All of them or none: a key that is not known may be a mistake in the others too.
pub fn decide(opened: &mut OpenProfile, jid: &BareJid, decisions: &[Decision]) -> Result<(), Exit> {
    let account = opened.account()?;
    let lookup = |opened: &mut OpenProfile| {
        opened.read(|tx| {
            let named = |decision: &Decision| omemo::key_named(tx, account.id, jid, &decision.fingerprint);
            decisions
                .iter()
                .map(named)
                .collect::<Result<Vec<Option<KeyTrust>>, _>>()
        })
    };
    let mut asked = Ok(());
    if lookup(opened)?.iter().any(Option::is_none) {
        asked = fetch_keys(opened, jid);
    }
    let mut keys = Vec::new();
    for (decision, key) in decisions.iter().zip(lookup(opened)?) {
        match key {
            Some(key) => keys.push((decision.trust, key)),
            // Without an answer of the server nothing can be said about a key that is not known.
            None => {
                return Err(asked
                    .err()
                    .unwrap_or(unknown(opened, jid, &decision.fingerprint)?));
            }
        }
    }
    let set = |(trust, key): &(Trust, KeyTrust)| Command::SetTrust {
        jid: jid.clone(),
        fingerprint: key.identity.fingerprint(),
        trust: *trust,
    };
    let stopped = offline::perform(opened, keys.iter().map(set).collect())?;
    for (decision, (trust, _)) in decisions.iter().zip(&keys) {
        let jid = render::identifier(jid.as_str());
        let trust = words::trust(*trust);
        let fingerprint = decision.fingerprint.grouped();
        output::say(format!("The key {fingerprint} of {jid} is {trust} now."));
    }
    if stopped > 0 {
        output::say(format!(
            "{stopped} waiting messages were encrypted to this key before and are not sent. Send them anew."
        ));
    }
    Ok(())
}

/// The refusal of a fingerprint that does not belong to `jid`, with those that do.
fn unknown(opened: &mut OpenProfile, jid: &BareJid, fingerprint: &Fingerprint) -> Result<Exit, Exit> {
    let account = opened.account()?.id;
    let (known, own) = opened.read(|tx| Ok((known(tx, account, jid)?, omemo::own_device(tx, account)?)))?;
    let ours = own.is_some_and(|own| {
        let forms = [own.identity.public().fingerprint().0, own.identity.ed25519().0];
        forms.contains(&fingerprint.0)
    });
    Ok(if ours {
        Exit::other(
            "This is the fingerprint of this device: the other person compares it. Nothing is changed.",
        )
    } else {
        not_theirs(jid, &known)
    })
}

pub(super) fn not_theirs(jid: &BareJid, known: &[Known]) -> Exit {
    let jid = render::identifier(jid.as_str());
    if known.is_empty() {
        return Exit::other(format!(
            "No key of {jid} is known: they publish none, or show them only to contacts (`susurro contact add {jid}`)."
        ));
    }
    let known: Vec<String> = known
        .iter()
        .map(|known| {
            let fingerprint = known.key.identity.fingerprint().grouped();
            let newer = known.key.ed25519.map_or_else(String::new, |form| {
                format!(", as Kaidan and Converse show it {}", form.grouped())
            });
            format!("{fingerprint} ({}){newer}", words::trust(known.key.trust))
        })
        .collect();
    Exit::other(format!(
        "{jid} has no key with this fingerprint, and nothing is changed. Known are: {}",
        known.join("; ")
    ))
}
