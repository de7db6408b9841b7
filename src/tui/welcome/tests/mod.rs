//! The steps, key by key: what is asked for when, and that nothing that was typed is lost.

mod fields;
mod looks;
mod steps;

use jiff::tz::TimeZone;
use zeroize::Zeroizing;

use super::*;
use crate::host::{Check, NewAccount, Refused};
use crate::theme::Capabilities;
use api::{FailureKind, Secret};
use model::address::{self, Wrong};
use model::{BareJid, Clean, Ed25519Fingerprint, Fact, Fingerprint};

const GOOD: &str = "violet hammer staple plume";
const MONO: Capabilities = Capabilities {
    colour: false,
    unicode: true,
};

fn start(first: First) -> Start {
    Start {
        first,
        capabilities: MONO,
        keymap: Keymap::default(),
        mouse: false,
        hide_offline: false,
        bell: true,
        links: false,
        zone: TimeZone::UTC,
        weakness: |text| (text.len() < 12).then(|| Clean::line("It is too short. Use a few words.")),
        strength: |text| Clean::line(if text.len() < 12 { "too short" } else { "very good" }),
        six_words: || secret("one two three four five six"),
        address: |text| match address::typed(text) {
            Ok(jid) if jid.node().is_some() => Ok(jid),
            Ok(_) | Err(Wrong::Word) => Err("the name before the @ is missing".to_owned()),
            Err(_) => Err("not an address like bob@mired.test".to_owned()),
        },
        server: |text| {
            let (host, port) = text
                .split_once(':')
                .map_or((text, None), |(host, port)| (host, Some(port)));
            match port.map(str::parse) {
                None => Ok((host.to_owned(), None)),
                Some(Ok(port)) => Ok((host.to_owned(), Some(port))),
                Some(Err(_)) => Err("that is no port".to_owned()),
            }
        },
        ca_file: |text| match text.contains("nowhere") {
            true => Err("the CA file cannot be read".to_owned()),
            false => Ok(text.into()),
        },
        name: |text| match text.len() {
            0..=100 => Ok(text.to_owned()),
            _ => Err("a name is shorter".to_owned()),
        },
    }
}

fn secret(text: &str) -> Secret {
    Secret(Zeroizing::new(text.to_owned()))
}

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

fn no(text: &str) -> HostAnswer {
    HostAnswer::Refused(Refused::new(FailureKind::Other, text))
}

fn added() -> HostAnswer {
    HostAnswer::Added {
        facts: vec![
            Fact::Tls(Clean::line("TLS 1.3 X25519MLKEM768")),
            Fact::Mechanism("SCRAM-SHA-256-PLUS"),
            Fact::Server(Clean::line("127.0.0.1:5222")),
        ],
        fingerprint: Fingerprint(std::array::from_fn(|at| u8::try_from(at * 7).unwrap())),
        ed25519: Ed25519Fingerprint(std::array::from_fn(|at| u8::try_from(255 - at * 7).unwrap())),
    }
}

fn new_account() -> NewAccount {
    NewAccount {
        jid: jid("ana@mired.test"),
        password: secret("sesame"),
        server: None,
        direct_tls: false,
        ca_file: None,
        allow_plain: false,
    }
}

/// A welcome that is typed to.
struct Person(Welcome);

impl Person {
    fn at(first: First) -> Self {
        Self(Welcome::new(&start(first)))
    }

    /// At step 2, the vault being made.
    fn at_account() -> Self {
        let mut person = Self::at(First::MakeVault);
        person.0.hear(HostEvent::Answer(HostAnswer::NoAccount(None)));
        person
    }

    /// At step 3, with the request on its way.
    fn at_login() -> Self {
        let mut person = Self::at_account();
        person.types("ana@mired.test");
        person.presses("Enter");
        person.types("sesame");
        assert_eq!(
            person.presses("Enter"),
            [HostRequest::Request(Request::Add(new_account()))]
        );
        person
    }

    /// At step 4.
    fn at_contact() -> Self {
        let mut person = Self::at_login();
        person.hears(added());
        assert!(person.presses("Enter").is_empty());
        person
    }

    fn types(&mut self, text: &str) {
        for letter in text.chars() {
            let wishes = self.0.on_key(Key::from(KeyCode::Char(letter)));
            assert!(wishes.is_empty(), "{wishes:?}");
        }
    }

    /// Keys by their names, with spaces between; what the last one wished for.
    fn presses(&mut self, keys: &str) -> Vec<HostRequest> {
        let wishes = keys.split(' ').map(|name| self.0.on_key(name.parse().unwrap()));
        wishes.last().unwrap_or_default()
    }

    fn hears(&mut self, answer: HostAnswer) -> Vec<HostRequest> {
        self.0.hear(HostEvent::Answer(answer))
    }

    /// What the screen shows, without what is empty at the right.
    fn sees(&mut self, columns: u16, rows: u16) -> String {
        self.sees_with(MONO, columns, rows)
    }

    fn sees_with(&mut self, capabilities: Capabilities, columns: u16, rows: u16) -> String {
        let buf = self.draws(capabilities, columns, rows).0;
        let lines: Vec<String> = (0..rows)
            .map(|y| {
                let line: String = (0..columns).map(|x| buf[(x, y)].symbol()).collect();
                line.trim_end().to_owned()
            })
            .collect();
        lines.join("\n")
    }

    fn draws(&mut self, capabilities: Capabilities, columns: u16, rows: u16) -> (Buffer, Option<Position>) {
        let area = Rect::new(0, 0, columns, rows);
        let mut buf = Buffer::empty(area);
        let cursor = self.0.draw(&Theme::new(capabilities), area, &mut buf);
        (buf, cursor)
    }

    fn shows(&mut self, words: &str) -> bool {
        // Wide enough that no sentence is broken where a test looks for it, and joined where it is.
        let seen = self.sees(80, 24);
        let joined: Vec<&str> = seen.split_whitespace().collect();
        joined.join(" ").contains(words)
    }
}
