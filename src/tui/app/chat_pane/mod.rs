//! The pane of the open chat: its history, what is written in it, and what is kept of the chats that were
//! open before.
//!
//! From the ground up: `opened`: what is known of the open chat; `drafts`: what is stored of it while it is
//! open and after; `intent`: what Enter makes of what is written; `writing`: the composer, completion and
//! sending; `selected`: what is done with the selected message; `saying`: what is said about it; `older`:
//! what is asked of the archive at the top; here: opening, settling, scrolling.

mod again;
mod drafts;
mod intent;
mod older;
mod opened;
mod saying;
mod selected;
mod writing;

use std::collections::{BTreeMap, BTreeSet};

use self::drafts::{Parked, StoredDraft};
use self::intent::Intent;
pub(in crate::app) use self::intent::refuse;
pub use self::opened::{OpenChat, Standing};
use self::writing::Completion;
use super::outlet::Outlet;
use super::shape::Stale;
use crate::action::Action;
use crate::ask::Context;
use crate::composer::Composer;
use crate::history::{History, Scroll};
use api::{Command, Remembered};
use model::{ChatId, MessageId, Peer, Place, Position, Timestamp};
use store::{self, chats, messages};

/// Texts of a chat that its composer can walk back to.
const SENT: usize = 50;

/// The open chat and its composer.
#[derive(Default)]
pub struct ChatPane {
    pub open: Option<OpenChat>,
    /// What is being written: in the open chat, or, before there is one, a command.
    pub composer: Composer,
    /// None: what is being written is a message of its own.
    intent: Option<Intent>,
    parked: BTreeMap<Peer, Parked>,
    /// When the draft is to be stored.
    draft_due: Option<Timestamp>,
    completion: Option<Completion>,
    /// What was asked of what is older.
    older: older::Asking,
    /// Chats whose contact's devices were asked for on this connection.
    refreshed: BTreeSet<Peer>,
    /// The message for which the person was just told that sending it again may double it.
    doubled: Option<MessageId>,
    /// What was pressed once of a key that has to be pressed twice.
    sure: Option<MessageId>,
}

/// What a chat that is being opened had before.
pub(super) struct TakenUp {
    chat: Option<ChatId>,
    place: Option<Place>,
    first_unread: Option<Position>,
    /// The draft that the store has.
    stored: StoredDraft,
}

impl ChatPane {
    pub(super) fn is_open(&self, peer: &Peer) -> bool {
        self.open.as_ref().is_some_and(|open| open.peer == *peer)
    }

