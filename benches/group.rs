//! What it costs to write into an encrypted group: from the command to the committed transaction, sessions
//! and who reads it stored, for 100 members with 3 devices each.
//!
//! `cargo bench --bench group`. Without stream, TLS and parser. Sessions stand, and the lists are current.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "chat/mod.rs"]
mod chat;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chat::keys;
use minidom::Element;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use susurro::api::{Command, CommandId, RoomCommand};
use susurro::model::{AccountId, AccountOptions, BareJid, Clean, Peer, Timestamp, Trust};
use susurro::omemo::{
    DeviceId, Dialect, IdentityKeyPair, OwnDevice, PreKeyId, PreKeyPair, SessionRecord, SignedPreKeyId,
    SignedPreKeyPair,
};
use susurro::protocol::{Effect, Input, Protocol};
use susurro::store::{Writer, accounts, omemo};

const OWN: &str = "ana@mired.test";
const ROOM: &str = "team@muc.mired.test";
const MEMBERS: u32 = 100;
const DEVICES: u32 = 3;
const MESSAGES: u32 = 60;

fn member(number: u32) -> String {
    format!("member{number}@mired.test")
}

fn device(number: u32, which: u32) -> DeviceId {
    DeviceId::new(1 + number * DEVICES + which).unwrap()
}

/// A client with its server and a room of it.
struct Bench {
    writer: Writer,
    core: Protocol,
    account: AccountId,
    rng: ChaCha20Rng,
    heard: u32,
    answers: VecDeque<Input>,
    commands: u64,
    /// For so many devices the last message was sealed.
    sealed: usize,
}

fn xml(text: &str) -> Input {
    Input::Element(text.parse().unwrap())
}

impl Bench {
    fn new(mut writer: Writer) -> Self {
        let tx = writer.transaction().unwrap();
        let jid = BareJid::new(OWN).unwrap();
        let account = accounts::add(&tx, &jid, "password", &AccountOptions::default(), "here").unwrap();
        tx.commit().unwrap();
        let core = chat::core(account, jid);
        Self {
            writer,
            core,
            account,
            rng: ChaCha20Rng::seed_from_u64(1),
            heard: 0,
            answers: VecDeque::new(),
            commands: 0,
            sealed: 0,
        }
    }

    fn feed(&mut self, input: Input) {
        let tx = self.writer.transaction().unwrap();
        let effects = self
            .core
            .handle(input, &tx, Timestamp::now(), &mut self.rng)
            .unwrap();
        tx.commit().unwrap();
        for effect in effects {
            match effect {
                Effect::Send(element) => self.hear(&element),
                Effect::Abort(why) => panic!("{why:?}"),
                _ => {}
            }
        }
    }

    fn settle(&mut self) {
        while let Some(answer) = self.answers.pop_front() {
            self.feed(answer);
        }
    }

    fn command(&mut self, command: Command) {
        self.commands += 1;
        self.feed(Input::Command(CommandId(self.commands), command));
    }

    fn hear(&mut self, element: &Element) {
        match element.name() {
            "enable" => {
                self.heard = 0;
                self.answers
                    .push_back(xml("<enabled xmlns='urn:xmpp:sm:3' id='this' resume='true'/>"));
                return;
            }
            "r" => {
                let answer = format!("<a xmlns='urn:xmpp:sm:3' h='{}'/>", self.heard);
                self.answers.push_back(xml(&answer));
                return;
            }
            "message" => {
                let text = String::from(element);
                self.sealed = text.matches("<key ").count();
                // The room says it to everybody, and so to us.
                let mut said = element.clone();
                set(&mut said, "from", &format!("{ROOM}/ana"));
                set(&mut said, "to", &format!("{OWN}/here"));
                self.answers.push_back(xml(&String::from(&said)));
            }
            "presence" if element.attr("to").is_some_and(|to| to.starts_with(ROOM)) => self.let_in(element),
            "iq" => self.answer(element),
            _ => {}
        }
        self.heard += 1;
    }

    /// We are in the room.
    fn let_in(&mut self, presence: &Element) {
        let ours = presence.attr("to").unwrap();
        self.answers.push_back(xml(&format!(
            "<presence xmlns='jabber:client' from='{ours}' to='{OWN}/here'>\
             <x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator' jid='{OWN}/here'/>\
             <status code='100'/><status code='110'/></x></presence>"
        )));
    }

