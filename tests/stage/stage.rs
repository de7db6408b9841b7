//! One screen with its store and core, offline. Whatever the app wants from the session, the core does.

use std::cell::Cell;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use susurro::api::{
    Change, Command, CommandId, Connection, Event, FileCommand, Online, RoomCommand, Secret, State,
};
use susurro::model::{
    AccountId, AccountOptions, Author, BareJid, ChatEventId, ChatEventKind, ChatId, Clean, Contact,
    Direction, MessageId, MessageState, Peer, Presence, Protection, Subscription, Timestamp, Trust,
};
use susurro::omemo::{DeviceId, Dialect, IdentityKey, IdentityKeyPair, OwnDevice};
use susurro::protocol::{Effect as CoreEffect, Input as CoreInput, LocalAccount, Protocol};
use susurro::store::accounts;
use susurro::store::messages::{self, Inserted, NewMessage};
use susurro::store::{Reads, Transaction, Writer, chats, contacts, omemo, opt_outs};
use susurro::tui::app::{App, Effect, Input, Setup};
use susurro::tui::key::Key;
use susurro::tui::keymap::Keymap;
use susurro::tui::theme::{Capabilities, Theme};
use susurro::tui::view;

pub const COLOUR: Capabilities = Capabilities {
    colour: true,
    unicode: true,
};
pub const MONO: Capabilities = Capabilities {
    colour: false,
    unicode: true,
};
pub const ASCII: Capabilities = Capabilities {
    colour: false,
    unicode: false,
};

/// Everything up to the session, in memory.
pub struct Stage {
    pub writer: Writer,
    pub account: AccountId,
    pub app: Option<App>,
    core: Protocol,
    rng: ChaCha20Rng,
    pub now: Timestamp,
    pub size: (u16, u16),
    capabilities: Capabilities,
    /// What the app wanted of the terminal.
    pub effects: Vec<Effect>,
    counter: u32,
    /// The session hears nothing; what it would have heard.
    pub deaf: bool,
    pub unheard: Vec<CommandId>,
    /// Whose devices the server was asked for.
    pub looked_up: Vec<BareJid>,
    /// What was asked of rooms.
    pub rooms_asked: Vec<CommandId>,
    /// And what that was, of rooms that there are.
    pub of_rooms: Vec<RoomCommand>,
    /// What was asked of what is older; nobody hears that.
    pub read_back: Vec<(CommandId, Option<ChatEventId>)>,
    /// What was asked about files; nobody hears that.
    pub files_asked: Vec<(CommandId, FileCommand)>,
}

/// Counts the statements that are run through it: each asks for the connection once.
struct Counted<'a> {
    tx: &'a Transaction<'a>,
    statements: Cell<usize>,
}

impl Reads for Counted<'_> {
    fn conn(&self) -> &rusqlite::Connection {
        self.statements.set(self.statements.get() + 1);
        self.tx.conn()
    }
}

pub fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

/// The chat with somebody, by its name: there is one account.
pub fn peer(who: &str) -> Peer {
    Peer::new(AccountId(1), jid(who))
}

/// An identity key made from one byte, the same in every run.
pub fn identity(seed: u8) -> IdentityKey {
    IdentityKeyPair::from_secret(&[seed; 32]).public()
}

