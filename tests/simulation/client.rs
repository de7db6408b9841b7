//! One susurro: its store, which outlives its process, and the core, which does not.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use susurro::api::{Change, Command, CommandId, Event, Failure, State};
use susurro::model::{
    AccountId, AccountOptions, Author, BareJid, ChatEventKind, Message, MessageState, Peer, Sharing,
    Timestamp,
};
use susurro::omemo::IdentityKey;
use susurro::protocol::{LocalAccount, Protocol, Task, TaskId, Timer};
use susurro::store::accounts;
use susurro::store::timeline::{self, Entry};
use susurro::store::{Transaction, Writer, chats, messages, omemo, outbox};
use susurro::words::{self, Face};

pub struct Client {
    pub jid: BareJid,
    pub account: AccountId,
    pub resource: String,
    pub present: bool,
    /// How many days of its archive it reads.
    pub archive: Option<u16>,
    /// What others are told of the person.
    pub sharing: Sharing,
    pub writer: Writer,
    pub core: Option<Protocol>,
    pub conn: Option<u64>,
    pub timers: BTreeMap<Timer, Timestamp>,
    /// What was begun beside the stream.
    pub tasks: Vec<(TaskId, Task)>,
    pub rng: ChaCha20Rng,
    pub events: Vec<Event>,
    pub aborts: Vec<Failure>,
    pub commands: u64,
    /// What was said on the wire, for people.
    pub trace: Vec<String>,
}

impl Client {
    pub fn new(jid: &str, resource: &str, seed: u64) -> Self {
        let mut writer = Writer::in_memory().unwrap();
        let jid = BareJid::new(jid).unwrap();
        let tx = writer.transaction().unwrap();
        let account = accounts::add(&tx, &jid, "password", &AccountOptions::default(), resource).unwrap();
        tx.commit().unwrap();
        Self {
            jid,
            account,
            resource: resource.to_owned(),
            present: true,
            archive: None,
            sharing: Sharing::default(),
            writer,
            core: None,
            conn: None,
            timers: BTreeMap::new(),
            tasks: Vec::new(),
            rng: ChaCha20Rng::seed_from_u64(seed),
            events: Vec::new(),
            aborts: Vec::new(),
            commands: 0,
            trace: Vec::new(),
        }
    }

    /// Starts the process, if it does not run.
    pub fn start(&mut self) {
        if self.core.is_none() {
            self.core = Some(Protocol::new(LocalAccount {
                account: self.account,
                jid: self.jid.clone(),
                resource: self.resource.clone(),
                present: self.present,
                archive: self.archive,
                sharing: self.sharing,
            }));
        }
    }

    pub fn wake(&mut self, timer: Timer, at: Timestamp, after: Duration) {
        self.timers.insert(timer, at + after);
    }

    pub fn number(&mut self) -> CommandId {
        self.commands += 1;
        CommandId(self.commands)
    }

