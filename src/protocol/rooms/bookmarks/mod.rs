//! The list of the person's rooms that our server has for all their devices (XEP-0402, before that XEP-0048
//! and XEP-0049): in which form, `form`; what it says, `listing`; what is to stand on it, `wanted`; how it
//! is kept where servers take less than they should, `upkeep`.
//!
//! It is read at login, and again when something was taken off it: whoever takes away many at once does not
//! mean to leave all of these rooms. What changes here is told one room after the other, each after what
//! stands there was read: what others put beside it stays. That a room is to be told of stands in the store
//! until the server has it.

mod form;
mod listing;
mod upkeep;
mod wanted;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::effect::{Effect, Timer};
use crate::iq::{Answer, Refusal};
use crate::purpose::BookmarksPurpose;
use crate::turn::Turn;
use api::Event as Told;
use model::room::RoomNotify;
use model::{BareJid, ChatId, RoomsNotice};
use stanza::muc::bookmark_list::{BookmarkList, ListForm};
use stanza::muc::bookmarks::{Bookmark, read_item};
use stanza::muc::extensions;
use stanza::pubsub::Event;
use store::bookmarks::Bookmarked;
use store::{Result, rooms};
use upkeep::NodeUpkeep;

/// What is taken off the list within this time is taken off at once.
const GATHERED: Duration = Duration::from_secs(1);

/// What is under way.
enum ListStep {
    Reading,
    /// What stands there of this room is asked.
    Asking(BareJid),
    /// This is to stand there from now on. `changed`: no longer, since the person changed it meanwhile.
    Writing {
        room: BareJid,
        now: Option<Bookmark>,
        changed: bool,
    },
    Configuring,
}

/// What is known of the list on one stream.
#[derive(Default)]
pub(crate) struct Bookmarks {
    /// Known once our account has said what it offers.
    form: Option<ListForm>,
    step: Option<ListStep>,
    /// All of it is to be read.
    to_be_read: bool,
    /// Something that was changed on this stream is not told yet.
    pending: bool,
    /// Rooms that are kept here no more.
    forgotten: BTreeSet<BareJid>,
    node: NodeUpkeep,
    told_here_only: bool,
    /// That a command is done is told when what it changed is.
    withheld: Vec<Effect>,
}

impl Bookmarks {
    /// A new stream, or one that another process began.
    pub(crate) fn log_in(&mut self, turn: &Turn<'_>) {
        let withheld = std::mem::take(&mut self.withheld);
        *self = Self {
            to_be_read: turn.own.present,
            withheld,
            ..Self::default()
        };
    }

    /// The connection is gone: what is not told yet is told on the next one.
    pub(crate) fn lost(&mut self) {
        self.pending = false;
    }

    /// Our account has said what it offers, or says nothing.
    pub(crate) fn on_account(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        if self.form.is_none() {
            self.form = Some(form::of(turn.capabilities));
        }
        self.go_on(turn)
    }

    /// The person changed something about this room.
    pub(crate) fn on_kept(&mut self, turn: &mut Turn<'_>, chat: ChatId) -> Result<()> {
        let Some(mut kept) = rooms::get(turn.tx, chat)? else {
            return Ok(());
        };
        kept.bookmarked = Bookmarked::Due;
        rooms::set_bookmark(turn.tx, &kept)?;
        if let Some(ListStep::Writing { room, changed, .. }) = &mut self.step {
            *changed |= *room == kept.peer.address;
        }
        self.pending = true;
        self.go_on(turn)
    }

    /// The person deleted the chat of this room.
    pub(crate) fn on_forgotten(&mut self, turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
        self.forgotten.insert(room.clone());
        self.pending = true;
        self.go_on(turn)
    }

    /// The list is to be read again: something was taken off it, or what failed is tried once more.
    pub(crate) fn on_timer(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.node.try_again();
        self.to_be_read = turn.own.present;
        self.go_on(turn)
    }

