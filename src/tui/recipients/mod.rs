//! Who can read what is typed now: the truth line, made from the store. It
//! stands above what is typed and never says more than is so.
//!
//! It says the [`Audience`] that messages are sealed by (`protocol::keys::devices`): the peer's devices and
//! our other ones, each with what becomes of it.

mod room;

use super::ask::Context;
use super::text;
use super::theme::{Glyph, Theme};
use model::{AddressedDevice, Audience, BareJid, Clean, DeviceKey, Fate, Peer, Trust, Why};
use store::chats::Chat;
use store::omemo::KeyTally;
use store::{self, chats, in_private, omemo};

pub use room::RoomReaders;

/// How a chat is protected, as the list shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatSecurity {
    /// Every key that is written to is verified.
    Verified,
    /// Encrypted, not (all) verified.
    Encrypted,
    /// No key that can be written to.
    NoKeys,
    /// The peer asked to go on without encryption; nothing is sent until the person decided.
    Asked,
    /// IN CLEAR.
    Clear,
}

impl ChatSecurity {
    /// `chat`: None while there is none, and it is encrypted when it is made; `theirs`: the peer's devices;
    /// `ours`: our other devices, which get every message too.
    pub fn of(chat: Option<&Chat>, theirs: &KeyTally, ours: &KeyTally) -> Self {
        if chat.is_some_and(|chat| !chat.encrypted) {
            Self::Clear
        } else if chat.is_some_and(|chat| chat.opted_out.is_some()) {
            Self::Asked
        } else if theirs.written() == 0 {
            Self::NoKeys
        } else if theirs.blind == 0 && ours.blind == 0 {
            Self::Verified
        } else {
            Self::Encrypted
        }
    }
}

/// Whom the next message of a chat goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipients {
    /// Who gets it. The line is said of this alone.
    pub audience: Audience,
    /// The peer's devices in it, as people see them.
    pub devices: Vec<DeviceKey>,
    /// The chat with ourselves: notes, which are kept here if no other device can read them.
    pub notes: bool,
    /// Whether their device list was ever seen.
    pub list_known: bool,
    /// It was, and names nothing but numbers that no device can have.
    pub impossible: bool,
    pub encrypted: bool,
    /// With somebody in a room.
    pub in_private: bool,
    /// They asked to go on without encryption: their reason, maybe empty.
    pub opted_out: Option<Clean>,
    pub security: ChatSecurity,
    /// Of a room: what else there is to know. None: it is a person.
    pub room: Option<RoomReaders>,
}

impl Recipients {
    pub fn read(world: &Context<'_>, peer: &Peer) -> store::Result<Self> {
        let jid = &peer.address;
        let notes = jid == world.own;
        let chat = chats::by_peer(&world.store, peer)?;
        let audience = match &chat {
            Some(chat) => omemo::audience_of(&world.store, chat)?,
            None if peer.within.is_some() => Audience::default(),
            None => omemo::audience(&world.store, world.account, std::slice::from_ref(jid))?,
        };
        let room = match &chat {
            Some(chat) => RoomReaders::read(&world.store, chat, &audience)?,
            None => None,
        };
        let (theirs, ours) = (KeyTally::of(audience.others()), KeyTally::of(audience.ours()));
        Ok(Self {
            list_known: omemo::list_known(&world.store, world.account, jid)?,
            impossible: omemo::is_impossible(&world.store, world.account, jid)?,
            security: match ChatSecurity::of(chat.as_ref(), &theirs, &ours) {
                ChatSecurity::Clear => ChatSecurity::Clear,
                _ if room.as_ref().is_some_and(RoomReaders::is_stopped) => ChatSecurity::NoKeys,
                // Nobody else reads it, and the vault is encrypted.
                ChatSecurity::NoKeys if notes => ChatSecurity::Encrypted,
                security => security,
            },
            devices: looked_at(world, jid)?,
            audience,
            notes,
            encrypted: match (&chat, peer.within.is_some()) {
                (Some(chat), _) => chat.encrypted,
                (None, true) => in_private::begins_encrypted(&world.store, peer)?,
                (None, false) => true,
            },
            in_private: peer.within.is_some(),
            opted_out: chat.and_then(|chat| chat.opted_out),
            room,
        })
    }

