//! Reading back in one chat, because the person wants to see what is older than what is here of it: page by
//! page, until one brings something. How far that was read is a range of the chat's own (`store::archive`);
//! it begins where what was read of the whole archive does. What was said in a room stands in that room's
//! archive, of which there is one range. On the same road a hole is filled, if the server
//! has after all what was missing.
//!
//! One chat at a time: somebody who asks for another one looks at that.

use super::failing;
use super::page::{Ask, Open};
use super::{oldest, ranges};
use crate::iq::{Answer, Refusal};
use crate::purpose::ArchivePurpose;
use crate::turn::Turn;
use api::{Change, CommandId, Older, Outcome};
use model::{
    ChatEventId, ChatEventKind, ChatId, Jid, MessagesFailure, Peer, RoomsFailure, StreamFailure, Timestamp,
};
use stanza::mam::{self, Fin};
use stanza::received::Found;
use store::archive::{Range, RangeEnd};
use store::{Result, chats, deleted, events};

/// Messages on a page: more than a screen shows.
const MAX: u32 = 50;
/// So many pages are read at most until one brings something: what was written before this device was there,
/// and what programs tell each other, shows nothing.
const MOST_PAGES: u32 = 20;

/// What is being read of one chat.
#[derive(Default)]
pub(crate) struct OfChat {
    asked: Option<BackReading>,
}

struct BackReading {
    command: CommandId,
    peer: Peer,
    chat: ChatId,
    part: Part,
    open: Open,
    pages: u32,
    brought: bool,
}

/// What is read back.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// What is older than all that is here.
    Beyond,
    /// What is missing between these times.
    Hole(Timestamp, Timestamp),
}

/// Where to go on.
enum Next {
    Before(RangeEnd),
    Nowhere(Older),
}

impl OfChat {
    /// The person wants to see what is older, or what stands in a hole.
    pub(crate) fn ask(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        peer: Peer,
        hole: Option<ChatEventId>,
    ) -> Result<()> {
        if let Some(other) = self.asked.take() {
            turn.done(other.command, Ok(Outcome::ReadBack(Older::More)));
        }
        let chat = match chats::by_peer(turn.tx, &peer)? {
            Some(chat) if !chat.is_room() => chat.id,
            Some(chat) => {
                if !turn.rooms.contains_key(&peer.address) {
                    turn.refuse(command, RoomsFailure::NotIn(peer.address));
                    return Ok(());
                }
                chat.id
            }
            None => {
                turn.changed(Change::Chats);
                chats::open(turn.tx, &peer)?.id
            }
        };
        let part = match hole {
            None => Part::Beyond,
            Some(hole) => match events::get(turn.tx, hole)? {
                Some(line) if line.chat == chat && line.kind == ChatEventKind::Gap => {
                    Part::Hole(line.time, line.until)
                }
                // It was filled meanwhile.
                _ => {
                    turn.done(command, Ok(Outcome::ReadBack(Older::More)));
                    return Ok(());
                }
            },
        };
        match first(turn, &peer, chat, part)? {
            Next::Nowhere(older) => turn.done(command, Ok(Outcome::ReadBack(older))),
            Next::Before(end) => {
                self.asked = Some(BackReading {
                    open: open(turn, &peer, end),
                    command,
                    peer,
                    chat,
                    part,
                    pages: 1,
                    brought: false,
                });
            }
        }
        Ok(())
    }

    /// The connection is gone: what came stays, and the rest is asked for anew when the person asks.
    pub(crate) fn lost(&mut self, turn: &mut Turn<'_>) {
        if let Some(asked) = self.asked.take() {
            turn.refuse(asked.command, StreamFailure::NotConnected);
        }
    }