impl Stage {
    /// Ana's account with Bob (one blind device), Carol and Dave (in clear) as contacts; nothing said yet.
    pub fn new(size: (u16, u16), capabilities: Capabilities) -> Self {
        let mut writer = Writer::in_memory().unwrap();
        let own = jid("ana@mired.test");
        let tx = writer.transaction().unwrap();
        let account = accounts::add(&tx, &own, "x", &AccountOptions::default(), "r").unwrap();
        accounts::set_proved(&tx, account).unwrap();
        for (peer, name) in [("bob", "Bob"), ("carol", "Carol"), ("dave", "Dave")] {
            let contact = Contact {
                jid: jid(&format!("{peer}@mired.test")),
                name: Some(Clean::line(name)),
                in_roster: true,
                subscription: Subscription::Both,
                asked: false,
                requests: false,
            };
            contacts::put(&tx, account, &contact).unwrap();
        }
        tx.commit().unwrap();
        let core = Protocol::new(LocalAccount {
            account,
            jid: own,
            resource: "r".to_owned(),
            present: true,
            archive: None,
            sharing: susurro::model::Sharing::default(),
        });
        let mut stage = Self {
            writer,
            account,
            app: None,
            core,
            rng: ChaCha20Rng::seed_from_u64(7),
            now: "2026-11-20T11:04:00Z".parse().unwrap(),
            size,
            capabilities,
            effects: Vec::new(),
            counter: 0,
            deaf: false,
            unheard: Vec::new(),
            looked_up: Vec::new(),
            read_back: Vec::new(),
            rooms_asked: Vec::new(),
            of_rooms: Vec::new(),
            files_asked: Vec::new(),
        };
        stage.device("bob@mired.test", 4711, identity(1), Trust::Blind);
        stage
    }