    fn theirs(&self) -> KeyTally {
        KeyTally::of(self.audience.others())
    }

    fn has_devices(&self) -> bool {
        self.audience.others().any(|person| !person.devices.is_empty())
    }

    /// Keys that wait for a decision, of devices that it would let read.
    pub fn undecided(&self) -> impl Iterator<Item = &DeviceKey> {
        self.devices
            .iter()
            .filter(|key| key.fate == Some(Fate::LeftOut(Why::Undecided)) && is_undecided(key))
    }

    /// "to Bob · 3 devices · verified", "to Bob · IN CLEAR, the servers can read this" and so on in at
    /// most `columns`, with the theme's glyphs. How it is protected is cut last: first the words get
    /// shorter, then the name, then it is not said how many devices there are; the name goes only where
    /// nothing of it would be left.
    pub fn words_in(&self, name: &str, columns: usize, theme: &Theme) -> String {
        let between = format!(" {} ", theme.glyph(Glyph::Dot));
        let mark = theme.glyph(Glyph::Cut);
        let fits = |line: &String| text::width(line) <= columns;
        let short = self.parts(true).join(&between);
        let uncounted = self.uncounted().join(&between);
        let named = |parts: &String| {
            let room =
                columns.saturating_sub(text::width(parts) + text::width("to ") + text::width(&between));
            // A name of one or two letters tells nothing.
            (room >= 4).then(|| format!("to {}{between}{parts}", text::fit(name, room, mark)))
        };
        let lines = [
            Some(self.line(name, &between, false)),
            Some(self.line(name, &between, true)),
            named(&short),
            named(&uncounted),
            Some(short.clone()),
            Some(uncounted),
        ];
        lines
            .into_iter()
            .flatten()
            .find(fits)
            .unwrap_or_else(|| text::fit(&short, columns, mark))
    }

    fn line(&self, name: &str, between: &str, short: bool) -> String {
        let no_device = self.list_known && !self.has_devices() && !self.notes && !self.impossible;
        if self.encrypted && self.opted_out.is_none() && no_device && !short {
            return format!("{name} has no device that reads OMEMO: nothing can be sent");
        }
        let mut parts = vec![format!("to {name}")];
        parts.extend(self.parts(short));
        parts.join(between)
    }

    /// The facts after the name, the most important first.
    fn parts(&self, short: bool) -> Vec<String> {
        let say = |long: &str, brief: &str| vec![if short { brief } else { long }.to_owned()];
        if !self.encrypted {
            return say("IN CLEAR, the servers can read this", "IN CLEAR");
        }
        if self.in_private {
            return say(
                "nothing is encrypted by way of a room: /plaintext lets it go in clear",
                "cannot be encrypted: /plaintext",
            );
        }
        if self.opted_out.is_some() {
            return say(
                "nothing is sent until you decide: /encrypt or /plaintext",
                "decide: /encrypt or /plaintext",
            );
        }
        if let Some(room) = &self.room {
            return room::parts(self, room, short);
        }
        let theirs = self.theirs();
        if self.notes && theirs.is_kept_here() {
            let mut parts = say(
                "a note, kept here: no other device of yours reads it",
                "kept here",
            );
            parts.extend(self.left_out(&theirs, short));
            return parts;
        }
        if !self.has_devices() {
            return if self.impossible {
                say(
                    "publishes only an impossible device number: nothing can be sent",
                    "cannot be sent",
                )
            } else if self.list_known {
                say(
                    "no device that reads OMEMO: nothing can be sent",
                    "cannot be sent",
                )
            } else {
                say(
                    "no keys known yet; they are looked up when you write",
                    "no keys yet",
                )
            };
        }
        let mut parts = Vec::new();
        if theirs.written() > 0 {
            parts.extend(self.readers(&theirs, short));
        } else if theirs.keyless == 0 {
            parts.extend(say("nothing can be sent", "cannot be sent"));
        }
        parts.extend(self.left_out(&theirs, short));
        parts
    }