    /// One message of a page; false if it is not of a question from here.
    pub(crate) fn on_result(&mut self, turn: &mut Turn<'_>, found: &Found<'_>) -> Result<bool> {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.open.id == found.query) else {
            return Ok(false);
        };
        asked.open.heard(turn);
        if let Some(origin) = asked.open.take(found, turn.now, None) {
            asked.open.take_in(turn, found, origin)?;
        }
        Ok(true)
    }

    /// The end of a page, or why there is none. A chat that was deleted meanwhile has no page.
    pub(crate) fn on_page(&mut self, turn: &mut Turn<'_>, id: &str, answer: Answer) -> Result<()> {
        let Some(asked) = self.asked.take_if(|asked| asked.open.id == id) else {
            return Ok(());
        };
        let command = asked.command;
        let chat = chats::by_peer(turn.tx, &asked.peer)?;
        if chat.is_none_or(|chat| chat.id != asked.chat) {
            turn.done(command, Ok(Outcome::ReadBack(Older::Deleted)));
            return Ok(());
        }
        match answer.map(|payload| payload.and_then(|payload| mam::fin(&payload))) {
            Ok(Some(fin)) => self.on_fin(turn, asked, &fin)?,
            Ok(None) => turn.refuse(command, MessagesFailure::NoOlder(model::Refusal::NoList)),
            Err(refusal) if refusal.is("item-not-found") => match asked.open.ask.by_time() {
                Some(end) => self.go_on(turn, asked, end),
                None => turn.refuse(command, MessagesFailure::NoOlder(refusal.told())),
            },
            Err(refusal) => turn.refuse(command, why(&refusal)),
        }
        Ok(())
    }

    fn on_fin(&mut self, turn: &mut Turn<'_>, mut asked: BackReading, fin: &Fin) -> Result<()> {
        let ends = asked.open.ends(fin);
        // One server says so of every id that it does not know.
        if ends.is_none()
            && let Some(end) = asked.open.ask.by_time()
        {
            self.go_on(turn, asked, end);
            return Ok(());
        }
        asked.brought |= asked.open.brought;
        let first = ends.map(|(first, _)| first);
        let next = match asked.part {
            Part::Beyond => beyond(turn, &asked, first, fin.complete)?,
            Part::Hole(from, until) => in_hole(turn, &asked, first, (from, until), fin.complete)?,
        };
        let is_enough = asked.brought || asked.pages >= MOST_PAGES;
        match next {
            Next::Nowhere(older) => turn.done(asked.command, Ok(Outcome::ReadBack(older))),
            Next::Before(_) if is_enough => {
                turn.done(asked.command, Ok(Outcome::ReadBack(Older::More)));
            }
            Next::Before(end) => self.go_on(turn, asked, end),
        }
        Ok(())
    }

    fn go_on(&mut self, turn: &mut Turn<'_>, mut asked: BackReading, end: RangeEnd) {
        asked.pages += 1;
        asked.open = open(turn, &asked.peer, end);
        self.asked = Some(asked);
    }
}

/// Asks for the page before that.
fn open(turn: &mut Turn<'_>, peer: &Peer, end: RangeEnd) -> Open {
    let id = turn.random_id();
    let ask = Ask::Before(end);
    // A room's own archive has nothing else.
    let room = is_room(turn, peer).then(|| Jid::from(peer.address.clone()));
    let with = Some(&peer.address).filter(|_| room.is_none());
    let query = mam::query(&id, &ask.page(), with, MAX);
    let number = turn.query(room.as_ref(), query, ArchivePurpose::OfChat(id.clone()));
    match room {
        Some(_) => Open::new(id, number, ask).in_room(&peer.address),
        None => Open::new(id, number, ask),
    }
}

fn why(refusal: &Refusal) -> MessagesFailure {
    match failing::is_none(Some(refusal)) {
        true => MessagesFailure::NoArchive,
        false => MessagesFailure::NoOlder(refusal.told()),
    }
}

/// Where the reading begins. In a chat of which nothing was read by itself the archive is asked by time: one
/// server knows an id only among what is asked for.
fn first(turn: &Turn<'_>, peer: &Peer, chat: ChatId, part: Part) -> Result<Next> {
    let by_time = |time| {
        let id = String::new();
        Next::Before(RangeEnd { id, time })
    };
    if let Part::Hole(_, until) = part {
        return Ok(by_time(until));
    }
    let in_room = is_room(turn, peer);
    let whole = if in_room { None } else { oldest(turn)? };
    let next = match (own(turn, peer, chat)?, whole) {
        (Some(own), whole)
            if whole
                .as_ref()
                .is_none_or(|whole| own.first.time <= whole.first.time) =>
        {
            match own.is_start {
                true => Next::Nowhere(Older::Nothing),
                false => Next::Before(own.first),
            }
        }
        (_, Some(whole)) if whole.is_start => Next::Nowhere(Older::Nothing),
        (_, Some(whole)) => by_time(whole.first.time),
        (_, None) => by_time(turn.now),
    };
    match &next {
        Next::Before(end) if is_deleted(turn, peer, end.time)? => Ok(Next::Nowhere(Older::Deleted)),
        _ => Ok(next),
    }
}

