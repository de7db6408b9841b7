//! `susurro account list`.

use serde::{Serialize, Serializer};

use crate::cli::args::Common;
use crate::cli::open::{OpenProfile, with_profile};
use crate::cli::{Exit, json, output, render};
use model::BareJid;
use store::accounts::{self, Account};
use store::omemo;

pub fn run(common: &Common, json: bool) -> Result<(), Exit> {
    with_profile(common, |opened| list(opened, json))
}

fn list(opened: &mut OpenProfile, json: bool) -> Result<(), Exit> {
    let rows = opened.read(|tx| {
        let proved = accounts::all(tx)?.into_iter().filter(|account| account.proved);
        proved
            .map(|account| Ok(ListedAccount::new(&account, omemo::own_device(tx, account.id)?)))
            .collect::<store::Result<Vec<ListedAccount>>>()
    })?;
    if rows.is_empty() {
        output::say("There is no account yet. Add yours with: susurro account add JID");
    }
    let lines: Result<Vec<String>, Exit> = rows
        .iter()
        .map(|row| {
            if json {
                json::object(&row.jid, row)
            } else {
                Ok(row.line())
            }
        })
        .collect();
    output::results(lines?)
}

/// What is said of an account; never its password.
#[derive(Debug, Serialize)]
struct ListedAccount {
    #[serde(serialize_with = "address")]
    jid: BareJid,
    server: Option<String>,
    direct_tls: bool,
    ca_file: bool,
    allow_plain: bool,
    mechanism: Option<String>,
    device: Option<u32>,
    fingerprint: Option<String>,
    /// The form that clients of OMEMO 2 show.
    fingerprint_ed25519: Option<String>,
}

fn address<S: Serializer>(jid: &BareJid, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(jid.as_str())
}

impl ListedAccount {
    fn new(account: &Account, own: Option<::omemo::OwnDevice>) -> Self {
        let options = &account.options;
        Self {
            jid: account.jid.clone(),
            server: options.server.as_ref().map(|(host, port)| {
                if host.contains(':') {
                    format!("[{host}]:{port}")
                } else {
                    format!("{host}:{port}")
                }
            }),
            direct_tls: options.direct_tls,
            ca_file: options.ca_pem.is_some(),
            allow_plain: options.allow_plain,
            mechanism: account.mechanism.clone(),
            device: own.as_ref().map(|own| own.id.get()),
            fingerprint: own.as_ref().map(|own| own.identity.public().fingerprint().hex()),
            fingerprint_ed25519: own.map(|own| own.identity.ed25519().hex()),
        }
    }

    fn line(&self) -> String {
        let mut line = render::identifier(self.jid.as_str());
        if let Some(server) = &self.server {
            line.push_str(&format!(" at {}", render::identifier(server)));
        }
        for (on, words) in [
            (self.direct_tls, ", direct TLS"),
            (self.ca_file, ", own CA file"),
            (self.allow_plain, ", PLAIN permitted"),
        ] {
            if on {
                line.push_str(words);
            }
        }
        if let Some(mechanism) = &self.mechanism {
            line.push_str(&format!(", {}", render::identifier(mechanism)));
        }
        if let Some(device) = self.device {
            line.push_str(&format!(", device {device}"));
        }
        line
    }
}