    /// The shortest facts: how many devices get it is not among them.
    fn uncounted(&self) -> Vec<String> {
        let mut parts = self.parts(true);
        let counted =
            self.room.is_none() && self.encrypted && self.opted_out.is_none() && self.theirs().written() > 0;
        if counted && parts.len() > 1 {
            let ours = parts.remove(0);
            // "1 dev + 2 of yours": ours are no part of the name.
            if let Some((_, ours)) = ours.split_once(" + ") {
                parts.insert(0, ours.to_owned());
            }
        }
        parts
    }

    /// Who gets it and whether their keys were compared: "3 devices", "verified".
    fn readers(&self, theirs: &KeyTally, short: bool) -> Vec<String> {
        let ours = KeyTally::of(self.audience.ours());
        let state = |keys: &KeyTally| match (keys.verified, keys.blind) {
            (_, 0) => "verified".to_owned(),
            (0, _) => "not verified".to_owned(),
            (_, blind) => format!("{blind} not verified"),
        };
        let devices = if short {
            format!("{} dev", theirs.written())
        } else {
            count(theirs.written(), "device")
        };
        match ours.written() {
            0 => vec![devices, state(theirs)],
            own if state(theirs) == state(&ours) && theirs.verified.min(theirs.blind) == 0 => {
                vec![format!("{devices} + {own} of yours"), state(theirs)]
            }
            own => vec![
                devices,
                state(theirs),
                match (ours.verified, ours.blind) {
                    (_, 0) => format!("{own} of yours verified"),
                    (_, blind) => format!("{blind} of yours not verified"),
                },
            ],
        }
    }

    /// Who does not get it.
    fn left_out(&self, theirs: &KeyTally, short: bool) -> Vec<String> {
        let mut parts = Vec::new();
        let (new, looked_up) = (theirs.undecided, theirs.keyless);
        if looked_up > 0 {
            let more = if theirs.written() > 0 { " more" } else { "" };
            parts.push(if short {
                format!("{looked_up}{more} looked up")
            } else {
                let (device, key) = if looked_up == 1 {
                    ("device", "key is")
                } else {
                    ("devices", "keys are")
                };
                format!("{looked_up}{more} {device} whose {key} looked up when you write")
            });
        }
        if new > 0 {
            parts.push(if short {
                format!("{new} left out")
            } else {
                format!("{} left out", count(new, "new device"))
            });
        }
        if theirs.unlisted > 0 {
            let (long, brief) = match theirs.unlisted {
                1 => (
                    "1 device left out: it is on no list of theirs".to_owned(),
                    "1 not listed".to_owned(),
                ),
                more => (
                    format!("{more} devices left out: they are on no list of theirs"),
                    format!("{more} not listed"),
                ),
            };
            parts.push(if short { brief } else { long });
        }
        if theirs.distrusted > 0 && !short {
            parts.push(format!(
                "{} left out",
                count(theirs.distrusted, "distrusted device")
            ));
        }
        parts.extend(self.ours_left_out(short));
        parts
    }

    fn ours_left_out(&self, short: bool) -> Option<String> {
        let undecided = |device: &&AddressedDevice| {
            device.fate == Fate::LeftOut(Why::Undecided) && device.identity.is_some()
        };
        let mut new = self.audience.ours()?.devices.iter().filter(undecided);
        let first = new.next()?.id.get();
        Some(match new.count() {
            0 if short => format!("your {first} left out"),
            0 => format!("your new device {first} is left out"),
            more if short => format!("{} of yours left out", more + 1),
            more => format!("{} new devices of yours are left out", more + 1),
        })
    }
}

/// The devices of `jid` that are looked at when something is written to it, without
/// this one, as people see them.
fn looked_at(world: &Context<'_>, jid: &BareJid) -> store::Result<Vec<DeviceKey>> {
    let mut keys = omemo::device_keys(&world.store, world.account, jid)?;
    let this = keys.iter().find(|key| key.this).and_then(|key| key.device);
    keys.retain(|key| key.fate.is_some() && (this.is_none() || key.device != this));
    Ok(keys)
}

/// A key that nobody decided about. One without an entry counts as such, as where messages are sealed.
pub(super) fn is_undecided(key: &DeviceKey) -> bool {
    key.fingerprint.is_some() && matches!(key.trust, None | Some(Trust::Undecided))
}

/// "1 device", "3 devices".
fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::fixture;
