//! A page that was asked for and is coming.

use std::collections::BTreeMap;

use crate::effect::Timer;
use crate::messages::{in_rooms, incoming, privately};
use crate::purpose::PATIENCE;
use crate::turn::Turn;
use api::CatchUp;
use model::{BareJid, ChatId, Position, Timestamp};
use stanza::mam::{ArchivePage, Fin};
use stanza::received::{self, Found, Origin, Received};
use std::time::Duration;
use store::archive::RangeEnd;
use store::{Result, chats, messages};

/// Messages on a page, unless the server gives fewer.
const MAX: u32 = 100;
/// Where the archive is asked by time, it is asked from so much earlier: servers stamp in whole seconds, and
/// clocks are set.
const OVERLAP: Duration = Duration::from_secs(60);
/// What is so much older than the cursor does not stand behind it: the server did not look at the cursor.
const ASTRAY: Duration = Duration::from_secs(3600);
/// What stands at the cursor's time: servers stamp in whole seconds.
const STAMPS: Duration = Duration::from_secs(2);
/// What was stamped within the second of a time stands before it too.
const SECOND: Duration = Duration::from_secs(1);
/// So much later than now nothing can be.
const BEYOND: Duration = Duration::from_secs(100 * 366 * 86_400);
/// The cursor is looked for until so much later: one that came before we knew it has a time of our clock.
const AROUND: Duration = Duration::from_secs(60);

/// What was asked.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    /// What stands behind the cursor.
    After(RangeEnd),
    /// What came since the time of the cursor, which the archive does not know.
    Since(RangeEnd),
    /// What stands before the oldest.
    Before(RangeEnd),
    /// Whether the archive still has the cursor.
    Around(RangeEnd),
    /// What the archive has got last: only where it stands is of interest.
    Newest,
    /// The newest page of an archive of which nothing was read.
    Latest,
}

impl Ask {
    pub(super) fn page(&self) -> ArchivePage {
        match self {
            Self::After(end) => ArchivePage::After(end.id.clone()),
            Self::Since(end) => ArchivePage::Since(end.time - OVERLAP),
            Self::Before(end) if end.id.is_empty() => ArchivePage::Until(end.time + SECOND),
            Self::Before(end) => ArchivePage::Before(end.id.clone()),
            Self::Around(end) => ArchivePage::Between(end.time - STAMPS, end.time + AROUND),
            Self::Newest | Self::Latest => ArchivePage::Before(String::new()),
        }
    }

    /// The same place by its time, where a message was named that the archive may not know.
    pub(super) fn by_time(&self) -> Option<RangeEnd> {
        match self {
            Self::Before(end) if !end.id.is_empty() => Some(RangeEnd {
                id: String::new(),
                time: end.time,
            }),
            _ => None,
        }
    }

    /// What people are told while the answer comes; so many messages came before.
    pub(super) fn told(&self, messages: u64) -> CatchUp {
        match self {
            Self::Before(first) => CatchUp::Back {
                messages,
                reached: first.time,
            },
            _ => CatchUp::Since { messages },
        }
    }

    /// How many messages are asked for at most.
    pub(super) fn max(&self) -> u32 {
        match self {
            Self::Around(_) | Self::Newest => 1,
            Self::After(_) | Self::Since(_) | Self::Before(_) | Self::Latest => MAX,
        }
    }

    /// The time from which it goes.
    fn time(&self) -> Option<Timestamp> {
        match self {
            Self::After(end) | Self::Since(end) | Self::Before(end) => Some(end.time),
            Self::Around(_) | Self::Newest | Self::Latest => None,
        }
    }

    /// The id that it names.
    pub(super) fn id(&self) -> &str {
        match self {
            Self::After(end) | Self::Since(end) | Self::Before(end) | Self::Around(end) => &end.id,
            Self::Newest | Self::Latest => "",
        }
    }
}

/// A question that is open, and what came of it.
pub(super) struct Open {
    /// Of the query: nobody can guess it.
    pub(super) id: String,
    /// Of the timer of its answer.
    number: u64,
    pub(super) ask: Ask,
    /// The ends of what came.
    came: Option<(RangeEnd, RangeEnd)>,
    /// Something came that is no later than the cursor.
    pub(super) reaches_cursor: bool,
    /// The server did not look at the cursor: what comes is not what was asked for.
    pub(super) astray: bool,
    /// Where the last of it stands, in each chat: what is read backwards stands in the order of its page.
    places: BTreeMap<ChatId, Position>,
    /// Something came that was not here.
    pub(super) brought: bool,
    /// Whose archive it is, if a room's.
    room: Option<BareJid>,
}

impl Open {
    pub(super) fn new(id: String, number: u64, ask: Ask) -> Self {
        Self {
            id,
            number,
            ask,
            came: None,
            reaches_cursor: false,
            astray: false,
            places: BTreeMap::new(),
            brought: false,
            room: None,
        }
    }

