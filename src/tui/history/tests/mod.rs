//! What the tests of the history share: a chat in memory, and the pane as text.

mod about;
mod events;
mod files;
mod hostile;
mod laws;
mod links;
mod looks;
mod mentions;
mod places;
mod said;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::sight::Sight;
use super::{History, Scroll};
use crate::ask::Context;
use crate::keymap::Keymap;
use crate::pictures::Pictures;
use crate::rooms::Rooms;
use crate::targets::Table;
use crate::theme::{Capabilities, Theme};
use crate::transfers::Transfers;
use model::{
    AccountId, AccountOptions, Author, BareJid, ChatId, Clean, MessageId, MessageState, Peer, Position,
    Presence, Protection, Timestamp, Trust,
};
use store::accounts;
use store::messages::{self, Inserted, NewMessage};
use store::{Transaction, Writer, chats};

/// Ana and her chat with Bob.
struct Scene {
    writer: Writer,
    account: AccountId,
    chat: ChatId,
    ana: BareJid,
    bob: Peer,
    here: BTreeMap<BareJid, Presence>,
    rooms: Rooms,
    transfers: Transfers,
    pictures: Pictures,
    keymap: Keymap,
    theme: Theme,
    zone: TimeZone,
    now: Timestamp,
}

impl Scene {
    fn new() -> Self {
        let mut writer = Writer::in_memory().unwrap();
        let ana = jid("ana@mired.test");
        let tx = writer.transaction().unwrap();
        let account = accounts::add(
            &tx,
            &ana,
            "secret of ana",
            &AccountOptions::default(),
            "susurro.1",
        )
        .unwrap();
        let bob = Peer::new(account, jid("bob@mired.test"));
        let chat = chats::open(&tx, &bob).unwrap().id;
        tx.commit().unwrap();
        Self {
            writer,
            account,
            chat,
            ana,
            bob,
            here: BTreeMap::new(),
            rooms: Rooms::default(),
            transfers: Transfers::default(),
            pictures: Pictures::new(true),
            keymap: Keymap::default(),
            theme: Theme::new(Capabilities {
                colour: false,
                unicode: true,
            }),
            zone: TimeZone::UTC,
            now: at("2026-11-20T12:00:00Z"),
        }
    }

    /// With `count` messages of Bob's, a minute apart, "1" to "count".
    fn with_rows(count: usize) -> Self {
        let mut scene = Self::new();
        scene.change(|tx, scene| {
            for n in 1..=count {
                let time = at("2026-11-19T00:00:00Z").as_second() + 60 * n as i64;
                put(
                    tx,
                    &NewMessage {
                        time: Timestamp::from_second(time).unwrap(),
                        ..scene.bob_says(&n.to_string())
                    },
                );
            }
        });
        scene
    }

    /// Changes the store.
    fn change<T>(&mut self, change: impl FnOnce(&Transaction<'_>, &Facts) -> T) -> T {
        let facts = self.facts();
        let tx = self.writer.transaction().unwrap();
        let changed = change(&tx, &facts);
        tx.commit().unwrap();
        changed
    }

    /// Looks at the store.
    fn look<T>(&mut self, look: impl FnOnce(&Context<'_>) -> T) -> T {
        let tx = self.writer.transaction().unwrap();
        look(&Context {
            store: &tx,
            account: self.account,
            own: &self.ana,
            chat: Some(&self.bob),
            here: &self.here,
            rooms: &self.rooms,
            transfers: &self.transfers,
            pictures: &self.pictures,
            online: true,
            composing: false,
            now: self.now,
            zone: &self.zone,
            keymap: &self.keymap,
            theme: &self.theme,
        })
    }

    fn open(&mut self, size: (u16, u16)) -> History {
        let chat = self.chat;
        self.look(|world| History::open(world, chat, None, None, size).unwrap())
    }

    /// Where a row stands.
    fn position(&mut self, id: i64) -> Position {
        self.look(|world| {
            messages::get(&world.store, MessageId(id))
                .unwrap()
                .unwrap()
                .position
        })
    }

    fn facts(&self) -> Facts {
        Facts {
            chat: self.chat,
            bob: self.bob.address.clone(),
        }
    }
}

impl History {
    fn sight(&self) -> &Sight {
        self.sight.as_ref().unwrap()
    }

    fn sight_mut(&mut self) -> &mut Sight {
        self.sight.as_mut().unwrap()
    }
}

/// Who talks where.
struct Facts {
    chat: ChatId,
    bob: BareJid,
}

impl Facts {
    fn bob_says(&self, body: &str) -> NewMessage {
        NewMessage {
            chat: self.chat,
            author: Author::Contact(self.bob.clone()),
            stanza_id: String::new(),
            server_id: None,
            time: at("2026-11-19T09:12:00Z"),
            body: Some(Clean::new(body)),
            unreadable: None,
            unstyled: false,
            markable: false,
            protection: Protection::OmemoLegacy,
            device: None,
            fingerprint: None,
            trust: Some(Trust::Blind),
            state: MessageState::Received,
        }
    }

    fn ana_says(&self, body: &str) -> NewMessage {
        NewMessage {
            author: Author::Us,
            trust: None,
            state: MessageState::Delivered,
            ..self.bob_says(body)
        }
    }
}

fn put(tx: &Transaction<'_>, message: &NewMessage) -> MessageId {
    match messages::insert(tx, message).unwrap() {
        Inserted::New(id) => id,
        Inserted::Duplicate(id) => panic!("a duplicate of {id:?}"),
    }
}

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn paint(scene: &mut Scene, history: &mut History, size: (u16, u16)) -> Buffer {
    let area = Rect::new(0, 0, size.0, size.1);
    let mut buf = Buffer::empty(area);
    scene.look(|world| history.draw(world, area, &mut buf));
    buf
}

/// The lines of a buffer without what is blank at their ends.
fn lines(buf: &Buffer) -> Vec<String> {
    let width = usize::from(buf.area.width);
    buf.content
        .chunks(width)
        .map(|row| {
            let mut line = String::new();
            let mut covered = 0;
            for cell in row {
                if covered == 0 {
                    line.push_str(cell.symbol());
                    covered = usize::from(crate::text::width(cell.symbol()).max(1) as u16);
                }
                covered -= 1;
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// What the pane shows.
fn shown(scene: &mut Scene, history: &mut History, size: (u16, u16)) -> Vec<String> {
    lines(&paint(scene, history, size))
}

fn scroll(scene: &mut Scene, history: &mut History, by: Scroll) {
    scene.look(|world| history.scroll(world, by).unwrap());
}

fn refresh(scene: &mut Scene, history: &mut History) {
    scene.look(|world| history.refresh(world, true).unwrap());
}