    fn answer(&mut self, iq: &Element) {
        let (id, to) = (iq.attr("id").unwrap(), iq.attr("to").unwrap_or(OWN));
        let payload = iq.children().next().unwrap();
        let result = |inside: &str| {
            format!("<iq xmlns='jabber:client' type='result' id='{id}' from='{to}'>{inside}</iq>")
        };
        let error = |condition: &str| {
            format!(
                "<iq xmlns='jabber:client' type='error' id='{id}' from='{to}'><error type='cancel'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            )
        };
        let answer = match (payload.name(), iq.attr("type")) {
            ("bind", _) => result(&format!(
                "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{OWN}/here</jid></bind>"
            )),
            ("query", Some("get")) if to == ROOM => result(&of_room(payload)),
            ("pubsub", Some("get")) if to.starts_with("member") => {
                match list_of(to).filter(|_| String::from(payload).contains("axolotl.devicelist")) {
                    Some(list) => result(&list),
                    None => error("item-not-found"),
                }
            }
            ("pubsub", Some("get")) => error("item-not-found"),
            (_, Some("set")) => result(""),
            _ => error("service-unavailable"),
        };
        self.answers.push_back(xml(&answer));
    }

    fn log_in(&mut self) {
        let features =
            "<features xmlns='http://etherx.jabber.org/streams'><sm xmlns='urn:xmpp:sm:3'/></features>";
        self.feed(Input::Opened {
            features: features.parse().unwrap(),
            facts: Vec::new(),
            mechanism: "SCRAM-SHA-256".to_owned(),
        });
        self.settle();
    }

    /// Everybody has devices, and a session with each stands.
    fn get_acquainted(&mut self) {
        let tx = self.writer.transaction().unwrap();
        let (account, now) = (self.account, Timestamp::now());
        let own = omemo::own_device(&tx, account).unwrap().unwrap();
        for number in 0..MEMBERS {
            let jid = BareJid::new(&member(number)).unwrap();
            let ids: Vec<DeviceId> = (0..DEVICES).map(|which| device(number, which)).collect();
            omemo::set_device_list(&tx, account, &jid, Dialect::Legacy, &ids, now).unwrap();
            for id in ids {
                let theirs = OwnDevice {
                    id,
                    identity: IdentityKeyPair::generate(&mut self.rng),
                };
                let signed = SignedPreKeyPair::generate(SignedPreKeyId(1), &mut self.rng);
                let signature = signed.sign(&theirs.identity, Dialect::Legacy, &mut self.rng);
                let prekey = PreKeyPair::generate(PreKeyId(1), &mut self.rng);
                let bundle = theirs.bundle_in(
                    Dialect::Legacy,
                    &signed,
                    &signature,
                    &[(prekey.id, prekey.public())],
                );
                let bundle = bundle.verify().unwrap();
                let record = SessionRecord::initiate(&own, &bundle, None, &mut self.rng);
                let key = theirs.identity.public();
                omemo::set_identity(&tx, account, &jid, Dialect::Legacy, id, key, now).unwrap();
                omemo::set_trust(&tx, account, &jid, &key, Trust::Blind, now).unwrap();
                omemo::put_session(&tx, account, &jid, Dialect::Legacy, id, &record).unwrap();
            }
        }
        tx.commit().unwrap();
    }

    /// From the command to the end of the commit: what passes, and what of it is work.
    fn write(&mut self, number: u32) -> (Duration, Duration) {
        let to = Peer::new(self.account, BareJid::new(ROOM).unwrap());
        let body = Clean::new(&format!(
            "how are you today my friends, shall we meet at the station at seven? {number}"
        ));
        self.sealed = 0;
        let (began, worked) = (Instant::now(), cpu());
        self.command(Command::Send {
            to,
            body,
            clear: false,
        });
        let took = (began.elapsed(), cpu() - worked);
        self.settle();
        assert_eq!(self.sealed, (MEMBERS * DEVICES) as usize, "everybody reads it");
        took
    }
}

fn set(stanza: &mut Element, name: &str, value: &str) {
    stanza.set_attr(minidom::rxml::Namespace::NONE, name.try_into().unwrap(), value);
}

/// CPU time of this thread so far.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// What the room says of itself and its members.
fn of_room(query: &Element) -> String {
    if query.ns() == "http://jabber.org/protocol/disco#info" {
        return "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='text'/>\
                <feature var='http://jabber.org/protocol/muc'/><feature var='muc_membersonly'/>\
                <feature var='muc_nonanonymous'/></query>"
            .to_owned();
    }
    let of = query.children().next().and_then(|item| item.attr("affiliation"));
    let items: String = match of {
        Some("member") => (0..MEMBERS)
            .map(|number| format!("<item affiliation='member' jid='{}'/>", member(number)))
            .collect(),
        Some("owner") => format!("<item affiliation='owner' jid='{OWN}'/>"),
        _ => String::new(),
    };
    format!("<query xmlns='http://jabber.org/protocol/muc#admin'>{items}</query>")
}

/// Their device list, as the server shows it.
fn list_of(jid: &str) -> Option<String> {
    let number: u32 = jid.strip_prefix("member")?.split('@').next()?.parse().ok()?;
    let ids: String = (0..DEVICES)
        .map(|which| format!("<device id='{}'/>", device(number, which).get()))
        .collect();
    Some(format!(
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='eu.siacs.conversations.axolotl.devicelist'>\
         <item id='current'><list xmlns='eu.siacs.conversations.axolotl'>{ids}</list></item></items></pubsub>"
    ))
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::create(&folder.path().join("susurro.db"), &keys().database).unwrap();
    let mut bench = Bench::new(writer);
    bench.log_in();
    bench.get_acquainted();
    let room = Peer::new(bench.account, BareJid::new(ROOM).unwrap());
    let what = RoomCommand::Join {
        nick: None,
        password: None,
    };
    bench.command(Command::Room { room, what });
    bench.settle();
    // The first one asks for the lists of everybody.
    let to = Peer::new(bench.account, BareJid::new(ROOM).unwrap());
    let body = Clean::new("hello");
    bench.command(Command::Send {
        to,
        body,
        clear: false,
    });
    bench.settle();
    let before = susurro::store::statements();
    let times: Vec<(Duration, Duration)> = (0..MESSAGES).map(|number| bench.write(number)).collect();
    let statements = (susurro::store::statements() - before) / u64::from(MESSAGES);
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times.get(times.len() / 2).unwrap().as_secs_f64() * 1e3
    };
    println!(
        "into a group of {MEMBERS} with {DEVICES} devices each, stored and committed: {:.1} ms, of which {:.1} ms CPU; {statements} \
         statements",
        median(times.iter().map(|(took, _)| *took).collect()),
        median(times.iter().map(|(_, worked)| *worked).collect()),
    );
}
