//! What it costs to take in 2,000 messages in clear that were waiting: CPU time of this thread, from parsed
//! stanzas to committed rows, one transaction for each and several together, with and without receipts.
//!
//! `cargo bench --bench intake`. Without stream, TLS and parser; those are the server's pace.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "chat/mod.rs"]
mod chat;

use std::collections::VecDeque;

use chat::{contact, keys};
use minidom::Element;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use susurro::model::{AccountId, AccountOptions, BareJid, Timestamp};
use susurro::protocol::{Effect, Input, Protocol};
use susurro::store::{Writer, accounts, contacts};

const MANY: u32 = 2_000;
const OWN: &str = "ana@mired.test";
/// People who write.
const WRITERS: usize = 10;

/// CPU time of this thread so far, in milliseconds.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds: u64 = text.split(' ').next().unwrap().parse().unwrap();
    nanoseconds as f64 / 1e6
}

/// A client with its server: what it asks is answered, with as little as there is.
struct Bench {
    writer: Writer,
    core: Protocol,
    account: AccountId,
    rng: ChaCha20Rng,
    /// What the server heard since `<enable/>`.
    heard: u32,
    answers: VecDeque<Input>,
}

fn xml(text: &str) -> Input {
    Input::Element(text.parse().unwrap())
}

impl Bench {
    fn new(mut writer: Writer) -> Self {
        let tx = writer.transaction().unwrap();
        let jid = BareJid::new(OWN).unwrap();
        let account = accounts::add(&tx, &jid, "password", &AccountOptions::default(), "here").unwrap();
        for n in 0..WRITERS {
            contacts::put(&tx, account, &contact(n)).unwrap();
        }
        tx.commit().unwrap();
        let core = chat::core(account, jid);
        Self {
            writer,
            core,
            account,
            rng: ChaCha20Rng::seed_from_u64(1),
            heard: 0,
            answers: VecDeque::new(),
        }
    }

    /// These share a transaction.
    fn feed(&mut self, inputs: impl IntoIterator<Item = Input>) {
        let tx = self.writer.transaction().unwrap();
        let mut batch = self.core.batch(&tx, &mut self.rng);
        for input in inputs {
            batch.handle(input, Timestamp::now()).unwrap();
        }
        let effects = batch.finish().unwrap();
        tx.commit().unwrap();
        for effect in effects {
            match effect {
                Effect::Send(element) => self.hear(&element),
                Effect::Abort(why) => panic!("{why:?}"),
                _ => {}
            }
        }
    }

    fn hear(&mut self, element: &Element) {
        let answer = match (element.name(), element.attr("type")) {
            ("enable", _) => {
                self.heard = 0;
                "<enabled xmlns='urn:xmpp:sm:3' id='this' resume='true'/>".to_owned()
            }
            ("r", _) => format!("<a xmlns='urn:xmpp:sm:3' h='{}'/>", self.heard),
            ("message" | "presence", _) => {
                self.heard += 1;
                return;
            }
            ("iq", kind) => {
                self.heard += 1;
                let id = element.attr("id").unwrap();
                let payload = element.children().next().unwrap();
                match (payload.name(), kind) {
                    ("bind", _) => format!(
                        "<iq xmlns='jabber:client' type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                         <jid>{OWN}/here</jid></bind></iq>"
                    ),
                    ("pubsub", Some("get")) => format!(
                        "<iq xmlns='jabber:client' type='error' id='{id}'><error type='cancel'>\
                         <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
                    ),
                    (_, Some("set")) => format!("<iq xmlns='jabber:client' type='result' id='{id}'/>"),
                    _ => format!(
                        "<iq xmlns='jabber:client' type='error' id='{id}'><error type='cancel'>\
                         <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
                    ),
                }
            }
            _ => return,
        };
        self.answers.push_back(xml(&answer));
    }

    fn settle(&mut self) {
        while let Some(answer) = self.answers.pop_front() {
            self.feed([answer]);
        }
    }

    fn log_in(&mut self) {
        let features =
            "<features xmlns='http://etherx.jabber.org/streams'><sm xmlns='urn:xmpp:sm:3'/></features>";
        self.feed([Input::Opened {
            features: features.parse().unwrap(),
            facts: Vec::new(),
            mechanism: "SCRAM-SHA-256".to_owned(),
        }]);
        self.settle();
    }

    /// Milliseconds of CPU for all messages, so many in one transaction; with the statements for each.
    fn intake(&mut self, round: usize, together: usize, receipts: bool) -> (f64, f64) {
        let request = if receipts {
            "<request xmlns='urn:xmpp:receipts'/>"
        } else {
            ""
        };
        let stanzas = (0..MANY).map(|n| {
            let from = contact(n as usize % WRITERS).jid;
            xml(&format!(
                "<message xmlns='jabber:client' type='chat' from='{from}/there' to='{OWN}/here' id='m{round}-{n}'>\
                 <body>how are you today my friend, shall we meet at the station at seven? {n}</body>{request}</message>"
            ))
        });
        let mut stanzas: VecDeque<Input> = stanzas.collect();
        let before = susurro::store::statements();
        let began = cpu();
        while !stanzas.is_empty() {
            let next = stanzas.drain(..together.min(stanzas.len())).collect::<Vec<_>>();
            self.feed(next);
            let answers = self.answers.drain(..).collect::<Vec<_>>();
            if !answers.is_empty() {
                self.feed(answers);
            }
        }
        let took = cpu() - began;
        let statements = (susurro::store::statements() - before) as f64 / f64::from(MANY);
        (took, statements)
    }
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let key = keys().database;
    let writer = Writer::create(&folder.path().join("susurro.db"), &key).unwrap();
    let mut bench = Bench::new(writer);
    bench.log_in();
    let tx = bench.writer.transaction().unwrap();
    assert!(
        susurro::store::omemo::own_device(&tx, bench.account)
            .unwrap()
            .is_some()
    );
    drop(tx);
    bench.intake(0, 64, false);
    let mut round = 0;
    for receipts in [false, true] {
        for together in [1, 8, 64] {
            let mut times: Vec<(f64, f64)> = Vec::new();
            for _ in 0..3 {
                round += 1;
                times.push(bench.intake(round, together, receipts));
            }
            times.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (time, statements) = times.swap_remove(1);
            println!(
                "{MANY} messages, {together} together, receipts: {receipts}: {time:.0} ms of CPU, {statements:.1} statements each"
            );
        }
    }
    bench.writer.close().unwrap();
}