    pub fn read<T>(&mut self, look: impl FnOnce(&Transaction<'_>, AccountId) -> T) -> T {
        let tx = self.writer.transaction().unwrap();
        look(&tx, self.account)
    }

    /// The whole history with somebody, oldest first.
    pub fn history(&mut self, peer: &str) -> Vec<Message> {
        let peer = BareJid::new(peer).unwrap();
        self.read(
            |tx, account| match chats::by_peer(tx, &Peer::new(account, peer.clone())).unwrap() {
                Some(chat) => messages::history(tx, chat.id, None, 100_000).unwrap(),
                None => Vec::new(),
            },
        )
    }

    /// Bodies of the history with somebody; "!" and the reason for what cannot be read.
    pub fn bodies(&mut self, peer: &str) -> Vec<String> {
        let history = self.history(peer);
        let shown = history
            .into_iter()
            .map(|message| match (message.body, message.unreadable) {
                (Some(body), _) => body.as_str().to_owned(),
                (None, reason) => format!("!{:?}", reason.unwrap()),
            });
        shown.collect()
    }

    /// What is no message in the history with somebody, oldest first, each with the words of whoever asks.
    pub fn events(&mut self, peer: &str) -> Vec<(ChatEventKind, String)> {
        let peer = BareJid::new(peer).unwrap();
        self.read(|tx, account| {
            let Some(chat) = chats::by_peer(tx, &Peer::new(account, peer.clone())).unwrap() else {
                return Vec::new();
            };
            let entries = timeline::before(tx, chat.id, None, 1000).unwrap();
            let events = entries.into_iter().filter_map(|entry| match entry {
                Entry::Event(event) => Some((event.kind, event.reason.as_str().to_owned())),
                Entry::Message(_) => None,
            });
            events.collect()
        })
    }

    /// State and reason of the newest message with somebody.
    pub fn last(&mut self, peer: &str) -> (MessageState, String) {
        let message = self.history(peer).pop().expect("a message");
        let why = message
            .failure
            .map(|why| words::of_message(Face::Commands, &message.peer.address, &why));
        let why = why.map_or_else(String::new, |why| why.as_str().to_owned());
        (message.state, why)
    }

    /// Another account in the same store, with one failed message of its own; that message.
    pub fn other_account(&mut self, jid: &str, peer: &str, body: &str) -> Message {
        let (jid, peer) = (BareJid::new(jid).unwrap(), BareJid::new(peer).unwrap());
        let tx = self.writer.transaction().unwrap();
        let options = susurro::model::AccountOptions::default();
        let account = susurro::store::accounts::add(&tx, &jid, "x", &options, "susurro.2").unwrap();
        let chat = chats::open(&tx, &Peer::new(account, peer.clone())).unwrap().id;
        let new = messages::NewMessage {
            chat,
            author: Author::Us,
            stanza_id: "other".to_owned(),
            server_id: None,
            time: Timestamp::UNIX_EPOCH,
            body: Some(susurro::model::Clean::new(body)),
            unreadable: None,
            unstyled: false,
            markable: false,
            protection: susurro::model::Protection::Clear,
            device: None,
            fingerprint: None,
            trust: None,
            state: MessageState::Failed,
        };
        let messages::Inserted::New(id) = messages::append(&tx, &new).unwrap() else {
            panic!("a new row")
        };
        let message = messages::get(&tx, id).unwrap().unwrap();
        tx.commit().unwrap();
        message
    }

    pub fn outbox(&mut self) -> usize {
        self.read(|tx, account| outbox::all(tx, account).unwrap().len())
    }

    pub fn device(&mut self) -> u32 {
        self.read(|tx, account| omemo::own_device(tx, account).unwrap().unwrap().id.get())
    }

    pub fn identity(&mut self) -> IdentityKey {
        self.read(|tx, account| omemo::own_device(tx, account).unwrap().unwrap().identity.public())
    }

    /// Everything that the store holds, as a fingerprint of "nothing changed".
    pub fn snapshot(&mut self, others: &[&str]) -> String {
        use std::fmt::Write as _;
        let own = self.jid.clone();
        let jids: Vec<BareJid> = others.iter().map(|jid| BareJid::new(jid).unwrap()).collect();
        self.read(|tx, account| {
            let mut all = String::new();
            let contacts = susurro::store::contacts::all(tx, account).unwrap();
            let with = omemo::jids_with_devices(tx, account).unwrap();
            write!(all, "{contacts:?}{with:?}{:?}", outbox::all(tx, account).unwrap()).unwrap();
            for chat in chats::all(tx, account).unwrap() {
                let rows = messages::history(tx, chat.id, None, 100_000).unwrap();
                write!(all, "{chat:?}{rows:?}").unwrap();
            }
            for jid in jids.iter().chain([&own]) {
                let devices = omemo::devices(tx, account, jid).unwrap();
                for device in &devices {
                    let record = omemo::session(tx, account, jid, device.dialect, device.id).unwrap();
                    write!(all, "{:?}", record.map(|record| record.to_bytes().to_vec())).unwrap();
                }
                write!(all, "{devices:?}{:?}", omemo::keys(tx, account, jid).unwrap()).unwrap();
            }
            write!(all, "{:?}", omemo::published_prekeys(tx, account).unwrap()).unwrap();
            all
        })
    }

    pub fn notices(&self) -> Vec<String> {
        let notices = self.events.iter().filter_map(|event| match event {
            Event::Notice(notice) => Some(words::notice(Face::Commands, notice).as_str().to_owned()),
            _ => None,
        });
        notices.collect()
    }

    pub fn keys_refused(&self) -> Option<&Failure> {
        self.events.iter().rev().find_map(|event| match event {
            Event::State(State::KeysRefused(failure)) => Some(failure),
            _ => None,
        })
    }

    pub fn keys_published(&self) -> bool {
        self.events
            .iter()
            .any(|event| matches!(event, Event::State(State::KeysPublished)))
    }

    /// How the last command ended badly.
    pub fn last_failure(&self) -> Option<&Failure> {
        self.events.iter().rev().find_map(|event| match event {
            Event::Done {
                result: Err(failure), ..
            } => Some(failure),
            _ => None,
        })
    }

    pub fn changes(&self) -> Vec<&Change> {
        let changes = self.events.iter().filter_map(|event| match event {
            Event::Changed(change) => Some(change),
            _ => None,
        });
        changes.collect()
    }
}

/// A chat as commands name it: each client's account is the first of its store.
pub fn chat(with: &str) -> susurro::model::Peer {
    susurro::model::Peer::new(AccountId(1), BareJid::new(with).unwrap())
}

pub fn send(to: &str, body: &str) -> Command {
    Command::Send {
        to: chat(to),
        body: susurro::model::Clean::new(body),
        clear: false,
    }
}

/// A failure as a command says it.
pub fn said(failure: &Failure) -> String {
    words::failure(Face::Commands, failure).as_str().to_owned()
}