    pub fn store<T>(&mut self, change: impl FnOnce(&Transaction<'_>, AccountId) -> T) -> T {
        let tx = self.writer.transaction().unwrap();
        let value = change(&tx, self.account);
        tx.commit().unwrap();
        value
    }

    /// A device of somebody with its key.
    pub fn device(&mut self, peer: &str, id: u32, key: IdentityKey, trust: Trust) {
        let (peer, now) = (jid(peer), self.now);
        self.store(|tx, account| {
            let mut ids: Vec<DeviceId> = omemo::devices(tx, account, &peer)
                .unwrap()
                .iter()
                .map(|device| device.id)
                .collect();
            let id = DeviceId::new(id).unwrap();
            ids.push(id);
            omemo::set_device_list(tx, account, &peer, Dialect::Legacy, &ids, now).unwrap();
            omemo::set_identity(tx, account, &peer, Dialect::Legacy, id, key, now).unwrap();
            omemo::set_trust(tx, account, &peer, &key, trust, now).unwrap();
        });
        self.event(Event::Changed(Change::Devices(peer)));
    }

    /// A device of somebody in both dialects that calls itself so.
    pub fn labelled(&mut self, peer: &str, id: u32, seed: u8, label: &str) {
        let device = OwnDevice {
            id: DeviceId::new(id).unwrap(),
            identity: IdentityKeyPair::from_secret(&[seed; 32]),
        };
        self.device(peer, id, device.identity.public(), Trust::Blind);
        let (peer, now) = (jid(peer), self.now);
        let label = omemo::DeviceLabel {
            text: Clean::line(label),
            signature: device.sign_label(label, &mut self.rng).to_vec(),
        };
        self.store(|tx, account| {
            let (id, key) = (device.id, device.identity.public());
            omemo::set_device_list(tx, account, &peer, Dialect::Omemo2, &[id], now).unwrap();
            omemo::set_identity(tx, account, &peer, Dialect::Omemo2, id, key, now).unwrap();
            omemo::set_labels(tx, account, &peer, Dialect::Omemo2, &[(id, label)]).unwrap();
        });
        self.event(Event::Changed(Change::Devices(peer)));
    }

    /// The list of somebody in OMEMO 2 is empty now: their devices fell back.
    pub fn falls_back(&mut self, peer: &str) {
        let (peer, now) = (jid(peer), self.now);
        self.store(|tx, account| {
            omemo::set_device_list(tx, account, &peer, Dialect::Omemo2, &[], now).unwrap();
            // With the list go the names that stood on it.
            omemo::set_labels(tx, account, &peer, Dialect::Omemo2, &[]).unwrap();
        });
        self.event(Event::Changed(Change::Devices(peer)));
    }

    /// This device has keys.
    pub fn this_device(&mut self) {
        let (own, now) = (jid("ana@mired.test"), self.now);
        let device = OwnDevice {
            id: DeviceId::new(1001).unwrap(),
            identity: IdentityKeyPair::from_secret(&[77; 32]),
        };
        self.store(|tx, account| {
            omemo::put_own_device(tx, account, &device, now).unwrap();
            for dialect in Dialect::ALL {
                omemo::set_device_list(tx, account, &own, dialect, &[device.id], now).unwrap();
            }
        });
    }

    /// Bob asks to go on without encryption.
    pub fn opts_out(&mut self, reason: &str) {
        self.asks_for_clear("bob@mired.test", ChatEventKind::OptOut, reason);
    }

    /// Somebody does, as the core would store it.
    pub fn asks_for_clear(&mut self, who: &str, kind: ChatEventKind, reason: &str) {
        let (chat, now, reason) = (self.chat(&jid(who)), self.now, Clean::new(reason));
        let id = self.store(|tx, _| {
            if kind == ChatEventKind::OptOut {
                chats::set_opted_out(tx, chat, Some(&reason)).unwrap();
            }
            opt_outs::put(tx, chat, kind, (&reason, now), opt_outs::Stand::Live).unwrap()
        });
        self.event(Event::Changed(Change::Events(vec![id])));
    }

    /// A row of the history as the core would store it.
    pub fn row(&mut self, change: impl FnOnce(&mut NewMessage)) -> MessageId {
        let bob = jid("bob@mired.test");
        self.counter += 1;
        let id = format!("id-{}", self.counter);
        let now = self.now;
        let stored = self.store(|tx, account| {
            let mut new = NewMessage {
                chat: chats::open(tx, &Peer::new(account, bob.clone())).unwrap().id,
                author: Author::Contact(bob),
                stanza_id: id,
                server_id: None,
                time: now,
                body: None,
                unreadable: None,
                protection: Protection::OmemoLegacy,
                unstyled: false,
                markable: false,
                device: None,
                fingerprint: None,
                trust: Some(Trust::Blind),
                state: MessageState::Received,
            };
            change(&mut new);
            match messages::insert(tx, &new).unwrap() {
                Inserted::New(id) => id,
                Inserted::Duplicate(_) => panic!("a duplicate"),
            }
        });
        self.event(Event::Changed(Change::Messages(vec![stored])));
        stored
    }

    /// Bob says something.
    pub fn bob(&mut self, body: &str) -> MessageId {
        self.row(|new| new.body = Some(Clean::new(body)))
    }

    /// Somebody says something in a chat of their own.
    pub fn said_by(&mut self, peer: &str, body: &str) -> MessageId {
        let peer = jid(peer);
        let chat = self.chat(&peer);
        self.row(|new| {
            new.chat = chat;
            new.author = Author::Contact(peer);
            new.body = Some(Clean::new(body));
        })
    }

    pub fn chat(&mut self, peer: &BareJid) -> ChatId {
        self.store(|tx, account| chats::open(tx, &Peer::new(account, peer.clone())).unwrap().id)
    }

    /// We said something, and it has come so far.
    pub fn own(&mut self, body: &str, state: MessageState) -> MessageId {
        self.row(|new| {
            new.author = Author::Us;
            new.body = Some(Clean::new(body));
            new.trust = None;
            new.state = state;
        })
    }

    pub fn minutes(&mut self, minutes: i64) {
        self.now = self
            .now
            .checked_add(jiff::SignedDuration::from_mins(minutes))
            .unwrap();
    }

    /// The screen as at a start of the program.
    pub fn start(&mut self) {
        let setup = Setup {
            account: self.account,
            own: jid("ana@mired.test"),
            keymap: Keymap::default(),
            theme: Theme::new(self.capabilities),
            zone: TimeZone::UTC,
            size: self.size,
            mouse: false,
            bell: true,
            hide_offline: false,
        };
        let tx = self.writer.transaction().unwrap();
        self.app = Some(App::new(setup, &tx, self.now).unwrap());
        drop(tx);
        self.settle();
    }

    /// Online as after a login, with Bob here.
    pub fn online(&mut self) {
        let online = Connection::Online(Online::default());
        self.event(Event::State(State::Connection(online)));
        self.event(Event::State(State::Presence {
            jid: jid("bob@mired.test"),
            presence: Some(Presence::here()),
        }));
    }

    pub fn event(&mut self, event: Event) {
        if self.app.is_some() {
            self.input(Input::Event(event));
        }
    }

    pub fn input(&mut self, input: Input) {
        let tx = self.writer.transaction().unwrap();
        let effects = self.app.as_mut().unwrap().update(input, &tx, self.now).unwrap();
        drop(tx);
        self.execute(effects);
    }

    /// What the loop does before a frame; how many statements that takes.
    pub fn counted_settle(&mut self) -> usize {
        let tx = self.writer.transaction().unwrap();
        let counted = Counted {
            tx: &tx,
            statements: Cell::new(0),
        };
        let effects = self.app.as_mut().unwrap().settle(&counted, self.now).unwrap();
        let statements = counted.statements.get();
        drop(tx);
        self.execute(effects);
        statements
    }

    /// What the loop does before a frame.
    pub fn settle(&mut self) {
        let tx = self.writer.transaction().unwrap();
        let effects = self.app.as_mut().unwrap().settle(&tx, self.now).unwrap();
        drop(tx);
        self.execute(effects);
    }

    fn execute(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Effect::Command(id, command) = effect else {
                self.effects.push(effect);
                continue;
            };
            if let Command::RefreshDevices(jid) = &command {
                self.looked_up.push(jid.clone());
            }
            if matches!(command, Command::Room { .. } | Command::CreateRoom(_)) {
                self.rooms_asked.push(id);
            }
            if let Command::Room { what, .. } = &command {
                self.of_rooms.push(what.clone());
            }
            if let Command::ReadBack { hole, .. } = command {
                self.read_back.push((id, hole));
                continue;
            }
            if let Command::File(what) = command {
                self.files_asked.push((id, what));
                continue;
            }
            if self.deaf {
                if matches!(command, Command::Send { .. }) {
                    self.unheard.push(id);
                }
                continue;
            }
            let tx = self.writer.transaction().unwrap();
            let input = CoreInput::Command(id, command);
            let done = self.core.handle(input, &tx, self.now, &mut self.rng).unwrap();
            tx.commit().unwrap();
            for effect in done {
                if let CoreEffect::Tell(event) = effect {
                    self.input(Input::Event(event));
                }
            }
        }
    }

