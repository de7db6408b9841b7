//! Catching up with the archive of a room (XEP-0313 §6), once we are in it: everything behind the cursor of
//! that archive, or, where it was never read, its newest page, which is from before we came. What comes live
//! meanwhile waits here: the cursor stands before it, so that a program that is killed gets it again.

use std::collections::BTreeMap;

use minidom::Element;

use super::page::{Ask, Open};
use super::ranges;
use crate::follow_ups::FollowUp;
use crate::in_room::InRoom;
use crate::iq::Answer;
use crate::messages::in_rooms;
use crate::purpose::ArchivePurpose;
use crate::turn::Turn;
use model::room::RoomFeature;
use model::{BareJid, Jid};
use stanza::announced;
use stanza::mam::{self, Fin};
use stanza::received::{Found, Received};
use store::Result;
use store::archive::RangeEnd;

/// So many wait at most, and so much of them; then their order may suffer, but nothing else.
const MOST_HELD: usize = 1000;
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// So many pages are read at most at one go: an archive that leads in a circle is followed so far.
const MOST_PAGES: u32 = 1000;

/// The archives of rooms that are being read.
#[derive(Default)]
pub(crate) struct OfRooms {
    open: BTreeMap<BareJid, RoomReading>,
}

struct RoomReading {
    open: Open,
    pages: u32,
    held: Held,
}

/// What came live meanwhile, by whom the room said it was when it came.
#[derive(Default)]
struct Held {
    messages: Vec<Received>,
    bytes: usize,
}

impl OfRooms {
    /// We are in a room.
    pub(crate) fn begin(&mut self, turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
        let has_archive =
            |room: &InRoom| room.features.contains(&RoomFeature::Archive) && room.chat.is_some();
        let has_archive = turn.rooms.get(room).is_some_and(has_archive);
        if !has_archive || turn.own.archive.is_none() {
            // Whoever asks later asks for what came since we were here first.
            if has_archive && ranges::newest(turn.tx, turn.own.account, room)?.is_none() {
                begin_here(turn, room)?;
            }
            return self.end(turn, room);
        }
        let ask = match ranges::newest(turn.tx, turn.own.account, room)? {
            Some(range) if range.last.id.is_empty() => Ask::Since(range.last),
            Some(range) => Ask::After(range.last),
            None => Ask::Latest,
        };
        if let Some(in_room) = turn.rooms.get_mut(room) {
            in_room.is_behind = true;
        }
        self.ask(turn, room, ask, (0, Held::default()));
        Ok(())
    }

    fn ask(&mut self, turn: &mut Turn<'_>, room: &BareJid, ask: Ask, (pages, held): (u32, Held)) {
        let id = turn.random_id();
        let to = Jid::from(room.clone());
        let query = mam::query(&id, &ask.page(), None, ask.max());
        let purpose = ArchivePurpose::OfRoom(room.clone(), id.clone());
        let number = turn.query(Some(&to), query, purpose);
        let open = Open::new(id, number, ask).in_room(room);
        let pages = pages + 1;
        self.open.insert(room.clone(), RoomReading { open, pages, held });
    }

    /// A new stream begins; what waits comes again. One that goes on after a pause brings the answers still.
    pub(crate) fn restart(&mut self) {
        self.open.clear();
    }

    /// Keeps a message of this room until the end of the reading; it is given back where it need not wait.
    pub(crate) fn hold(&mut self, room: &BareJid, message: Received, stanza: &Element) -> Option<Received> {
        let Some(RoomReading { held, .. }) = self.open.get_mut(room) else {
            return Some(message);
        };
        let bytes = held.bytes + announced::size(stanza);
        if held.messages.len() >= MOST_HELD || bytes > MOST_BYTES {
            return Some(message);
        }
        held.bytes = bytes;
        held.messages.push(message);
        None
    }

    /// One message of a page.
    pub(crate) fn on_result(&mut self, turn: &mut Turn<'_>, room: &BareJid, found: &Found<'_>) -> Result<()> {
        let Some(reading) = self
            .open
            .get_mut(room)
            .filter(|reading| reading.open.id == found.query)
        else {
            return Ok(());
        };
        reading.open.heard(turn);
        if let Some(origin) = reading.open.take(found, turn.now, None) {
            reading.open.take_in(turn, found, origin)?;
        }
        Ok(())
    }

    /// The end of a page, or why there is none.
    pub(crate) fn on_page(
        &mut self,
        turn: &mut Turn<'_>,
        room: &BareJid,
        id: &str,
        answer: Answer,
    ) -> Result<()> {
        if self.open.get(room).is_none_or(|reading| reading.open.id != id) {
            return Ok(());
        }
        let fin = match answer {
            Ok(payload) => payload.and_then(|payload| mam::fin(&payload)),
            Err(refusal) => {
                let unknown = refusal.is("item-not-found");
                return self.on_refused(turn, room, unknown);
            }
        };
        match fin {
            Some(fin) => self.on_fin(turn, room, &fin),
            None => self.end(turn, room),
        }
    }

    /// It does not know the cursor any more: it is asked by time.
    fn on_refused(&mut self, turn: &mut Turn<'_>, room: &BareJid, unknown: bool) -> Result<()> {
        let Some(RoomReading { open, pages, held }) = self.open.remove(room) else {
            return Ok(());
        };
        match &open.ask {
            Ask::After(cursor) if unknown => {
                self.ask(turn, room, Ask::Since(cursor.clone()), (pages, held));
                Ok(())
            }
            _ => self.give_back(turn, room, open, held),
        }
    }

    fn give_back(&mut self, turn: &mut Turn<'_>, room: &BareJid, open: Open, held: Held) -> Result<()> {
        self.open
            .insert(room.clone(), RoomReading { open, pages: 0, held });
        self.end(turn, room)
    }

    fn on_fin(&mut self, turn: &mut Turn<'_>, room: &BareJid, fin: &Fin) -> Result<()> {
        let Some(RoomReading { open, pages, held }) = self.open.remove(room) else {
            return Ok(());
        };
        let account = turn.own.account;
        let ends = open.ends(fin);
        let range = ranges::newest(turn.tx, account, room)?;
        match (&ends, range) {
            (Some((_, last)), Some(range)) => ranges::extend(turn.tx, range.id, last)?,
            (Some((first, last)), None) => {
                ranges::begin(turn.tx, account, room, None, (first, last), fin.complete)?;
            }
            (None, None) => {
                begin_here(turn, room)?;
            }
            (None, Some(_)) => {}
        }
        let more = !fin.complete && pages < MOST_PAGES && !matches!(open.ask, Ask::Latest);
        match ends {
            Some((_, last)) if more && last.id != open.ask.id() => {
                self.ask(turn, room, Ask::After(last), (pages, held));
                Ok(())
            }
            _ => self.give_back(turn, room, open, held),
        }
    }

    /// All that can be had is here: what came live meanwhile follows.
    fn end(&mut self, turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
        let reading = self.open.remove(room);
        let chat = turn.rooms.get_mut(room).and_then(|in_room| {
            in_room.is_behind = false;
            in_room.chat
        });
        for message in reading.map(|reading| reading.held.messages).unwrap_or_default() {
            in_rooms::take_in(turn, &message)?;
        }
        if let Some(chat) = chat {
            turn.follow(FollowUp::RoomRead(chat));
        }
        Ok(())
    }
}

/// What comes from now on is news.
fn begin_here(turn: &Turn<'_>, room: &BareJid) -> Result<()> {
    let here = RangeEnd {
        id: String::new(),
        time: turn.now,
    };
    ranges::begin(turn.tx, turn.own.account, room, None, (&here, &here), false)
}