    /// Whether a stranger wrote first, and nobody took it up yet.
    pub(super) fn is_with_a_stranger(&self) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| open.standing == Standing::Request)
    }

    /// Fills the composer with what was being written in this chat. The one that was open is parked.
    pub(super) fn take_up(&mut self, world: &Context<'_>, peer: &Peer) -> store::Result<TakenUp> {
        let chat = chats::by_peer(&world.store, peer)?.map(|chat| chat.id);
        let view = match chat {
            Some(chat) => chats::view(&world.store, chat)?,
            None => None,
        };
        let parked = self.parked.remove(peer);
        let (place, first_unread) = view
            .as_ref()
            .map_or((None, None), |view| (view.place, view.first_unread));
        let place = parked.as_ref().map_or(place, |parked| parked.place);
        let (mut composer, intent, stored) = match (parked, view) {
            (Some(parked), _) => (parked.composer, parked.intent, parked.stored),
            (None, Some(view)) => {
                let (text, about) = (view.draft.as_str().to_owned(), view.draft_about);
                let intent = about.filter(|_| !text.is_empty()).map(Intent::new);
                (Composer::with(&text), intent, StoredDraft { text, about })
            }
            (None, None) => (Composer::default(), None, StoredDraft::default()),
        };
        if let Some(chat) = chat {
            let sent = messages::own_bodies(&world.store, chat, SENT)?;
            composer.remember(sent.iter().map(|body| body.as_str().to_owned()).collect());
        }
        // What was begun before any chat was open goes on here.
        let begun = std::mem::replace(&mut self.composer, composer);
        self.intent = intent;
        if self.composer.is_empty() && !begun.is_empty() {
            self.composer = begun;
        }
        Ok(TakenUp {
            chat,
            place,
            first_unread,
            stored,
        })
    }

    /// Opens a chat that was taken up. `size`: the pane that it gets, for what counts as seen must have
    /// been in sight.
    pub(super) fn open(
        &mut self,
        world: &Context<'_>,
        peer: &Peer,
        taken_up: TakenUp,
        size: (u16, u16),
    ) -> store::Result<()> {
        let TakenUp {
            chat,
            place,
            first_unread,
            stored,
        } = taken_up;
        let history = match chat {
            Some(chat) => History::open(world, chat, place, first_unread, size)?,
            None => History::empty(),
        };
        self.open = Some(OpenChat::read(world, peer, chat, history, size, stored)?);
        self.completion = None;
        Ok(())
    }

    /// A chat was opened, and shown.
    pub(super) fn opened(&mut self, online: bool, out: &mut Outlet) {
        self.remember(Remembered::Current, out);
        self.refresh_devices(online, out);
    }

    /// Asks once a connection for the devices of the open chat, so that the truth line is
    /// true before the first message.
    pub(super) fn refresh_devices(&mut self, online: bool, out: &mut Outlet) {
        // Of a stranger nothing is asked before the person takes it up: they, or their server,
        // would see that somebody looks.
        // A room has no devices; its members' are asked for by the session.
        let is_known = |open: &&OpenChat| {
            open.standing == Standing::Chat && open.room.is_none() && open.peer.within.is_none()
        };
        let known = self.open.as_ref().filter(is_known);
        if let Some(open) = known
            && online
            && self.refreshed.insert(open.peer.clone())
        {
            out.quietly(Command::RefreshDevices(open.peer.address.clone()));
        }
    }

    /// The connection is gone, and with it what was asked on it.
    pub(super) fn connection_lost(&mut self) {
        self.refreshed.clear();
        self.forget_older();
    }

    /// Brings the history to its pane's size and reads again what changed.
    pub(super) fn settle(
        &mut self,
        world: &Context<'_>,
        stale: &Stale,
        size: (u16, u16),
    ) -> store::Result<()> {
        self.read_heading(world, stale.history)?;
        let older = self.words_of_older(world);
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        if stale.history {
            // What was read can be unread again in the same place: it got other words.
            open.read = (None, 0);
            open.read_history(world, stale, size)?;
        }
        if open.size != size && size.0 > 0 && size.1 > 0 {
            open.size = size;
            open.history.resize(world, size)?;
        }
        open.history.say_of_older(world, older.as_deref())
    }

    /// Texts take other columns than before: what was laid out is laid out anew.
    pub(super) fn measure_again(&mut self) {
        if let Some(open) = &mut self.open {
            open.history.forget_layout();
            // It is brought to its size again before the next frame.
            open.size = (0, 0);
        }
    }

    /// The person looks at the screen again: what came meanwhile is marked as new.
    pub(super) fn look_again(&mut self, world: &Context<'_>) -> store::Result<()> {
        match &mut self.open {
            Some(open) => open.history.show_new(world),
            None => Ok(()),
        }
    }

    /// What is in sight of somebody who looks is read. `unread`: how much of this chat the list has as such.
    pub(super) fn mark_read(&mut self, unread: u64, out: &mut Outlet) {
        let Some(open) = &mut self.open else { return };
        let seen = open.history.newest_seen();
        if let Some(up_to) = seen.filter(|_| unread > 0)
            && open.read != (seen, unread)
        {
            open.read = (seen, unread);
            self.remember(Remembered::Read(up_to), out);
        }
    }

    pub(super) fn scroll(&mut self, world: &Context<'_>, by: Scroll, out: &mut Outlet) -> store::Result<()> {
        if let Some(open) = &mut self.open {
            open.history.scroll(world, by)?;
        }
        if by.is_up() {
            self.went_up(world, out);
        }
        Ok(())
    }

    /// Moves the view, or the selection in it.
    pub(super) fn move_view(
        &mut self,
        world: &Context<'_>,
        action: Action,
        out: &mut Outlet,
    ) -> store::Result<()> {
        match action {
            Action::PageUp => self.scroll(world, Scroll::Pages(-1), out),
            Action::PageDown => self.scroll(world, Scroll::Pages(1), out),
            Action::LineUp => self.scroll(world, Scroll::Lines(-1), out),
            Action::LineDown => self.scroll(world, Scroll::Lines(1), out),
            Action::Oldest => self.scroll(world, Scroll::Oldest, out),
            Action::Newest => {
                self.unselect();
                self.scroll(world, Scroll::Newest, out)
            }
            Action::SelectUp => {
                let before = self.selected().map(|message| message.id);
                self.select(world, -1)?;
                // Nothing stands above it.
                if before.is_some() && before == self.selected().map(|message| message.id) {
                    self.went_up(world, out);
                }
                Ok(())
            }
            Action::SelectDown => self.select(world, 1),
            _ => Ok(()),
        }
    }
}