    /// Presses keys by their names: "Ctrl-P", "Enter", "a".
    pub fn press(&mut self, keys: &[&str]) {
        for key in keys {
            let key = key.parse::<Key>().unwrap();
            self.input(Input::Key(key));
            // As in the loop: whoever presses the next key has seen what this one did.
            self.draw();
        }
    }

    pub fn type_in(&mut self, text: &str) {
        for c in text.chars() {
            let event = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
            self.input(Input::Key(Key::from(event)));
        }
        self.settle();
    }

    pub fn paste(&mut self, text: &str) {
        self.input(Input::Paste(Secret(text.to_owned().into())));
        self.settle();
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.size = (columns, rows);
        self.input(Input::Resize(columns, rows));
        self.settle();
    }

    /// The painted screen, and where the cursor stands.
    pub fn draw(&mut self) -> (Buffer, Option<Position>) {
        self.settle();
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        let tx = self.writer.transaction().unwrap();
        let cursor = view::draw(self.app.as_mut().unwrap(), &tx, self.now, &mut buffer);
        (buffer, cursor)
    }

    /// The screen as text.
    pub fn text(&mut self) -> String {
        crate::picture::text(&self.draw().0)
    }

    pub fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    /// Our messages as the store has them: body and state.
    pub fn sent(&mut self, peer: &str) -> Vec<(String, MessageState, Protection)> {
        let peer = jid(peer);
        self.store(|tx, account| {
            let Some(chat) = chats::by_peer(tx, &Peer::new(account, peer.clone())).unwrap() else {
                return Vec::new();
            };
            messages::history(tx, chat.id, None, 1000)
                .unwrap()
                .into_iter()
                .filter(|message| message.direction() == Direction::Out)
                .map(|message| {
                    let body = message.body.map(|body| body.as_str().to_owned());
                    (body.unwrap_or_default(), message.state, message.protection)
                })
                .collect()
        })
    }
}
