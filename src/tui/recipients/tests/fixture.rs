//! What tests of the screen stand on: an account in a store in memory, people with devices,
//! a world around it, pictures.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use crate::ask::Context;
use crate::key::Key;
use crate::keymap::Keymap;
use crate::pictures::Pictures;
use crate::rooms::Rooms;
use crate::theme::{Capabilities, Theme};
use crate::transfers::Transfers;
use ::omemo::{
    DeviceId, Dialect, IdentityKey, IdentityKeyPair, OwnDevice, PreKeyId, PreKeyPair, SessionRecord,
    SignedPreKeyId, SignedPreKeyPair,
};
use api::{OccupantView, RoomStanding, RoomState};
use model::room::{Affiliation, Role};
use model::{
    AccountId, Author, BareJid, ChatId, Clean, Contact, Fingerprint, MessageId, MessageState, Peer, Presence,
    Protection, Subscription, Timestamp, Trust,
};
use store::messages::{Inserted, NewMessage};
use store::rooms::{self, Member, Room};
use store::{Transaction, Writer, accounts, chats, contacts, messages, omemo};

pub fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

/// The chat with somebody, by its name: there is one account.
pub fn peer(who: &str) -> Peer {
    Peer::new(AccountId(1), jid(who))
}

pub fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

pub fn key(name: &str) -> Key {
    name.parse().unwrap()
}

/// A key that reads the same throughout: 0x11 is "11111111 11111111 …".
pub fn fingerprint(byte: u8) -> Fingerprint {
    IdentityKey([byte; 32]).fingerprint()
}

pub struct Stage {
    writer: Writer,
    pub account: AccountId,
    pub own: BareJid,
    pub chat: Option<Peer>,
    pub here: BTreeMap<BareJid, Presence>,
    pub rooms: Rooms,
    pub transfers: Transfers,
    pub pictures: Pictures,
    pub composing: bool,
    pub now: Timestamp,
    zone: TimeZone,
    pub keymap: Keymap,
    pub theme: Theme,
}

impl Stage {
    /// ana@mired.test with this device, number 1001, on 19 November at noon in a zone of +01.
    pub fn new() -> Self {
        let mut writer = Writer::in_memory().unwrap();
        let own = jid("ana@mired.test");
        let tx = writer.transaction().unwrap();
        let account = accounts::add(&tx, &own, "secret", &model::AccountOptions::default(), "r").unwrap();
        let device = OwnDevice {
            id: DeviceId::new(1001).unwrap(),
            identity: IdentityKeyPair::from_secret(&[7; 32]),
        };
        omemo::put_own_device(&tx, account, &device, at("2026-11-01T08:00:00Z")).unwrap();
        tx.commit().unwrap();
        Self {
            writer,
            account,
            own,
            chat: None,
            here: BTreeMap::new(),
            rooms: Rooms::default(),
            transfers: Transfers::default(),
            pictures: Pictures::new(true),
            composing: false,
            now: at("2026-11-19T11:00:00Z"),
            zone: TimeZone::fixed(jiff::tz::offset(1)),
            keymap: Keymap::default(),
            theme: Theme::new(Capabilities {
                colour: false,
                unicode: true,
            }),
        }
    }

    pub fn capabilities(mut self, colour: bool, unicode: bool) -> Self {
        self.theme = Theme::new(Capabilities { colour, unicode });
        self
    }

    /// With another key to go back than people expect.
    pub fn back_is(&mut self, key: &str) {
        let changes = [("back".to_owned(), vec![key.to_owned()])];
        self.keymap = Keymap::new(&changes.into()).unwrap();
    }