fn own(turn: &Turn<'_>, peer: &Peer, chat: ChatId) -> Result<Option<Range>> {
    match is_room(turn, peer) {
        true => ranges::oldest(turn.tx, turn.own.account, &peer.address),
        false => ranges::of_chat(turn.tx, turn.own.account, &turn.own.jid, chat),
    }
}

/// Whether it is a room that we are in.
fn is_room(turn: &Turn<'_>, peer: &Peer) -> bool {
    peer.within.is_none() && turn.rooms.contains_key(&peer.address)
}

/// Whether nothing of that time or before comes back.
fn is_deleted(turn: &Turn<'_>, peer: &Peer, time: Timestamp) -> Result<bool> {
    Ok(deleted::not_before(turn.tx, peer)?.is_some_and(|until| time <= until))
}

/// A page of what is older than all that is here. `first`: its beginning, None if it is empty.
fn beyond(turn: &mut Turn<'_>, asked: &BackReading, first: Option<RangeEnd>, complete: bool) -> Result<Next> {
    let Ask::Before(edge) = &asked.open.ask else {
        return Ok(Next::Nowhere(Older::More));
    };
    let range = own(turn, &asked.peer, asked.chat)?;
    let known = range.as_ref().map(|range| range.first.id.clone());
    // What is asked for by time has what is known once more.
    let moved = first.filter(|first| known.as_ref() != Some(&first.id));
    let is_start = complete || moved.is_none();
    let first = moved.map_or_else(
        || edge.clone(),
        |first| RangeEnd {
            time: first.time.min(edge.time),
            id: first.id,
        },
    );
    let first = match (range, is_start) {
        (Some(range), true) if first.id.is_empty() => {
            ranges::set_start(turn.tx, range.id)?;
            range.first
        }
        (Some(range), _) => {
            ranges::extend_back(turn.tx, range.id, &first)?;
            if is_start {
                ranges::set_start(turn.tx, range.id)?;
            }
            first
        }
        (None, _) => {
            let (account, in_room) = (turn.own.account, is_room(turn, &asked.peer));
            let (archive, chat) = match in_room {
                true => (&asked.peer.address, None),
                false => (&turn.own.jid, Some(asked.chat)),
            };
            ranges::begin(turn.tx, account, archive, chat, (&first, edge), is_start)?;
            first
        }
    };
    fill(turn, asked.chat, first.time, edge.time)?;
    Ok(match is_start {
        true => Next::Nowhere(Older::Nothing),
        false if is_deleted(turn, &asked.peer, first.time)? => Next::Nowhere(Older::Deleted),
        false => Next::Before(first),
    })
}

/// A page of what may stand in a hole: the archive has it, or goes on beyond it, or the hole stays.
fn in_hole(
    turn: &mut Turn<'_>,
    asked: &BackReading,
    first: Option<RangeEnd>,
    (from, until): (Timestamp, Timestamp),
    complete: bool,
) -> Result<Next> {
    let Some(first) = first else {
        return Ok(Next::Nowhere(Older::Nothing));
    };
    let filled = fill(turn, asked.chat, first.time, until)?;
    Ok(match complete || first.time <= from {
        true if filled => Next::Nowhere(Older::More),
        true => Next::Nowhere(Older::Nothing),
        false => Next::Before(first),
    })
}

fn fill(turn: &mut Turn<'_>, chat: ChatId, from: Timestamp, until: Timestamp) -> Result<bool> {
    let filled = events::filled_in(turn.tx, chat, from, until)?;
    if filled {
        turn.changed(Change::Chats);
    }
    Ok(filled)
}