    /// Something changed on somebody's list (threat 8: ours alone counts). Of several forms of it the one
    /// that we write is listened to.
    pub(crate) fn on_event(&mut self, turn: &mut Turn<'_>, from: &BareJid, event: &Event) -> Result<()> {
        let Some(form) = self.form.filter(|form| form.node() == Some(event.node.as_str())) else {
            return Ok(());
        };
        if *from != turn.own.jid || !turn.own.present {
            return Ok(());
        }
        if event.removed {
            turn.wake(Timer::Bookmarks, GATHERED);
        }
        if form == ListForm::Items {
            for (id, payload) in &event.items {
                if let Some(bookmark) = read_item(id, payload) {
                    self.on_bookmark(turn, form, &bookmark)?;
                }
            }
            return self.go_on(turn);
        }
        match form.of_items(&event.items) {
            list if list.storage.is_some() => listing::take_all(turn, form, &list, true),
            _ => Ok(()),
        }
    }

    /// One of them as another device wrote it, or we.
    fn on_bookmark(&mut self, turn: &mut Turn<'_>, form: ListForm, bookmark: &Bookmark) -> Result<()> {
        let is_due =
            listing::known(turn, &bookmark.room)?.is_some_and(|kept| kept.bookmarked == Bookmarked::Due);
        let is_ours = matches!(&self.step, Some(ListStep::Writing { now: Some(now), .. }) if now == bookmark);
        // Which of the two the server has in the end is looked at when ours is there.
        self.to_be_read |= is_due && !is_ours;
        listing::merge(turn, form, bookmark)
    }

    pub(crate) fn on_answer(
        &mut self,
        turn: &mut Turn<'_>,
        purpose: BookmarksPurpose,
        answer: Answer,
    ) -> Result<()> {
        let (Some(form), Some(step)) = (self.form, self.step.take()) else {
            return Ok(());
        };
        match (purpose, step) {
            (BookmarksPurpose::All, ListStep::Reading) => match listed(form, answer) {
                Ok((list, there)) => listing::take_all(turn, form, &list, there)?,
                Err(refusal) => self.on_unreadable(turn, form, &refusal),
            },
            (BookmarksPurpose::Before, ListStep::Asking(room)) => match listed(form, answer) {
                Ok((list, _)) => self.write(turn, form, &list, room)?,
                Err(refusal) => self.on_unreadable(turn, form, &refusal),
            },
            (BookmarksPurpose::Written, ListStep::Writing { room, now, changed }) => match answer {
                Err(refusal) if now.is_some() || !refusal.is("item-not-found") => {
                    self.on_refused(turn, form, &refusal);
                }
                _ => {
                    self.settle(turn, form, &room, now.as_ref(), changed)?;
                    if self.node.has_made() {
                        self.configure(turn, form);
                    }
                }
            },
            (BookmarksPurpose::Configured, ListStep::Configuring) => match (form, answer) {
                (ListForm::OneItem, Err(refusal)) => self.on_unreadable(turn, form, &refusal),
                (_, answer) if self.node.on_configured(turn, &answer) => self.configure(turn, form),
                _ => {}
            },
            _ => {}
        }
        self.go_on(turn)
    }

    /// The next step, if none is under way.
    fn go_on(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        let (Some(form), None) = (self.form, &self.step) else {
            return Ok(());
        };
        if !turn.counters.online {
            return Ok(());
        }
        let is_refused = self.node.is_refused();
        if self.to_be_read && !is_refused {
            self.to_be_read = false;
            self.step = Some(ListStep::Reading);
            turn.get(None, form.fetch(), BookmarksPurpose::All);
            return Ok(());
        }
        match self.next(turn)? {
            None => self.pending = false,
            Some(_) if is_refused => {
                self.pending = false;
                self.node.tell(turn);
            }
            Some(room) => {
                turn.get(None, form.fetch_for(&room), BookmarksPurpose::Before);
                self.step = Some(ListStep::Asking(room));
            }
        }
        Ok(())
    }

    /// The next room of which something is to be told. Who is there for a moment tells of what it changed
    /// itself.
    fn next(&self, turn: &Turn<'_>) -> Result<Option<BareJid>> {
        if let Some(room) = self.forgotten.first() {
            return Ok(Some(room.clone()));
        }
        if !turn.own.present && !self.pending {
            return Ok(None);
        }
        let due = rooms::due_on_list(turn.tx, turn.own.account)?;
        Ok(due.map(|room| room.peer.address))
    }