    /// The same in the archive of this room.
    pub(super) fn in_room(self, room: &BareJid) -> Self {
        let room = Some(room.clone());
        Self { room, ..self }
    }

    /// Takes a result in, by the road of all messages; whether it is a message.
    pub(super) fn take_in(&mut self, turn: &mut Turn<'_>, found: &Found<'_>, origin: Origin) -> Result<bool> {
        let Some(received) = self.read(turn, found, origin)? else {
            return Ok(false);
        };
        if origin != Origin::Past {
            return take_in(turn, &received).map(|()| true);
        }
        let before = where_is(turn, &received, &found.id)?;
        turn.behind = before.and_then(|(chat, _)| self.places.get(&chat).copied());
        let taken = take_in(turn, &received);
        turn.behind = None;
        taken?;
        if let Some((chat, Some(position))) = where_is(turn, &received, &found.id)? {
            self.places.insert(chat, position);
            self.brought |= before.is_none_or(|(_, position)| position.is_none());
        }
        Ok(true)
    }

    fn read(&self, turn: &mut Turn<'_>, found: &Found<'_>, origin: Origin) -> Result<Option<Received>> {
        if let Some(room) = &self.room {
            return in_rooms::archived(turn, room, found, origin);
        }
        match received::archived(found, &turn.own.jid, origin) {
            Ok(mut received) => {
                privately::name(turn, &mut received)?;
                Ok(Some(received))
            }
            Err(dropped) => {
                incoming::tell_dropped(turn, found.sender(), dropped);
                Ok(None)
            }
        }
    }

    /// Something of it came: while it comes nobody is impatient.
    pub(super) fn heard(&self, turn: &mut Turn<'_>) {
        turn.wake(Timer::Iq(self.number), PATIENCE);
    }

    /// When the first of it came into the archive.
    pub(super) fn first_time(&self) -> Option<Timestamp> {
        self.came.as_ref().map(|(first, _)| first.time)
    }

    /// Notes a result; where it belongs, or None if it is not to be taken in. Times are the server's, and
    /// compared with each other: our clock may be a day behind, or begin in 1970. What is from before all
    /// that was read (`begins`) cannot stand behind the cursor; what is earlier than that and later than
    /// this can, where a server's clock was set back.
    pub(super) fn take(
        &mut self,
        found: &Found<'_>,
        now: Timestamp,
        begins: Option<Timestamp>,
    ) -> Option<Origin> {
        let time = found.time.min(now + BEYOND);
        match &self.ask {
            Ask::After(cursor) if self.came.is_none() => {
                let is_old = begins.is_none_or(|begins| time < begins);
                self.astray = is_old && time < cursor.time - ASTRAY;
            }
            Ask::Since(cursor) => self.reaches_cursor |= time <= cursor.time + STAMPS,
            // Whatever stands there: no server forgets single messages.
            Ask::Around(_) => self.reaches_cursor = true,
            _ => {}
        }
        if self.astray {
            return None;
        }
        let end = RangeEnd {
            id: found.id.clone(),
            time,
        };
        match &mut self.came {
            None => self.came = Some((end.clone(), end)),
            Some((_, last)) => *last = end,
        }
        match self.ask {
            Ask::Before(_) | Ask::Latest => Some(Origin::Past),
            Ask::After(_) | Ask::Since(_) => Some(Origin::Archive),
            Ask::Around(_) | Ask::Newest => None,
        }
    }

    /// The ends of the page: those that the server names, since some page by other ids than those of the
    /// results; with the times of what came. Where nothing of it could be read, the page goes on all the
    /// same, and counts as of the time from which it was asked: a stranger may have filled it.
    pub(super) fn ends(&self, fin: &Fin) -> Option<(RangeEnd, RangeEnd)> {
        let unread = || {
            let time = self.ask.time()?;
            let end = |id: &Option<String>| id.clone().map(|id| RangeEnd { id, time });
            Some((end(&fin.first)?, end(&fin.last)?))
        };
        let (first, last) = self.came.clone().or_else(unread)?;
        let named = |end: RangeEnd, id: &Option<String>| RangeEnd {
            id: id.clone().unwrap_or(end.id),
            time: end.time,
        };
        Some((named(first, &fin.first), named(last, &fin.last)))
    }
}

fn take_in(turn: &mut Turn<'_>, received: &Received) -> Result<()> {
    match received.occupant {
        Some(_) if received.is_groupchat => in_rooms::take_in(turn, received),
        _ => incoming::take(turn, received),
    }
}

/// The chat with somebody, and where the message with this id stands in it.
fn where_is(turn: &Turn<'_>, received: &Received, id: &str) -> Result<Option<(ChatId, Option<Position>)>> {
    match chats::by_peer(turn.tx, &turn.peer_of(received))? {
        Some(chat) => Ok(Some((chat.id, messages::where_is(turn.tx, chat.id, id)?))),
        None => Ok(None),
    }
}