    pub fn write<T>(&mut self, change: impl FnOnce(&Transaction<'_>) -> T) -> T {
        let tx = self.writer.transaction().unwrap();
        let done = change(&tx);
        tx.commit().unwrap();
        done
    }

    pub fn look<T>(&mut self, see: impl FnOnce(&Context<'_>) -> T) -> T {
        let tx = self.writer.transaction().unwrap();
        see(&Context {
            store: &tx,
            account: self.account,
            own: &self.own,
            chat: self.chat.as_ref(),
            here: &self.here,
            rooms: &self.rooms,
            transfers: &self.transfers,
            pictures: &self.pictures,
            online: true,
            composing: self.composing,
            now: self.now,
            zone: &self.zone,
            keymap: &self.keymap,
            theme: &self.theme,
        })
    }

    pub fn contact(&mut self, who: &str, name: Option<&str>) {
        let contact = Contact {
            jid: jid(who),
            name: name.map(Clean::line),
            in_roster: true,
            subscription: Subscription::Both,
            asked: false,
            requests: false,
        };
        let account = self.account;
        self.write(|tx| contacts::put(tx, account, &contact).unwrap());
    }

    pub fn open(&mut self, who: &str) -> ChatId {
        let account = self.account;
        self.write(|tx| chats::open(tx, &Peer::new(account, jid(who))).unwrap().id)
    }

    pub fn clear(&mut self, who: &str) {
        let chat = self.open(who);
        self.write(|tx| chats::set_encrypted(tx, chat, false).unwrap());
    }

    /// An encrypted group in which we are called so, and to which these people stand so.
    pub fn group(&mut self, room: &Peer, nick: &str, people: &[(&str, Affiliation)]) -> Room {
        self.write(|tx| {
            let kept = rooms::open(tx, room, nick).unwrap().unwrap();
            chats::set_encrypted(tx, kept.chat, true).unwrap();
            for (who, affiliation) in people {
                let member = Member {
                    jid: jid(&format!("{who}@mired.test")),
                    affiliation: *affiliation,
                    nick: None,
                };
                rooms::set_member(tx, kept.chat, &member).unwrap();
            }
            kept
        })
    }

    /// We are in a room under this nick, and these are in it: with the address where the room shows it.
    pub fn inside(&mut self, room: &Peer, nick: &str, everybody: &[(&str, Option<&str>, Affiliation, Role)]) {
        let nick = Clean::line(nick);
        let standing = RoomState::Standing(RoomStanding::In { nick });
        self.rooms.on_state(room.clone(), standing);
        let view = |(nick, real, affiliation, role): &(&str, Option<&str>, Affiliation, Role)| {
            let view = OccupantView {
                occupant_id: None,
                affiliation: *affiliation,
                role: *role,
                real: real.map(jid),
                presence: Presence::here(),
            };
            (Clean::line(nick), view)
        };
        let everybody = everybody.iter().map(view).collect();
        self.rooms.on_state(room.clone(), RoomState::Everybody(everybody));
    }

    /// The whole device list of somebody; 0 as the key's byte: no key was seen yet.
    pub fn devices(&mut self, who: &str, devices: &[(u32, u8, Option<Trust>)]) {
        let (account, who) = (self.account, jid(who));
        let seen = at("2026-11-18T10:03:00Z");
        let ids: Vec<DeviceId> = devices.iter().filter_map(|(id, ..)| DeviceId::new(*id)).collect();
        self.write(|tx| {
            omemo::set_device_list(tx, account, &who, Dialect::Legacy, &ids, seen).unwrap();
            for (id, byte, trust) in devices {
                if *byte == 0 {
                    continue;
                }
                let (id, identity) = (DeviceId::new(*id).unwrap(), IdentityKey([*byte; 32]));
                omemo::set_identity(tx, account, &who, Dialect::Legacy, id, identity, seen).unwrap();
                if let Some(trust) = trust {
                    omemo::set_trust(tx, account, &who, &identity, *trust, seen).unwrap();
                }
            }
        });
    }

    /// The whole list of somebody in one dialect, with the keys as in [`Stage::devices`];
    /// nothing is decided about them.
    pub fn publishes(&mut self, who: &str, dialect: Dialect, devices: &[(u32, u8)]) {
        let (account, who) = (self.account, jid(who));
        let seen = at("2026-11-18T10:03:00Z");
        let ids: Vec<DeviceId> = devices.iter().filter_map(|(id, _)| DeviceId::new(*id)).collect();
        self.write(|tx| {
            omemo::set_device_list(tx, account, &who, dialect, &ids, seen).unwrap();
            for (id, byte) in devices.iter().filter(|(_, byte)| *byte > 0) {
                let (id, key) = (DeviceId::new(*id).unwrap(), IdentityKey([*byte; 32]));
                omemo::set_identity(tx, account, &who, dialect, id, key, seen).unwrap();
            }
        });
    }

    /// A message of a device came, in a session that it began; its list is as it is.
    pub fn writes(&mut self, who: &str, id: u32, byte: u8, trust: Trust) {
        let (account, who) = (self.account, jid(who));
        let seen = at("2026-11-18T10:04:00Z");
        let rng = &mut ChaCha20Rng::seed_from_u64(2);
        let other = OwnDevice {
            id: DeviceId::new(id).unwrap(),
            identity: IdentityKeyPair::from_secret(&[byte; 32]),
        };
        // Whoever began it: a session is a session.
        let signed = SignedPreKeyPair::generate(SignedPreKeyId(1), rng);
        let signature = signed.sign(&other.identity, Dialect::Legacy, rng);
        let prekey = PreKeyPair::generate(PreKeyId(1), rng);
        let bundle = other.bundle_in(
            Dialect::Legacy,
            &signed,
            &signature,
            &[(prekey.id, prekey.public())],
        );
        let session = SessionRecord::initiate(&other, &bundle.verify().unwrap(), None, rng);
        self.write(|tx| {
            let (dialect, identity) = (Dialect::Legacy, IdentityKey([byte; 32]));
            omemo::set_identity(tx, account, &who, dialect, other.id, identity, seen).unwrap();
            omemo::set_trust(tx, account, &who, &identity, trust, seen).unwrap();
            omemo::put_session(tx, account, &who, dialect, other.id, &session).unwrap();
            omemo::set_seen(tx, account, &who, dialect, other.id, seen).unwrap();
        });
    }

    /// A device of somebody in both dialects that calls itself so, with a key made of `seed`; the
    /// only one on the newer list.
    pub fn labelled(&mut self, who: &str, id: u32, seed: u8, label: &str) {
        let (account, who) = (self.account, jid(who));
        let seen = at("2026-11-18T10:03:00Z");
        let device = OwnDevice {
            id: DeviceId::new(id).unwrap(),
            identity: IdentityKeyPair::from_secret(&[seed; 32]),
        };
        let label = omemo::DeviceLabel {
            text: Clean::line(label),
            signature: device
                .sign_label(label, &mut ChaCha20Rng::seed_from_u64(1))
                .to_vec(),
        };
        self.write(|tx| {
            let key = device.identity.public();
            let known = omemo::devices(tx, account, &who).unwrap();
            let mut ids: Vec<DeviceId> = known.iter().map(|device| device.id).collect();
            ids.push(device.id);
            omemo::set_device_list(tx, account, &who, Dialect::Omemo2, &[device.id], seen).unwrap();
            omemo::set_device_list(tx, account, &who, Dialect::Legacy, &ids, seen).unwrap();
            for dialect in Dialect::ALL {
                omemo::set_identity(tx, account, &who, dialect, device.id, key, seen).unwrap();
            }
            omemo::set_trust(tx, account, &who, &key, Trust::Blind, seen).unwrap();
            omemo::set_labels(tx, account, &who, Dialect::Omemo2, &[(device.id, label)]).unwrap();
        });
    }

    /// A message from this device was opened last at.
    pub fn wrote(&mut self, who: &str, id: u32, time: &str) {
        let (account, who, id) = (self.account, jid(who), DeviceId::new(id).unwrap());
        self.write(|tx| omemo::set_seen(tx, account, &who, Dialect::Legacy, id, at(time)).unwrap());
    }

    /// Somebody asks to go on without encryption.
    pub fn opted_out(&mut self, who: &str, reason: &str) {
        let chat = self.open(who);
        self.write(|tx| chats::set_opted_out(tx, chat, Some(&Clean::new(reason))).unwrap());
    }

    pub fn trust(&mut self, who: &str, byte: u8, trust: Trust) {
        let (account, now) = (self.account, self.now);
        self.write(|tx| {
            omemo::set_trust(tx, account, &jid(who), &IdentityKey([byte; 32]), trust, now).unwrap()
        });
    }

    /// A readable message; changed by `change` before it is stored.
    pub fn message(&mut self, who: &str, text: &str, change: impl FnOnce(&mut NewMessage)) -> MessageId {
        let chat = self.open(who);
        let mut message = NewMessage {
            chat,
            author: Author::Contact(jid(who)),
            stanza_id: String::new(),
            server_id: None,
            time: at("2026-11-19T10:03:07.250Z"),
            body: Some(Clean::new(text)),
            unreadable: None,
            protection: Protection::OmemoLegacy,
            unstyled: false,
            markable: false,
            device: None,
            fingerprint: Some(fingerprint(0x11)),
            trust: Some(Trust::Verified),
            state: MessageState::Received,
        };
        change(&mut message);
        self.write(|tx| match messages::insert(tx, &message).unwrap() {
            Inserted::New(id) | Inserted::Duplicate(id) => id,
        })
    }

    /// What `draw` paints into a box of this size, as text.
    pub fn picture(
        &mut self,
        columns: u16,
        lines: u16,
        draw: impl FnOnce(&Context<'_>, Rect, &mut Buffer),
    ) -> String {
        text_of(&self.painted(columns, lines, draw))
    }

    pub fn painted(
        &mut self,
        columns: u16,
        lines: u16,
        draw: impl FnOnce(&Context<'_>, Rect, &mut Buffer),
    ) -> Buffer {
        let area = Rect::new(0, 0, columns, lines);
        let mut buf = Buffer::empty(area);
        self.look(|world| draw(world, area, &mut buf));
        buf
    }
}

/// The rows of a buffer, blanks at the ends cut.
pub fn text_of(buf: &Buffer) -> String {
    let rows = (0..buf.area.height).map(|y| {
        let row: String = (0..buf.area.width).map(|x| buf[(x, y)].symbol()).collect();
        row.trim_end().to_owned()
    });
    rows.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// The same with the style of every run before it: `{Red,bold}`.
pub fn styles_of(buf: &Buffer) -> String {
    let mut all = String::new();
    for y in 0..buf.area.height {
        let mut row = String::new();
        let mut last = (Color::Reset, Color::Reset, Modifier::empty());
        for x in 0..buf.area.width {
            let cell = &buf[(x, y)];
            let style = (cell.fg, cell.bg, cell.modifier);
            if style != last {
                row.push_str(&format!("{{{:?} {:?} {:?}}}", style.0, style.1, style.2));
                last = style;
            }
            row.push_str(cell.symbol());
        }
        all.push_str(row.trim_end());
        all.push('\n');
    }
    all.trim_end().to_owned()
}