    /// It is known what stands there of this room.
    fn write(
        &mut self,
        turn: &mut Turn<'_>,
        form: ListForm,
        list: &BookmarkList,
        room: BareJid,
    ) -> Result<()> {
        let found = list.find(&room);
        let now = match listing::known(turn, &room)? {
            Some(kept) => {
                let password = rooms::password(turn.tx, kept.chat)?;
                self.tell_here_only(turn, form, &kept);
                wanted::wanted(&kept, password.as_ref().map(|word| word.as_str()), found, form)
            }
            None => None,
        };
        if now.as_ref() == found {
            return self.settle(turn, form, &room, now.as_ref(), false);
        }
        let write = form.write(list, &room, now.as_ref(), self.node.with_item());
        turn.set(None, write, BookmarksPurpose::Written);
        let changed = false;
        self.step = Some(ListStep::Writing { room, now, changed });
        Ok(())
    }

    fn tell_here_only(&mut self, turn: &mut Turn<'_>, form: ListForm, kept: &rooms::Room) {
        let is_set = kept.pinned || kept.notify != RoomNotify::Always;
        if form != ListForm::Items && is_set && !self.told_here_only {
            self.told_here_only = true;
            turn.notice(RoomsNotice::SetHereOnly(kept.peer.address.clone()));
        }
    }

    /// The server has it so.
    fn settle(
        &mut self,
        turn: &mut Turn<'_>,
        form: ListForm,
        room: &BareJid,
        now: Option<&Bookmark>,
        changed: bool,
    ) -> Result<()> {
        self.forgotten.remove(room);
        let Some(mut kept) = listing::known(turn, room)?.filter(|_| !changed) else {
            return Ok(());
        };
        kept.bookmarked = match now {
            Some(_) => Bookmarked::Yes,
            None => Bookmarked::No,
        };
        if let Some(now) = now.filter(|_| form == ListForm::Items) {
            kept.extensions = extensions::to_text(&now.extensions);
        }
        rooms::set_bookmark(turn.tx, &kept)
    }

    /// A server without the nodes that it names may have the store that was before them.
    fn on_unreadable(&mut self, turn: &mut Turn<'_>, form: ListForm, refusal: &Refusal) {
        match (form, refusal) {
            (ListForm::OneItem, Refusal::Error(_)) => {
                self.form = Some(ListForm::PrivateStore);
                self.to_be_read = turn.own.present;
            }
            _ => self.node.give_up(turn, refusal),
        }
    }

    fn on_refused(&mut self, turn: &mut Turn<'_>, form: ListForm, refusal: &Refusal) {
        match (form, refusal) {
            (_, Refusal::TimedOut) | (ListForm::PrivateStore, _) => self.node.give_up(turn, refusal),
            _ if !self.node.was_configured() => self.configure(turn, form),
            _ => self.on_unreadable(turn, form, refusal),
        }
    }

    fn configure(&mut self, turn: &mut Turn<'_>, form: ListForm) {
        if let Some(set) = form.configure(self.node.next_number()) {
            turn.set(None, set, BookmarksPurpose::Configured);
            self.step = Some(ListStep::Configuring);
        }
    }

    /// A command of a program that is there for a moment is not done before our server has what it changed.
    pub(crate) fn withhold(&mut self, turn: &mut Turn<'_>) {
        if !(self.pending && turn.counters.online) || turn.own.present {
            turn.effects.append(&mut self.withheld);
            return;
        }
        let is_done = |effect: &Effect| matches!(effect, Effect::Tell(Told::Done { .. }));
        let (done, others) = std::mem::take(&mut turn.effects).into_iter().partition(is_done);
        turn.effects = others;
        let mut done: Vec<Effect> = done;
        self.withheld.append(&mut done);
    }
}

/// What an answer says is there, and whether there is a list at all.
fn listed(form: ListForm, answer: Answer) -> std::result::Result<(BookmarkList, bool), Refusal> {
    match answer {
        Ok(payload) => match payload.and_then(|payload| form.read(&payload)) {
            Some(list) => Ok((list, true)),
            None => Err(Refusal::TimedOut),
        },
        Err(refusal) if refusal.is("item-not-found") => Ok((BookmarkList::default(), false)),
        Err(refusal) => Err(refusal),
    }
}
