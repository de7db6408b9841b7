//! Which mechanism: the strongest that both sides have, PLUS where it can be used, never weaker than before
//! (RFC 5802 §6, XEP-0440).

use minidom::Element;

use super::{Hash, SaslError};
use stanza::ns;

/// More names than any honest server lists.
const MAX_NAMES: usize = 64;
/// The only channel binding that this program speaks (RFC 9266).
const TLS_EXPORTER: &str = "tls-exporter";

/// A mechanism that this program speaks. The order is the strength: PLUS proves that nobody sits in the
/// middle, which counts for more than the hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mechanism {
    /// RFC 4616.
    Plain,
    /// SCRAM without channel binding.
    Scram(Hash),
    /// SCRAM with channel binding.
    ScramPlus(Hash),
}

impl Mechanism {
    /// The strongest first.
    const ALL: [Self; 7] = [
        Self::ScramPlus(Hash::Sha512),
        Self::ScramPlus(Hash::Sha256),
        Self::ScramPlus(Hash::Sha1),
        Self::Scram(Hash::Sha512),
        Self::Scram(Hash::Sha256),
        Self::Scram(Hash::Sha1),
        Self::Plain,
    ];

    /// Its registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Scram(Hash::Sha1) => "SCRAM-SHA-1",
            Self::Scram(Hash::Sha256) => "SCRAM-SHA-256",
            Self::Scram(Hash::Sha512) => "SCRAM-SHA-512",
            Self::ScramPlus(Hash::Sha1) => "SCRAM-SHA-1-PLUS",
            Self::ScramPlus(Hash::Sha256) => "SCRAM-SHA-256-PLUS",
            Self::ScramPlus(Hash::Sha512) => "SCRAM-SHA-512-PLUS",
        }
    }

    /// The mechanism of that name, if we speak it.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }
}

/// What the server offers: the lists as they came, since XEP-0474 hashes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// The names in `<mechanisms/>`.
    pub mechanisms: Vec<String>,
    /// The types in `<sasl-channel-binding/>` (XEP-0440), if it was there.
    pub bindings: Option<Vec<String>>,
}

impl Offer {
    /// Reads a `<stream:features/>`.
    pub fn read(features: &Element) -> Result<Self, SaslError> {
        let mechanisms = match features.get_child("mechanisms", ns::SASL) {
            Some(list) => list
                .children()
                .filter(|child| child.is("mechanism", ns::SASL))
                .map(Element::text)
                .collect(),
            None => Vec::new(),
        };
        let bindings = features
            .get_child("sasl-channel-binding", ns::SASL_CB)
            .map(|list| {
                list.children()
                    .filter(|child| child.is("channel-binding", ns::SASL_CB))
                    .filter_map(|child| child.attr("type").map(str::to_owned))
                    .collect::<Vec<_>>()
            });
        if mechanisms.len() > MAX_NAMES || bindings.as_ref().is_some_and(|list| list.len() > MAX_NAMES) {
            return Err(SaslError::Malformed("more mechanisms than any server has"));
        }
        Ok(Self { mechanisms, bindings })
    }

    fn has(&self, mechanism: Mechanism) -> bool {
        self.mechanisms.iter().any(|name| name == mechanism.name())
    }

    fn has_plus(&self) -> bool {
        self.mechanisms.iter().any(|name| name.ends_with("-PLUS"))
    }

    /// The names for people: few and short.
    fn words(&self) -> String {
        let names: Vec<String> = self
            .mechanisms
            .iter()
            .take(8)
            .map(|name| name.chars().take(32).collect())
            .collect();
        if names.is_empty() {
            "nothing".into()
        } else {
            names.join(", ")
        }
    }

    /// The string S of XEP-0474 §"Server Sends Downgrade Protection Hash", steps 1–4.
    pub(super) fn downgrade_string(&self) -> Vec<u8> {
        let mut out = joined(&self.mechanisms);
        if let Some(bindings) = &self.bindings {
            out.push(0x1F);
            out.extend_from_slice(&joined(bindings));
        }
        out
    }
}

/// Sorted by bytes (i;octet), joined by %x1E.
fn joined(names: &[String]) -> Vec<u8> {
    let mut names: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
    names.sort_unstable();
    names.join(&0x1E)
}

/// What we bring to the choice.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The user allowed PLAIN for this account.
    pub allow_plain: bool,
    /// The name of the strongest mechanism that this account has used.
    pub before: Option<&'a str>,
    /// TLS could export keying material that is unique to the connection (TLS 1.3, or 1.2
    /// with extended master secret).
    pub exporter: bool,
    /// The connection is TLS 1.3, whose only channel binding is tls-exporter (RFC 9266 §3).
    pub tls13: bool,
}

/// The gs2 flag (RFC 5802 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// `n`: PLUS is offered, but not with a binding that we can use.
    Unusable,
    /// `y`: we could, the server did not offer it; a server that did then knows that somebody took it out.
    NotOffered,
    /// `p=tls-exporter`.
    Exporter,
}

impl Flag {
    pub(super) fn gs2_header(self) -> &'static str {
        match self {
            Self::Unusable => "n,,",
            Self::NotOffered => "y,,",
            Self::Exporter => "p=tls-exporter,,",
        }
    }
}

/// What is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The mechanism.
    pub mechanism: Mechanism,
    /// The gs2 flag, if it is SCRAM.
    pub flag: Flag,
}

/// The strongest mechanism of `offer` under `terms`.
///
/// PLUS is used if the server lists tls-exporter. A server that lists nothing may have an older binding only
/// (ejabberd 23.01 offers PLUS on TLS 1.3 and refuses tls-exporter), so there PLUS is used only if it was
/// used before and the connection is TLS 1.3: who strips the list later makes the login fail. Announced
/// bindings without any PLUS mechanism (XEP-0440 rule 5) are answered with `y`, which an honest server
/// refuses by itself if somebody stripped its list.
pub fn choose(offer: &Offer, terms: &Terms<'_>) -> Result<Choice, SaslError> {
    let before = terms.before.and_then(Mechanism::named);
    let listed = match offer.bindings.as_deref() {
        Some([]) | None => terms.tls13 && matches!(before, Some(Mechanism::ScramPlus(_))),
        Some(list) => list.iter().any(|kind| kind == TLS_EXPORTER),
    };
    let usable = listed && terms.exporter;
    let mechanism = Mechanism::ALL
        .into_iter()
        .filter(|mechanism| match mechanism {
            Mechanism::ScramPlus(_) => usable,
            Mechanism::Scram(_) => true,
            Mechanism::Plain => terms.allow_plain,
        })
        .find(|mechanism| offer.has(*mechanism))
        .ok_or_else(|| nothing(offer))?;
    if let Some(before) = before
        && mechanism < before
    {
        return Err(SaslError::Weaker {
            offered: mechanism.name(),
            before: before.name(),
        });
    }
    let flag = match mechanism {
        Mechanism::ScramPlus(_) => Flag::Exporter,
        _ if offer.has_plus() => Flag::Unusable,
        _ => Flag::NotOffered,
    };
    Ok(Choice { mechanism, flag })
}

fn nothing(offer: &Offer) -> SaslError {
    if offer.has(Mechanism::Plain) {
        SaslError::OnlyPlain
    } else {
        SaslError::NoneInCommon(offer.words())
    }
}

#[cfg(test)]
mod tests;
